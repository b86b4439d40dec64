/** Every score of a search, against the definition of its criterion by the independent reference. */
import { describe, expect, test } from "vitest";
import { Engine, KernelDensity, KernelRegression } from "../index.ts";
import { type Criterion, score } from "../reference/index.ts";
import { draw } from "../testing/random.ts";
import { isWideRing } from "../testing/ring.ts";
import { leastSquares, negativeLogLikelihood } from "./criteria.ts";
import { foldsOf } from "./folds.ts";
import type { Given } from "./selection.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });
const quiet = { engine, onWarning: () => {} };
const random = draw(41);
const n = 40;
const keys = Array.from({ length: n }, () => [random.uniform(0, 3)]);
const values = keys.map(([x]) => [Math.sin(3 * x) + 0.2 * random.normal()]);
const counts = keys.map((_, i) => 1 + (i % 3));

const weights = [
  ["no weights", {}],
  ["weights of importance", { sampleWeights: counts.map((count) => count / 2), weightType: "importance" }],
  ["frequencies", { sampleWeights: counts, weightType: "frequency" }],
] as const;

/** Candidates whose scores are finite and no difference of almost equal numbers. */
const MIDDLING = (h: readonly number[]) => h[0] > 0.05 && h[0] < 10;

function expectScores(
  { candidates }: { readonly candidates: readonly { bandwidth: readonly number[]; score: number }[] },
  problem: Omit<Parameters<typeof score>[0], "bandwidth">,
  criterion: Criterion,
) {
  const compared = candidates.filter(({ bandwidth }) => MIDDLING(bandwidth));
  expect(compared.length).toBeGreaterThan(5);
  for (const { bandwidth, score: found } of compared) {
    const expected = score({ ...problem, bandwidth }, criterion);
    expect(Math.abs(found - expected), `at ${bandwidth}`).toBeLessThanOrEqual(
      1e-5 * (1 + Math.abs(expected)),
    );
  }
}

describe.each(weights)("%s", (_, weighted) => {
  test.each(["loo", "aicc", "kfold"] as const)('"%s" scores regressions by its definition', async (rule) => {
    for (const kernel of ["gaussian", "epanechnikov"] as const) {
      const input = { keys, values, kernel, bandwidth: rule, ...weighted };
      const { selection } = await KernelRegression.fit(input, { engine, onWarning: () => {} });
      expectScores(selection!, { keys, values, kernel, ...weighted }, rule);
    }
  });

  test.each(["likelihood", "lscv"] as const)('"%s" scores densities by its definition', async (rule) => {
    const input = { keys, bandwidth: rule, ...weighted };
    const { selection } = await KernelDensity.fit(input, { engine, onWarning: () => {} });
    expectScores(selection!, { keys, kernel: "gaussian", ...weighted }, rule);
  });
});

test.each([
  ["loo", keys],
  ["kfold", keys],
  // Ten folds of one row or none: a fold's own mean is the row's own value.
  ["kfold", keys.slice(0, 8)],
] as const)('"%s" predicts a row that no other reaches by the mean of the others', async (rule, some) => {
  const far = [...some.slice(1), [100], [200]];
  const input = {
    keys: far,
    values: far.map(([x], i) => (x < 100 ? values[i] : [x / 20])),
    kernel: "epanechnikov",
  } as const;
  const { selection } = await KernelRegression.fit({ ...input, bandwidth: rule }, quiet);
  expectScores(selection!, input, rule);
});

test('"kfold" has folds that neither the order of the rows nor a period makes unlike each other', () => {
  const count = 1000;
  const rows = { data: Float64Array.from({ length: count }, (_, i) => i), count, dims: 1 };
  const folds = foldsOf({ keys: rows } as Given, rows);
  expect(folds.map(({ held }) => held.keys.count)).toEqual(new Array(10).fill(100));
  expect(folds.flatMap(({ held }) => [...held.keys.data]).sort((a, b) => a - b)).toEqual([...rows.data]);
  for (const { held, rest } of folds) {
    expect(rest.keys.count).toBe(900);
    const mean = held.keys.data.reduce((sum, x) => sum + x, 0) / 100;
    expect(Math.abs(mean - 499.5)).toBeLessThan(2);
    for (const period of [2, 5, 10, 20])
      for (let phase = 0; phase < period; phase++) {
        const found = held.keys.data.filter((x) => x % period === phase).length;
        expect(Math.abs(found - 100 / period)).toBeLessThan(5 * Math.sqrt(100 / period));
      }
  }
});

describe('"aicc" of several columns', () => {
  const choose = async (second: (x: number) => number, degree: 0 | 1) => {
    const both = keys.map(([x], i) => [values[i][0], second(x)]);
    const fitted = await KernelRegression.fit({ keys, values: both, degree, bandwidth: "aicc" }, quiet);
    return fitted.bandwidth[0];
  };
  const alone = async (degree: 0 | 1) =>
    (await KernelRegression.fit({ keys, values, degree, bandwidth: "aicc" }, quiet)).bandwidth[0];

  test.each([0, 3, 0.1, 1e9])("a constant column of %s changes nothing", async (constant) => {
    for (const degree of [0, 1] as const)
      expect((await choose(() => constant, degree)) / (await alone(degree))).toBeCloseTo(1, 3);
    const rounded = (x: number) => constant + x - x;
    expect((await choose(rounded, 1)) / (await alone(1))).toBeCloseTo(1, 3);
  });

  test("a column that is fitted exactly does not decide for the others", async () => {
    const ratio = (await choose((x) => 5 * x - 2, 1)) / (await alone(1));
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(3);
  });
});

test("aicc is infinite if local fits pass through all rows except for rounding", async () => {
  const five = { keys: [0, 1, 2, 2, 1], values: [1, 3, 2, 4, 1], degree: 2, bandwidth: "aicc" } as const;
  // The trace is 3 at every bandwidth: three keys that differ have as many coefficients.
  await expect(KernelRegression.fit(five, quiet)).rejects.toThrow(/has a finite score$/);
});

test("a column that is fitted exactly has the widest bandwidth by aicc", async () => {
  const line = { keys, values: keys.map(([x]) => 5 * x - 2), degree: 1, bandwidth: "aicc" } as const;
  expect((await KernelRegression.fit(line, quiet)).bandwidth[0]).toBeGreaterThan(10);
});

describe("weights far apart", () => {
  const x = [3, 1, 4, 1.5, 9, 2.6];
  const one = (heavy: number, others: number) => x.map((_, i) => (i === 2 ? heavy : others));
  /** √((x₂ − mean of the others)² + their variance, all by their weights, over 2): the limit of the unbiased variance. */
  const limit = Math.sqrt(x.reduce((sum, each, i) => (i === 2 ? sum : sum + (each - x[2]) ** 2 / 5), 0) / 2);

  test.each([1e17, 1e40, 1e150])("rules of thumb with one weight of %s have a limit", async (heavy) => {
    for (const [rule, factor] of [
      ["scott", 1.06],
      ["silverman", 0.9],
    ] as const)
      for (const sampleWeights of [one(heavy, 1), one(1, 1 / heavy), one(heavy, 1e-150)]) {
        const { bandwidth } = await KernelDensity.fit({ keys: x, sampleWeights, bandwidth: rule }, quiet);
        expect(bandwidth[0] / (factor * limit)).toBeCloseTo(1, 9);
      }
  });

  test("every rule answers with a number, or in words", async () => {
    const random = draw(6);
    const many = Array.from({ length: 16 }, () => random.uniform(0, 3));
    const y = many.map((each) => Math.sin(each) + 0.1 * random.normal());
    const sets = [
      many.map((_, i) => (i ? 1 : 1e17)),
      many.map((_, i) => (i ? 1e-150 : 1e150)),
      many.map(() => 10 ** random.uniform(-150, 150)),
      many.map(() => 1e150),
      many.map(() => 1e-150),
    ];
    const isAnswered = ({ bandwidth }: { readonly bandwidth: readonly number[] }) =>
      expect(bandwidth[0] > 0 && bandwidth[0] < 100, `${bandwidth}`).toBe(true);
    for (const sampleWeights of isWideRing ? sets : sets.slice(1, 3)) {
      for (const weightType of ["importance", "precision"] as const)
        for (const bandwidth of ["scott", "silverman", "loo", "aicc", "kfold"] as const)
          for (const degree of [0, 1] as const)
            isAnswered(
              await KernelRegression.fit(
                { keys: many, values: y, sampleWeights, weightType, bandwidth, degree },
                quiet,
              ),
            );
      for (const bandwidth of ["scott", "silverman", "likelihood", "lscv"] as const)
        isAnswered(await KernelDensity.fit({ keys: many, sampleWeights, bandwidth }, quiet));
    }
    const counts = many.map((_, i) => (i ? 1 : 2 ** 52));
    for (const bandwidth of ["scott", "silverman", "loo", "aicc", "kfold"] as const)
      isAnswered(
        await KernelRegression.fit(
          { keys: many, values: y, sampleWeights: counts, weightType: "frequency", bandwidth },
          quiet,
        ),
      );
  });
});

test('"loo" of two columns scores frequencies as repeated rows', async () => {
  const x = [0, 0.4, 1, 1.3, 2.2, 2.9, 3.1, 4];
  const columns = x.map((each, i) => [Math.sin(each) + 0.1 * (i % 3), each ** 2]);
  const counts = [1, 9, 1, 1, 2, 1, 1, 7];
  const shared = { kernel: "gaussian", sampleWeights: counts, weightType: "frequency" } as const;
  const input = { ...shared, keys: x, values: columns, bandwidth: "loo" } as const;
  const { selection } = await KernelRegression.fit(input, { engine, onWarning: () => {} });
  for (const { bandwidth, score: found } of selection!.candidates) {
    const expected = score({ ...shared, keys: x.map((each) => [each]), values: columns, bandwidth }, "loo");
    expect(found / expected).toBeCloseTo(1, 5);
  }
});

test("the mass of the others keeps its digits beside a heavy row", () => {
  const logSumWithout = Float64Array.of(-1, -2, -3);
  const sampling = { weights: Float64Array.of(1e17, 1, 3), repeated: false };
  expect(negativeLogLikelihood({ logSumWithout }, 0.5, sampling)).toBeCloseTo(Math.log(4) + 1 + 0.5, 12);
  expect(leastSquares({ logSumWithout }, 0.5, 9, sampling)).toBeCloseTo(9 - (2 * Math.exp(-1.5)) / 4, 12);
});
