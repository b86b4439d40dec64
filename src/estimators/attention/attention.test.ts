/** Attention against softmax written out; and conditional densities, which are two sums as well. */
import { describe, expect, test } from "vitest";
import { attention, Engine, KernelRegression } from "../../index.ts";
import { gpuEngine } from "../../testing/engines.ts";
import { draw, largestDifference } from "../../testing/random.ts";

const engines = { gpu: await gpuEngine(), cpu: await Engine.create({ backend: "cpu" }) };

const random = draw(71);
const matrix = (rows: number, columns: number, scale = 1) =>
  Array.from({ length: rows }, () => Array.from({ length: columns }, () => scale * random.normal()));
const unit = (rows: number[][]) => rows.map((row) => row.map((x) => x / Math.hypot(...row)));

/** softmax(Q Kᵀ / τ) V as it stands. */
function softmax(
  queries: number[][],
  keys: number[][],
  values: number[][],
  temperature: number,
  sees: (q: number, k: number) => boolean = () => true,
): number[] {
  return queries.flatMap((q, i) => {
    const dots = keys.map((k, j) =>
      sees(i, j) ? k.reduce((s, x, d) => s + x * q[d], 0) / temperature : -Infinity,
    );
    const most = Math.max(...dots);
    const weights = dots.map((dot) => Math.exp(dot - most));
    const total = weights.reduce((a, b) => a + b);
    return values[0].map((_, c) => weights.reduce((s, w, j) => s + w * values[j][c], 0) / total);
  });
}

describe.each(["gpu", "cpu"] as const)("on the %s", (where) => {
  const engine = engines[where];

  test.each([1, 4])("is softmax of scaled dot products, with %i heads", async (heads) => {
    const [queries, keys, values] = [matrix(30, 16), matrix(70, 16), matrix(70, 20)];
    const { output } = await attention({ queries, keys, values, heads }, { engine });
    const part = <T>(row: readonly T[], head: number) =>
      row.slice((head * row.length) / heads, ((head + 1) * row.length) / heads);
    const byHead = Array.from({ length: heads }, (_, head) => {
      const own = [queries, keys, values].map((rows) => rows.map((row) => part(row, head)));
      return softmax(own[0], own[1], own[2], Math.sqrt(16 / heads));
    });
    const width = 20 / heads;
    const expected = queries.flatMap((_, q) =>
      byHead.flatMap((mean) => mean.slice(q * width, (q + 1) * width)),
    );
    expect(largestDifference(output, expected)).toBeLessThan(1e-5);
  });

  test("on the unit sphere it is the Gaussian regression, and von Mises and Fisher's", async () => {
    const [queries, keys] = [unit(matrix(25, 3)), unit(matrix(60, 3))];
    const values = matrix(60, 2);
    const temperature = 0.1;
    const expected = softmax(queries, keys, values, temperature);
    const { output } = await attention({ queries, keys, values, temperature }, { engine });
    expect(largestDifference(output, expected)).toBeLessThan(1e-5);
    const sphere = { keys, values, kernel: "von-mises-fisher", bandwidth: temperature } as const;
    const fisher = await KernelRegression.fit(sphere, { engine });
    expect(largestDifference((await fisher.predict(queries)).mean, expected)).toBeLessThan(1e-5);
    const gaussian = await KernelRegression.fit(
      { keys, values, bandwidth: Math.sqrt(temperature) },
      { engine },
    );
    expect(largestDifference((await gaussian.predict(queries)).mean, expected)).toBeLessThan(1e-5);
    for (const q of queries.slice(0, 5))
      for (const k of keys.slice(0, 5)) {
        const squared = q.reduce((sum, x, j) => sum + (x - k[j]) ** 2, 0);
        expect(squared).toBeCloseTo(2 - 2 * q.reduce((sum, x, j) => sum + x * k[j], 0), 12);
      }
  });

  test("masks: causal over blocks, and any other", async () => {
    const n = 600;
    const [queries, keys, values] = [matrix(n, 4), matrix(n, 4), matrix(n, 3)];
    const { output } = await attention({ queries, keys, values, mask: "causal" }, { engine });
    const expected = softmax(queries, keys, values, 2, (q, k) => k <= q);
    expect(largestDifference(output, expected)).toBeLessThan(1e-5);
    const mask = Uint8Array.from({ length: 20 * n }, () => random.integer(0, 2));
    mask.fill(0, 0, n); // the first query sees nothing
    const few = queries.slice(0, 20);
    const masked = await attention({ queries: few, keys, values, mask }, { engine });
    const hidden = softmax(few, keys, values, 2, (q, k) => mask[q * n + k] !== 0);
    expect([...masked.output.subarray(0, 3)]).toEqual([NaN, NaN, NaN]);
    expect(largestDifference(masked.output.subarray(3), hidden.slice(3))).toBeLessThan(1e-5);
  });

  test("keys of very different lengths are weighed in float64", async () => {
    const [queries, keys, values] = [matrix(10, 3, 8), matrix(40, 3, 8), matrix(40, 1)];
    const { output } = await attention({ queries, keys, values, temperature: 0.5 }, { engine });
    expect(largestDifference(output, softmax(queries, keys, values, 0.5))).toBeLessThan(1e-5);
  });

  test("what is wrong is said", async () => {
    const [queries, keys, values] = [matrix(3, 4), matrix(5, 4), matrix(5, 2)];
    const failing = (more: object, message: string) =>
      expect(attention({ queries, keys, values, ...more }, { engine })).rejects.toThrow(message);
    await failing(
      { heads: 4 },
      "heads is 4, expected a whole number that divides the 4 coordinates and the 2 columns",
    );
    await failing({ temperature: 0 }, "temperature is 0");
    await failing({ mask: "causal" }, "needs as many queries as keys, there are 3 and 5");
    await failing({ mask: [1, 0] }, "mask has 2 entries, expected 3 × 5");
    await failing({ values: matrix(4, 2) }, "values has 4 rows, expected 5");
  });

  test("conditional densities are a quotient of two", async () => {
    const keys = Float64Array.from({ length: 200 }, () => random.uniform(0, 3));
    const values = keys.map((x) => x * x + random.normal());
    const at = Float64Array.from({ length: 20 }, (_, i) => i / 7);
    const v = at.map((x) => x * x + random.normal());
    for (const kernel of ["gaussian", "epanechnikov"] as const) {
      const shape = "product";
      const model = await KernelRegression.fit({ keys, values, bandwidth: 0.4, kernel, shape }, { engine });
      const found = await model.conditionalDensity(at, v, { bandwidth: 1.5 });
      const alpha = (u: number) =>
        kernel === "gaussian"
          ? Math.exp((-u * u) / 2) / Math.sqrt(2 * Math.PI)
          : Math.max(0, 0.75 * (1 - u * u));
      for (const [q, x] of at.entries()) {
        let [joint, marginal] = [0, 0];
        for (const [i, k] of keys.entries()) {
          const own = alpha(Math.abs(x - k) / 0.4);
          marginal += own;
          joint += (own * alpha(Math.abs(v[q] - values[i]) / 1.5)) / 1.5;
        }
        if (joint === 0) expect(found[q]).toBe(-Infinity);
        else expect(found[q]).toBeCloseTo(Math.log(joint / marginal), 4);
      }
    }
    const radial = await KernelRegression.fit({ keys, values, bandwidth: 0.4, kernel: "cosine" }, { engine });
    await expect(radial.conditionalDensity(at, v)).rejects.toThrow('not for the kernel "cosine"');
    await expect(radial.conditionalDensity(at, [1])).rejects.toThrow(
      "values has 1 rows, expected 20, one for each query",
    );
  });
});
