/** Standard errors, bands, diagnostics and cross-validation of all degrees: against the smoother's matrix written out. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { bestOf } from "../../bandwidth/search.ts";
import { Engine, KernelRegression } from "../../index.ts";
import { alphaOf } from "../../reference/index.ts";
import { gpuEngine } from "../../testing/engines.ts";
import { draw, largestDifference } from "../../testing/random.ts";
import { isWideRing } from "../../testing/ring.ts";
import { errorsOf } from "../../testing/standard-error.ts";
import { studentBound } from "./quantiles.ts";

const engines = { gpu: await gpuEngine(), cpu: await Engine.create({ backend: "cpu" }) };

const random = draw(31);
const n = 120;
const keys = Float64Array.from({ length: n }, () => random.uniform(0, 5)).sort();
const values = keys.map((x) => Math.sin(2 * x) + (0.1 + x / 10) * random.normal());
const queries = Float64Array.from({ length: 41 }, (_, i) => i / 8);
const times = Float64Array.from({ length: n }, () => random.uniform(0.5, 3));

/** The weights l of every key in the local polynomial at q, by Gauss's elimination. */
function smootherRow(q: number, kernel: string, h: number, degree: number, weights?: Float64Array): number[] {
  const t = Array.from(keys, (k) => (k - q) / h);
  const w = t.map((u, i) => alphaOf(kernel)(Math.abs(u)) * (weights ? weights[i] : 1));
  const size = degree + 1;
  const matrix = Array.from({ length: size }, (_, a) => [
    ...Array.from({ length: size }, (_, b) => t.reduce((sum, u, i) => sum + w[i] * u ** (a + b), 0)),
    a === 0 ? 1 : 0,
  ]);
  for (let a = 0; a < size; a++)
    for (let b = 0; b < size; b++) {
      if (a === b) continue;
      const factor = matrix[b][a] / matrix[a][a];
      for (let c = 0; c <= size; c++) matrix[b][c] -= factor * matrix[a][c];
    }
  const row = matrix.map((r, a) => r[size] / r[a]);
  return t.map((u, i) => w[i] * row.reduce((sum, r, a) => sum + r * u ** a, 0));
}
const dot = (l: readonly number[], v: ArrayLike<number>) => l.reduce((sum, each, i) => sum + each * v[i], 0);

/**
 * The quantile of 95 % of the largest studentised deviation, by 2000 replicates whose noise is drawn among the standardised residuals, and the degrees of freedom at the
 * queries.
 */
function criticalOfDegree(degree: number) {
  const rows = (points: Float64Array, of: number) =>
    Array.from(points, (q) => smootherRow(q, "gaussian", 0.4, of));
  const [smoother, fits] = [rows(keys, degree), rows(queries, degree)];
  const [meansAtKeys, means] = [rows(keys, 0), rows(queries, 0)];
  const random = draw(4);
  const shares = smoother.map((l, i) => 1 - 2 * l[i] + dot(l, l));
  const total = shares.reduce((a, b) => a + b);
  const residuals = smoother.map((l, i) => values[i] - dot(l, values));
  const countOf = (w: readonly number[]) => 1 / dot(w, w);
  const freedomOf = (w: readonly number[]) => countOf(w) * dot(w, shares) + 1;
  const varianceBy = (w: readonly number[], squares: readonly number[]) =>
    (countOf(w) * dot(w, squares) + squares.reduce((a, b) => a + b) / total) / freedomOf(w);
  const own = residuals.map((e) => e ** 2);
  const noise = meansAtKeys.map((w) => Math.sqrt(varianceBy(w, own)));
  const raw = residuals.map((e, i) => e / Math.sqrt(shares[i]) / noise[i]);
  const centre = dot(shares, raw) / total;
  const spread = Math.sqrt(
    dot(
      shares,
      raw.map((e) => (e - centre) ** 2),
    ) / total,
  );
  const standardised = raw.map((e) => (e - centre) / spread);
  const largest = Array.from({ length: 2000 }, () => {
    const drawn = noise.map((sd) => {
      let at = random.integer(0, n);
      // Each as probable as its share of the degrees of freedom, which is at most 1.
      while (random.uniform(0, 1) > shares[at]) at = random.integer(0, n);
      return (sd * (standardised[at] + random.normal() / Math.sqrt(n))) / Math.sqrt(1 + 1 / n);
    });
    const squares = smoother.map((l, i) => (drawn[i] - dot(l, drawn)) ** 2);
    const deviations = fits.map(
      (l, q) => Math.abs(dot(l, drawn)) / Math.sqrt(varianceBy(means[q], squares) * dot(l, l)),
    );
    return Math.max(...deviations);
  }).sort((a, b) => a - b);
  return { bound: largest[Math.ceil(2001 * 0.95) - 1], freedoms: means.map(freedomOf) };
}
/** By degree: both backends are compared with the same. */
const critical = [0, 1].map(criticalOfDegree);

const cases = [
  ["gaussian", 0, undefined],
  ["gaussian", 1, undefined],
  ["gaussian", 2, undefined],
  ["epanechnikov", 1, undefined],
  ["laplace", 1, undefined],
  ["gaussian", 0, times],
  ["gaussian", 1, times],
] as const;

describe.each(["gpu", "cpu"] as const)("on the %s", (where) => {
  const engine = engines[where];

  test.each(cases)("standard errors and diagnostics: %s, degree %i", async (kernel, degree, weights) => {
    const h = kernel === "epanechnikov" ? 0.9 : 0.4;
    const smoother = Array.from(keys, (k) => smootherRow(k, kernel, h, degree, weights));
    const fitted = smoother.map((l) => dot(l, values));
    const errorAt = errorsOf(smoother, values);
    const model = await KernelRegression.fit(
      { keys, values, kernel, bandwidth: h, degree, sampleWeights: weights },
      { engine },
    );
    const found = await model.predict(queries, { standardError: true, confidence: 0.9 });
    const expected = Array.from(queries, (q) =>
      errorAt(smootherRow(q, kernel, h, degree, weights), smootherRow(q, kernel, h, 0, weights)),
    );
    for (const [q, { error: se, freedom }] of expected.entries()) {
      expect(found.standardError![q] / se).toBeCloseTo(1, 3);
      const row = smootherRow(queries[q], kernel, h, degree, weights);
      const line = (at: number) => smootherRow(at, kernel, h, Math.max(degree, 1), weights);
      const truth = Array.from(keys, (k) => dot(line(k), values));
      const bias = dot(row, truth) - dot(line(queries[q]), values);
      const half = studentBound(0.9)(freedom) * Math.hypot(found.standardError![q], 1.5 * bias);
      expect((found.upper![q] - found.mean[q]) / half).toBeCloseTo(1, 3);
      expect((found.mean[q] - found.lower![q]) / half).toBeCloseTo(1, 3);
    }
    const own = await model.diagnostics();
    const w = weights ? weights.map((x) => (x * n) / weights.reduce((a, b) => a + b)) : values.map(() => 1);
    const centre = w.reduce((sum, x, i) => sum + (x * values[i]) / n, 0);
    const trace = smoother.reduce((sum, l, i) => sum + l[i], 0);
    const total = w.reduce((sum, x, i) => sum + x * (values[i] - centre) ** 2, 0);
    const residual = w.reduce((sum, x, i) => sum + x * (values[i] - fitted[i]) ** 2, 0);
    const without = w.reduce(
      (sum, x, i) => sum + x * ((values[i] - fitted[i]) / (1 - smoother[i][i])) ** 2,
      0,
    );
    expect(own.effectiveParameters).toBeCloseTo(trace, 3);
    expect(own.residualDegreesOfFreedom).toBeCloseTo(n - trace, 3);
    expect(own.rSquared[0]).toBeCloseTo(1 - residual / total, 4);
    expect(own.leaveOneOutRSquared[0]).toBeCloseTo(1 - without / total, 4);
    expect(own.residualStandardError[0]).toBeCloseTo(Math.sqrt(residual / (n - trace)), 4);
  });

  test("pointwise bands are those of predict, simultaneous ones as wide as the largest deviations; the seed decides", async () => {
    for (const degree of [0, 1] as const) {
      const model = await KernelRegression.fit({ keys, values, bandwidth: 0.4, degree }, { engine });
      const bands = await model.bootstrap(queries, { replicates: 600, seed: 5 });
      const found = await model.predict(queries, { standardError: true, confidence: 0.95 });
      expect(bands.standardError).toEqual(found.standardError);
      expect(bands.lower).toEqual(found.lower);
      expect(bands.upper).toEqual(found.upper);
      for (const [q, freedom] of critical[degree].freedoms.entries()) {
        const half = bands.simultaneousUpper[q] - found.mean[q];
        expect(found.mean[q] - bands.simultaneousLower[q]).toBeCloseTo(half, 8);
        const deviation = (found.upper![q] - found.mean[q]) / studentBound(0.95)(freedom);
        // The quantiles of 600 and 2000 replicates are off by 2 % and 1 %.
        expect(half / deviation / critical[degree].bound).toBeGreaterThan(0.93);
        expect(half / deviation / critical[degree].bound).toBeLessThan(1.07);
      }
      const lowest = async (seed: number) =>
        (await model.bootstrap(queries, { replicates: 100, seed })).simultaneousLower;
      expect(await lowest(5)).toEqual(await lowest(5));
      expect(largestDifference(await lowest(6), await lowest(5))).toBeGreaterThan(1e-4);
    }
  });

  const degrees = where === "cpu" ? ([1, 2] as const) : ([1] as const);
  test.each(
    isWideRing ? ([1, 2] as const) : degrees,
  )("loo of degree %i leaves out one key after the other", async (degree) => {
    const model = await KernelRegression.fit({ keys, values, bandwidth: "loo", degree }, { engine });
    const { candidates } = model.selection!;
    for (const { bandwidth, score } of candidates.filter(({ bandwidth: [h] }) => h > 0.2).slice(0, 8)) {
      let sum = 0;
      for (let i = 0; i < n; i++) {
        const others = times.map((_, k) => (k === i ? 0 : 1));
        sum += (values[i] - dot(smootherRow(keys[i], "gaussian", bandwidth[0], degree, others), values)) ** 2;
      }
      expect(score / (sum / n)).toBeCloseTo(1, 3);
    }
    for (const rule of ["aicc", "kfold"] as const) {
      const other = await KernelRegression.fit({ keys, values, bandwidth: rule, degree }, { engine });
      expect(other.bandwidth[0] / model.bandwidth[0]).toBeGreaterThan(0.4);
      expect(other.bandwidth[0] / model.bandwidth[0]).toBeLessThan(2.5);
    }
  });

  test("loo of degree 1 finds statsmodels' bandwidths, or better ones", async () => {
    const url = new URL("../../testing/golden/statsmodels-ll-cvls.json", import.meta.url);
    const golden = JSON.parse(readFileSync(url, "utf8"));
    const data = { keys: golden.keys, values: golden.values, degree: 1 as const };
    const model = await KernelRegression.fit({ ...data, bandwidth: "loo" }, { engine });
    const theirs = await KernelRegression.fit({ ...data, bandwidth: golden.bandwidth }, { engine });
    expect(bestOf(model.selection!.candidates).score).toBeLessThanOrEqual(golden.expected.loo * 1.0001);
    const [a, b] = [await model.diagnostics(), await theirs.diagnostics()];
    expect(a.leaveOneOutRSquared[0]).toBeGreaterThanOrEqual(b.leaveOneOutRSquared[0] - 1e-5);
  });
});

test("residuals at the keys, and of predictions by all others, are those by definition", async () => {
  const random = draw(61);
  const keys = Float64Array.from({ length: 40 }, () => random.uniform(0, 5));
  const values = keys.map((x) => Math.sin(x) + 0.2 * random.normal());
  const engine = await Engine.create({ backend: "cpu" });
  for (const degree of [0, 1] as const) {
    const settings = { bandwidth: 0.6, degree };
    const model = await KernelRegression.fit({ ...settings, keys, values }, { engine });
    const { residuals, leaveOneOutResiduals, leverages } = await model.diagnostics();
    const { mean } = await model.predict(keys);
    for (const i of [0, 7, 23, 39]) {
      expect(residuals[i]).toBeCloseTo(values[i] - mean[i], 8);
      const others = {
        keys: keys.filter((_, k) => k !== i),
        values: values.filter((_, k) => k !== i),
      };
      const without = await KernelRegression.fit({ ...settings, ...others }, { engine });
      const [predicted] = (await without.predict([keys[i]])).mean;
      expect(leaveOneOutResiduals[i]).toBeCloseTo(values[i] - predicted, 8);
      expect(residuals[i]).toBeCloseTo((1 - leverages[i]) * leaveOneOutResiduals[i], 8);
    }
  }
});
