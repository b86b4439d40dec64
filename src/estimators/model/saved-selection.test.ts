/** How a bandwidth was chosen, before and after saving. */
import { expect, test } from "vitest";
import { Engine, KernelClassifier, KernelDensity, KernelRegression } from "../../index.ts";
import { draw } from "../../testing/random.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });
const random = draw(8);
const keys = Array.from({ length: 40 }, () => random.uniform(0, 4));
const values = keys.map((x) => Math.sin(x) + 0.1 * random.normal());
const labels = values.map((v) => v > 0.3);

test.each([
  "loo",
  "aicc",
  "scott",
] as const)('a regression\'s "%s", whose scores may be infinite', async (bandwidth) => {
  const warned: string[] = [];
  const options = { engine, onWarning: (message: string) => warned.push(message) };
  const model = await KernelRegression.fit({ keys, values, bandwidth, degree: 2 }, options);
  const before = warned.length;
  const loaded = await KernelRegression.load(model.save(), options);
  expect(loaded.selection).toEqual(model.selection);
  expect(warned.length).toBe(before); // a warning of the fit, not of the file
  expect((await KernelRegression.load(loaded.save(), options)).selection).toEqual(model.selection);
});

test("a classifier's and a density's, and none of numbers", async () => {
  const options = { engine, onWarning: () => {} };
  const classifier = await KernelClassifier.fit({ keys, labels, bandwidth: "loo" }, options);
  expect((await KernelClassifier.load(classifier.save(), options)).selection).toEqual(classifier.selection);
  const density = await KernelDensity.fit({ keys, bandwidth: "likelihood" }, options);
  expect((await KernelDensity.load(density.save(), options)).selection).toEqual(density.selection);
  const given = await KernelDensity.fit({ keys, bandwidth: 1 }, options);
  expect((await KernelDensity.load(given.save(), options)).selection).toBeUndefined();
});
