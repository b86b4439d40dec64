/** Every triple of the ten features that matter most: the answer is the reference's. */
import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { Engine } from "../index.ts";
import { completed, has, isAnswered, tuples } from "../testing/covering/array.ts";
import { found } from "../testing/covering/combinations.ts";
import { features, TEN, wordsOf } from "../testing/covering/features.ts";
import { planOf, tableOf } from "../testing/covering/plan.ts";
import { faultsOf } from "../testing/covering/run-case.ts";
import { openFault } from "../testing/open-faults.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.create({ backend: "cpu" });
});

const plan = planOf(3, TEN);
/** Open faults of single cases; those of combinations are in covering.test.ts. */
const single = plan.faulty.filter(({ fault }) => found.includes(fault));

test("the cases have every triple that can be answered", () => {
  const cases = [...plan.cpu, ...plan.gpu, ...single.flatMap((each) => each.cases)];
  const missing = tuples(3, TEN).filter(
    (triple) => isAnswered(triple) && completed(triple) && !cases.some((given) => has(given, triple)),
  );
  expect(missing.map(wordsOf)).toEqual([]);
});

test("docs/reliability.md says how many they are", () => {
  expect(readFileSync("docs/reliability.md", "utf8")).toContain(tableOf("triples of ten", plan));
});

test.each(
  features.asked.filter((asked) => plan.cpu.some((given) => given.asked === asked)),
)("equal the reference: %s", async (asked) => {
  expect(
    await faultsOf(
      engine,
      plan.cpu.filter((given) => given.asked === asked),
    ),
  ).toEqual([]);
});

for (const { fault, cases } of single) {
  const onCpu = cases.filter(({ backend }) => backend === "cpu");
  if (onCpu.length > 0)
    openFault(fault.issue, fault.finding, fault.what, async () => {
      expect(await faultsOf(engine, onCpu)).toEqual([]);
    });
}
