/** Every pair of features with a GPU among them: the answer is the reference's. Most refusals of pairs are in covering.test.ts. */
import { beforeAll, describe, expect, test } from "vitest";
import type { Engine } from "../index.ts";
import { wordsOfAll } from "../testing/covering/combinations.ts";
import { features, wordsOf } from "../testing/covering/features.ts";
import { planOf } from "../testing/covering/plan.ts";
import { faultOfRefusal, faultsOf, onlyOnGpu } from "../testing/covering/run-case.ts";
import { gpuEngine } from "../testing/engines.ts";
import { openFault } from "../testing/open-faults.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await gpuEngine();
});

const plan = planOf(2);

describe("on the GPU equal the reference:", () => {
  test.each(
    features.asked.filter((asked) => plan.gpu.some((given) => given.asked === asked)),
  )("%s", async (asked) => {
    expect(
      await faultsOf(
        engine,
        plan.gpu.filter((given) => given.asked === asked),
      ),
    ).toEqual([]);
  });
});

test("refused in words that name the features, where the CPU would refuse for another reason", async () => {
  const faults: string[] = [];
  for (const { given, by } of plan.refused.filter((each) => onlyOnGpu(each.by))) {
    const fault = await faultOfRefusal(engine, given, by);
    if (fault) faults.push(`${wordsOf(given)}: ${fault}`);
  }
  expect(faults).toEqual([]);
});

for (const { fault, cases } of plan.faulty) {
  const { issue, finding, what } = fault;
  const onGpu = cases.filter(({ backend }) => backend === "webgpu");
  if (onGpu.length === 0) continue;
  let found: Promise<string[]> | undefined;
  const faults = () => (found ??= faultsOf(engine, onGpu)); // computed once for both tests
  openFault(issue, finding, `${what}: ${wordsOfAll(fault)}`, async () => {
    expect(await faults()).toEqual([]);
  });
  test(`each case of them is one: ${what}: ${wordsOfAll(fault)}`, async () => {
    expect(await faults()).toHaveLength(onGpu.length);
  });
}
