/** Values of any magnitude that is accepted: the same means, gradients and residuals on the GPU. */
import { expect, test } from "vitest";
import { copyOf } from "../gpu/copy.ts";
import { KernelRegression } from "../index.ts";
import { nadarayaWatson } from "../reference/index.ts";
import { contextOf, gpuEngine } from "../testing/engines.ts";
import { draw, largestDifference } from "../testing/random.ts";

const engine = await gpuEngine();
const random = draw(42);
const n = 200;
const keys = Array.from({ length: n }, () => random.uniform(0, 1));
const values = Array.from({ length: n }, () => [0, 1].map((c) => 10 * c + random.uniform(-1, 1)));
const queries = [0.3, 0.8, 1.3, 3, 9.4, 12];
const given = { queries: Float64Array.from(queries), keys: Float64Array.from(keys), dims: 1, columns: 2 };
const { mean: expected } = nadarayaWatson({
  ...{ ...given, values: Float64Array.from(values.flat()) },
  ...{ kernel: "gaussian", shape: "radial", bandwidth: [0.25] },
});
/** Every other column keeps its magnitude. */
const fit = (scale: number) =>
  KernelRegression.fit({ keys, values: values.map(([a, b]) => [a, b * scale]), bandwidth: 0.25 }, { engine });
const inUnits = (mean: ArrayLike<number>, scale: number) =>
  Float64Array.from(mean, (x, i) => (i % 2 ? x / scale : x));

test.each([-990, -664, -100, 332, 490])("values times 2^%d by every method", async (exponent) => {
  const scale = 2 ** exponent;
  const model = await fit(scale);
  for (const method of ["dense", "cull", "expand"] as const) {
    const { mean } = await model.predict(queries, { method, tolerance: 1e-5 });
    expect(largestDifference(inUnits(mean, scale), expected), method).toBeLessThan(2e-5);
  }
  const { gradient } = await model.predict(queries, { gradient: true });
  const { residuals, leaveOneOutResiduals } = await model.diagnostics();
  const same = await fit(1);
  const other = await same.diagnostics();
  const slopes = (await same.predict(queries, { gradient: true })).gradient!;
  expect(largestDifference(inUnits(gradient!, scale), slopes)).toBeLessThan(1e-4);
  expect(largestDifference(inUnits(residuals, scale), other.residuals)).toBeLessThan(1e-4);
  expect(largestDifference(inUnits(leaveOneOutResiduals, scale), other.leaveOneOutResiduals)).toBeLessThan(
    1e-4,
  );
  for (const each of [model, same]) each.dispose();
});

test.each([-90, 100])('values times 2^%d with output "gpu"', async (exponent) => {
  const scale = 2 ** exponent;
  const model = await fit(scale);
  const { mean } = await model.predict(queries, { method: "dense", output: "gpu" });
  const numbers = await copyOf(contextOf(engine), { buffer: mean, dims: 2, count: queries.length }, "means");
  expect(largestDifference(inUnits(numbers, scale), expected)).toBeLessThan(2e-5);
  mean.destroy();
  model.dispose();
});
