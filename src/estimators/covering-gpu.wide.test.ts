/** Every triple of the ten features that matter most, with a GPU among them: the answer is the reference's. */
import { beforeAll, expect, test } from "vitest";
import type { Engine } from "../index.ts";
import { found } from "../testing/covering/combinations.ts";
import { type Case, features, TEN, wordsOf } from "../testing/covering/features.ts";
import { planOf } from "../testing/covering/plan.ts";
import { faultOf } from "../testing/covering/run-case.ts";
import { gpuEngine } from "../testing/engines.ts";
import { openFault } from "../testing/open-faults.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await gpuEngine();
});

const plan = planOf(3, TEN);

async function faultsOf(cases: readonly Case[]): Promise<string[]> {
  const faults: string[] = [];
  for (const given of cases) {
    const fault = await faultOf(engine, given);
    if (fault) faults.push(`${wordsOf(given)}: ${fault}`);
  }
  return faults;
}

test.each(
  features.asked.filter((asked) => plan.gpu.some((given) => given.asked === asked)),
)("on the GPU equal the reference: %s", async (asked) => {
  expect(await faultsOf(plan.gpu.filter((given) => given.asked === asked))).toEqual([]);
});

/** Open faults of single cases; those of combinations are in covering-gpu.test.ts. */
for (const { fault, cases } of plan.faulty.filter((each) => found.includes(each.fault))) {
  const onGpu = cases.filter(({ backend }) => backend === "webgpu");
  if (onGpu.length > 0)
    openFault(fault.issue, fault.finding, fault.what, async () => {
      expect(await faultsOf(onGpu)).toEqual([]);
    });
}
