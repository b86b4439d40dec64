/** The public face of nadaraya: all that users import. */

export {
  type Learned,
  type LearnInput,
  type LearningStep,
  type LearnOptions,
  learnBandwidth,
} from "./bandwidth/learning/learn.ts";
export type { OptimizerName } from "./bandwidth/learning/optimizer.ts";
export type { Candidate, Limit } from "./bandwidth/search.ts";
export type {
  BandwidthRule,
  BandwidthSelection,
  DensityRule,
  RegressionRule,
} from "./bandwidth/selection.ts";
export { type ErrorCode, NadarayaError } from "./common/errors.ts";
export type { GappyPoints, GpuPoints, Points } from "./data/matrix.ts";
export { Engine } from "./engine/engine.ts";
export type { EngineInfo } from "./engine/info.ts";
export type { EngineOptions, WarmShape } from "./engine/options.ts";
export type { SelfTestCase, SelfTestReport } from "./engine/self-test.ts";
export {
  type Attention,
  type AttentionInput,
  type AttentionOptions,
  attention,
} from "./estimators/attention/attention.ts";
export {
  type RelativeInput,
  type RelativeRepresentation,
  relativeRepresentation,
  relativeSimilarity,
} from "./estimators/attention/relative-representation.ts";
export {
  type Classification,
  type ClassifierInput,
  type ClassifierPredictOptions,
  KernelClassifier,
} from "./estimators/classification/classification.ts";
export type { ClassifierScore } from "./estimators/classification/score.ts";
export { type Densities, type DensityOptions, KernelDensity } from "./estimators/density/density.ts";
export type { EmptyPolicy } from "./estimators/model/empty-window.ts";
export type {
  FitOptions,
  KernelInput,
  PredictOptions,
  RunReport,
  WeightType,
} from "./estimators/model/fit.ts";
export type { KernelModel, WeightMatrix } from "./estimators/model/model.ts";
export type { TopWeights, WeightStatistics } from "./estimators/query-weights/query-weights.ts";
export type { Diagnostics } from "./estimators/regression/diagnostics.ts";
export type {
  BootstrapOptions,
  GpuPrediction,
  Prediction,
  PredictionWith,
  RegressionInput,
  RegressionPredictOptions,
} from "./estimators/regression/prediction.ts";
export { KernelRegression } from "./estimators/regression/regression.ts";
export type { Bands } from "./estimators/uncertainty/bootstrap.ts";
export type { Calibration } from "./gpu/calibration.ts";
export type { AdapterInfo } from "./gpu/device.ts";
export { type KernelName, kernelNames } from "./kernels/builtin.ts";
export type { CategoryCoordinate, CoordinateKind } from "./kernels/categories.ts";
export { defineKernel, type KernelDefinition } from "./kernels/define.ts";
export type { Kernel, Shape } from "./kernels/kernel.ts";
export type { Progress, RunOptions } from "./problem/problem.ts";
