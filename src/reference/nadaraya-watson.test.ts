import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { kernelNamed } from "./kernels.ts";
import { nadarayaWatson, weightMatrix } from "./nadaraya-watson.ts";
import { logWeights, type Rows, weights } from "./problem.ts";
import { mean } from "./regression.ts";

const golden = (name: string) =>
  JSON.parse(readFileSync(new URL(`../testing/golden/${name}.json`, import.meta.url), "utf8"));
const rows = (points: Rows | number[]): Rows => points.map((x) => (typeof x === "number" ? [x] : x));

test.each([
  ["epoch-milliseconds", 1e-9], // its keys are rounded to a ten-billionth of the bandwidth
  ["far-queries", 1e-12],
  ["r-ksmooth-mcycle-box", 1e-12],
  ["statsmodels-lc-cvls", 1e-12],
])("means are those of %s", (name, bound) => {
  const file = golden(name);
  const keys = rows(file.keys);
  const queries = file.queries ? rows(file.queries) : keys;
  const bandwidth = [file.bandwidth].flat();
  const { kernel, shape = "radial" } = file;
  const problem = { keys, values: rows(file.values), kernel: kernelNamed(kernel), shape, bandwidth };
  const found = mean(problem, queries).flat();
  const range = Math.max(...file.values) - Math.min(...file.values);
  expect(found.length).toBe(file.expected.mean.length);
  for (const [q, expected] of file.expected.mean.entries())
    if (expected === null) expect(found[q]).toBeNaN();
    else expect(Math.abs(found[q] - expected) / range).toBeLessThan(bound);
  const flat = nadarayaWatson({
    keys: Float64Array.from(keys.flat()),
    queries: Float64Array.from(queries.flat()),
    values: Float64Array.from(file.values),
    dims: bandwidth.length,
    columns: 1,
    kernel,
    shape,
    bandwidth,
  });
  for (const [q, each] of flat.mean.entries()) expect(each).toBe(found[q]);
});

test("two keys weigh as their kernels do, in each shape", () => {
  const keys = [
    [0, 0],
    [1, 2],
  ];
  const problem = { keys, values: [[0], [1]], bandwidth: [1, 2] };
  const query = [[0.5, 0.5]];
  // Radial: u² = 0.25 + 0.0625 and 0.25 + 0.5625.
  const radial = [Math.exp(-Math.sqrt(0.3125)), Math.exp(-Math.sqrt(0.8125))];
  expect(weights({ ...problem, kernel: "laplace" }, query)[0][1]).toBeCloseTo(
    radial[1] / (radial[0] + radial[1]),
    14,
  );
  const product = [Math.exp(-0.75), Math.exp(-1.25)];
  const found = weights({ ...problem, kernel: "laplace", shape: "product" }, query)[0];
  expect(found[1]).toBeCloseTo(product[1] / (product[0] + product[1]), 14);
  expect(mean({ ...problem, kernel: "laplace", shape: "product" }, query)[0][0]).toBe(found[1]);
});

test("far from all keys weights keep their ratio: e^−(δ · distance)", () => {
  // Keys 0 and δ, bandwidth 1, query x: log of the ratio of weights is δ x − δ² / 2.
  const [x, delta] = [1e9, 2 ** -30];
  const [near, other] = weightMatrix({
    keys: Float64Array.of(delta, 0),
    queries: Float64Array.of(x),
    dims: 1,
    kernel: "gaussian",
    shape: "radial",
    bandwidth: [1],
  });
  expect(Math.log(near / other)).toBeCloseTo(delta * x - delta ** 2 / 2, 10);
  const laplace = { kernel: "laplace", shape: "radial", bandwidth: [1], dims: 1 } as const;
  const found = weightMatrix({ ...laplace, keys: Float64Array.of(1, 0.75), queries: Float64Array.of(1e9) });
  expect(Math.log(found[0] / found[1])).toBeCloseTo(0.25, 10);
});

test("at 1e200 bandwidths the nearest key is all", () => {
  for (const shape of ["radial", "product"] as const) {
    const keys = [
      [0, 0],
      [1e199, 0],
    ];
    const problem = { keys, values: [[1], [2]], kernel: "gaussian", bandwidth: [1, 1], shape } as const;
    expect(mean(problem, [[1e200, 1e200]])).toEqual([[2]]);
  }
});

test("no key in reach: NaN, and log Σ α is −∞", () => {
  const flat = { dims: 1, columns: 1, kernel: "epanechnikov", shape: "radial", bandwidth: [1] } as const;
  const one = { keys: Float64Array.of(0), values: Float64Array.of(3), queries: Float64Array.of(2) };
  expect(nadarayaWatson({ ...flat, ...one })).toEqual({
    mean: Float64Array.of(NaN),
    logSum: Float64Array.of(-Infinity),
  });
});

test("categories weigh as their tables say", () => {
  const keys = [[1], [2], [4]];
  const of = (kind: "aitchison-aitken" | "li-racine" | "wang-van-ryzin") =>
    logWeights({ keys, kernel: "gaussian", bandwidth: [0.3], coordinates: [kind] }, [2]).map(Math.exp);
  const close = (found: number[], expected: number[]) => {
    expect(found.length).toBe(expected.length);
    for (const [i, each] of expected.entries()) expect(found[i]).toBeCloseTo(each, 14);
  };
  close(of("aitchison-aitken"), [0.15, 0.7, 0.15]);
  close(of("li-racine"), [0.3, 1, 0.3]);
  close(of("wang-van-ryzin"), [0.105, 0.7, 0.105]);
});

test("frequencies are rows repeated, and leaving one out leaves out one copy", () => {
  const problem = {
    keys: [[0], [1], [1.5]],
    values: [[1], [2], [5]],
    kernel: "gaussian",
    bandwidth: [1],
    sampleWeights: [1, 3, 2],
    weightType: "frequency",
  } as const;
  const repeated = {
    keys: [[0], [1], [1], [1], [1.5], [1.5]],
    values: [[1], [2], [2], [2], [5], [5]],
    kernel: "gaussian",
    bandwidth: [1],
  } as const;
  expect(mean(problem, [[0.7]])[0][0]).toBeCloseTo(mean(repeated, [[0.7]])[0][0], 14);
  expect(mean(problem, [[0.7]], 1)[0][0]).toBeCloseTo(mean(repeated, [[0.7]], 2)[0][0], 14);
  // Four nearest of six rows, not of three.
  const near = { ...problem, neighbours: 4, kernel: "boxcar" } as const;
  expect(mean(near, [[1.1]])[0][0]).toBeCloseTo((3 * 2 + 2 * 5) / 5, 14);
  expect(mean({ ...near, neighbours: 3 }, [[1.1]])).toEqual([[2]]);
});

test("neighbours leave λ of categories alone", () => {
  // F7: the other category of the same place weighs λ, however wide the query's bandwidth is.
  const keys = [0, 1, 2, 3, 4].flatMap((x) => [
    [x, 0],
    [x, 1],
  ]);
  for (const neighbours of [2, 4, 10]) {
    const problem = { keys, kernel: "gaussian", bandwidth: [1, 0.5], neighbours } as const;
    const logs = logWeights({ ...problem, coordinates: ["continuous", "li-racine"] }, [2, 0]);
    expect(Math.exp(logs[5] - logs[4])).toBeCloseTo(0.5, 14);
  }
});
