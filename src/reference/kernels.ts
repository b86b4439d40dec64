/** The seventeen kernels from their definitions, and their logarithms, which do not underflow. */

/** The name of a kernel. */
export type KernelName =
  | "constant"
  | "gaussian"
  | "boxcar"
  | "triangular"
  | "epanechnikov"
  | "biweight"
  | "triweight"
  | "tricube"
  | "cosine"
  | "logistic"
  | "sigmoid"
  | "laplace"
  | "matern32"
  | "matern52"
  | "rational-quadratic"
  | "cauchy"
  | "von-mises-fisher";

/** A kernel of the distance u ≥ 0 in bandwidths. */
export type DistanceKernelName = Exclude<KernelName, "von-mises-fisher">;

const { cos, exp, hypot, log, log1p, max, PI, sqrt } = Math;

/** α(u), not normalised. */
export const alpha: Readonly<Record<DistanceKernelName, (u: number) => number>> = {
  constant: () => 1,
  gaussian: (u) => exp(-(u ** 2) / 2),
  boxcar: (u) => (u <= 1 ? 1 : 0),
  triangular: (u) => max(0, 1 - u),
  epanechnikov: (u) => max(0, 1 - u ** 2),
  biweight: (u) => max(0, 1 - u ** 2) ** 2,
  triweight: (u) => max(0, 1 - u ** 2) ** 3,
  tricube: (u) => max(0, 1 - u ** 3) ** 3,
  cosine: (u) => (u < 1 ? cos((PI * u) / 2) : 0),
  logistic: (u) => 1 / (exp(u) + 2 + exp(-u)),
  sigmoid: (u) => 2 / PI / (exp(u) + exp(-u)),
  laplace: (u) => exp(-u),
  matern32: (u) => (1 + sqrt(3) * u) * exp(-sqrt(3) * u),
  matern52: (u) => (1 + sqrt(5) * u + (5 * u ** 2) / 3) * exp(-sqrt(5) * u),
  "rational-quadratic": (u) => 1 / (1 + u ** 2 / 2),
  cauchy: (u) => 1 / (1 + u ** 2),
};

/** α of a name. @throws Error for a name that is none of the sixteen kernels of a distance */
export function alphaOf(name: string): (u: number) => number {
  if (!Object.hasOwn(alpha, name))
    throw new Error(`src/reference/kernels.ts has no kernel of the distance "${name}"`);
  return alpha[name as DistanceKernelName];
}

/** log α(u) = factor(u) − rate · u − curvature · u². */
interface LogKernel {
  /** What remains of log α without its linear and its quadratic term; it changes slowly far out. */
  readonly factor: (u: number) => number;
  readonly rate: number;
  readonly curvature: number;
  /** Whether α is 0 beyond u = 1. */
  readonly compact: boolean;
}

const slow = (factor: (u: number) => number, rate = 0): LogKernel => ({
  factor,
  rate,
  curvature: 0,
  compact: false,
});
const compact = (name: DistanceKernelName): LogKernel => ({
  factor: (u) => log(alpha[name](u)),
  rate: 0,
  curvature: 0,
  compact: true,
});

/** Twice log hypot(1, x) is log(1 + x²) without overflow. */
export const logKernels: Readonly<Record<DistanceKernelName, LogKernel>> = {
  constant: slow(() => 0),
  gaussian: { factor: () => 0, rate: 0, curvature: 1 / 2, compact: false },
  boxcar: compact("boxcar"),
  triangular: compact("triangular"),
  epanechnikov: compact("epanechnikov"),
  biweight: compact("biweight"),
  triweight: compact("triweight"),
  tricube: compact("tricube"),
  cosine: compact("cosine"),
  logistic: slow((u) => -2 * log1p(exp(-u)), 1),
  sigmoid: slow((u) => log(2 / PI) - log1p(exp(-2 * u)), 1),
  laplace: slow(() => 0, 1),
  matern32: slow((u) => log1p(sqrt(3) * u), sqrt(3)),
  matern52: slow((u) => 2 * log(hypot(sqrt(1 + sqrt(5) * u), sqrt(5 / 3) * u)), sqrt(5)),
  "rational-quadratic": slow((u) => -2 * log(hypot(1, u / sqrt(2)))),
  cauchy: slow((u) => -2 * log(hypot(1, u))),
};

/** log α(u). */
export function logAlpha(kernel: LogKernel, u: number): number {
  const { factor, rate, curvature } = kernel;
  return factor(u) - (rate && rate * u) - (curvature && curvature * u * u);
}

/**
 * log α(u) − log α(v), where `difference` is u − v and `squares` is u² − v², computed by the caller without cancellation.
 */
export function logAlphaRatio(
  kernel: LogKernel,
  u: number,
  v: number,
  difference: number,
  squares: number,
): number {
  const { factor, rate, curvature } = kernel;
  return factor(u) - factor(v) - (rate && rate * difference) - (curvature && curvature * squares);
}

/** The log kernel of a name or of a function of u. The von Mises–Fisher kernel is exp(−|q − k|² / 2τ): a Gaussian of bandwidth √τ. */
export function logKernelOf(kernel: string | ((u: number) => number)): LogKernel {
  if (typeof kernel === "function") return slow((u) => log(kernel(u)));
  const name = kernelNamed(kernel);
  return logKernels[name === "von-mises-fisher" ? "gaussian" : name];
}

export const kernelNames = [...Object.keys(alpha), "von-mises-fisher"] as readonly KernelName[];

/** @throws Error for a name that is none of the seventeen */
export function kernelNamed(name: string): KernelName {
  const known = kernelNames.find((each) => each === name);
  if (!known) throw new Error(`src/reference/kernels.ts has no kernel "${name}"`);
  return known;
}

export type { LogKernel };
