/** Kernels that callers define, and kernels by name. */
import { NadarayaError, show } from "../common/errors.ts";
import { frozen } from "../common/frozen.ts";
import { checkInput } from "../common/options.ts";
import { didYouMean } from "../common/suggestions.ts";
import { type KernelName, kernelNames, kernels } from "./builtin.ts";
import { parseExpression } from "./expression.ts";
import type { Kernel } from "./kernel.ts";

/** A kernel of your own, for `defineKernel`: its profile α as a WGSL expression, and in TypeScript if you like. */
export interface KernelDefinition {
  readonly name: string;
  /**
   * α(u) for u ≥ 0, the distance in units of the bandwidth; by default the expression, evaluated in float64. Where it is 0, also by underflow, no key
   * is in reach, unless `logAlpha` is given: a Gaussian of your own ends at 38 bandwidths, where the library continues by the logarithm.
   */
  readonly alpha?: (u: number) => number;
  /** log α(u), also where α is no float64: with it, a query far from all keys has the mean of the heaviest ones, as with the library's kernels. */
  readonly logAlpha?: (u: number) => number;
  /**
   * One WGSL expression in `x` of type V (f32 or a vector of f32): numbers, + - * / %, comparisons, &, | and !, and WGSL's functions
   * of numbers. Constants are `0.5`, or `V(0.5)`, which is the same.
   */
  readonly wgsl: string;
  /** Whether `x` in the expression is u ("distance", the default) or u² ("squared"). */
  readonly argument?: "distance" | "squared";
  /** True where α(u) = 0 for every u > 1. */
  readonly compact?: boolean;
}

/**
 * A kernel of your own. On the CPU `alpha` alone counts. On a GPU the engine compares the two forms when it first meets the kernel, refuses them where they
 * differ, and measures how far single precision knows α; queries that this does not suffice for are computed by `alpha`, in float64.
 * @throws NadarayaError "invalid-kernel" where `wgsl` is not one expression in x, or `alpha` is not a finite number ≥ 0 at one of 128 distances up to 1e5, or is
 *   not 0 beyond 1 though `compact`; a call throws it where `alpha` is so at another distance.
 */
export function defineKernel(definition: KernelDefinition): Kernel {
  checkInput(definition, ["name", "alpha", "logAlpha", "wgsl", "argument", "compact"], "defineKernel");
  const { name, wgsl, argument = "distance", compact = false, logAlpha: givenLog } = definition;
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
  if (givenLog !== undefined && typeof givenLog !== "function")
    throw new NadarayaError(
      "invalid-kernel",
      `kernel ${show(name)}: logAlpha is ${show(givenLog)}, expected a function`,
    );
  const expression = parseExpression(wgsl);
  const { alpha = (u: number) => expression.evaluate(argument === "squared" ? u * u : u) } = definition;
  const checked = (u: number) => {
    const value = alpha(u);
    if (!(Number.isFinite(value) && value >= 0) || (compact && u > 1 && value !== 0)) {
      const expected = compact && u > 1 ? "0, as the kernel is compact" : "a finite number ≥ 0";
      throw new NadarayaError(
        "invalid-kernel",
        `kernel ${show(name)}: alpha(${u}) is ${value}, expected ${expected}`,
      );
    }
    return value;
  };
  const logOf = (u: number) => {
    if (!givenLog || (compact && u > 1)) return Math.log(checked(u));
    const log = givenLog(u);
    const known = Math.log(checked(u));
    if (known > LEAST_LOG ? Math.abs(log - known) <= LOG_ERROR * Math.max(1, -known) : log <= LEAST_LOG + 1)
      return log;
    throw new NadarayaError(
      "invalid-kernel",
      `kernel ${show(name)}: logAlpha(${u}) is ${log} and the logarithm of alpha ${known}, expected the same`,
    );
  };
  const tried = Array.from({ length: TRIED }, (_, i) => {
    logOf(triedAt(i));
    return checked(triedAt(i));
  });
  const largest = Math.max(...tried);
  const last = tried.findLastIndex((value) => value > LIGHTEST * largest);
  // Beyond its end α is 0 in single precision, and some expressions are no number: tanh(x) from 89 on.
  const end = triedAt(last + 1) ** (argument === "squared" ? 2 : 1);
  const text = last < TRIED - 1 ? `select(V(0.0), inside(min(x, V(${end}))), x < V(${end}))` : "inside(x)";
  /** α over `unit`, a power of two. */
  const over = (unit: number): Kernel =>
    frozen({
      name,
      alpha: (u) => checked(u) / unit,
      logAlpha: (u) => logOf(u) - Math.log(unit),
      tail: compact ? "compact" : "power",
      shader: {
        argument,
        scale: 1,
        inside: expression.wgsl,
        body: `return ${unit === 1 ? text : `${text} * ${1 / unit}`};`,
        evaluate: (x) => expression.evaluate(x) / unit,
      },
    });
  const kernel = over(1);
  // In the range of f32, with its reciprocal.
  const exponent = Math.min(Math.max(Math.ceil(Math.log2(largest || 1)), -120), 120);
  if (exponent !== 0) ofUnitHeight.set(kernel, over(2 ** exponent));
  return kernel;
}

/** Distances at which α is tried when it is defined: densely up to 4, then further and further to 1e5. */
const TRIED = 128;
const triedAt = (i: number) => (i <= 64 ? i / 16 : 4 * 2 ** ((i - 64) / 4.37));

/** What a logarithm may be off by, of itself and of 1, and from where on α has its digits. */
const [LOG_ERROR, LEAST_LOG] = [1e-9, -690];

/** Below this share of the largest, α is 0 in single precision. */
const LIGHTEST = 1e-37;

/**
 * The same kernels with a largest α of 0.5 to 1: no result depends on it, and products over many coordinates neither overflow nor vanish. The sums of a
 * kernel whose α is 1e30, or 1e-30, would have no digits in single precision.
 */
const ofUnitHeight = new WeakMap<Kernel, Kernel>();

/** @throws NadarayaError "invalid-kernel" for a name that is not known; the message lists those that are. */
export function resolveKernel(kernel: KernelName | Kernel): Kernel {
  if (typeof kernel === "object" && kernel !== null) {
    if (
      typeof kernel.alpha === "function" &&
      typeof kernel.logAlpha === "function" &&
      kernel.shader &&
      kernel.tail
    )
      return (
        ofUnitHeight.get(kernel) ??
        (Object.isFrozen(kernel) ? kernel : frozen({ ...kernel, shader: { ...kernel.shader } }))
      );
    throw new NadarayaError(
      "invalid-kernel",
      `kernel is ${show(kernel)}, expected a name or what defineKernel returned`,
    );
  }
  const known = kernels.get(kernel as string);
  if (!known) {
    throw new NadarayaError(
      "invalid-kernel",
      `kernel ${show(kernel)} is not known; expected one of ${kernelNames.join(", ")}${typeof kernel === "function" ? "; make a kernel of it by defineKernel" : didYouMean(kernel, kernelNames)}`,
    );
  }
  return known;
}
