/** Sample weights that are precisions: against the definitions, least squares, and repeated samples (bands.test.ts). */
import { describe, expect, test } from "vitest";
import { Engine, KernelClassifier, KernelDensity, KernelRegression } from "../../index.ts";
import { band, diagnostics, score, standardError } from "../../reference/index.ts";
import { gpuEngine } from "../../testing/engines.ts";
import { draw } from "../../testing/random.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });
const random = draw(77);
const keys = Array.from({ length: 70 }, () => random.uniform(0, 5));
const sampleWeights = keys.map(() => [0.2, 1, 4, 25][random.integer(0, 4)]);
const values = keys.map((x, i) => [
  Math.sin(x) + (0.3 / Math.sqrt(sampleWeights[i])) * random.normal(),
  x + (2 / Math.sqrt(sampleWeights[i])) * random.normal(),
]);
const queries = [0.1, 1.3, 2.4, 3.9, 5];
const weighted = { sampleWeights, weightType: "precision" } as const;

describe.each(["gpu", "cpu"] as const)("on the %s", (where) => {
  test.each([
    ["gaussian", 0.4, 0],
    ["gaussian", 0.4, 1],
    ["gaussian", 0.7, 2],
    ["epanechnikov", 0.9, 0],
    ["epanechnikov", 1.1, 1],
  ] as const)("errors, bands and diagnostics are those by definition: %s, %d, degree %i", async (kernel, h, degree) => {
    const own = where === "gpu" ? await gpuEngine() : engine;
    const input = { keys, values, kernel, degree, ...weighted };
    const model = await KernelRegression.fit({ ...input, bandwidth: h }, { engine: own });
    const problem = { ...input, keys: keys.map((x) => [x]), bandwidth: [h] };
    const rows = queries.map((x) => [x]);
    const found = await model.predict(queries, { standardError: true, confidence: 0.9 });
    const expected = standardError(problem, rows);
    const { lower } = band(problem, rows, 0.9);
    for (const [q, row] of expected.entries())
      for (const [c, error] of row.entries()) {
        expect(found.standardError![2 * q + c] / error).toBeCloseTo(1, 3);
        expect((found.lower![2 * q + c] - lower[q][c]) / error).toBeCloseTo(0, 2);
      }
    const [a, b] = [await model.diagnostics(), diagnostics(problem)];
    for (const c of [0, 1]) {
      expect(a.rSquared[c]).toBeCloseTo(b.rSquared[c], 4);
      expect(a.leaveOneOutRSquared[c]).toBeCloseTo(b.leaveOneOutRSquared[c], 4);
      expect(a.residualStandardError[c] / b.residualStandardError[c]).toBeCloseTo(1, 4);
    }
    expect(a.effectiveParameters).toBeCloseTo(b.effectiveParameters, 3);
    expect(a.residualDegreesOfFreedom).toBeCloseTo(b.residualDegreesOfFreedom, 3);
  });
});

test("a wide local line is weighted least squares, with the errors of R's lm(weights = )", async () => {
  const model = await KernelRegression.fit(
    { keys, values: values.map(([, v]) => v), degree: 1, bandwidth: 1e6, ...weighted },
    { engine },
  );
  const sum = (of: (x: number, v: number) => number) =>
    keys.reduce((all, x, i) => all + sampleWeights[i] * of(x, values[i][1]), 0);
  const mass = sum(() => 1);
  const [x0, v0] = [sum((x) => x) / mass, sum((_, v) => v) / mass];
  const spread = sum((x) => (x - x0) ** 2);
  const slope = sum((x, v) => (x - x0) * (v - v0)) / spread;
  const variance = sum((x, v) => (v - v0 - slope * (x - x0)) ** 2) / (keys.length - 2);
  const { standardError: found } = await model.predict(queries, { standardError: true });
  for (const [q, x] of queries.entries())
    expect(found![q] / Math.sqrt(variance * (1 / mass + (x - x0) ** 2 / spread))).toBeCloseTo(1, 4);
  expect((await model.diagnostics()).residualStandardError[0] / Math.sqrt(variance)).toBeCloseTo(1, 4);
});

test("equal precisions are no weights, and their unit is σ's alone", async () => {
  const options = { standardError: true, confidence: 0.9 };
  for (const degree of [0, 1] as const) {
    const fit = (of: (w: number) => number, weightType: "importance" | "precision") =>
      KernelRegression.fit(
        { keys, values, bandwidth: 0.4, degree, sampleWeights: sampleWeights.map(of), weightType },
        { engine },
      );
    const [plain, equal] = [await fit(() => 1, "importance"), await fit(() => 9, "precision")];
    const [a, b] = [await plain.predict(queries, options), await equal.predict(queries, options)];
    for (const at of a.lower!.keys()) expect(b.lower![at]).toBeCloseTo(a.lower![at], 8);
    const [own, scaled] = [await fit((w) => w, "precision"), await fit((w) => 16 * w, "precision")];
    const [c, d] = [await own.predict(queries, options), await scaled.predict(queries, options)];
    for (const at of c.lower!.keys()) expect(d.lower![at]).toBeCloseTo(c.lower![at], 8);
    const ratio =
      (await scaled.diagnostics()).residualStandardError[0] /
      (await own.diagnostics()).residualStandardError[0];
    expect(ratio).toBeCloseTo(4, 8);
    const bands = await own.bootstrap(queries, { replicates: 60 });
    const others = await scaled.bootstrap(queries, { replicates: 60 });
    for (const at of bands.lower.keys())
      expect(others.simultaneousLower[at]).toBeCloseTo(bands.simultaneousLower[at], 6);
  }
});

test("cross-validation weighs squared errors by precisions", async () => {
  const own = values.map(([v]) => v);
  const input = { keys, values: own, kernel: "gaussian", ...weighted } as const;
  for (const [rule, degree] of [
    ["loo", 0],
    ["aicc", 1],
  ] as const) {
    const quiet = { engine, onWarning: () => {} };
    const { selection } = await KernelRegression.fit({ ...input, degree, bandwidth: rule }, quiet);
    for (const { bandwidth, score: found } of selection!.candidates.filter(({ bandwidth: [h] }) => h > 0.2)) {
      const problem = {
        ...input,
        degree,
        keys: keys.map((x) => [x]),
        values: own.map((v) => [v]),
        bandwidth,
      };
      expect(found).toBeCloseTo(score(problem, rule), 4);
    }
  }
});

test("a saved model keeps its precisions, and rows can be added and removed", async () => {
  const fit = (count: number) =>
    KernelRegression.fit(
      {
        ...{ keys: keys.slice(0, count), values: values.slice(0, count), bandwidth: 0.5 },
        ...{ sampleWeights: sampleWeights.slice(0, count), weightType: "precision" },
      },
      { engine },
    );
  const options = { standardError: true };
  const whole = await fit(70);
  const { standardError: expected } = await whole.predict(queries, options);
  const loaded = await KernelRegression.load(whole.save(), { engine });
  expect((await loaded.predict(queries, options)).standardError).toEqual(expected);
  const grown = await fit(60);
  await grown.add(keys.slice(60), values.slice(60), sampleWeights.slice(60));
  expect((await grown.predict(queries, options)).standardError).toEqual(expected);
  await grown.remove(Array.from({ length: 10 }, (_, i) => 60 + i));
  const small = await fit(60);
  expect((await grown.predict(queries, options)).standardError).toEqual(
    (await small.predict(queries, options)).standardError,
  );
});

describe("what precisions say nothing of is refused", () => {
  const refused = (work: Promise<unknown>, word: RegExp) =>
    expect(work).rejects.toMatchObject({ code: "unsupported", message: expect.stringMatching(word) });

  test("densities and classifiers", async () => {
    await refused(
      KernelDensity.fit({ keys, bandwidth: 1, ...weighted }, { engine }),
      /"precision".*densities/,
    );
    const labels = keys.map((x) => x > 2);
    await refused(
      KernelClassifier.fit({ keys, labels, bandwidth: 1, ...weighted }, { engine }),
      /"precision".*classifiers/,
    );
  });

  test("quantiles, distributions, conditional densities", async () => {
    const model = await KernelRegression.fit({ keys, values, bandwidth: 1, ...weighted }, { engine });
    await refused(model.quantiles([1], [0.5]), /quantiles.*"precision"/);
    await refused(model.distribution([1], [0.5]), /distribution.*"precision"/);
    await refused(model.conditionalDensity([1], [0.5]), /conditionalDensity.*"precision"/);
  });

  test("errors of partial sums; their means are those of the fit", async () => {
    const model = await KernelRegression.fit({ keys, values, bandwidth: 1, ...weighted }, { engine });
    await refused(model.partial([1], { errors: true }), /errors of partial sums.*"precision"/);
    const sums = await model.partial([1]);
    expect(sums.settings.weightType).toBe("precision");
  });
});
