/** The built-in kernels: one record each, with α in TypeScript and in WGSL. */
import { frozen } from "../common/frozen.ts";
import type { Kernel } from "./kernel.ts";

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
    exponential: {
      rate: scale,
      polynomial: [1, linear, quadratic].slice(0, 1 + linear + Math.sign(quadratic)),
    },
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

/** The name of a built-in kernel. */
export type KernelName = (typeof records)[number]["name"];

export const kernels: ReadonlyMap<string, Kernel> = new Map(
  records.map((kernel) => [kernel.name, frozen(kernel)]),
);

/** The names of all built-in kernels. */
export const kernelNames: readonly string[] = frozen([...kernels.keys()]);

/** Whether a caller defined the kernel: its slope, steps and single precision are then unknown. */
export function isOwn(kernel: Kernel): boolean {
  const root = kernel.squareOf ?? kernel;
  return kernels.get(root.name) !== root;
}

/** Ours, and no other of the same name: what holds for it holds for nothing else. */
export const isGaussian = (kernel: Kernel): boolean => kernel === kernels.get("gaussian");
