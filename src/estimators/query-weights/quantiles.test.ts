/** Quantiles at which the shares of the weights meet the probability exactly. */
import { expect, test } from "vitest";
import { Engine, KernelRegression } from "../../index.ts";
import { quantiles } from "../../reference/index.ts";
import { draw } from "../../testing/random.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });

test.each([
  ["four equal weights", [0, 1, 2, 3], [4, 2, 3, 1], [0.25, 0.5, 0.75], [1, 2, 3]],
  [
    "ten equal weights",
    Array.from({ length: 10 }, (_, i) => i),
    [...Array(10).keys()],
    [0.1, 0.3, 0.7],
    [0, 2, 6],
  ],
  ["ties", [0, 1, 2, 3], [1, 1, 2, 2], [0.25, 0.5, 0.75], [1, 1, 2]],
])("%s: the least value at or below which that share lies", async (_, keys, values, probabilities, expected) => {
  const model = await KernelRegression.fit({ keys, values, kernel: "constant", bandwidth: 1 }, { engine });
  expect([...(await model.quantiles([1.5], probabilities))]).toEqual(expected);
  const rows = (list: readonly number[]) => list.map((x) => [x]);
  const problem = { keys: rows(keys), values: rows(values), kernel: "constant", bandwidth: [1] } as const;
  expect(quantiles(problem, [[1.5]], probabilities)[0][0]).toEqual(expected);
});

test("the probabilities 0 and 1 give the extremes of the keys in reach", async () => {
  const input = { keys: [1, 2, 9], values: [4, 3, 1], bandwidth: 2 };
  const boxcar = await KernelRegression.fit({ ...input, kernel: "boxcar" }, { engine });
  expect([...(await boxcar.quantiles([1.5, 100], [1, 0, 0.5]))]).toEqual([4, 3, 3, NaN, NaN, NaN]);
  // All keys are in a Gaussian's reach, however little they weigh.
  const gaussian = await KernelRegression.fit(input, { engine });
  for (const query of [-20, 0, 1.5, 1e9])
    expect([...(await gaussian.quantiles([query], [1, 0]))]).toEqual([4, 1]);
  const far = { keys: [0, 40, 1e3, 1e6], values: [2, 3, -1, 9], bandwidth: 1 };
  for (const kernel of ["gaussian", "laplace", "cauchy"] as const) {
    const model = await KernelRegression.fit({ ...far, kernel }, { engine });
    expect([...(await model.quantiles([0, 1e6], [1, 0]))]).toEqual([9, -1, 9, -1]);
    expect([...(await model.quantiles([1], [0, 0.01, 1]))]).toEqual([-1, 2, 9]);
    const nearest = await KernelRegression.fit({ ...far, kernel, neighbours: 1 }, { engine });
    expect([...(await nearest.quantiles([3], [1, 0]))]).toEqual([9, -1]);
  }
});

test("the smallest and the largest probabilities have the reference's values", async () => {
  const random = draw(19);
  const probabilities = [0, 1e-15, 1e-10, 1e-6, 0.5, 1 - 1e-6, 1 - 1e-10, 1];
  const queries = [[1], [6], [30]];
  for (let i = 0; i < 20; i++) {
    const keys = Array.from({ length: 20 }, () => [random.uniform(0, 12)]);
    const values = keys.map(() => [random.normal()]);
    const model = await KernelRegression.fit({ keys, values, bandwidth: 0.7 }, { engine });
    const problem = { kernel: "gaussian", keys, values, bandwidth: [0.7] } as const;
    const expected = quantiles(problem, queries, probabilities).flat(2);
    expect([...(await model.quantiles(queries, probabilities))]).toEqual(expected);
  }
});

test("an error names the one column that is expected", async () => {
  const model = await KernelRegression.fit({ keys: [1, 2], values: [1, 2], bandwidth: 1 }, { engine });
  await expect(model.conditionalDensity([1], [[1, 2]])).rejects.toThrow("values have 2 columns, expected 1");
  expect(await model.conditionalDensity([], [])).toHaveLength(0);
});
