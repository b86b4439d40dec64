import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { density, logIntegral } from "./density.ts";
import { kernelNamed } from "./kernels.ts";

const golden = (name: string) =>
  JSON.parse(readFileSync(new URL(`../testing/golden/${name}.json`, import.meta.url), "utf8"));

const ball = (d: number) => [2, Math.PI, (4 / 3) * Math.PI][d - 1];

test.each<[string, (d: number) => number]>([
  ["gaussian", (d) => (2 * Math.PI) ** (d / 2)],
  ["boxcar", ball],
  ["triangular", (d) => ball(d) / (d + 1)],
  ["epanechnikov", (d) => (2 * ball(d)) / (d + 2)],
  ["biweight", (d) => (ball(d) * 8) / ((d + 2) * (d + 4))],
  ["triweight", (d) => (ball(d) * 48) / ((d + 2) * (d + 4) * (d + 6))],
  ["laplace", (d) => [2, 2 * Math.PI, 8 * Math.PI][d - 1]],
])("∫ %s over 1, 2 and 3 coordinates is its closed form", (name, integral) => {
  for (const d of [1, 2, 3])
    expect(Math.exp(logIntegral(name, "radial", new Array(d).fill(1))) / integral(d)).toBeCloseTo(1, 12);
});

test.each<[string, number]>([
  ["tricube", 81 / 70],
  ["cosine", 4 / Math.PI],
  ["logistic", 1],
  ["sigmoid", 1],
  ["cauchy", Math.PI],
  ["rational-quadratic", Math.SQRT2 * Math.PI],
  ["matern32", 4 / Math.sqrt(3)],
  ["matern52", 16 / (3 * Math.sqrt(5))],
])("∫ %s over one coordinate is its closed form", (name, integral) => {
  expect(Math.exp(logIntegral(name, "radial", [1])) / integral).toBeCloseTo(1, 12);
  expect(Math.exp(logIntegral(name, "product", [2, 3])) / (6 * integral ** 2)).toBeCloseTo(1, 12);
});

test("∫ of the Gaussian over 64 coordinates is (2π)^32 h^64", () => {
  const expected = 32 * Math.log(2 * Math.PI) + 64 * Math.log(2);
  expect(logIntegral("gaussian", "radial", new Array(64).fill(2))).toBeCloseTo(expected, 10);
});

test.each([
  ["constant", "radial", 1],
  ["cauchy", "radial", 2],
  ["rational-quadratic", "radial", 3],
] as const)("∫ %s, %s, over %i coordinates is infinite", (name, shape, d) => {
  expect(() => logIntegral(name, shape, new Array(d).fill(1))).toThrow("infinite");
});

test("the von Mises–Fisher constant is that of Bessel functions: 2π I₀(1/τ) on the circle, 4πτ sinh(1/τ) on the sphere", () => {
  const bessel = 1.2660658777520084; // I₀(1)
  expect(Math.exp(logIntegral("von-mises-fisher", "radial", [1, 1]) + 1)).toBeCloseTo(
    2 * Math.PI * bessel,
    11,
  );
  const onSphere = 4 * Math.PI * 0.5 * Math.sinh(2);
  const found = Math.exp(logIntegral("von-mises-fisher", "radial", [0.5, 0.5, 0.5]) + 2);
  expect(found).toBeCloseTo(onSphere, 10);
});

test.each(["sklearn-kde-3d-gaussian", "sklearn-kde-3d-epanechnikov"])("densities are those of %s", (name) => {
  const { keys, queries, kernel, bandwidth, expected } = golden(name);
  const h = Array.isArray(bandwidth) ? bandwidth : keys[0].map(() => bandwidth);
  const found = density({ keys, kernel: kernelNamed(kernel), bandwidth: h }, queries).logDensity;
  expect(found.length).toBe(expected.logDensity.length);
  // scikit-learn's sum of nothing is its rounding: about e^−38.
  for (const [q, log] of expected.logDensity.entries())
    if (log === null || log < -30) expect(found[q]).toBe(-Infinity);
    else expect(found[q]).toBeCloseTo(log, 8);
});

test.each([
  "aitchison-aitken",
  "li-racine",
] as const)("densities over a number and categories of %s sum to 1", (kind) => {
  const keys = [
    [0, 1],
    [0.3, 2],
    [1, 5],
    [1.2, 1],
  ];
  const problem = {
    keys,
    kernel: "gaussian",
    bandwidth: [0.4, 0.3],
    coordinates: ["continuous", kind],
  } as const;
  const places = [1, 2, 5].flatMap((c) => Array.from({ length: 801 }, (_, i) => [-3 + i * 0.01, c]));
  const sum = density(problem, places).density.reduce((all, each) => all + each * 0.01, 0);
  expect(sum).toBeCloseTo(1, 10);
});

test.each([
  { adaptive: 0.5 },
  { sampleWeights: [1, 2, 0.5, 3] },
  {},
])("densities with %o integrate to 1", (more) => {
  const problem = { keys: [[0], [0.3], [1], [4]], kernel: "gaussian", bandwidth: [0.4], ...more } as const;
  const places = Array.from({ length: 4001 }, (_, i) => [-10 + i * 0.005]);
  const sum = density(problem, places).density.reduce((all, each) => all + each * 0.005, 0);
  expect(sum).toBeCloseTo(1, 9);
});
