/** Keys, kernel, bandwidth and key weights: what estimators and bandwidth selection share. */

import { type Matrix, rowsOf } from "../data/matrix.ts";
import type { Engine } from "../engine/engine.ts";
import { isGaussian } from "../kernels/builtin.ts";
import type { Categories } from "../kernels/categories.ts";
import { logIntegral } from "../kernels/integrals.ts";
import type { Kernel, Shape } from "../kernels/kernel.ts";
import { keyWeights, type LoadedProblem, type Problem } from "../problem/problem.ts";

/** Sample weights and what they mean. */
export interface Sampling {
  readonly weights: Float64Array;
  /** Whether each row stands for so many equal ones. */
  readonly repeated: boolean;
}

/** Keys with their kernel, bandwidth and weights, checked. */
export interface KernelSpec {
  readonly keys: Matrix;
  readonly kernel: Kernel;
  readonly shape: Shape;
  /** Where some coordinates are categories: how they are points, which the keys are already. */
  readonly categories?: Categories;
  /** As the user means it: for the sphere, the temperature; for a category, its λ. */
  readonly bandwidth: readonly number[];
  /** What multiplies the weight of each key, and what the bandwidth is multiplied by for each; 1 by default. */
  readonly keyWeights?: Float64Array;
  readonly keyBandwidthFactors?: Float64Array;
  /** How many equal rows each key stands for, where sample weights are frequencies. */
  readonly copies?: Float64Array;
  /** What the variance of each key's value is divided by, where sample weights are precisions. */
  readonly precisions?: Float64Array;
  /** As sample weights were given; `keyWeights` may have been changed for bandwidths of single keys. */
  readonly sampling?: Sampling;
  /** Whose distance is the bandwidth of a query, in bandwidths. */
  readonly neighbours?: number;
  readonly engine: Engine;
}

/** Keys for which a bandwidth is to be chosen, and how a candidate will be used. */
export interface SelectionRequest extends Omit<KernelSpec, "bandwidth"> {
  /** The keys with a candidate's bandwidth, as the fit will have them: with bandwidth factors of their own where those are asked for. */
  readonly withBandwidth: (bandwidth: readonly number[]) => Promise<KernelSpec>;
  /** Whether keys have bandwidth factors of their own. */
  readonly adaptive: boolean;
}

/**
 * The engine's problem: a sphere's temperature τ is the bandwidth √τ, a Gaussian's product is radial, and the bandwidth is
 * that of the narrowest key.
 */
export function problemOf(spec: KernelSpec, values: Matrix): Problem {
  const { keys, kernel, shape, bandwidth, keyBandwidthFactors, categories } = spec;
  const narrowest = keyBandwidthFactors
    ? keyBandwidthFactors.reduce((least, width) => Math.min(least, width))
    : 1;
  const widths = kernel.sphere
    ? bandwidth.map(Math.sqrt)
    : (categories?.engineBandwidth(bandwidth) ?? bandwidth);
  const separable = isGaussian(kernel) || kernel.sphere || kernel.tail === "flat" || keys.dims === 1;
  return {
    keys,
    values,
    kernel,
    shape: separable ? "radial" : shape,
    bandwidth: widths.map((h) => h * narrowest),
    keyWeights: spec.keyWeights && keyWeights(spec.keyWeights, spec.copies),
    keyBandwidthFactors: keyBandwidthFactors?.map((width) => width / narrowest),
    stretched: categories?.stretched,
  };
}

/** log ∫ α over space: what densities are divided by. @throws NadarayaError "unsupported" where it is infinite. */
export function logMassOf({
  kernel,
  shape,
  bandwidth,
  categories,
}: Pick<KernelSpec, "kernel" | "shape" | "bandwidth" | "categories">): number {
  if (!categories) return logIntegral(kernel, shape, bandwidth);
  const continuous = categories.continuous.map((j) => bandwidth[j]);
  const integral = continuous.length > 0 ? logIntegral(kernel, shape, continuous) : 0;
  return integral + categories.logSum(bandwidth);
}

/** The keys with these indices, and what belongs to each. */
export function specOfRows<Spec extends Omit<KernelSpec, "bandwidth">>(
  spec: Spec,
  indices: ArrayLike<number>,
): Spec {
  const { keys, keyWeights, keyBandwidthFactors, copies, precisions, sampling } = spec;
  const of = (numbers?: Float64Array) => numbers && Float64Array.from(indices, (i) => numbers[i]);
  return {
    ...spec,
    keys: rowsOf(keys, indices),
    keyWeights: of(keyWeights),
    keyBandwidthFactors: of(keyBandwidthFactors),
    copies: of(copies),
    precisions: of(precisions),
    sampling: sampling && { ...sampling, weights: of(sampling.weights)! },
  };
}

/** Loads a problem, calls `work` with it, and disposes of it. */
export async function withProblem<T>(
  spec: KernelSpec,
  values: Matrix,
  work: (problem: LoadedProblem) => Promise<T>,
): Promise<T> {
  const problem = await spec.engine.load(problemOf(spec, values));
  try {
    return await work(problem);
  } finally {
    problem.dispose();
  }
}
