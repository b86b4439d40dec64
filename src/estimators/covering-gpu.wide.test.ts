/** Every triple of the ten features that matter most, with a GPU among them: the answer is the reference's. */
import { beforeAll, expect, test } from "vitest";
import type { Engine } from "../index.ts";
import { found } from "../testing/covering/combinations.ts";
import { features, TEN } from "../testing/covering/features.ts";
import { planOf } from "../testing/covering/plan.ts";
import { faultsOf } from "../testing/covering/run-case.ts";
import { gpuEngine } from "../testing/engines.ts";
import { openFault } from "../testing/open-faults.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await gpuEngine();
});

const plan = planOf(3, TEN);

test.each(
  features.asked.filter((asked) => plan.gpu.some((given) => given.asked === asked)),
)("on the GPU equal the reference: %s", async (asked) => {
  expect(
    await faultsOf(
      engine,
      plan.gpu.filter((given) => given.asked === asked),
    ),
  ).toEqual([]);
});

/** Open faults of single cases; those of combinations are in covering-gpu.test.ts. */
for (const { fault, cases } of plan.faulty.filter((each) => found.includes(each.fault))) {
  const onGpu = cases.filter(({ backend }) => backend === "webgpu");
  if (onGpu.length > 0)
    openFault(fault.issue, fault.finding, fault.what, async () => {
      expect(await faultsOf(engine, onGpu)).toEqual([]);
    });
}
