/** How a bandwidth was chosen, before and after saving. */
import { expect, test } from "vitest";
import {
  type ClassifierInput,
  Engine,
  KernelClassifier,
  KernelDensity,
  type KernelInput,
  KernelRegression,
  type RegressionInput,
} from "../../index.ts";
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

const options = { engine, onWarning: () => {} };
const regressions: Partial<RegressionInput>[] = [
  { bandwidth: "loo" },
  { bandwidth: "aicc", degree: 2, kernel: "epanechnikov" },
  { bandwidth: "kfold", degree: 1, sampleWeights: keys.map((_, i) => 1 + (i % 3)), weightType: "frequency" },
  { bandwidth: "plug-in" },
  // A search that ends at its widest, with a warning.
  { bandwidth: "loo", values: keys.map(() => 1) },
  { bandwidth: "loo", values: keys.map((x) => 3 * x), degree: 1 },
  { bandwidth: 0.5, neighbours: 7 },
  { bandwidth: [0.5], adaptive: 0.3, kernel: "laplace", shape: "product" },
  { bandwidth: 1, sampleWeights: keys.map((_, i) => 1 + (i % 3)), weightType: "precision" },
  {
    bandwidth: "loo",
    coordinates: [{ kind: "wang-van-ryzin", levels: [0, 1, 2, 3] }],
    keys: keys.map(Math.floor),
  },
  { bandwidth: [0.3], coordinates: ["li-racine"], keys: keys.map(Math.floor) },
  { keys: [...keys.slice(1), NaN], missing: "drop", bandwidth: "silverman" },
];

test.each(regressions)("a loaded regression is saved as it was, options %#", async (some) => {
  const saved = (await KernelRegression.fit({ keys, values, ...some }, options)).save();
  expect([...(await KernelRegression.load(saved, options)).save()]).toEqual([...saved]);
});

test.each<Partial<ClassifierInput<boolean>>>([
  { bandwidth: "loo", priors: "equal" },
  { bandwidth: "loo", priors: [0.2, 0.8] },
  { bandwidth: "loo", labels: keys.map((_, i) => i % 2 === 0) },
  { bandwidth: 0.2, sampleWeights: keys.map((_, i) => 1 + (i % 3)) },
])("a loaded classifier is saved as it was, options %#", async (some) => {
  const saved = (await KernelClassifier.fit({ keys, labels, ...some }, options)).save();
  expect([...(await KernelClassifier.load(saved, options)).save()]).toEqual([...saved]);
});

test.each<Partial<KernelInput>>([
  { bandwidth: "likelihood", keys: [...keys, ...keys] },
  { bandwidth: "lscv" },
  { bandwidth: "sheather-jones" },
  { bandwidth: "scott", adaptive: true },
])("a loaded density is saved as it was, options %#", async (some) => {
  const saved = (await KernelDensity.fit({ keys, ...some }, options)).save();
  expect([...(await KernelDensity.load(saved, options)).save()]).toEqual([...saved]);
});
