/** The public face of nadaraya: all that users import. */
export { type Attention, type AttentionInput, type AttentionOptions, attention } from "./attention.ts";
export {
  type Learned,
  type LearnInput,
  type LearningStep,
  type LearnOptions,
  learnBandwidth,
} from "./bandwidth/learn.ts";
export type { OptimizerName } from "./bandwidth/optimizer.ts";
export type { Candidate, Limit } from "./bandwidth/search.ts";
export type { BandwidthRule, DensityRule, RegressionRule, Selection } from "./bandwidth/select.ts";
export type { CoordinateKind } from "./categories.ts";
export type { GappyPoints, GpuPoints, Points } from "./data.ts";
export type { Calibration } from "./engine/calibration.ts";
export type { AdapterInfo } from "./engine/device.ts";
export { Engine, type EngineInfo, type EngineOptions } from "./engine/engine.ts";
export type { Progress, RunOptions } from "./engine/types.ts";
export { type ErrorCode, NadarayaError } from "./errors.ts";
export type { Bands } from "./estimators/bootstrap.ts";
export {
  type Classification,
  type ClassifierInput,
  type ClassifierPredictOptions,
  type ClassifierScore,
  KernelClassifier,
} from "./estimators/classification.ts";
export { type Densities, KernelDensity } from "./estimators/density.ts";
export type { Diagnostics } from "./estimators/diagnostics.ts";
export type { EmptyPolicy } from "./estimators/empty-window.ts";
export type { FitOptions, KernelInput, PredictOptions, Report, WeightType } from "./estimators/fit.ts";
export type { KernelModel, WeightMatrix } from "./estimators/model.ts";
export { mergePartials, type Partial } from "./estimators/partials.ts";
export type { TopWeights, WeightStatistics } from "./estimators/query-weights.ts";
export {
  type BootstrapOptions,
  type GpuPrediction,
  KernelRegression,
  type Prediction,
  type RegressionInput,
  type RegressionPredictOptions,
} from "./estimators/regression.ts";
export {
  defineKernel,
  type Kernel,
  type KernelDefinition,
  type KernelName,
  kernelNames,
  type Shape,
} from "./kernels.ts";
export {
  type RelativeInput,
  type RelativeRepresentation,
  relativeRepresentation,
  relativeSimilarity,
} from "./relative.ts";
