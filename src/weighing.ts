/** Keys and how to weigh them: what estimators and the search for their bandwidths share. A leaf over the engine. */
import type { Matrix } from "./data.ts";
import type { Engine } from "./engine/engine.ts";
import type { Problem } from "./engine/types.ts";
import type { Kernel, Shape } from "./kernels.ts";

/** Keys and how to weigh them, checked. */
export interface Weighing {
  readonly keys: Matrix;
  readonly kernel: Kernel;
  readonly shape: Shape;
  /** As the user means it: for the sphere, the temperature. */
  readonly bandwidth: readonly number[];
  readonly engine: Engine;
}

/** The engine's problem: a sphere's temperature τ is the bandwidth √τ, and a Gaussian's product is radial. */
export function problemOf({ keys, kernel, shape, bandwidth }: Weighing, values: Matrix): Problem {
  const separable = kernel.name === "gaussian" || kernel.sphere || kernel.tail === "flat" || keys.dims === 1;
  return {
    keys,
    values,
    kernel,
    shape: separable ? "radial" : shape,
    bandwidth: kernel.sphere ? bandwidth.map(Math.sqrt) : bandwidth,
  };
}
