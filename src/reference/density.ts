/** Kernel density estimates (Rosenblatt 1956; Parzen 1962), with ∫ α by quadrature. */
import { type DistanceKernelName, kernelNamed, logAlpha, logKernels } from "./kernels.ts";
import { logSumOf, type Shape } from "./pairs.ts";
import { logWeightsOf, prepare, type ReferenceProblem, type Rows, widthAt } from "./problem.ts";
import { logIntegralTo, logIntegralToInfinity } from "./quadrature.ts";

/** log Γ(d / 2), by Γ(x + 1) = x Γ(x) from Γ(1) and Γ(½). */
function logGammaOfHalf(d: number): number {
  if (d === 1) return Math.log(Math.PI) / 2;
  if (d === 2) return 0;
  return logGammaOfHalf(d - 2) + Math.log(d / 2 - 1);
}

/** log of the area of the unit sphere in d coordinates, 2 π^(d/2) / Γ(d/2). */
const logSphereArea = (d: number) => Math.log(2) + (d / 2) * Math.log(Math.PI) - logGammaOfHalf(d);

/** log ∫ α(|x|) over d coordinates. */
function logRadialIntegral(name: DistanceKernelName, d: number): number {
  const kernel = logKernels[name];
  if (name === "constant" || (d > 1 && (name === "cauchy" || name === "rational-quadratic")))
    throw new Error(`the integral of "${name}" over ${d} coordinates is infinite`);
  const shell = (r: number) => logAlpha(kernel, r) + (d - 1) * Math.log(r);
  return logSphereArea(d) + (kernel.compact ? logIntegralTo(1, shell) : logIntegralToInfinity(shell));
}

/** log ∫ exp((q·k − 1) / τ) over the unit sphere of q in d coordinates. */
function logSphereIntegral(d: number, temperature: number): number {
  if (d === 1) return Math.log(1 + Math.exp(-2 / temperature));
  // cos θ − 1 = −2 sin² (θ / 2)
  return (
    logSphereArea(d - 1) +
    logIntegralTo(Math.PI, (angle, left) => {
      const sine = Math.sin(Math.min(angle, left));
      return (-2 * Math.sin(angle / 2) ** 2) / temperature + (d - 2 && (d - 2) * Math.log(sine));
    })
  );
}

/**
 * log ∫ α((x − k) / h) over all x in as many coordinates as there are bandwidths.
 * @throws Error if it is infinite
 */
export function logIntegral(kernel: string, shape: Shape, bandwidth: readonly number[]): number {
  const d = bandwidth.length;
  const name = kernelNamed(kernel);
  if (name === "von-mises-fisher") return logSphereIntegral(d, bandwidth[0]);
  const unit = shape === "product" ? d * logRadialIntegral(name, 1) : logRadialIntegral(name, d);
  return bandwidth.reduce((sum, h) => sum + Math.log(h), unit);
}

/**
 * Densities at the queries, and their logarithms: Σ w α / (Σ w · ∫ α), over numbers and categories together. Li–Racine's weights, which do not sum
 * to 1 over the categories, are divided by their sum; Aitchison–Aitken's do, and Wang–van Ryzin's are taken as they are.
 */
export function density(
  problem: ReferenceProblem,
  queries: Rows,
): { density: number[]; logDensity: number[] } {
  const prepared = prepare(problem);
  const logNorm = logNormOf(problem);
  /** log (Σ w · ∫ α) of the bandwidth at a query. */
  const logNormAt = (width: number) => {
    if (problem.kernel !== "von-mises-fisher" || width === 1)
      return logNorm + prepared.continuous.length * Math.log(width);
    // A temperature is the square of a width.
    return logNormOf({ ...problem, bandwidth: problem.bandwidth.map((t) => t * width ** 2) });
  };
  const logDensity = queries.map(
    (query) => logSumOf(logWeightsOf(prepared, query)) - logNormAt(widthAt(prepared, query)),
  );
  return { density: logDensity.map(Math.exp), logDensity };
}

/** log (Σ w · ∫ α) of one width for all queries. */
export function logNormOf(problem: ReferenceProblem): number {
  const { kernel, shape = "radial", bandwidth } = problem;
  const { continuous, categories, sampleWeights, keys } = prepare(problem);
  const mass = Math.log(sampleWeights.reduce((sum, w) => sum + w, 0));
  const own =
    kernel === "von-mises-fisher" ? keys[0].map(() => bandwidth[0]) : continuous.map((j) => bandwidth[j]);
  const integral = own.length > 0 ? logIntegral(kernel, shape, own) : 0;
  const overCategories = categories.map(({ kind, levels, lambda }) =>
    kind === "li-racine" ? Math.log(1 + (levels.length - 1) * lambda) : 0,
  );
  return overCategories.reduce((sum, log) => sum + log, mass + integral);
}
