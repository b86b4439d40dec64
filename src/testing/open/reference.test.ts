/** Faults that the independent reference found, known and not mended yet. */
import { expect, test } from "vitest";
import { Engine, KernelRegression } from "../../index.ts";
import { mean } from "../../reference/index.ts";
import { openFault } from "../open-faults.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });
const quiet = { engine, onWarning: () => {} };

// Two keys whose weights are as 1 to 3e-13. The keys' differences are from the first one found, whose rounding counts as a direction.
const near = [0.1, 0.2];
const far = [2, 1.5];
const planeThrough = (keys: readonly (readonly number[])[]) => ({
  keys,
  values: keys.map((key) => (key === near ? 1 : 2)),
  bandwidth: [0.33, 0.33],
  degree: 1 as const,
});

async function answerTo(keys: readonly (readonly number[])[]): Promise<number> {
  const model = await KernelRegression.fit(planeThrough(keys), quiet);
  return (await model.predict([[0, 0]])).mean[0];
}

function expectedOf(keys: readonly (readonly number[])[]): number {
  const input = planeThrough(keys);
  const problem = { ...input, kernel: "gaussian", values: input.values.map((v) => [v]) } as const;
  return mean(problem, [[0, 0]])[0][0];
}

test("a plane that two keys barely determine is the least steep one, the heavier key first", async () => {
  expect(await answerTo([near, far])).toBeCloseTo(expectedOf([near, far]), 9);
});

openFault(
  "N",
  "reference 1",
  "a plane that two keys barely determine does not depend on their order",
  async () => {
    expect(await answerTo([far, near])).toBeCloseTo(expectedOf([far, near]), 9);
  },
);
