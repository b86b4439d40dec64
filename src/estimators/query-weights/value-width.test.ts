/** The width of the values by likelihood at the ends of its search. */
import { expect, test } from "vitest";
import { Engine, KernelRegression } from "../../index.ts";
import { draw } from "../../testing/random.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });
const random = draw(21);
const keys = Array.from({ length: 30 }, () => random.uniform(0, 1));

/** The warnings of a conditional density by likelihood. */
async function warnings(values: number[], change?: (model: KernelRegression) => Promise<void>) {
  const warned: string[] = [];
  const onWarning = (message: string) => warned.push(message);
  const model = await KernelRegression.fit({ keys, values, bandwidth: 0.3 }, { engine, onWarning });
  await change?.(model);
  await model.conditionalDensity([0.5], [0], { bandwidth: "likelihood" });
  return warned;
}

test("a width at the narrowest that was tried is reported, as every search's is", async () => {
  const zeroOrOne = keys.map((_, i) => i % 2);
  const message =
    /^the conditional density's bandwidth "likelihood" found no minimum: the narrowest that was/;
  expect(await warnings(zeroOrOne)).toEqual([expect.stringMatching(message)]);
  const ofChanged = await warnings(zeroOrOne, (model) => model.remove([3]));
  expect(ofChanged).toEqual([expect.stringMatching(message)]);
});

test("a width between the ends is not reported", async () => {
  expect(await warnings(keys.map(() => random.normal()))).toEqual([]);
});
