/** Local polynomials where the keys in reach do not determine one: minimum-norm weighted least squares, never an unwritten 0. */
import { describe, expect, test } from "vitest";
import { Engine, type KernelName, KernelRegression } from "../../index.ts";
import { alphaOf } from "../../reference/index.ts";
import { gpuEngine } from "../../testing/engines.ts";
import { draw } from "../../testing/random.ts";

const engines = { gpu: await gpuEngine(), cpu: await Engine.create({ backend: "cpu" }) };

/**
 * Weighted least squares with a free constant and, among all best fits, the least slopes: gradient descent from 0 on the
 * centred system, which converges to just that solution.
 */
function minimumNorm(
  keys: readonly (readonly number[])[],
  values: readonly number[],
  query: readonly number[],
  h: number,
  kernel: KernelName,
): number {
  const t = keys.map((key) => key.map((x, j) => (x - query[j]) / h));
  const w = t.map((row) => alphaOf(kernel)(Math.hypot(...row)));
  const total = w.reduce((a, b) => a + b, 0);
  const mean = (column: (i: number) => number) =>
    w.reduce((sum, each, i) => sum + each * column(i), 0) / total;
  const v = mean((i) => values[i]);
  const centre = query.map((_, j) => mean((i) => t[i][j]));
  let slopes = query.map(() => 0);
  const size = mean((i) => t[i].reduce((sum, x, j) => sum + (x - centre[j]) ** 2, 0));
  for (let step = 0; step < 200_000 && size > 1e-20; step++) {
    const residual = (i: number) =>
      values[i] - v - slopes.reduce((sum, b, j) => sum + b * (t[i][j] - centre[j]), 0);
    const r = values.map((_, i) => residual(i));
    const gradient = slopes.map((_, j) => mean((i) => r[i] * (t[i][j] - centre[j])));
    if (Math.hypot(...gradient) < 1e-13) break;
    slopes = slopes.map((b, j) => b + gradient[j] / size);
  }
  return v - slopes.reduce((sum, b, j) => sum + b * centre[j], 0);
}

describe.each(["gpu", "cpu"] as const)("on the %s", (where) => {
  const engine = engines[where];
  const predict = async (
    input: Parameters<typeof KernelRegression.fit>[0],
    queries: number[] | number[][],
    method: "auto" | "dense" | "cull" = "auto",
  ) => {
    const model = await KernelRegression.fit(input, { engine });
    const found = await model.predict(queries, { method, gradient: true });
    model.dispose();
    return found;
  };

  test.each([1, 2] as const)("keys that coincide: their mean, at degree %i", async (degree) => {
    for (const method of ["auto", "dense", "cull"] as const) {
      const input = { keys: [3.3, 3.3, 3.3], values: [5, 6, 10], degree, bandwidth: 0.7 };
      const { mean, gradient, report } = await predict(input, [1, 3.3, 40], method);
      for (const value of mean) expect(value).toBeCloseTo(7, 12);
      for (const slope of gradient!) expect(slope).toBeCloseTo(0, 12);
      expect(report.singularQueries).toBe(3);
    }
  });

  test.each([
    "boxcar",
    "gaussian",
  ] as const)("keys that coincide: their mean by expand, %s", async (kernel) => {
    const keys = new Array<number>(8).fill(1.7);
    const values = keys.map((_, i) => i);
    const model = await KernelRegression.fit({ keys, values, degree: 1, bandwidth: 3, kernel }, { engine });
    for (const query of [1.7, 2.9]) {
      const { mean, gradient } = await model.predict([query], { method: "expand", gradient: true });
      expect([mean[0], gradient![0]]).toEqual([expect.closeTo(3.5, 9), expect.closeTo(0, 9)]);
    }
    model.dispose();
  });

  test.each([1, 2] as const)("one key in a compact window: its value, at degree %i", async (degree) => {
    const keys = Array.from({ length: 11 }, (_, i) => i);
    const values = keys.map((x) => 100 + x * x);
    const queries = Array.from({ length: 88 }, (_, i) => -0.4 + i * 0.1234);
    for (const method of ["auto", "dense", "cull"] as const) {
      const input = { keys, values, degree, bandwidth: 0.45, kernel: "epanechnikov" } as const;
      const { mean, report } = await predict(input, queries, method);
      let [alone, none] = [0, 0];
      for (const [q, x] of queries.entries()) {
        const nearest = keys.findIndex((key) => Math.abs(key - x) < 0.45);
        if (nearest < 0) expect(mean[q]).toBeNaN();
        else expect(mean[q]).toBeCloseTo(values[nearest], 10);
        if (nearest < 0) none++;
        else alone++;
      }
      expect(report).toMatchObject({ singularQueries: alone, emptyQueries: none });
    }
  });

  test("a constant column: the fit without it", async () => {
    const random = draw(3);
    const x = Array.from({ length: 400 }, () => random.uniform(0, 10));
    const values = x.map((each) => 50 + Math.sin(each) + random.normal() / 10);
    const at = Array.from({ length: 100 }, () => random.uniform(0, 10));
    const shared = { values, bandwidth: 0.8, degree: 1 } as const;
    const two = await predict(
      { ...shared, keys: x.map((each) => [each, 7]) },
      at.map((each) => [each, 7]),
    );
    const one = await predict({ ...shared, keys: x }, at);
    for (const [q, value] of one.mean.entries()) expect(Math.abs(two.mean[q] - value)).toBeLessThan(2e-5);
    expect(two.report.singularQueries).toBe(100);
  });

  test("one-hot columns and lines in space: the least slopes that fit", async () => {
    const random = draw(5);
    const oneHot = (k: number) => [0, 1, 2].map((j) => (j === k ? 1 : 0));
    const hot = Array.from({ length: 60 }, () => oneHot(random.integer(0, 3)));
    const line = Array.from({ length: 60 }, () => random.uniform(-1, 1)).map((x) => [x, 2 * x + 1]);
    for (const [keys, queries] of [
      [hot, [oneHot(0), oneHot(1), [0.2, 0.3, 0.1]]],
      [
        line,
        [
          [0, 1],
          [0.5, 0.3],
          [-1, 2],
        ],
      ],
    ]) {
      const values = keys.map((row) => 100 + 3 * row[0] - row[1] + random.normal());
      for (const method of ["auto", "dense"] as const) {
        const { mean, report } = await predict({ keys, values, bandwidth: 0.9, degree: 1 }, queries, method);
        for (const [q, query] of queries.entries())
          expect(mean[q]).toBeCloseTo(minimumNorm(keys, values, query, 0.9, "gaussian"), 6);
        expect(report.singularQueries).toBe(queries.length);
      }
    }
  });

  test("nearly singular systems keep their digits", async () => {
    // Keys 1e-5 bandwidths around x = 5, on a plane: what a Gram matrix of single precision knows nothing of.
    const random = draw(7);
    const keys = Array.from({ length: 50 }, () => [5 + 1e-5 * random.normal(), random.normal()]);
    const values = keys.map(([x, y]) => 3 + 1000 * (x - 5) + 2 * y);
    const queries = [
      [5, 0],
      [5.00001, 0.5],
      [4.99998, -1],
    ];
    const { mean, report } = await predict({ keys, values, bandwidth: 1, degree: 1 }, queries);
    for (const [q, [x, y]] of queries.entries()) expect(mean[q]).toBeCloseTo(3 + 1000 * (x - 5) + 2 * y, 8);
    expect(report.singularQueries).toBe(0);
  });

  test("bands, diagnostics and bandwidths live with singular systems", async () => {
    const keys = Array.from({ length: 40 }, (_, i) => [i % 8, 1]);
    const values = keys.map(([x], i) => x * x + (i % 3));
    const model = await KernelRegression.fit({ keys, values, bandwidth: 0.5, degree: 1 }, { engine });
    const { mean, standardError } = await model.predict(
      [
        [3, 1],
        [3.4, 1],
      ],
      { standardError: true },
    );
    expect(mean[0]).toBeGreaterThan(7);
    expect(mean[0]).toBeLessThan(13);
    for (const each of standardError!) expect(each).toBeGreaterThan(0);
    const { rSquared, effectiveParameters } = await model.diagnostics();
    expect(rSquared[0]).toBeGreaterThan(0.9);
    expect(effectiveParameters).toBeLessThan(9);
    model.dispose();
  });
});
