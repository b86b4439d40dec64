import { expect, test } from "vitest";
import { conditionalDensity, distribution, quantiles, topWeights, weightStatistics } from "./distribution.ts";

// At 0 the triangular kernel weighs 1, ½, ½, 0: shares ½, ¼, ¼, 0.
const problem = {
  keys: [[0], [0.5], [-0.5], [1]],
  values: [[5], [1], [9], [0]],
  kernel: "triangular",
  bandwidth: [1],
} as const;

test("quantiles are the least values that the share of the weight reaches", () => {
  expect(quantiles(problem, [[0]], [0.2, 0.25, 0.3, 0.75, 0.76, 0.99])).toEqual([[[1, 1, 5, 5, 9, 9]]]);
  expect(quantiles(problem, [[7]], [0.5])).toEqual([[[NaN]]]);
});

test("the distribution is the share of the weight up to a value, inclusive", () => {
  expect(distribution(problem, [[0]], [0.9, 1, 5, 8.9, 9])).toEqual([[[0, 0.25, 0.75, 0.75, 1]]]);
  expect(distribution(problem, [[7]], [1])).toEqual([[[NaN]]]);
});

test("statistics of weights: equal ones count each, in nats their logarithm", () => {
  const { effectiveSampleSize, entropy } = weightStatistics({ ...problem, kernel: "constant" }, [[0]]);
  expect(effectiveSampleSize[0]).toBeCloseTo(4, 14);
  expect(entropy[0]).toBeCloseTo(Math.log(4), 14);
  const own = weightStatistics(problem, [[0], [7]]);
  expect(own.effectiveSampleSize[0]).toBeCloseTo(1 / (1 / 4 + 1 / 16 + 1 / 16), 14);
  expect(own.effectiveSampleSize[1]).toBe(0);
  expect(own.entropy[0]).toBeCloseTo(1.5 * Math.LN2, 14);
});

test("of equals the first key is the heaviest; −1 stands for none", () => {
  expect(topWeights(problem, [[0]], 4)).toEqual({ keys: [[0, 1, 2, -1]], weights: [[0.5, 0.25, 0.25, 0]] });
});

test("conditional densities of a key alone are the kernel's along the values", () => {
  const one = { keys: [[3]], values: [[2]], kernel: "gaussian", bandwidth: [1] } as const;
  const found = conditionalDensity(one, [[3], [1e6]], [2, 3], 0.5);
  const top = -Math.log(0.5 * Math.sqrt(2 * Math.PI));
  for (const row of found) {
    expect(row[0]).toBeCloseTo(top, 12);
    expect(row[1]).toBeCloseTo(top - 2, 12);
  }
});

test("conditional densities integrate to 1", () => {
  const gaussian = { ...problem, kernel: "gaussian" } as const;
  const at = Array.from({ length: 3001 }, (_, i) => -10 + i * 0.01);
  const [row] = conditionalDensity(gaussian, [[0.3]], at, 0.7);
  expect(row.reduce((sum, log) => sum + 0.01 * Math.exp(log), 0)).toBeCloseTo(1, 10);
});
