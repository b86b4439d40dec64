/**
 * The kernels: one record each, with α in TypeScript and in WGSL. A leaf that all rooms may use.
 *
 * u ≥ 0 is the distance between a query and a key in units of the bandwidth. α need not be normalised; the
 * integrals that densities divide by are in kernel-integrals.ts.
 */
import { NadarayaError, show } from "../common/errors.ts";
import { checkOptions } from "../common/options.ts";

export interface Kernel {
  readonly name: string;
  /** α(u), in float64. */
  readonly alpha: (u: number) => number;
  /** log α(u), finite wherever α > 0 in exact arithmetic, −Infinity outside the support. */
  readonly logAlpha: (u: number) => number;
  /**
   * log α(u + change) − log α(u) with the digits that a difference of two large logarithms has lost; `squared` is (u + change)² − u². Absent
   * where that difference is as good.
   */
  readonly logRatio?: (u: number, change: number, squared: number) => number;
  /**
   * How α falls for large u. "exponential": it underflows, and sums far from all keys are taken in float64;
   * "compact": it is 0 for u > 1; "power": it falls slowly; "flat": it does not fall.
   */
  readonly tail: "exponential" | "compact" | "power" | "flat";
  /** True where α jumps to 0 at the edge of its support. */
  readonly jumps?: boolean;
  /** Keys and queries are unit vectors, and the bandwidth is the temperature τ of exp(q·k/τ). */
  readonly sphere?: boolean;
  /** α(u) = Σ polynomial[p] uᵖ on its support 0 ≤ u ≤ 1, where it is one. */
  readonly polynomial?: readonly number[];
  readonly shader: KernelShader;
}

/** α in WGSL. The engine multiplies coordinates by `scale` once, so that constants cost nothing per pair. */
export interface KernelShader {
  /** What the code sees as `x`: the squared scaled distance (scale·u)², or the scaled distance scale·u. */
  readonly argument: "squared" | "distance";
  readonly scale: number;
  /** Statements that end in `return`, of a function of `x: V` to V, where V is f32 or a vector of them. */
  readonly body: string;
}

const LOG2E = Math.LOG2E;

/** log of 1 / (e^u + 2 + e^−u), for u ≥ 0. */
const logistic = (u: number) => -u - 2 * Math.log1p(Math.exp(-u));

/** (1 − u^power)^exponent in powers of u. */
function expanded(power: number, exponent: 1 | 2 | 3): number[] {
  const coefficients = new Array<number>(power * exponent + 1).fill(0);
  const signed = [
    [1, -1],
    [1, -2, 1],
    [1, -3, 3, -1],
  ][exponent - 1];
  for (const [i, coefficient] of signed.entries()) coefficients[power * i] = coefficient;
  return coefficients;
}

/** A kernel max(0, 1 − u^power)^exponent. */
function polynomial(name: string, power: 1 | 2 | 3, exponent: 1 | 2 | 3): Kernel {
  const alpha = (u: number) => (u < 1 ? (1 - u ** power) ** exponent : 0);
  const t = `max(V(0.0), 1.0 - ${power === 3 ? "x * x * x" : "x"})`;
  const product = Array.from({ length: exponent }, () => "t").join(" * ");
  return {
    name,
    alpha,
    logAlpha: (u) => Math.log(alpha(u)),
    tail: "compact",
    polynomial: expanded(power, exponent),
    shader: {
      argument: power === 2 ? "squared" : "distance",
      scale: 1,
      body: exponent === 1 ? `return ${t};` : `let t = ${t};\n  return ${product};`,
    },
  };
}

/** A Gaussian in the distance; `sphere` reads the bandwidth as a temperature. */
function gaussian(name: string, sphere: boolean): Kernel {
  return {
    name,
    alpha: (u) => Math.exp((-u * u) / 2),
    logAlpha: (u) => (-u * u) / 2,
    logRatio: (_u, _change, squared) => squared / -2,
    tail: "exponential",
    sphere,
    shader: {
      argument: "squared",
      scale: Math.sqrt(LOG2E / 2),
      body: `return exp2(-x);`,
    },
  };
}

/** 1 / (1 + (scale·u)²). */
function powerLaw(name: string, scale: number): Kernel {
  const alpha = (u: number) => 1 / (1 + (scale * u) ** 2);
  return {
    name,
    alpha,
    // Beyond 1e100 the square is all, and soon no number.
    logAlpha: (u) => (u > 1e100 ? -2 * Math.log(scale * u) : -Math.log1p((scale * u) ** 2)),
    logRatio: (u, change, squared) =>
      u > 1e100 ? -2 * Math.log1p(change / u) : -Math.log1p(squared / (scale ** -2 + u * u)),
    tail: "power",
    shader: { argument: "squared", scale, body: "return 1.0 / (1.0 + x);" },
  };
}

/** (1 + a + c·a²) e^{−a} with a = scale·u: Laplace and the Matérn family of half-integer order. */
function matern(name: string, scale: number, linear: 0 | 1, quadratic: number): Kernel {
  const factor = (u: number) => {
    const x = scale * u;
    return linear === 0 ? 1 : 1 + x + (quadratic === 0 ? 0 : quadratic * x * x);
  };
  /** Without overflow: beyond 1e150 the highest power is all. */
  const logFactor = (u: number) =>
    quadratic && u > 1e150 ? Math.log(quadratic) + 2 * Math.log(scale * u) : Math.log(factor(u));
  const inverse = 1 / LOG2E;
  const wgslFactor =
    linear === 0
      ? ""
      : `(1.0 + x * ${inverse}${quadratic ? ` + x * x * ${quadratic * inverse * inverse}` : ""}) * `;
  return {
    name,
    alpha: (u) => Math.exp(-scale * u) && factor(u) * Math.exp(-scale * u), // 0, not 0 · ∞, far out
    logAlpha: (u) => logFactor(u) - scale * u,
    logRatio: (u, change) => logFactor(u + change) - logFactor(u) - scale * change,
    tail: "exponential",
    shader: {
      argument: "distance",
      scale: scale * LOG2E,
      body: `return ${wgslFactor}exp2(-x);`,
    },
  };
}

/**
 * cos(πu/2) / (1 − u²) in powers of t = u²: WGSL promises its own cosine to 2^−11 only. The coefficients are the
 * partial sums of the cosine's series at 1; the first one left out is 2e-9.
 */
const cosineQuotient = (() => {
  const coefficients: number[] = [];
  let term = 1;
  let sum = 0;
  for (let i = 0; i <= 6; i++) {
    sum += term;
    coefficients.push(sum);
    term *= -((Math.PI / 2) ** 2) / ((2 * i + 1) * (2 * i + 2));
  }
  return coefficients.reduceRight((inner, c) => (inner ? `${c} + t * (${inner})` : `${c}`), "");
})();

const records = [
  gaussian("gaussian", false),
  {
    name: "boxcar",
    alpha: (u) => (u <= 1 ? 1 : 0),
    logAlpha: (u) => (u <= 1 ? 0 : -Infinity),
    tail: "compact",
    jumps: true,
    polynomial: [1],
    shader: { argument: "squared", scale: 1, body: "return select(V(0.0), V(1.0), x <= V(1.0));" },
  },
  {
    name: "constant",
    alpha: () => 1,
    logAlpha: () => 0,
    tail: "flat",
    shader: { argument: "squared", scale: 1, body: "return V(1.0);" },
  },
  polynomial("triangular", 1, 1),
  polynomial("epanechnikov", 2, 1),
  polynomial("biweight", 2, 2),
  polynomial("triweight", 2, 3),
  polynomial("tricube", 3, 3),
  {
    name: "cosine",
    alpha: (u) => (u < 1 ? Math.cos((Math.PI / 2) * u) : 0),
    logAlpha: (u) => (u < 1 ? Math.log(Math.cos((Math.PI / 2) * u)) : -Infinity),
    tail: "compact",
    shader: {
      argument: "squared",
      scale: 1,
      body: `let t = min(x, V(1.0));\n  return (1.0 - t) * (${cosineQuotient});`,
    },
  },
  {
    name: "logistic",
    alpha: (u) => Math.exp(logistic(u)),
    logAlpha: logistic,
    logRatio: (u, change) => -change - 2 * (Math.log1p(Math.exp(-u - change)) - Math.log1p(Math.exp(-u))),
    tail: "exponential",
    shader: {
      argument: "distance",
      scale: LOG2E,
      body: `let t = 1.0 + exp2(-x);\n  return exp2(-x) / (t * t);`,
    },
  },
  {
    name: "sigmoid",
    alpha: (u) => ((2 / Math.PI) * Math.exp(-u)) / (1 + Math.exp(-2 * u)),
    logAlpha: (u) => Math.log(2 / Math.PI) - u - Math.log1p(Math.exp(-2 * u)),
    logRatio: (u, change) => -change - Math.log1p(Math.exp(-2 * (u + change))) + Math.log1p(Math.exp(-2 * u)),
    tail: "exponential",
    shader: {
      argument: "distance",
      scale: LOG2E,
      body: `return ${2 / Math.PI} * exp2(-x) / (1.0 + exp2(-2.0 * x));`,
    },
  },
  matern("laplace", 1, 0, 0),
  matern("matern32", Math.sqrt(3), 1, 0),
  matern("matern52", Math.sqrt(5), 1, 1 / 3),
  powerLaw("rational-quadratic", Math.SQRT1_2),
  powerLaw("cauchy", 1),
  gaussian("von-mises-fisher", true),
] as const satisfies readonly Kernel[];

export type KernelName = (typeof records)[number]["name"];
/** "radial": α of the distance over all coordinates; "product": the product of α over the coordinates. */
export type Shape = "radial" | "product";

export const kernels: ReadonlyMap<string, Kernel> = new Map(records.map((kernel) => [kernel.name, kernel]));
export const kernelNames: readonly string[] = [...kernels.keys()];

/** Ours, and no other of the same name: what holds for it holds for nothing else. */
export const isGaussian = (kernel: Kernel): boolean => kernel === kernels.get("gaussian");

export interface KernelDefinition {
  readonly name: string;
  /** α(u) for u ≥ 0, the distance in units of the bandwidth. */
  readonly alpha: (u: number) => number;
  /** A WGSL expression in `x` of type V (f32 or a vector of f32): write constants as `0.5` or `V(0.5)`. */
  readonly wgsl: string;
  /** Whether `x` in the expression is u ("distance", the default) or u² ("squared"). */
  readonly argument?: "distance" | "squared";
  /** True where α(u) = 0 for every u > 1. */
  readonly compact?: boolean;
}

/**
 * A kernel of your own. The engine compares the two forms on the GPU when it first meets the kernel.
 * @throws NadarayaError "invalid-kernel" where `alpha` is not a finite number ≥ 0 at some u in [0, 4], or is not 0
 *   beyond 1 though `compact`.
 */
export function defineKernel(definition: KernelDefinition): Kernel {
  checkOptions(definition, ["name", "alpha", "wgsl", "argument", "compact"], "defineKernel");
  const { name, alpha, wgsl, argument = "distance", compact = false } = definition;
  if (typeof name !== "string" || name === "" || kernels.has(name)) {
    const expected = kernels.has(name) ? "one that no kernel of the library has" : "a name";
    throw new NadarayaError("invalid-kernel", `name is ${show(name)}, expected ${expected}`);
  }
  if (typeof alpha !== "function" || typeof wgsl !== "string" || wgsl.trim() === "") {
    throw new NadarayaError(
      "invalid-kernel",
      `kernel ${show(name)}: alpha is ${show(alpha)} and wgsl ${show(wgsl)}, expected a function and a WGSL expression in x`,
    );
  }
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
  return {
    name,
    alpha,
    logAlpha: (u) => Math.log(alpha(u)),
    tail: compact ? "compact" : "power",
    jumps: compact && alpha(1) > 0,
    shader: { argument, scale: 1, body: `return V(${wgsl});` },
  };
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
      return kernel;
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

/**
 * log α of a key less log α of another, the reference: `offset[j]` is (query − reference) / bandwidth in coordinate j, `apart[j]`
 * (reference − key) / bandwidth. u² − u*² = Σ apart · (2 offset + apart) keeps its digits however far the query is. `width` and
 * `referenceWidth` are what the bandwidth is multiplied by for the two keys.
 */
export function logWeightRatio(
  kernel: Kernel,
  shape: Shape,
  offset: Float64Array,
  apart: Float64Array,
  width = 1,
  referenceWidth = 1,
): number {
  const { logAlpha, logRatio = (u, change) => logAlpha(u + change) - logAlpha(u) } = kernel;
  const dims = offset.length;
  if (width !== referenceWidth) {
    const own = logWeight(kernel, shape, dims, (j) => (offset[j] + apart[j]) / width);
    const reference = logWeight(kernel, shape, dims, (j) => offset[j] / referenceWidth);
    return own === reference ? 0 : own - reference;
  }
  if (shape === "product" || dims === 1) {
    let sum = 0;
    for (let j = 0; j < dims; j++) {
      const [g, e] = [offset[j] / width, apart[j] / width];
      const u = Math.abs(g);
      const change = g >= 0 === g + e >= 0 ? (g >= 0 ? e : -e) : Math.abs(g + e) - u;
      sum += logRatio(u, change, e * (2 * g + e));
    }
    return sum;
  }
  const u = length(offset) / width;
  if (u === 0) return logRatio(0, length(apart) / width, (length(apart) / width) ** 2);
  /** (u'² − u²) / u */
  let ratio = 0;
  for (let j = 0; j < dims; j++) {
    const [g, e] = [offset[j] / width, apart[j] / width];
    ratio += e * (2 * (g / u) + e / u);
  }
  if (ratio === Infinity) return logRatio(u, Infinity, Infinity);
  const change = ratio / (1 + Math.sqrt(Math.max(1 + ratio / u, 0)));
  return logRatio(u, change, ratio * u);
}

/** The Euclidean length, without overflow of the squares. */
function length(vector: Float64Array): number {
  let largest = 0;
  for (const x of vector) largest = Math.max(largest, Math.abs(x));
  if (largest === 0 || largest === Infinity) return largest;
  let sum = 0;
  for (const x of vector) sum += (x / largest) ** 2;
  return largest * Math.sqrt(sum);
}

/** log α of a pair; `offset(j)` is (query − key) / bandwidth in coordinate j. */
export function logWeight(kernel: Kernel, shape: Shape, dims: number, offset: (j: number) => number): number {
  if (dims === 1) return kernel.logAlpha(Math.abs(offset(0)));
  let sum = 0;
  if (shape === "product") {
    for (let j = 0; j < dims; j++) sum += kernel.logAlpha(Math.abs(offset(j)));
    return sum;
  }
  for (let j = 0; j < dims; j++) sum += offset(j) ** 2;
  if (sum === Infinity)
    return kernel.logAlpha(length(Float64Array.from({ length: dims }, (_, j) => offset(j))));
  return kernel.logAlpha(Math.sqrt(sum));
}
