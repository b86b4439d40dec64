/** Weights of local lines and parabolas: those whose sum of values is the mean. */
import { describe, expect, test } from "vitest";
import { Engine, KernelRegression } from "../../index.ts";
import { draw } from "../../testing/random.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });
const quiet = { engine, onWarning: () => {} };

describe.each([1, 2] as const)("of degree %i", (degree) => {
  const random = draw(degree);
  const keys = Array.from({ length: 50 }, () => [random.uniform(0, 5), random.uniform(0, 5)]);
  const values = keys.map(([x, y]) => 10 * x - y ** 2 + random.normal());
  const queries = [
    [2, 3],
    [0, 0],
    [7, 7],
  ];
  const fit = (input: object) =>
    KernelRegression.fit({ keys, values, degree, bandwidth: 1, ...input }, quiet);

  test.each([
    ["plain rows", {}],
    ["importance", { sampleWeights: keys.map((_, i) => 1 + (i % 3)) }],
    ["frequencies", { sampleWeights: keys.map((_, i) => 1 + (i % 3)), weightType: "frequency" }],
    ["adaptive widths", { adaptive: 0.5 }],
    ["a compact kernel", { kernel: "epanechnikov", bandwidth: 3 }],
  ])("weights sum to 1, and times the values to the mean: %s", async (_, input) => {
    const model = await fit(input);
    const { mean } = await model.predict(queries, { method: "dense" });
    const { data, rows, columns } = await model.weights(queries);
    expect([rows, columns]).toEqual([keys.length, queries.length]);
    for (const [q, each] of mean.entries()) {
      const weights = keys.map((_, i) => data[i * columns + q]);
      if (Number.isNaN(each)) {
        expect(weights.every(Number.isNaN)).toBe(true);
        continue;
      }
      const size = weights.reduce((sum, w, i) => sum + Math.abs(w * values[i]), 0);
      expect(weights.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 4);
      expect(Math.abs(weights.reduce((sum, w, i) => sum + w * values[i], 0) - each)).toBeLessThan(
        2e-7 * size,
      );
    }
  });

  test("the heaviest weights by their size, and their statistics, are those of the weights", async () => {
    const model = await fit({});
    const { data, columns } = await model.weights(queries);
    const { keys: heaviest, weights } = await model.topWeights(queries, 3);
    const { effectiveSampleSize, entropy } = await model.weightStatistics(queries);
    for (const q of queries.keys()) {
      const own = keys.map((_, i) => data[i * columns + q]);
      const order = [...own.keys()].sort((a, b) => Math.abs(own[b]) - Math.abs(own[a]));
      expect([...heaviest.slice(3 * q, 3 * q + 3)]).toEqual(order.slice(0, 3));
      for (const k of [0, 1, 2]) expect(weights[3 * q + k] / own[order[k]]).toBeCloseTo(1, 6);
      expect(effectiveSampleSize[q] * own.reduce((sum, w) => sum + w * w, 0)).toBeCloseTo(1, 6);
      expect(own.some((w) => w < 0)).toBe(true);
      expect(entropy[q]).toBeNaN();
    }
  });

  test("quantiles, distributions and conditional densities are refused", async () => {
    const model = await fit({});
    const refusal = (name: string) => ({
      code: "unsupported",
      message: `${name} needs weights that are not negative: it is available for degree 0, not for degree ${degree}`,
    });
    await expect(model.quantiles(queries, [0.5])).rejects.toMatchObject(refusal("quantiles"));
    await expect(model.distribution(queries, [0.5])).rejects.toMatchObject(refusal("distribution"));
    await expect(model.conditionalDensity(queries, [1, 2, 3])).rejects.toMatchObject(
      refusal("conditionalDensity"),
    );
  });
});
