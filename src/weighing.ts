/** Keys and how to weigh them: what estimators and the search for their bandwidths share. A leaf over the engine. */
import type { Matrix } from "./data.ts";
import type { Engine } from "./engine/engine.ts";
import { keyWeights, type Problem } from "./engine/types.ts";
import type { Kernel, Shape } from "./kernels.ts";

/** Keys and how to weigh them, checked. */
export interface Weighing {
  readonly keys: Matrix;
  readonly kernel: Kernel;
  readonly shape: Shape;
  /** As the user means it: for the sphere, the temperature. */
  readonly bandwidth: readonly number[];
  /** What multiplies the weight of each key, and what the bandwidth is multiplied by for each; 1 unless told. */
  readonly keyWeights?: Float64Array;
  readonly keyWidths?: Float64Array;
  /** Whose distance is the width of a query, in bandwidths. */
  readonly neighbours?: number;
  readonly engine: Engine;
}

/**
 * The engine's problem: a sphere's temperature τ is the bandwidth √τ, a Gaussian's product is radial, and the bandwidth is
 * that of the narrowest key.
 */
export function problemOf(weighing: Weighing, values: Matrix): Problem {
  const { keys, kernel, shape, bandwidth, keyWidths } = weighing;
  const narrowest = keyWidths ? keyWidths.reduce((least, width) => Math.min(least, width)) : 1;
  const separable = kernel.name === "gaussian" || kernel.sphere || kernel.tail === "flat" || keys.dims === 1;
  return {
    keys,
    values,
    kernel,
    shape: separable ? "radial" : shape,
    bandwidth: kernel.sphere ? bandwidth.map(Math.sqrt) : bandwidth.map((h) => h * narrowest),
    keyWeights: weighing.keyWeights && keyWeights(weighing.keyWeights),
    keyWidths: keyWidths?.map((width) => width / narrowest),
  };
}
