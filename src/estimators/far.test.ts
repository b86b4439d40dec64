/** Queries and magnitudes far out, for every kernel without an edge: the limit holds, on both backends, by every method. */
import { describe, expect, test } from "vitest";
import { Engine, KernelDensity, type KernelName, KernelRegression } from "../index.ts";
import { kernels } from "../kernels/builtin.ts";
import { logWeightRatio, sumOfDifferences } from "../kernels/log-weight.ts";
import { gpuEngine } from "../testing/engines.ts";
import { draw } from "../testing/random.ts";
import { isWideRing } from "../testing/ring.ts";

const engines = { gpu: await gpuEngine(), cpu: await Engine.create({ backend: "cpu" }) };

const open: readonly KernelName[] = ["gaussian", "logistic", "sigmoid", "laplace", "matern32", "matern52"];

test("log ratios of weights are exact however far the query is", () => {
  const random = draw(5);
  /** (u² − u*²)/2 in integers: coordinates are whole multiples of 2^−20. */
  const exact = (q: number, k: number, reference: number): number => {
    const [a, b, c] = [q, k, reference].map((x) => BigInt(x * 2 ** 20));
    const twice = (a - c) ** 2n - (a - b) ** 2n;
    return Number(twice) / 2 / 2 ** 40;
  };
  for (const distance of [1, 1e3, 1e6, 1e9]) {
    for (let i = 0; i < 50; i++) {
      const on = (x: number) => Math.round(x * 2 ** 20) / 2 ** 20;
      const [near, other] = [random.uniform(0, 9), random.uniform(0, 9)].map(on);
      for (const [q, k, reference] of [
        [on(distance * random.uniform(1, 2)), near, other],
        // Midway between keys that are far apart.
        [on((near + other + distance) / 2), near, on(other + distance)],
      ]) {
        const found = logWeightRatio(kernels.get("gaussian")!, "radial", {
          offset: Float64Array.of(q - reference),
          apart: Float64Array.of(reference - k),
          between: Float64Array.of(sumOfDifferences(q, reference, k)),
        });
        const expected = exact(q, k, reference);
        expect(Math.abs(found - expected)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(expected)));
      }
    }
  }
});

describe.each(["gpu", "cpu"] as const)("on the %s", (where) => {
  const engine = engines[where];

  test("midway between keys that are far apart, of numbers with all their digits", async () => {
    const [a, b, q] = [19.8765287, 3000023.7654321, 1500021.8209803998];
    for (const d of [1, 2]) {
      const row = (x: number) => (d === 1 ? [x] : [x, x]);
      // In integers: 2^60 times the numbers.
      const [A, B, Q] = [a, b, q].map((x) => BigInt(x * 2 ** 60));
      const log = Number((((Q - A) ** 2n - (Q - B) ** 2n) * BigInt(d)) >> 60n) / 2 ** 61;
      const model = await KernelRegression.fit(
        { keys: [row(a), row(b)], values: [0, 1], bandwidth: 1 },
        { engine },
      );
      for (const method of ["auto", "dense", "cull"] as const) {
        const { mean } = await model.predict([row(q)], { method });
        expect(Math.abs(mean[0] - 1 / (1 + Math.exp(-log)))).toBeLessThan(1e-8);
      }
      const { data: weights } = await model.weights([row(q)]);
      expect(Math.abs(weights[1] - 1 / (1 + Math.exp(-log)))).toBeLessThan(1e-6);
      model.dispose();
    }
  });

  test.each(open)("%s: to distances of 1e300, the nearest key's value", async (kernel) => {
    for (const method of ["auto", "dense", "cull"] as const) {
      const model = await KernelRegression.fit(
        { keys: [0, 1], values: [3, 4], kernel, bandwidth: 0.01 },
        { engine },
      );
      const queries = [0.5, -5, 1e6, -1e9, 1e15, -1e100, 1e154, 1e200, -1e300];
      const { mean, report } = await model.predict(queries, { method });
      expect(Array.from(mean, (m) => Number(m.toFixed(6)))).toEqual([3.5, 3, 4, 3, 4, 3, 4, 4, 3]);
      expect(report.emptyQueries).toBe(0);
      expect(report.evaluatedPairs).toBeGreaterThan(0);
      const fallbackQueries = await model.predict([1e6, 1e7], { method });
      expect(fallbackQueries.report.evaluatedPairs).toBeGreaterThanOrEqual(2);
      model.dispose();
    }
  });

  test.each(["cauchy", "rational-quadratic"] as const)("%s: all keys count alike", async (kernel) => {
    for (const method of ["auto", "dense", "cull"] as const) {
      const model = await KernelRegression.fit(
        { keys: [0, 1], values: [3, 4], kernel, bandwidth: 0.01 },
        { engine },
      );
      const { mean, report } = await model.predict([0.5, 1e9, 1e200, -1e300], { method });
      for (const value of mean) expect(value).toBeCloseTo(3.5, 5);
      expect(report.emptyQueries).toBe(0);
    }
  });

  test.each([
    "epanechnikov",
    "boxcar",
  ] as const)("%s: empty windows, no more than there are queries", async (kernel) => {
    const model = await KernelRegression.fit(
      { keys: [0, 1], values: [3, 4], kernel, bandwidth: 0.3 },
      { engine },
    );
    for (const method of ["auto", "dense", "cull"] as const) {
      const { mean, report } = await model.predict([0.1, 0.5, 1e9, -1e300], { method });
      expect([...mean]).toEqual([3, NaN, NaN, NaN]);
      expect(report.emptyQueries).toBe(3);
      const nearest = await model.predict([0.1, 0.5001, 1e9, -1e300], { method, empty: "nearest" });
      expect([...nearest.mean]).toEqual([3, 4, 4, 3]);
    }
  });

  test("one far query changes no answer of its neighbours", async () => {
    const random = draw(3);
    const keys = Array.from({ length: 500 }, () => [random.normal(), random.normal()]);
    const values = keys.map(([x]) => x);
    const queries = Array.from({ length: 200 }, () => [random.normal(), random.normal()]);
    for (const kernel of ["gaussian", "laplace", "epanechnikov"] as const)
      for (const method of ["cull", "dense", "auto"] as const) {
        const model = await KernelRegression.fit({ keys, values, kernel, bandwidth: 0.3 }, { engine });
        const alone = (await model.predict(queries, { method })).mean;
        for (const far of [1e200, -1e300]) {
          const { mean } = await model.predict([[far, far], ...queries, [0, far]], { method });
          expect(mean.slice(1, -1)).toEqual(alone);
          if (kernel !== "epanechnikov") expect(mean.every(Number.isFinite)).toBe(true);
        }
        model.dispose();
      }
  });

  test("densities stay finite in their logarithms", async () => {
    const model = await KernelDensity.fit({ keys: [0, 1, 5], kernel: "laplace", bandwidth: 0.5 }, { engine });
    const { logDensity } = await model.evaluate([1e3, 1e9, 1e100]);
    for (const [i, q] of [1e3, 1e9, 1e100].entries())
      expect(logDensity[i] / ((5 - q) / 0.5)).toBeCloseTo(1, 2);
  });

  test("the answer is the same in other units, to the last digit for powers of two", async () => {
    const random = draw(9);
    const keys = Array.from({ length: 100 }, () => [random.normal(), random.normal()]);
    const values = keys.map(([x]) => x + random.normal());
    const queries = Array.from({ length: 40 }, () => [random.normal(), random.normal()]);
    for (const bandwidth of isWideRing ? (["scott", "loo"] as const) : (["scott"] as const)) {
      const plain = await KernelRegression.fit({ keys, values, bandwidth }, { engine });
      const a = await plain.predict(queries);
      for (const power of bandwidth === "loo" ? [-300, 60] : [-300, -60, 60, 300]) {
        const [k, v] = [2 ** power, 2 ** -(power / 2)];
        const scaled = (rows: number[][]) => rows.map((row) => row.map((x) => x * k));
        const rows = { keys: scaled(keys), values: values.map((y) => y * v) };
        const other = await KernelRegression.fit({ ...rows, bandwidth }, { engine });
        for (const [j, h] of plain.bandwidth.entries()) expect(other.bandwidth[j] / k / h).toBeCloseTo(1, 2);
        const same = await KernelRegression.fit(
          { ...rows, bandwidth: plain.bandwidth.map((h) => h * k) },
          { engine },
        );
        const b = await same.predict(scaled(queries));
        for (const [q, mean] of a.mean.entries()) expect(b.mean[q] / v).toBeCloseTo(mean, 5);
      }
    }
  });

  test.each([
    ["values", { values: [1, 1e308, 2] }, "values[1] is 1e+308, expected a magnitude of at most 1e+150"],
    ["values", { values: [1, -1e308, 2] }, "values[1] is -1e+308"],
    ["keys", { keys: [1, 2, 1e200] }, "keys[2] is 1e+200, expected a magnitude of at most 1e+150"],
    ["weights", { sampleWeights: [1, 1e300, 1] }, "sampleWeights[1] is 1e+300"],
    ["weights", { sampleWeights: [1, 1e-300, 1] }, "sampleWeights[1] is 1e-300"],
    ["bandwidth", { bandwidth: 1e-200 }, "bandwidth is 1e-200, expected a number from 1e-150"],
  ] as const)("magnitudes beyond what squares allow are refused: %s, %j", async (_, more, message) => {
    const input = { keys: [1, 2, 3], values: [1, 2, 3], bandwidth: 1, ...more };
    await expect(KernelRegression.fit(input, { engine }).then((model) => model.predict([1]))).rejects.toThrow(
      message,
    );
  });

  test("tiny keys have a spread", async () => {
    const model = await KernelRegression.fit(
      { keys: [1e-200, 2e-200, 3e-200, 4e-200], values: [1, 2, 3, 4] },
      { engine },
    );
    const plain = await KernelRegression.fit({ keys: [1, 2, 3, 4], values: [1, 2, 3, 4] }, { engine });
    expect(model.bandwidth[0] * 1e200).toBeCloseTo(plain.bandwidth[0], 10);
    expect((await model.predict([2.2e-200])).mean[0]).toBeCloseTo((await plain.predict([2.2])).mean[0], 5);
  });

  test("a query too many bandwidths away for a number is refused", async () => {
    const model = await KernelRegression.fit({ keys: [0, 1], values: [0, 1], bandwidth: 1e-100 }, { engine });
    await expect(model.predict([1, 1e250])).rejects.toThrow("queries[1] has 1e+250");
    await expect(model.predict([1e305])).rejects.toThrow("queries[0] is 1e+305");
  });
});
