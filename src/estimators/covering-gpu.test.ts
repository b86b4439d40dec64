/** Every pair of features with a GPU among them: the answer is the reference's. The refusals of pairs are in covering.test.ts. */
import { beforeAll, describe, expect, test } from "vitest";
import type { Engine } from "../index.ts";
import { wordsOfAll } from "../testing/covering/combinations.ts";
import { features } from "../testing/covering/features.ts";
import { planOf } from "../testing/covering/plan.ts";
import { faultsOf } from "../testing/covering/run-case.ts";
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

describe("open faults on the GPU", () => {
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
});
