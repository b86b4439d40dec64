/** Quantiles at which the shares of the weights meet the probability exactly. */
import { expect, test } from "vitest";
import { Engine, KernelRegression } from "../../index.ts";
import { quantiles } from "../../reference/index.ts";

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
