/** Values of any magnitude that is accepted: the same digits, by every kernel and method, also where weights are almost 0. */
import { beforeAll, describe, expect, test } from "vitest";
import { Engine, KernelDensity, type KernelName, KernelRegression } from "../index.ts";
import { meansOfSums, mergePartialSums } from "../partials/index.ts";
import { nadarayaWatson } from "../reference/index.ts";
import { draw, largestDifference } from "../testing/random.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.create({ backend: "cpu" });
});

/** About 1e-300, 1e-200, 1e-100, 1e-30, 1, 1e100 and 1e147. */
const SCALES = [-997, -664, -332, -100, 0, 332, 490].map((exponent) => 2 ** exponent);

const random = draw(41);
const n = 20;
const keys = Array.from({ length: n }, () => random.uniform(0, 1));
/** Whole multiples of 2^-20, so that powers of two change no digit of them. */
const values = Array.from({ length: n }, () => Math.round(2 ** 20 * random.uniform(-1, 1)) / 2 ** 20);
const times = (scale: number) => values.map((value) => value * scale);

describe("means are the reference's", () => {
  const far: readonly [KernelName, readonly number[]][] = [
    ["gaussian", [0.3, 2, 30, 36, 37, 37.5, 38, 38.5, 60]],
    ["laplace", [0.3, 300, 600, 670, 690, 720, 735, 800]],
    ["logistic", [0.3, 300, 600, 670, 690, 735]],
    ["sigmoid", [0.3, 300, 600, 670, 735]],
    ["matern32", [0.3, 200, 390, 400, 420]],
    ["matern52", [0.3, 200, 300, 310, 330]],
    ["cauchy", [0.3, 1e20, 1e139, 1e150]],
    ["triweight", [0.3, 1.5, 1.9, 1.99]],
    ["boxcar", [0.3, 1.5]],
  ];
  /** Their magnitude, and the weight of each row. */
  const cases = [
    ...SCALES.map((scale) => [scale, 1]),
    [SCALES[0], 1e140],
    [1, 1e140],
    [SCALES[0], 1e-140],
    [2 ** 490, 1e140],
  ];
  const isExpanded = (kernel: KernelName) => !["logistic", "sigmoid", "cauchy"].includes(kernel);

  test.each(far)("%s", async (kernel, queries) => {
    const [data, own] = [queries, keys].map((numbers) => Float64Array.from(numbers));
    const { mean: expected } = nadarayaWatson({
      ...{ queries: data, keys: own, values: Float64Array.from(values), dims: 1, columns: 1 },
      ...{ kernel, shape: "radial", bandwidth: [1] },
    });
    for (const [scale, weight] of cases) {
      const sampleWeights = keys.map(() => weight);
      const model = await KernelRegression.fit(
        { keys, values: times(scale), kernel, bandwidth: 1, sampleWeights },
        { engine },
      );
      for (const method of ["dense", "cull", "expand"] as const) {
        if (method === "expand" && !isExpanded(kernel)) continue;
        const { mean } = await model.predict(queries, { method });
        const found = mean.map((x) => x / scale);
        const where = `${method}, values times ${scale}, weights ${weight}`;
        expect(largestDifference(found, expected), where).toBeLessThan(1e-6);
      }
      model.dispose();
    }
  });
});

test.each([1, 1e140, 1e-140])("densities of rows that weigh %s", async (weight) => {
  const sampleWeights = keys.map(() => weight);
  const model = await KernelDensity.fit({ keys, kernel: "laplace", bandwidth: 1, sampleWeights }, { engine });
  const queries = [3, 500, 700, 735, 740, 744];
  // All keys are below the queries: α is e^k e^−q.
  const logMass = Math.log(keys.reduce((sum, key) => sum + Math.exp(key), 0) / (2 * n));
  for (const method of ["dense", "cull", "expand"] as const) {
    const { logDensity } = await model.evaluate(queries, { method });
    for (const [i, q] of queries.entries())
      expect(Math.abs(logDensity[i] - (logMass - q)), `${method} at ${q}`).toBeLessThan(1e-6);
  }
});

describe("statistics are those of other units", () => {
  const queries = [-9, 0.2, 0.7, 1.5, 3];
  /** Results in units of the values; R² and leverages have none. */
  const statisticsOf = async (
    model: KernelRegression,
    scale: number,
  ): Promise<Record<string, readonly number[]>> => {
    const options = { method: "dense", standardError: true, confidence: 0.9 } as const;
    const { mean, gradient, standardError, lower, upper } = await model.predict(queries, {
      ...options,
      gradient: true,
    });
    const { residuals, leaveOneOutResiduals, residualStandardError, rSquared, leverages } =
      await model.diagnostics();
    const bands = await model.bootstrap(queries.slice(1), { replicates: 40 });
    const inUnits = {
      ...{ mean, gradient, standardError, lower, upper, residuals, leaveOneOutResiduals },
      ...{ residualStandardError, bandLower: bands.lower, bandUpper: bands.upper },
      simultaneousUpper: bands.simultaneousUpper,
    };
    const numbers = Object.entries(inUnits).map(
      ([name, all]) => [name, Array.from(all!, (x) => x / scale)] as const,
    );
    return { ...Object.fromEntries(numbers), rSquared: [...rSquared], leverages: [...leverages] };
  };

  test.each([0, 1] as const)("degree %d", async (degree) => {
    const fit = (scale: number) =>
      KernelRegression.fit({ keys, values: times(scale), bandwidth: 0.25, degree }, { engine });
    const expected = await statisticsOf(await fit(1), 1);
    for (const scale of SCALES.filter((each) => each !== 1)) {
      const found = await statisticsOf(await fit(scale), scale);
      for (const [name, numbers] of Object.entries(expected))
        for (const [i, number] of numbers.entries())
          if (Number.isNaN(number)) expect(found[name][i], name).toBeNaN();
          else
            expect(
              Math.abs(found[name][i] - number) / Math.max(1, Math.abs(number)),
              `${name}[${i}], values times ${scale}`,
            ).toBeLessThan(1e-9);
    }
  });

  test("partial sums", async () => {
    const far = [0.3, 9.4];
    const meanOf = async (scale: number) => {
      const parts = await Promise.all(
        [0, 10].map(async (from) => {
          const rows = { keys: keys.slice(from, from + 10), values: times(scale).slice(from, from + 10) };
          return (await KernelRegression.fit({ ...rows, bandwidth: 0.25 }, { engine })).partial(far);
        }),
      );
      return meansOfSums(mergePartialSums(parts)).mean.map((x) => x / scale);
    };
    const expected = await meanOf(1);
    for (const scale of SCALES)
      expect(largestDifference(await meanOf(scale), expected), `${scale}`).toBeLessThan(1e-9);
  });
});
