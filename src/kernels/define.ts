/** Kernels that callers define, and kernels by name. */
import { NadarayaError, show } from "../common/errors.ts";
import { frozen } from "../common/frozen.ts";
import { checkInput } from "../common/options.ts";
import { type KernelName, kernelNames, kernels } from "./builtin.ts";
import { parseExpression } from "./expression.ts";
import type { Kernel } from "./kernel.ts";

/** A kernel of your own, for `defineKernel`: its profile α as a WGSL expression, and in TypeScript if you like. */
export interface KernelDefinition {
  readonly name: string;
  /**
   * α(u) for u ≥ 0, the distance in units of the bandwidth; by default the expression, evaluated in float64. Where it is 0, also by underflow, no key
   * is in reach: a Gaussian of your own ends at 38 bandwidths, where ours goes on by its logarithm.
   */
  readonly alpha?: (u: number) => number;
  /**
   * One WGSL expression in `x` of type V (f32 or a vector of f32): numbers, + - * / %, comparisons, &, | and !, and WGSL's functions
   * of numbers. Write constants as `0.5` or, next to other constants, `V(0.5)`.
   */
  readonly wgsl: string;
  /** Whether `x` in the expression is u ("distance", the default) or u² ("squared"). */
  readonly argument?: "distance" | "squared";
  /** True where α(u) = 0 for every u > 1. */
  readonly compact?: boolean;
}

/**
 * A kernel of your own. The engine compares the two forms on the GPU when it first meets the kernel.
 * @throws NadarayaError "invalid-kernel" where `wgsl` is not one expression in x, or `alpha` is not a finite number ≥ 0 at some u in [0, 4], or is not 0
 *   beyond 1 though `compact`.
 */
export function defineKernel(definition: KernelDefinition): Kernel {
  checkInput(definition, ["name", "alpha", "wgsl", "argument", "compact"], "defineKernel");
  const { name, wgsl, argument = "distance", compact = false } = definition;
  if (typeof name !== "string" || name === "" || kernels.has(name)) {
    const expected = kernels.has(name) ? "one that no kernel of the library has" : "a name";
    throw new NadarayaError("invalid-kernel", `name is ${show(name)}, expected ${expected}`);
  }
  if (
    typeof wgsl !== "string" ||
    (definition.alpha !== undefined && typeof definition.alpha !== "function")
  ) {
    throw new NadarayaError(
      "invalid-kernel",
      `kernel ${show(name)}: wgsl is ${show(wgsl)} and alpha ${show(definition.alpha)}, expected a WGSL expression in x and a function`,
    );
  }
  if (argument !== "distance" && argument !== "squared")
    throw new NadarayaError(
      "invalid-kernel",
      `kernel ${show(name)}: argument is ${show(argument)}, expected "distance" or "squared"`,
    );
  const expression = parseExpression(wgsl);
  const evaluate = (u: number) => expression.evaluate(argument === "squared" ? u * u : u);
  const { alpha = evaluate } = definition;
  for (let i = 0; i <= 64; i++) {
    const u = i / 16;
    const value = alpha(u);
    const expected = compact && u > 1 ? "0, as the kernel is compact" : "a finite number ≥ 0";
    if (!(Number.isFinite(value) && value >= 0) || (compact && u > 1 && value !== 0)) {
      throw new NadarayaError(
        "invalid-kernel",
        `kernel ${show(name)}: alpha(${u}) is ${value}, expected ${expected}`,
      );
    }
  }
  return frozen({
    name,
    alpha,
    logAlpha: (u) => Math.log(alpha(u)),
    tail: compact ? "compact" : "power",
    jumps: compact && alpha(1) > 0,
    shader: { argument, scale: 1, body: `return V(${expression.wgsl});` },
  });
}

/** @throws NadarayaError "invalid-kernel" for a name that is not known; the message lists those that are. */
export function resolveKernel(kernel: KernelName | Kernel): Kernel {
  if (typeof kernel === "object" && kernel !== null) {
    if (
      typeof kernel.alpha === "function" &&
      typeof kernel.logAlpha === "function" &&
      kernel.shader &&
      kernel.tail
    )
      return Object.isFrozen(kernel) ? kernel : frozen({ ...kernel, shader: { ...kernel.shader } });
    throw new NadarayaError(
      "invalid-kernel",
      `kernel is ${show(kernel)}, expected a name or what defineKernel returned`,
    );
  }
  const known = kernels.get(kernel as string);
  if (!known) {
    throw new NadarayaError(
      "invalid-kernel",
      `kernel ${show(kernel)} is not known; expected one of ${kernelNames.join(", ")}`,
    );
  }
  return known;
}
