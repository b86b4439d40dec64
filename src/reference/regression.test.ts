import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { pseudoInverse } from "./least-squares.ts";
import type { ReferenceProblem } from "./problem.ts";
import { gradient, leaveOneOut, leverages, mean } from "./regression.ts";
import { score } from "./score.ts";
import { diagnostics } from "./uncertainty.ts";

const golden = (name: string) =>
  JSON.parse(readFileSync(new URL(`../testing/golden/${name}.json`, import.meta.url), "utf8"));
const column = (numbers: readonly number[]) => numbers.map((x) => [x]);
const indices = (n: number) => Array.from({ length: n }, (_, i) => i);
/** Numbers without pattern between −½ and ½. */
const scatter = (i: number) => {
  const x = Math.sin(i * 12.9898 + 1) * 43758.5453;
  return x - Math.floor(x) - 0.5;
};
const trace = (problem: ReferenceProblem) => leverages(problem).reduce((a, b) => a + b);

describe("published figures", () => {
  test("degree 1 has statsmodels' means, slopes and leave-one-out error", () => {
    const { keys, values, bandwidth, expected } = golden("statsmodels-ll-cvls");
    const problem = { keys, values: column(values), kernel: "gaussian", bandwidth, degree: 1 } as const;
    const [found, slopes] = [mean(problem, keys), gradient(problem, keys)];
    expect(found.length).toBe(60);
    for (const [i, each] of found.entries()) {
      expect(each[0]).toBeCloseTo(expected.mean[i], 9);
      for (const j of [0, 1]) expect(slopes[i][0][j]).toBeCloseTo(expected.gradient[i][j], 9);
    }
    expect(score(problem, "loo")).toBeCloseTo(expected.loo, 9);
  });

  test("degree 0 has statsmodels' leave-one-out error and R²", () => {
    const { keys, values, bandwidth, expected } = golden("statsmodels-lc-cvls");
    const problem = { keys, values: column(values), kernel: "gaussian", bandwidth } as const;
    expect(score(problem, "loo")).toBeCloseTo(expected.loo, 9);
  });

  test("degree 1 has R's locpoly, within its bins", () => {
    const { keys, values, queries, bandwidth, expected, tol } = golden("r-locpoly-mcycle-1");
    const one = { keys: column(keys), values: column(values), kernel: "gaussian", degree: 1 } as const;
    const found = mean({ ...one, bandwidth: [bandwidth] }, column(queries));
    const range = Math.max(...values) - Math.min(...values);
    expect(found.length).toBe(39);
    for (const [q, each] of found.entries())
      expect(Math.abs(each[0] - expected.mean[q]) / range).toBeLessThan(tol);
  });
});

describe("local polynomials", () => {
  const keys = indices(40).map((i) => [3 * scatter(i) + 1e6, 2 * scatter(i + 100)]);
  const plane = ([x, y]: readonly number[]) => 2 + 3 * (x - 1e6) - 4 * y;
  const surface = (row: readonly number[]) => plane(row) + (row[0] - 1e6) ** 2 - 2 * (row[0] - 1e6) * row[1];
  const shared = { keys, kernel: "laplace", bandwidth: [0.7, 0.9] } as const;
  const queries = [
    [1e6, 0],
    [1e6 + 0.5, 0.5],
    [1e6 + 7, -5],
  ];

  test("reproduce polynomials of their degree and their slopes, whatever the kernel", () => {
    const linear = { ...shared, values: keys.map((key) => [plane(key)]), degree: 1 } as const;
    const quadratic = { ...shared, values: keys.map((key) => [surface(key)]), degree: 2 } as const;
    for (const [q, query] of queries.entries()) {
      const [x, y] = [query[0] - 1e6, query[1]];
      expect(mean(linear, queries)[q][0]).toBeCloseTo(plane(query), 8);
      expect(gradient(linear, queries)[q][0][1]).toBeCloseTo(-4, 8);
      expect(mean(quadratic, queries)[q][0]).toBeCloseTo(surface(query), 6);
      expect(gradient(quadratic, queries)[q][0][0]).toBeCloseTo(3 + 2 * x - 2 * y, 6);
      expect(gradient(quadratic, queries)[q][0][1]).toBeCloseTo(-4 - 2 * x, 6);
    }
  });

  test("of a very wide kernel are least squares: y = 2/3 + 3/2 x at 0, 1, 2 of 1, 1, 4", () => {
    const problem = { keys: [[0], [1], [2]], values: [[1], [1], [4]], kernel: "constant" } as const;
    const wide = { ...problem, bandwidth: [1], degree: 1 } as const;
    for (const x of [0, 1, 5]) expect(mean(wide, [[x]])[0][0]).toBeCloseTo(0.5 + 1.5 * x, 13);
  });

  test("are flat where keys do not tell the slope", () => {
    const one = { keys: [[2, 1]], values: [[7]], kernel: "gaussian", bandwidth: [1, 1], degree: 2 } as const;
    expect(mean(one, [[1, 1]])).toEqual([[7]]);
    const pair = { ...one, keys: [[2, 1], [2, 1]], values: [[7], [9]] }; // biome-ignore format: a line
    expect(mean(pair, [[1, 1]])[0][0]).toBeCloseTo(8, 14);
    expect(gradient(pair, [[1, 1]])).toEqual([[[0, 0]]]);
  });

  test("have the least slope and curvature together, in bandwidths, with a free constant", () => {
    // Keys at t = 1 and 2 with values 1 and 3: β₁ / 2 + 3 β₂ / 2 = 1, so (β₁, β₂) = (0.2, 0.6) and β₀ = 2 − 0.3 − 1.5.
    const problem = { keys: [[2], [4]], values: [[1], [3]], kernel: "constant", bandwidth: [2] } as const;
    expect(mean({ ...problem, degree: 2 }, [[0]])[0][0]).toBeCloseTo(0.2, 14);
    expect(gradient({ ...problem, degree: 2 }, [[0]])[0][0][0]).toBeCloseTo(0.1, 14);
  });

  test("do not depend on the order of the keys, however unequal their weights are", () => {
    // Two keys whose weights are as 1 to 3e-13: the line through both, level across it.
    const [near, far] = [
      [0.1, 0.2],
      [2, 1.5],
    ];
    const [dx, dy] = [1.9, 1.3];
    const expected = 1 - (0.1 * dx + 0.2 * dy) / (dx ** 2 + dy ** 2);
    for (const keys of [
      [near, far],
      [far, near],
    ]) {
      const values = keys.map((key) => [key === near ? 1 : 2]);
      const problem = { keys, values, kernel: "gaussian", bandwidth: [0.33, 0.33], degree: 1 } as const;
      expect(mean(problem, [[0, 0]])[0][0]).toBeCloseTo(expected, 12);
    }
  });

  test("leave one out as least squares do: the residual grows by 1 / (1 − H)", () => {
    for (const degree of [0, 1, 2] as const) {
      const values = keys.map((_, i) => [scatter(i + 300), 1e7 + i]);
      const problem = { ...shared, values, degree };
      const [fitted, without, h] = [mean(problem, keys), leaveOneOut(problem), leverages(problem)];
      for (const i of keys.keys())
        expect((values[i][0] - fitted[i][0]) / (1 - h[i])).toBeCloseTo(values[i][0] - without[i][0], 8);
    }
  });

  test("are smooth: slopes are differences of means where the kernel is wide", () => {
    const values = keys.map((_, i) => [scatter(i + 300)]);
    const problem = { ...shared, values, kernel: "gaussian" } as const;
    for (const query of queries.slice(0, 2))
      for (const j of [0, 1]) {
        const at = (step: number) => mean(problem, [query.map((x, k) => (k === j ? x + step : x))])[0][0];
        expect(gradient(problem, [query])[0][0][j]).toBeCloseTo((at(1e-4) - at(-1e-4)) / 2e-4, 6);
      }
  });
});

describe("leverages", () => {
  const line = (n: number, degree: 1 | 2, bandwidth: number): ReferenceProblem => ({
    keys: column(indices(n)),
    values: column(indices(n).map(scatter)),
    kernel: "epanechnikov",
    bandwidth: [bandwidth],
    degree,
  });

  test("are 1 where a key alone decides a direction", () => {
    const two = { keys: [[1], [2]], values: [[3], [5]], kernel: "gaussian", bandwidth: [1] } as const;
    for (const h of leverages({ ...two, degree: 1 })) expect(h).toBeCloseTo(1, 12);
    const three = { ...two, keys: [[1], [2], [4]], values: [[3], [5], [9]], degree: 2 } as const;
    expect(trace(three)).toBeCloseTo(3, 12);
    expect(trace(line(20, 2, 1.5))).toBeCloseTo(20, 11);
    // Two keys at either end; three elsewhere, of which those beside weigh 5/9: 1 / (1 + 10/9).
    expect(trace(line(20, 1, 1.5))).toBeCloseTo(2 + (18 * 9) / 19, 11);
  });

  test("sum to the number of parameters where the kernel is very wide", () => {
    const plane = {
      keys: indices(30).map((i) => [scatter(i), scatter(i + 50)]),
      kernel: "gaussian",
    } as const;
    const values = column(indices(30));
    for (const h of [1e3, 1e6, 1e12])
      for (const [degree, count] of [
        [0, 1],
        [1, 3],
        [2, 6],
      ] as const)
        expect(trace({ ...plane, values, bandwidth: [h, h], degree })).toBeCloseTo(count, 5);
  });

  test("of degree 0 are the key's own weight", () => {
    const problem = { keys: [[0], [1]], values: [[0], [1]], kernel: "triangular", bandwidth: [2] } as const;
    for (const h of leverages(problem)) expect(h).toBeCloseTo(2 / 3, 14);
  });
});

test("rows of weight 2 are two rows, if weights are frequencies", () => {
  const counts = [1, 2, 1, 3, 1, 2];
  const keys = [[0], [0.4], [1], [1.3], [2.2], [2.9]];
  const values = [[1], [3], [2], [5], [4], [4.5]];
  const kept = { keys, values, sampleWeights: counts, weightType: "frequency" } as const;
  const rows = counts.flatMap((count, i) => new Array<number>(count).fill(i));
  const repeated = { keys: rows.map((i) => keys[i]), values: rows.map((i) => values[i]) };
  for (const degree of [0, 1] as const) {
    const how = { kernel: "gaussian", bandwidth: [0.8], degree } as const;
    const [own, all] = [diagnostics({ ...kept, ...how }), diagnostics({ ...repeated, ...how })];
    expect(own.effectiveParameters).toBeCloseTo(all.effectiveParameters, 12);
    expect(own.residualStandardError[0]).toBeCloseTo(all.residualStandardError[0], 12);
    expect(own.leaveOneOutRSquared[0]).toBeCloseTo(all.leaveOneOutRSquared[0], 12);
    for (const criterion of ["loo", "kfold", "aicc"] as const)
      expect(score({ ...kept, ...how }, criterion)).toBeCloseTo(
        score({ ...repeated, ...how }, criterion),
        12,
      );
  }
});

test("a boxcar of the nearest four is their mean", () => {
  const keys = [[0], [1], [3], [6], [10]];
  const problem = { keys, values: column([1, 2, 4, 8, 16]), kernel: "boxcar", bandwidth: [0.1] } as const;
  expect(mean({ ...problem, neighbours: 3 }, [[2.1]])[0][0]).toBeCloseTo(7 / 3, 14);
  expect(mean({ ...problem, neighbours: 1 }, [[2.1]])).toEqual([[4]]);
});

test("adaptive widths are Abramson's: √(g / f̃), each key of the mass of one", () => {
  const keys = [[0], [0.5], [4]];
  const values = column([1, 2, 3]);
  const problem = { keys, values, kernel: "gaussian", bandwidth: [1] } as const;
  const phi = (u: number) => Math.exp((-u * u) / 2);
  const pilot = keys.map(([x]) => keys.reduce((sum, [k]) => sum + phi(x - k), 0));
  const g = Math.cbrt(pilot[0] * pilot[1] * pilot[2]);
  const widths = pilot.map((f) => Math.sqrt(g / f));
  const weights = keys.map(([k], i) => phi((1.7 - k) / widths[i]) / widths[i]);
  const expected = (weights[0] + 2 * weights[1] + 3 * weights[2]) / (weights[0] + weights[1] + weights[2]);
  expect(mean({ ...problem, adaptive: 0.5 }, [[1.7]])[0][0]).toBeCloseTo(expected, 13);
});

test("the pseudo-inverse satisfies Penrose's four equations, also without full rank", () => {
  const [rows, x, y] = [7, indices(7).map(scatter), indices(7).map((i) => scatter(i + 40))];
  const columns = [x, y, x.map((v, i) => v - 2 * y[i])].map((each) => Float64Array.from(each));
  const inverse = pseudoInverse(columns);
  const product = (i: number, k: number) => columns.reduce((sum, c, j) => sum + c[i] * inverse[j][k], 0);
  const other = (i: number, k: number) => inverse[i].reduce((sum, v, r) => sum + v * columns[k][r], 0);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < rows; k++) expect(product(i, k)).toBeCloseTo(product(k, i), 13);
    for (let j = 0; j < 3; j++) {
      const again = indices(rows).reduce((sum, k) => sum + product(i, k) * columns[j][k], 0);
      expect(again).toBeCloseTo(columns[j][i], 13);
    }
  }
  for (let i = 0; i < 3; i++)
    for (let k = 0; k < 3; k++) {
      expect(other(i, k)).toBeCloseTo(other(k, i), 13);
    }
  for (let i = 0; i < 3; i++)
    for (let r = 0; r < rows; r++) {
      const again = indices(3).reduce((sum, k) => sum + other(i, k) * inverse[k][r], 0);
      expect(again).toBeCloseTo(inverse[i][r], 12);
    }
});

test("one key of 1e-14 of the others' weight decides a slope, and all digits are kept", () => {
  // A plane through three keys, whatever they weigh; the heaviest one stands for four rows.
  const keys = [
    [0.4, 0.3],
    [2.9, 0.7],
    [5.6, 5.1],
  ];
  const values = [[1], [2.3], [-5.7]];
  const problem: ReferenceProblem = {
    ...({ kernel: "gaussian", degree: 1, weightType: "frequency" } as const),
    ...{ keys, values, bandwidth: [1, 1], sampleWeights: [4, 1, 1] },
  };
  const [[x1, y1], [x2, y2]] = [1, 2].map((i) => keys[i].map((x, j) => x - keys[0][j]));
  const [v1, v2] = [1.3, -6.7];
  const determinant = x1 * y2 - x2 * y1;
  for (const query of [
    [0, 0],
    [-0.1, 0.2],
    [0.3, -0.4],
  ]) {
    const [x, y] = query.map((q, j) => q - keys[0][j]);
    const plane = 1 + ((v1 * y2 - v2 * y1) * x + (x1 * v2 - x2 * v1) * y) / determinant;
    expect(mean(problem, [query])[0][0]).toBeCloseTo(plane, 11);
  }
});
