/**
 * The independent reference: every statistic from its definition, by plain loops in float64, importing nothing from outside this folder. Tests,
 * the self-test and the page compare the product with it.
 */
export { attention, type ReferenceAttention } from "./attention.ts";
export { classes, type ReferencePriors } from "./classes.ts";
export { density, logIntegral } from "./density.ts";
export {
  conditionalDensity,
  distribution,
  quantiles,
  topWeights,
  weightStatistics,
} from "./distribution.ts";
export {
  alpha,
  alphaOf,
  type DistanceKernelName,
  type KernelName,
  kernelNamed,
  kernelNames,
} from "./kernels.ts";
export { type FlatInput, type FlatResult, nadarayaWatson, weightMatrix } from "./nadaraya-watson.ts";
export type { Shape } from "./pairs.ts";
export { type CoordinateKind, logWeights, type ReferenceProblem, type Rows, weights } from "./problem.ts";
export { gradient, leaveOneOut, leverages, mean } from "./regression.ts";
export { brierScore, type Criterion, score } from "./score.ts";
export { band, diagnostics, type ReferenceDiagnostics, standardError } from "./uncertainty.ts";
