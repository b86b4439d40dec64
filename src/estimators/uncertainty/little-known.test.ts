/** Standard errors are never small where little is known, and frequencies count as repeated rows. */
import { describe, expect, test } from "vitest";
import { Engine, KernelRegression, type Points, type RegressionInput } from "../../index.ts";
import { gpuEngine } from "../../testing/engines.ts";
import { draw } from "../../testing/random.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });

describe("where little is known", () => {
  const errorsAt = async (input: RegressionInput, queries: Points) => {
    const model = await KernelRegression.fit(input, { engine });
    return model.predict(queries, { standardError: true, confidence: 0.95 });
  };

  test.each([
    0, 1,
  ] as const)("a key that is alone in its window is no more certain than the noise of all, degree %i", async (degree) => {
    const random = draw(3);
    const dense = Array.from({ length: 80 }, () => random.uniform(0, 1));
    const keys = [...dense, 3, 5];
    const values = keys.map((x) => x + 0.4 * random.normal());
    for (const kernel of ["epanechnikov", "gaussian"] as const) {
      const { standardError, report } = await errorsAt(
        { keys, values, degree, kernel, bandwidth: 0.2 },
        [0.5, 3, 5],
      );
      expect(standardError![1]).toBeGreaterThan(0.25);
      expect(standardError![2]).toBeGreaterThan(0.25);
      expect(standardError![1]).toBeGreaterThan(2 * standardError![0]);
      expect(report.withheldErrors).toBe(0);
    }
  });

  test("keys far apart are judged by their neighbours, not by themselves", async () => {
    const keys = Array.from({ length: 200 }, (_, i) => 6.2 * i);
    const values = keys.map((_, i) => Math.sin(0.05 * i) + 0.01 * Math.sin(77 * i));
    for (const own of [await gpuEngine(), engine]) {
      const model = await KernelRegression.fit({ keys, values, bandwidth: 1 }, { engine: own });
      const { leaveOneOutRSquared } = await model.diagnostics();
      // The two neighbours are equally far: leaving one out gives their mean.
      const innerValues = values.slice(1, -1);
      const errors = innerValues.map((v, i) => v - (values[i] + values[i + 2]) / 2);
      const ends = [values[0] - values[1], values[199] - values[198]];
      const mean = values.reduce((a, b) => a + b, 0) / 200;
      const sum = (list: number[]) => list.reduce((all, x) => all + x * x, 0);
      const expected = 1 - (sum(errors) + sum(ends)) / sum(values.map((v) => v - mean));
      expect(leaveOneOutRSquared[0]).toBeCloseTo(expected, 6);
      expect(leaveOneOutRSquared[0]).toBeGreaterThan(0.999);
      const { standardError } = await model.predict(keys, { standardError: true });
      for (const error of standardError!) {
        expect(error).toBeGreaterThan(1e-3);
        expect(error).toBeLessThan(0.1);
      }
    }
  });

  test("where no key tells anything of the noise, errors are withheld and counted", async () => {
    const alone = { keys: [0, 1, 2], values: [1, 2, 3], kernel: "epanechnikov", bandwidth: 0.4 } as const;
    const { mean, standardError, lower, report } = await errorsAt(alone, [0, 1.1, 7]);
    expect([...mean]).toEqual([1, 2, NaN]);
    expect([...standardError!]).toEqual([NaN, NaN, NaN]);
    expect(lower!.every(Number.isNaN)).toBe(true);
    expect(report).toMatchObject({ withheldErrors: 2, emptyQueries: 1 });
    const one = await errorsAt({ keys: [1], values: [5], bandwidth: 1 }, [1, 2]);
    expect(one.report.withheldErrors).toBe(2);
  });
});

describe.each(["gpu", "cpu"] as const)("values without noise on the %s", (where) => {
  const random = draw(8);
  const keys = Array.from({ length: 60 }, () => random.uniform(0, 4));

  test("values without variance have no certain band and no R²", async () => {
    const own = where === "gpu" ? await gpuEngine() : engine;
    const values = keys.map((x) => [7, Math.sin(x) + 0.1 * random.normal()]);
    for (const degree of [0, 1] as const) {
      const model = await KernelRegression.fit({ keys, values, bandwidth: 1, degree }, { engine: own });
      const { lower, standardError, report } = await model.predict([2.5], {
        confidence: 0.95,
        standardError: true,
      });
      expect([standardError![0], lower![0]]).toEqual([NaN, NaN]);
      expect(standardError![1]).toBeGreaterThan(0.005);
      expect(report.withheldErrors).toBe(1);
      const { rSquared, leaveOneOutRSquared, residualStandardError } = await model.diagnostics();
      expect([rSquared[0], leaveOneOutRSquared[0]]).toEqual([NaN, NaN]);
      expect(residualStandardError[0]).toBe(0);
      expect(rSquared[1]).toBeGreaterThan(0.5);
      const bands = await model.bootstrap([2.5], { replicates: 20 });
      expect(bands.simultaneousUpper[0]).toBeNaN();
      expect(bands.simultaneousUpper[1]).toBeGreaterThan(bands.upper[1] - 1e-12);
    }
  });
});

test("a line through all values says nothing of the noise", async () => {
  const keys = Array.from({ length: 30 }, (_, i) => i / 7);
  const { standardError, report } = await (
    await KernelRegression.fit(
      { keys, values: keys.map((x) => 3 - 2 * x), bandwidth: 1, degree: 1 },
      { engine },
    )
  ).predict([1, 2], { standardError: true });
  expect([...standardError!]).toEqual([NaN, NaN]);
  expect(report.withheldErrors).toBe(2);
});

test("errors, bands and diagnostics do not depend on the values' unit", async () => {
  const random = draw(9);
  const keys = Array.from({ length: 50 }, () => random.uniform(0, 4));
  const values = keys.map((x) => Math.sin(x) + 0.1 * random.normal());
  for (const degree of [0, 1] as const)
    for (const unit of [2 ** -565, 2 ** 480]) {
      const shared = { keys, bandwidth: 0.5, degree };
      const [model, scaled] = [
        await KernelRegression.fit({ ...shared, values }, { engine }),
        await KernelRegression.fit({ ...shared, values: values.map((v) => v * unit) }, { engine }),
      ];
      const options = { standardError: true, confidence: 0.9 };
      const [a, b] = [await model.predict([1, 2.2], options), await scaled.predict([1, 2.2], options)];
      for (const q of [0, 1]) {
        expect(b.standardError![q] / unit / a.standardError![q]).toBeCloseTo(1, 8);
        expect(b.upper![q] / unit).toBeCloseTo(a.upper![q], 8);
      }
      const [own, other] = [await model.diagnostics(), await scaled.diagnostics()];
      expect(other.rSquared[0]).toBeCloseTo(own.rSquared[0], 8);
      expect(other.leaveOneOutRSquared[0]).toBeCloseTo(own.leaveOneOutRSquared[0], 8);
      expect(other.residualStandardError[0] / unit).toBeCloseTo(own.residualStandardError[0], 8);
      const [bands, others] = [
        await model.bootstrap([1, 2.2], { replicates: 40 }),
        await scaled.bootstrap([1, 2.2], { replicates: 40 }),
      ];
      expect(others.simultaneousUpper[1] / unit).toBeCloseTo(bands.simultaneousUpper[1], 8);
    }
});

test("frequencies are as repeated rows, in errors, bands, diagnostics and rules", async () => {
  const random = draw(8);
  const keys = Array.from({ length: 60 }, () => [random.uniform(0, 3), random.uniform(0, 3)]);
  const values = keys.map(([x, y]) => Math.sin(2 * x) + y + 0.3 * random.normal());
  const sampleWeights = keys.map(() => random.integer(1, 5));
  const repeat = <T>(rows: readonly T[]) =>
    rows.flatMap((row, i) => new Array<T>(sampleWeights[i]).fill(row));
  const queries = keys.slice(0, 20);
  for (const degree of [0, 1] as const)
    for (const kernel of ["gaussian", "epanechnikov"] as const) {
      const shared = { degree, kernel, bandwidth: kernel === "gaussian" ? 0.4 : 1.2 };
      const often = await KernelRegression.fit(
        { ...shared, keys, values, sampleWeights, weightType: "frequency" },
        { engine },
      );
      const rows = await KernelRegression.fit(
        { ...shared, keys: repeat(keys), values: repeat(values) },
        { engine },
      );
      const options = { standardError: true, confidence: 0.9 };
      const [a, b] = [await often.predict(queries, options), await rows.predict(queries, options)];
      for (let q = 0; q < queries.length; q++) {
        expect(a.mean[q]).toBeCloseTo(b.mean[q], 8);
        expect(a.standardError![q] / b.standardError![q]).toBeCloseTo(1, 6);
        expect(a.upper![q]).toBeCloseTo(b.upper![q], 6);
      }
      const [own, theirs] = [await often.diagnostics(), await rows.diagnostics()];
      expect(own.effectiveParameters).toBeCloseTo(theirs.effectiveParameters, 6);
      expect(own.residualDegreesOfFreedom).toBeCloseTo(theirs.residualDegreesOfFreedom, 6);
      expect(own.rSquared[0]).toBeCloseTo(theirs.rSquared[0], 8);
      expect(own.leaveOneOutRSquared[0]).toBeCloseTo(theirs.leaveOneOutRSquared[0], 6);
      expect(own.residualStandardError[0]).toBeCloseTo(theirs.residualStandardError[0], 8);
    }
  const important = await KernelRegression.fit({ keys, values, sampleWeights, bandwidth: 0.4 }, { engine });
  const often = await KernelRegression.fit(
    { keys, values, sampleWeights, weightType: "frequency", bandwidth: 0.4 },
    { engine },
  );
  const [wide, narrow] = [
    (await important.predict(queries, { standardError: true })).standardError!,
    (await often.predict(queries, { standardError: true })).standardError!,
  ];
  for (const [q, error] of narrow.entries()) expect(error).toBeLessThan(wide[q]);
  const loaded = await KernelRegression.load(often.save(), { engine });
  expect((await loaded.predict(queries, { standardError: true })).standardError).toEqual(narrow);
  const x = keys.map(([each]) => each);
  for (const bandwidth of ["scott", "silverman", "loo", "aicc"] as const) {
    const quiet = { engine, onWarning: () => {} };
    const a = await KernelRegression.fit(
      { keys: x, values, sampleWeights, weightType: "frequency", bandwidth },
      quiet,
    );
    const b = await KernelRegression.fit({ keys: repeat(x), values: repeat(values), bandwidth }, quiet);
    // The search begins where the keys' number says.
    expect(a.bandwidth[0] / b.bandwidth[0]).toBeCloseTo(
      1,
      bandwidth === "scott" || bandwidth === "silverman" ? 8 : 1,
    );
  }
});
