import { expect, test } from "vitest";
import { alpha, type DistanceKernelName, kernelNames, logAlpha, logKernels } from "./kernels.ts";

const names = Object.keys(alpha) as DistanceKernelName[];

test("there are seventeen", () => {
  expect(kernelNames.length).toBe(17);
});

/** α(½) and α(2), computed with 30 digits by Python's decimal module. */
test.each([
  ["constant", 1, 1],
  ["gaussian", 0.8824969025845955, 0.1353352832366127],
  ["boxcar", 1, 0],
  ["triangular", 0.5, 0],
  ["epanechnikov", 0.75, 0],
  ["biweight", 0.5625, 0],
  ["triweight", 0.421875, 0],
  ["tricube", 0.669921875, 0],
  ["cosine", Math.SQRT1_2, 0],
  ["logistic", 0.2350037122015945, 0.1049935854035065],
  ["sigmoid", 0.2822832180221505, 0.0846074772075738],
  ["laplace", 0.6065306597126334, 0.1353352832366127],
  ["matern32", 0.7848876539574506, 0.1397313501923147],
  ["matern52", 0.8286491424181255, 0.1386602191385043],
  ["rational-quadratic", 8 / 9, 1 / 3],
  ["cauchy", 0.8, 0.2],
] as const)("%s at ½ and 2", (name, half, two) => {
  expect(alpha[name](0.5)).toBeCloseTo(half, 12);
  expect(alpha[name](2)).toBeCloseTo(two, 12);
});

test.each(names)("the logarithm of %s is that of its formula", (name) => {
  for (let u = 0; u < 20; u += 0.03) {
    const value = alpha[name](u);
    if (value === 0) expect(logAlpha(logKernels[name], u)).toBe(-Infinity);
    else expect(logAlpha(logKernels[name], u)).toBeCloseTo(Math.log(value), 11);
  }
});

test.each([
  ["gaussian", -5e7],
  ["laplace", -1e4],
  ["logistic", -1e4],
  ["sigmoid", -1e4 + Math.log(2 / Math.PI)],
  ["matern32", -1e4 * Math.sqrt(3) + Math.log(1 + 1e4 * Math.sqrt(3))],
  ["matern52", -1e4 * Math.sqrt(5) + Math.log(1 + 1e4 * Math.sqrt(5) + 5e8 / 3)],
] as const)("the logarithm of %s does not underflow", (name, log) => {
  expect(logAlpha(logKernels[name], 1e4) / log).toBeCloseTo(1, 13);
});
