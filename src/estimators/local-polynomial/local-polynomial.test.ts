/** Local polynomials, gradients and standard errors: against R, statsmodels, least squares written out, and finite differences. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { defineKernel, Engine, type KernelName, KernelRegression } from "../../index.ts";
import { alphaOf, nadarayaWatson } from "../../reference/index.ts";
import { gpuEngine } from "../../testing/engines.ts";
import { draw, largestDifference, rangeOf } from "../../testing/random.ts";
import { errorsOf } from "../../testing/standard-error.ts";
import { monomials } from "./moments.ts";

const golden = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../testing/golden/${name}.json`, import.meta.url), "utf8"));

const engines = { gpu: await gpuEngine(), cpu: await Engine.create({ backend: "cpu" }) };

/** Weighted least squares by Gaussian elimination with pivoting, around one query: the polynomial's coefficients in k − q. */
function leastSquares(
  keys: Float64Array,
  values: Float64Array,
  query: Float64Array,
  bandwidth: number[],
  kernel: KernelName,
  degree: number,
): Float64Array {
  const dims = query.length;
  const basis = monomials(dims, degree);
  const size = basis.length;
  const system = Array.from({ length: size }, () => new Float64Array(size + 1));
  for (let i = 0; i < values.length; i++) {
    const t = Array.from(query, (q, j) => (keys[i * dims + j] - q) / bandwidth[j]);
    const weight = alphaOf(kernel)(Math.hypot(...t));
    const phi = basis.map((powers) => powers.reduce((product, p, j) => product * t[j] ** p, 1));
    for (let a = 0; a < size; a++) {
      for (let b = 0; b < size; b++) system[a][b] += weight * phi[a] * phi[b];
      system[a][size] += weight * phi[a] * values[i];
    }
  }
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column; row < size; row++)
      if (Math.abs(system[row][column]) > Math.abs(system[pivot][column])) pivot = row;
    [system[column], system[pivot]] = [system[pivot], system[column]];
    for (let row = 0; row < size; row++) {
      if (row === column) continue;
      const factor = system[row][column] / system[column][column];
      for (let c = column; c <= size; c++) system[row][c] -= factor * system[column][c];
    }
  }
  return Float64Array.from(system, (row, a) => {
    const h = basis[a].reduce((product, p, j) => product * bandwidth[j] ** p, 1);
    return row[size] / row[a] / h;
  });
}

test("monomials come by degree, the coordinates in order", () => {
  expect(monomials(2, 2)).toEqual([
    [0, 0],
    [1, 0],
    [0, 1],
    [2, 0],
    [1, 1],
    [0, 2],
  ]);
  expect(monomials(8, 2).length).toBe(45);
});

describe.each([
  ["gpu", "dense"],
  ["gpu", "auto"],
  ["cpu", "dense"],
] as const)("on the %s, %s", (where, method) => {
  const engine = engines[where];

  test("local linear: statsmodels' and R np's means", async () => {
    const { keys, values, bandwidth, expected, tol } = golden("statsmodels-ll-cvls");
    const model = await KernelRegression.fit({ keys, values, bandwidth, degree: 1 }, { engine });
    const { mean } = await model.predict(keys, { method });
    expect(largestDifference(mean, expected.mean)).toBeLessThanOrEqual(tol * rangeOf(values));
  });

  test("local linear: R's locpoly, whose kernel R cuts at 4 bandwidths", async () => {
    const { keys, values, queries, bandwidth, expected, tol } = golden("r-locpoly-mcycle-1");
    const kernel = defineKernel({
      name: "gaussian cut at 4",
      alpha: (u) => (u <= 1 ? Math.exp(-8 * u * u) : 0),
      wgsl: "select(V(0.0), exp2(-11.541560327111707 * x * x), x <= V(1.0))",
      compact: true,
    });
    const cut = await KernelRegression.fit(
      { keys, values, bandwidth: 4 * bandwidth, kernel, degree: 1 },
      { engine },
    );
    expect(
      largestDifference((await cut.predict(queries, { method })).mean, expected.mean),
    ).toBeLessThanOrEqual(tol);
    const whole = await KernelRegression.fit({ keys, values, bandwidth, degree: 1 }, { engine });
    const { mean } = await whole.predict(queries, { method });
    expect(largestDifference(mean, expected.mean)).toBeLessThanOrEqual(Math.exp(-8) * rangeOf(values));
  });

  test.each([
    [1, 1, "gaussian"],
    [2, 1, "gaussian"],
    [1, 2, "gaussian"],
    [2, 2, "epanechnikov"],
    [1, 3, "laplace"],
    [2, 3, "gaussian"],
    [1, 5, "gaussian"],
  ] as const)("degree %i in %i coordinates, %s: mean and gradient are least squares'", async (degree, dims, kernel) => {
    const random = draw(degree * 10 + dims);
    const n = 400;
    const m = 40;
    const keys = Float64Array.from({ length: n * dims }, () => 1e5 + random.uniform(0, 4));
    const wave = (i: number, c: number) =>
      Math.sin(keys[i * dims] + c) + keys[i * dims + dims - 1] ** 2 / 1e6;
    const values = Float64Array.from(
      { length: 2 * n },
      (_, i) => wave(i >> 1, i & 1) + 0.1 * random.normal(),
    );
    const queries = Float64Array.from({ length: m * dims }, () => 1e5 + random.uniform(-0.3, 4.3));
    const bandwidth = Array.from({ length: dims }, (_, j) => (kernel === "epanechnikov" ? 2 : 0.8) + 0.1 * j);
    const model = await KernelRegression.fit(
      { keys: { data: keys, dims }, values: { data: values, dims: 2 }, kernel, bandwidth, degree },
      { engine },
    );
    const { mean, gradient } = await model.predict({ data: queries, dims }, { gradient: true, method });
    const ranges = [0, 1].map((c) => rangeOf(values.filter((_, i) => i % 2 === c)));
    for (let q = 0; q < m; q++) {
      for (const c of [0, 1]) {
        const own = values.filter((_, i) => i % 2 === c);
        const query = queries.slice(q * dims, (q + 1) * dims);
        const exact = leastSquares(keys, own, query, bandwidth, kernel, degree);
        expect(Math.abs(mean[2 * q + c] - exact[0]) / ranges[c]).toBeLessThan(1e-5);
        for (let j = 0; j < dims; j++) {
          const slope = gradient![(2 * q + c) * dims + j];
          expect((Math.abs(slope - exact[1 + j]) * bandwidth[j]) / ranges[c]).toBeLessThan(1e-5);
        }
      }
    }
  });

  test("over hundreds of bandwidths, where coordinates are in fixed point", async () => {
    const random = draw(5);
    const keys = Float64Array.from({ length: 2000 }, () => random.uniform(0, 400));
    const values = keys.map((x) => Math.sin(x / 9) + 0.1 * random.normal());
    const queries = Float64Array.from({ length: 40 }, () => random.uniform(0, 400));
    const model = await KernelRegression.fit({ keys, values, bandwidth: 1.5, degree: 1 }, { engine });
    const { mean, gradient } = await model.predict(queries, { gradient: true, method });
    queries.forEach((query, q) => {
      const exact = leastSquares(keys, values, Float64Array.of(query), [1.5], "gaussian", 1);
      expect(Math.abs(mean[q] - exact[0])).toBeLessThan(2e-5);
      expect(Math.abs(gradient![q] - exact[1]) * 1.5).toBeLessThan(2e-5);
    });
  });

  test("the gradient of a local mean is its derivative", async () => {
    const random = draw(4);
    const keys = Float64Array.from({ length: 600 }, () => random.uniform(0, 4));
    const values = Float64Array.from(
      { length: 300 },
      (_, i) => keys[2 * i] * keys[2 * i + 1] + random.normal(),
    );
    const queries = Float64Array.from({ length: 60 }, () => random.uniform(0, 4));
    const bandwidth = [0.5, 0.7];
    const model = await KernelRegression.fit(
      { keys: { data: keys, dims: 2 }, values, bandwidth },
      { engine },
    );
    const { mean, gradient } = await model.predict({ data: queries, dims: 2 }, { gradient: true, method });
    const given = {
      keys,
      values,
      dims: 2,
      columns: 1,
      bandwidth,
      shape: "radial",
      kernel: "gaussian",
    } as const;
    expect(largestDifference(mean, nadarayaWatson({ ...given, queries }).mean)).toBeLessThan(
      1e-5 * rangeOf(values),
    );
    for (let q = 0; q < 30; q++) {
      for (const j of [0, 1]) {
        const at = (step: number) => {
          const moved = queries.slice(2 * q, 2 * q + 2);
          moved[j] += step;
          return nadarayaWatson({ ...given, queries: moved }).mean[0];
        };
        const slope = (at(1e-4) - at(-1e-4)) / 2e-4;
        expect((Math.abs(gradient![2 * q + j] - slope) * bandwidth[j]) / rangeOf(values)).toBeLessThan(1e-5);
      }
    }
  });
});

describe("local polynomials", () => {
  const engine = engines.gpu;

  test("reproduce a polynomial of their degree exactly, far outside of the keys too", async () => {
    const random = draw(6);
    const keys = Float64Array.from({ length: 200 }, () => random.uniform(0, 1));
    const line = Float64Array.from({ length: 100 }, (_, i) => 3 + 2 * keys[2 * i] - keys[2 * i + 1]);
    const fit = { keys: { data: keys, dims: 2 }, values: line, bandwidth: 0.2, degree: 1 } as const;
    const model = await KernelRegression.fit(fit, { engine });
    const { mean, gradient, report } = await model.predict(
      [
        [0.5, 0.5],
        [2, 2],
        [-1, 0],
      ],
      { gradient: true },
    );
    for (const [i, truth] of [3.5, 5, 1].entries()) expect(mean[i]).toBeCloseTo(truth, 4);
    for (const [i, slope] of [...gradient!].entries()) expect(slope).toBeCloseTo(i % 2 ? -1 : 2, 4);
    expect(report.singularQueries).toBe(0);
  });

  test("where the keys lie on a line, across it the fit is flat, and the report says so", async () => {
    const keys = Array.from({ length: 50 }, (_, i) => [i / 10, 1]);
    const values = keys.map(([x]) => 2 * x);
    const model = await KernelRegression.fit({ keys, values, bandwidth: 0.5, degree: 1 }, { engine });
    const { mean, gradient, report } = await model.predict([[2.5, 1]], { gradient: true });
    expect(mean[0]).toBeCloseTo(5, 4);
    expect(gradient![0]).toBeCloseTo(2, 4);
    expect(gradient![1]).toBe(0);
    expect(report.singularQueries).toBe(1);
  });

  test("empty windows are as the policy says, and single keys are their own value", async () => {
    const input = {
      keys: [0, 1, 5],
      values: [1, 2, 7],
      kernel: "epanechnikov",
      bandwidth: 0.5,
      degree: 1,
    } as const;
    const model = await KernelRegression.fit(input, { engine });
    expect([...(await model.predict([0.1, 3, 5])).mean]).toEqual([1, NaN, 7]);
    expect((await model.predict([0.1, 3], { empty: "mean" })).mean[1]).toBeCloseTo(10 / 3, 12);
  });

  test("what cannot be had is refused", async () => {
    const keys = [0, 1, 2, 3];
    const fit = (more: object) =>
      KernelRegression.fit({ keys, values: keys, bandwidth: 1, ...more }, { engine });
    await expect(fit({ degree: 3 })).rejects.toThrow("degree is 3, expected 0, 1 or 2");
    await expect((await fit({ kernel: "laplace" })).predict([1], { gradient: true })).rejects.toThrow(
      'the gradient of a local mean is available for the kernel "gaussian"',
    );
    await expect((await fit({ degree: 1 })).predict([1], { output: "gpu" })).rejects.toThrow(
      "leaves means of degree 0",
    );
  });
});

describe("standard errors", () => {
  test.each([
    ["gpu", "gaussian", "auto"],
    ["gpu", "epanechnikov", "auto"],
    ["gpu", "laplace", "auto"],
    ["cpu", "gaussian", "auto"],
    ["cpu", "triweight", "dense"],
    // Squared, of degree 12 and 18.
    ["cpu", "triweight", "expand"],
    ["cpu", "tricube", "expand"],
    ["cpu", "laplace", "expand"],
    ["cpu", "matern52", "expand"],
  ] as const)("are the formula: %s, %s, %s", async (where, kernel, method) => {
    const random = draw(8);
    const n = 300;
    const h = ["gaussian", "laplace", "matern52"].includes(kernel) ? 0.3 : 0.7;
    const keys = Float64Array.from({ length: n }, () => random.uniform(0, 5));
    const values = keys.map((x) => Math.sin(x) + 0.1 * (1 + x) * random.normal());
    const queries = Float64Array.from({ length: 30 }, () => random.uniform(0, 5));
    const model = await KernelRegression.fit(
      { keys, values, kernel, bandwidth: h },
      { engine: engines[where] },
    );
    const { standardError } = await model.predict(queries, { standardError: true, method });
    const alpha = alphaOf(kernel);
    const weigh = (q: number) => {
      const weights = Array.from(keys, (k) => alpha(Math.abs(q - k) / h));
      const total = weights.reduce((a, b) => a + b, 0);
      return weights.map((w) => w / total);
    };
    const errorAt = errorsOf(Array.from(keys, weigh), values);
    queries.forEach((q, i) => {
      const w = weigh(q);
      expect(Math.abs(standardError![i] / errorAt(w, w).error - 1)).toBeLessThan(2e-4);
    });
  });

  test("are as wide as the estimate varies from one sample to the next", async () => {
    const queries = [1, 2.5, 4];
    const means: Float64Array[] = [];
    const errors: Float64Array[] = [];
    for (let seed = 1; seed <= 60; seed++) {
      const random = draw(seed);
      const keys = Float64Array.from({ length: 400 }, () => random.uniform(0, 5));
      const values = keys.map((x) => x + 0.2 * (1 + x) * random.normal());
      const model = await KernelRegression.fit({ keys, values, bandwidth: 0.25 }, { engine: engines.cpu });
      const { mean, standardError } = await model.predict(queries, { standardError: true });
      means.push(mean);
      errors.push(standardError!);
    }
    queries.forEach((_, q) => {
      const sample = means.map((mean) => mean[q]);
      const centre = sample.reduce((a, b) => a + b) / 60;
      const spread = Math.sqrt(sample.reduce((sum, x) => sum + (x - centre) ** 2, 0) / 59);
      const claimed = errors.reduce((sum, each) => sum + each[q], 0) / 60;
      expect(claimed / spread).toBeGreaterThan(0.75);
      expect(claimed / spread).toBeLessThan(1.35);
    });
  });
});

test("degrees 1 and 2 take up to 8 coordinates", async () => {
  const engine = await Engine.create({ backend: "cpu", workers: 0 });
  const rows = (dims: number) =>
    Array.from({ length: 60 }, (_, i) => Array.from({ length: dims }, (_, j) => Math.sin(i * (j + 1))));
  const values = rows(1).map(([x]) => x);
  for (const degree of [1, 2] as const) {
    const fit = (dims: number) =>
      KernelRegression.fit({ keys: rows(dims), values, degree, bandwidth: 3 }, { engine });
    expect((await (await fit(8)).predict(rows(8).slice(0, 1))).mean[0]).toBeLessThan(10);
    await expect((await fit(9)).predict(rows(9).slice(0, 1))).rejects.toThrow("up to 8 coordinates");
  }
});
