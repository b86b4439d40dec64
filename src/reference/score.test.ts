import { expect, test } from "vitest";
import { density } from "./density.ts";
import { score } from "./score.ts";

const keys = [[0], [0.4], [1.5], [1.7], [3]];
const gaussian = (u: number) => Math.exp((-u * u) / 2) / Math.sqrt(2 * Math.PI);

test("likelihood is minus the mean log density of each key by the others", () => {
  const h = 0.6;
  const logs = keys.map(([x], i) => {
    const others = keys.filter((_, k) => k !== i);
    return Math.log(others.reduce((sum, [k]) => sum + gaussian((x - k) / h) / h, 0) / 4);
  });
  const expected = -logs.reduce((a, b) => a + b) / 5;
  expect(score({ keys, kernel: "gaussian", bandwidth: [h] }, "likelihood")).toBeCloseTo(expected, 13);
});

test.each([
  {},
  { sampleWeights: [1, 2, 1, 3, 1], weightType: "frequency" },
] as const)("lscv is ∫ f̂² less twice the mean density by the others: %o", (more) => {
  const h = 0.6;
  const problem = { keys, kernel: "gaussian", bandwidth: [h], ...more } as const;
  const places = Array.from({ length: 4001 }, (_, i) => [-8 + i * 0.005]);
  const squares = density(problem, places).density.reduce((sum, f) => sum + 0.005 * f * f, 0);
  const counts = more.sampleWeights ?? keys.map(() => 1);
  const rows = counts.flatMap((count, i) => new Array<number>(count).fill(keys[i][0]));
  const others = rows.map(
    (x, i) =>
      rows.reduce((sum, k, j) => (i === j ? sum : sum + gaussian((x - k) / h) / h), 0) / (rows.length - 1),
  );
  const expected = squares - (2 * others.reduce((a, b) => a + b)) / rows.length;
  expect(score(problem, "lscv")).toBeCloseTo(expected, 9);
});

test("aicc of a constant kernel: tr H = 1", () => {
  const problem = { keys, values: [[1], [2], [4], [3], [5]], kernel: "constant", bandwidth: [1] } as const;
  expect(score(problem, "aicc")).toBeCloseTo(Math.log(2) + 1.2 / (1 - 3 / 5), 13);
});

test("loo and kfold of a constant kernel: each row against the mean of the others", () => {
  const values = [[1], [2], [4], [3], [5]];
  const problem = { keys, values, kernel: "constant", bandwidth: [1] } as const;
  const expected = [2.5, 1.25, -1.25, 0, -2.5].reduce((sum, e) => sum + e ** 2, 0) / 5;
  expect(score(problem, "loo")).toBeCloseTo(expected, 13);
  expect(score(problem, "kfold")).toBeCloseTo(expected, 13); // five folds of one
  // A second column in other units counts as the first: variance 2.5.
  const two = { ...problem, values: values.map(([v]) => [v, 100 * v]) };
  expect(score(two, "loo")).toBeCloseTo((2 * expected) / 2.5, 13);
});

test("a row that no other reaches is predicted by the mean of all others, in kfold of the other folds", () => {
  const alone = { keys: [[0], [5], [9]], values: [[0], [2], [4]], kernel: "boxcar", bandwidth: [1] } as const;
  const ofOthers = (3 ** 2 + 0 + 3 ** 2) / 3;
  expect(score(alone, "loo")).toBe(ofOthers);
  expect(score(alone, "kfold")).toBe(ofOthers); // three folds of one
  const repeated = { ...alone, sampleWeights: [2, 1, 1], weightType: "frequency" } as const;
  // Of the two rows at 0 each has the other one.
  expect(score(repeated, "loo")).toBeCloseTo((0 + (2 - 4 / 3) ** 2 + (4 - 2 / 3) ** 2) / 4, 14);
});
