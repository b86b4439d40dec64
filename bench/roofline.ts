/** The roofline of the pairwise stage: how many instructions a pair costs at least, and so how many pairs a second could be. */
import type { KernelName } from "../src/index.ts";
import type { Ceilings } from "./ceilings.ts";

export interface Instructions {
  /** Additions, multiplications, comparisons and fused multiply-adds, at the rate of an FMA. */
  readonly fma: number;
  readonly exp2: number;
  readonly sqrt: number;
  readonly divide: number;
}

/** What α costs on its argument, next to the distance. */
const kernelCost: Partial<Record<KernelName, Partial<Instructions>>> = {
  gaussian: { exp2: 1 },
  laplace: { exp2: 1 },
  matern32: { exp2: 1, fma: 2 },
  matern52: { exp2: 1, fma: 3 },
  logistic: { exp2: 1, fma: 2, divide: 1 },
  sigmoid: { exp2: 2, fma: 2, divide: 1 },
  boxcar: { fma: 2 },
  constant: {},
  triangular: { fma: 2 },
  epanechnikov: { fma: 2 },
  biweight: { fma: 3 },
  triweight: { fma: 4 },
  tricube: { fma: 6 },
  cosine: { fma: 9 },
  cauchy: { fma: 1, divide: 1 },
  "rational-quadratic": { fma: 1, divide: 1 },
};

const byDistance: readonly string[] = [
  "laplace",
  "matern32",
  "matern52",
  "logistic",
  "sigmoid",
  "triangular",
  "tricube",
];
const compact: readonly string[] = [
  "boxcar",
  "triangular",
  "epanechnikov",
  "biweight",
  "triweight",
  "tricube",
  "cosine",
];

/**
 * A pair of the radial shape: d differences, d multiply-adds, α, one addition for Σα, one multiply-add a value column;
 * compact kernels compute α once more, a little nearer, and add the difference (the boxcar keeps a minimum).
 */
export function instructionsPerPair(kernel: KernelName, dims: number, columns: number): Instructions {
  const { fma = 0, exp2 = 0, sqrt = 0, divide = 0 } = kernelCost[kernel] ?? {};
  const root = byDistance.includes(kernel) ? 1 : 0;
  const tracked = kernel === "boxcar" ? 1 : compact.includes(kernel) ? fma + 4 : 0;
  // In one coordinate the distance is |q − k|: no square, no root.
  const distance = dims === 1 && root ? 1 : 2 * dims;
  return { fma: distance + fma + 1 + columns + tracked, exp2, sqrt: sqrt + (dims > 1 ? root : 0), divide };
}

/** Pairs per second if every instruction ran at its ceiling, one after the other. */
export function pairsAtCeiling({ fma, exp2, sqrt, divide }: Instructions, ceilings: Ceilings): number {
  return 1 / (fma / ceilings.fma + exp2 / ceilings.exp2 + sqrt / ceilings.sqrt + divide / ceilings.divide);
}

/**
 * Counts what a WGSL expression asks for, for a kernel of one coordinate and one value column: an estimate, by name. α of a caller's kernel is computed
 * three times, at x and a little to either side, and the larger change is added.
 */
export function countInstructions(wgsl: string, compactSupport: boolean): Instructions {
  const named = (pattern: RegExp) => (wgsl.match(pattern) ?? []).length;
  const base = { fma: 3 + 10 + (compactSupport ? 3 : 0) };
  return {
    fma: base.fma + 3 * named(/[+*]|-(?=\s)|\b(max|min|abs|select|fma|clamp)\b|[<>]=?/g),
    exp2: 3 * named(/\b(exp2?|log2?|pow|sin|cos|tanh)\b/g),
    sqrt: 3 * named(/\b(sqrt|inverseSqrt)\b/g),
    divide: 3 * named(/\//g),
  };
}
