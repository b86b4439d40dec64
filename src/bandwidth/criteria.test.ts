/** Every score of a search, against the definition of its criterion by the independent reference. */
import { describe, expect, test } from "vitest";
import { Engine, KernelDensity, KernelRegression } from "../index.ts";
import { type Criterion, score } from "../reference/index.ts";
import { draw } from "../testing/random.ts";
import { leastSquares, negativeLogLikelihood } from "./criteria.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });
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

test('"loo" predicts a row that no other reaches by the mean of all', async () => {
  const alone = [...keys, [100]];
  const input = { keys: alone, values: [...values, [7]], kernel: "epanechnikov" } as const;
  const { selection } = await KernelRegression.fit({ ...input, bandwidth: "loo" }, { engine });
  expectScores(selection!, input, "loo");
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
