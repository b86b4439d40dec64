/**
 * The independent reference: every statistic from its definition, by plain loops in float64, importing nothing from outside this folder. Tests,
 * the self-test and the page compare the product with it.
 */
export { density, logIntegral } from "./density.ts";
export { alpha, type DistanceKernelName, type KernelName, kernelNamed, kernelNames } from "./kernels.ts";
export { type FlatInput, type FlatResult, nadarayaWatson, weightMatrix } from "./nadaraya-watson.ts";
export type { Shape } from "./pairs.ts";
export { type CoordinateKind, logWeights, type ReferenceProblem, type Rows, weights } from "./problem.ts";
export { mean } from "./regression.ts";
