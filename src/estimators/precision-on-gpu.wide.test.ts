/** Keys at random that single precision hurts: crowded at the edge of windows, in a ball or in a shell around them, near the centre of the encoding or far from it. */
import { expect, test } from "vitest";
import { KernelClassifier, type KernelName, KernelRegression } from "../index.ts";
import { kernels } from "../kernels/builtin.ts";
import type { Shape } from "../kernels/kernel.ts";
import { classes, nadarayaWatson } from "../reference/index.ts";
import { gpuEngine } from "../testing/engines.ts";
import { draw } from "../testing/random.ts";

const BOUND = 1e-5;

const configurations: [KernelName, Shape, number][] = [
  ["epanechnikov", "radial", 1],
  ["triangular", "radial", 2],
  ["biweight", "radial", 3],
  ["triweight", "product", 3],
  ["cosine", "radial", 2],
  ["epanechnikov", "product", 8],
  ["boxcar", "radial", 8],
  ["epanechnikov", "radial", 16],
  ["gaussian", "radial", 3],
  ["laplace", "product", 8],
  ["cauchy", "radial", 1],
];

/** Keys around a centre, two of them at the ends of the extent, and queries almost at the centre. */
function around(seed: number, kernel: KernelName, shape: Shape, dims: number) {
  const random = draw(seed);
  const n = random.integer(500, 3000);
  const extent = 10 ** random.uniform(-0.5, 3.9);
  const inside = 10 ** random.uniform(-6, -1);
  const layout = random.integer(0, 3);
  const isDiagonal = random.integer(0, 2) === 0;
  const reach = kernels.get(kernel)!.tail === "compact" ? 1 : 5 / Math.sqrt(dims);
  const centre = Array.from({ length: dims }, () => extent * random.uniform(-1, 1));
  const distances = [
    (i: number) => 1 - (1 + (i % 2)) * inside,
    () => random.uniform(0, 1) ** (1 / dims),
    () => random.uniform(0.9, 1.1),
  ];
  const keys = Float64Array.from(
    Array.from({ length: n }, (_, i) => {
      if (i < 2) return centre.map(() => (i ? extent : -extent));
      const direction = centre.map(() => (isDiagonal ? (i % 3 ? 1 : -1) : random.normal()));
      const length = shape === "product" ? Math.max(...direction.map(Math.abs)) : Math.hypot(...direction);
      return centre.map((c, j) => c + (direction[j] / length) * distances[layout](i) * reach);
    }).flat(),
  );
  const queries = Float64Array.from(
    { length: 40 * dims },
    (_, i) => centre[i % dims] + Math.floor(i / dims) * inside * 0.02 * random.uniform(-1, 1),
  );
  const values = Float64Array.from({ length: n }, (_, i) => i % 2);
  const keyWeights =
    random.integer(0, 3) === 0 ? values.map(() => 10 ** random.uniform(-4, 4)) : values.map(() => 1);
  return { keys, queries, values, keyWeights };
}

test.each(
  configurations,
)("%s, %s, %i coordinates: means keep 1e-5 by dense and cull", async (kernel, shape, dims) => {
  const engine = await gpuEngine();
  const bandwidth = new Array<number>(dims).fill(1);
  for (let seed = 1; seed <= 12; seed++) {
    const { keys, queries, values, keyWeights } = around(seed, kernel, shape, dims);
    const exact = nadarayaWatson({
      ...{ keys, queries, values, dims, columns: 1, kernel, shape, bandwidth, keyWeights },
    });
    const model = await KernelRegression.fit(
      { keys: { data: keys, dims }, values, kernel, shape, bandwidth, sampleWeights: keyWeights },
      { engine },
    );
    for (const method of kernel === "cauchy" ? (["dense"] as const) : (["dense", "cull"] as const)) {
      const { mean } = await model.predict({ data: queries, dims }, { method, tolerance: BOUND });
      for (const [q, expected] of exact.mean.entries())
        if (Number.isNaN(expected)) expect(mean[q]).toBeNaN();
        else expect(Math.abs(mean[q] - expected), `seed ${seed}, ${method}`).toBeLessThanOrEqual(BOUND);
    }
    model.dispose();
  }
});

test.each([
  2, 3, 20, 200,
])("posteriors of %i classes keep 1e-5, priors and weights 1e8 apart", async (count) => {
  const engine = await gpuEngine();
  for (const dims of [1, 2, 4]) {
    const random = draw(100 * count + dims);
    const rows = (n: number, scale: number) =>
      Array.from({ length: n }, () => Array.from({ length: dims }, () => scale * random.normal()));
    const keys = rows(600, 2);
    const labels = keys.map((_, i) => i % count);
    const sampleWeights = keys.map(() => 10 ** random.uniform(-4, 4));
    const priors = Array.from({ length: count }, (_, c) => (c % 2 ? 1 : 1e8));
    const queries = rows(60, 3);
    const bandwidth = new Array<number>(dims).fill(0.5);
    const model = await KernelClassifier.fit({ keys, labels, sampleWeights, priors, bandwidth }, { engine });
    const expected = classes({ kernel: "gaussian", keys, sampleWeights, bandwidth }, labels, queries, priors);
    for (const method of ["dense", "auto", "cull"] as const) {
      const { probability } = await model.predict(queries, { method, tolerance: BOUND });
      for (const [i, p] of expected.probability.flat().entries())
        expect(Math.abs(probability[i] - p), method).toBeLessThanOrEqual(BOUND);
    }
    model.dispose();
  }
});
