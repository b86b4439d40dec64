/** Leverages by their definition: how far a key's own prediction moves if its value moves by 1. */
import { expect, test } from "vitest";
import { Engine, KernelRegression, type RegressionInput } from "../../index.ts";
import { draw } from "../../testing/random.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });
const quiet = { engine, onWarning: () => {} };

const diagnosticsOf = async (input: RegressionInput) =>
  (await KernelRegression.fit(input, quiet)).diagnostics();

// A leverage is what the own prediction moves by when the own value moves by 1: here every fit passes through its points.
test("a line through two keys has two parameters", async () => {
  const { effectiveParameters } = await diagnosticsOf({
    keys: [1, 2],
    values: [3, 5],
    degree: 1,
    bandwidth: 1,
  });
  expect(effectiveParameters).toBeCloseTo(2, 6);
});

test("a parabola through three keys has three parameters", async () => {
  const input = { keys: [1, 2, 4], values: [3, 5, 4], bandwidth: 1 };
  const { effectiveParameters } = await diagnosticsOf({ ...input, degree: 2 });
  expect(effectiveParameters).toBeCloseTo(3, 6);
});

test("local parabolas through three keys each have as many parameters as keys", async () => {
  const keys = Array.from({ length: 20 }, (_, i) => i);
  const input = { keys, values: keys.map((x) => Math.sin(x)), bandwidth: 1.5 };
  const { effectiveParameters } = await diagnosticsOf({ ...input, degree: 2, kernel: "epanechnikov" });
  expect(effectiveParameters).toBeCloseTo(20, 6);
});

test("leverages are what refitting with a changed value says", async () => {
  const random = draw(2);
  const keys = Array.from({ length: 30 }, () => random.uniform(0, 30));
  const values = keys.map((x) => Math.sin(x / 4) + 0.3 * random.normal());
  const fit = (changed: readonly number[]) =>
    KernelRegression.fit({ keys, values: changed, degree: 2, kernel: "epanechnikov", bandwidth: 2 }, quiet);
  const model = await fit(values);
  const { leverages } = await model.diagnostics();
  const { mean } = await model.predict(keys);
  let worst = 0;
  for (const [i, key] of keys.entries()) {
    const moved = await (await fit(values.map((v, k) => (k === i ? v + 1 : v)))).predict([key]);
    worst = Math.max(worst, Math.abs(leverages[i] - (moved.mean[0] - mean[i])));
  }
  expect(worst).toBeLessThan(1e-6);
});

test(`"aicc" does not choose to pass through every noisy point`, async () => {
  const noise = (i: number) => {
    const x = Math.sin(i * 12.9898 + 1) * 43758.5453;
    return x - Math.floor(x) - 0.5;
  };
  const keys = Array.from({ length: 60 }, (_, i) => i);
  const values = keys.map((x) => Math.sin(x / 8) + noise(x));
  const { rSquared } = await diagnosticsOf({
    ...{ keys, values, degree: 2, bandwidth: "aicc" },
    kernel: "epanechnikov",
  });
  expect(rSquared[0]).toBeLessThan(0.99);
});

test("a fit through all values has no residual standard error", async () => {
  const keys = Array.from({ length: 20 }, (_, i) => i);
  const input = { keys, values: keys.map((x) => Math.sin(x)), bandwidth: 1.5 };
  const found = await diagnosticsOf({ ...input, degree: 2, kernel: "epanechnikov" });
  expect(found.residualDegreesOfFreedom).toBeCloseTo(0, 9);
  expect(found.residualStandardError[0]).toBeNaN();
});

test.each([
  1e11, 1e12, 1e50,
])("a parabola of all keys has three parameters at bandwidths of %d ranges", async (bandwidth) => {
  const random = draw(4);
  const keys = Array.from({ length: 200 }, () => random.uniform(0, 1));
  const values = keys.map((x) => Math.sin(5 * x) + 0.3 * random.normal());
  const { effectiveParameters } = await diagnosticsOf({ keys, values, degree: 2, bandwidth });
  expect(effectiveParameters).toBeCloseTo(3, 3);
});
