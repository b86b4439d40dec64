/** What a regression takes, and what its predictions hold. */
import { NadarayaError, show } from "../../common/errors.ts";
import { optionNames } from "../../common/options.ts";
import type { GappyPoints } from "../../data/matrix.ts";
import type { EmptyPolicy } from "../model/empty-window.ts";
import {
  KEY_OPTIONS,
  type KernelInput,
  PREDICT_OPTIONS,
  type PredictOptions,
  type RunReport,
} from "../model/fit.ts";
import type { Degree } from "./snapshot.ts";

/** Keys with a row of values each, and the degree of the local polynomial. */
export interface RegressionInput extends KernelInput {
  /** One row a key, of 1 to 16 columns. */
  readonly values: GappyPoints;
  /** Of the polynomial that is fitted around each query: 0, the mean (the default), 1, a line or plane, or 2. */
  readonly degree?: Degree;
  /**
   * For bandwidth "loo" and keys of one coordinate: how many keys before and after each one are left out with it, as many as their noise is
   * correlated over (Chu and Marron 1991). Up to 8192 keys.
   */
  readonly gap?: number;
}

export const REGRESSION_INPUT = optionNames<RegressionInput>()(
  { values: true, degree: true, gap: true },
  KEY_OPTIONS,
);

/** Options of a regression's `predict`. */
export interface RegressionPredictOptions extends PredictOptions {
  /** What to return for a query that no key reaches. */
  readonly empty?: EmptyPolicy;
  /** "gpu" leaves the means on the GPU, for drawing or further computing, without reading them back. */
  readonly output?: "array" | "gpu";
  /** Also how fast the mean changes along each coordinate. */
  readonly gradient?: boolean;
  /** Also the mean's pointwise standard error; NaN where the noise cannot be estimated. The first such call takes the residuals at all keys. */
  readonly standardError?: boolean;
  /**
   * Also the band that holds the true mean with this probability, between 0 and 1, at one query: mean ± t √(standardError² + (1.5 bias)²), with
   * Student's t for the degrees of freedom at the query, and the bias by what the fit makes of an estimate of the truth. docs/guide/uncertainty.md has its coverage.
   */
  readonly confidence?: number;
}

export const REGRESSION_PREDICT_OPTIONS = optionNames<RegressionPredictOptions>()(
  { empty: true, output: true, gradient: true, standardError: true, confidence: true },
  PREDICT_OPTIONS,
);

/** Means that stay in a buffer on the GPU. */
export interface GpuPrediction {
  /** f(q) of every query, on the engine's device: f32, m × columns, row-major. Yours to destroy. */
  readonly mean: GPUBuffer;
  readonly report: RunReport;
}

/** Means at each query, with the statistics that were requested. */
export interface Prediction {
  /** f(q) of every query: m × columns, row-major. */
  readonly mean: Float64Array;
  /** ∂f/∂q of every query, per unit of the coordinate: m × columns × coordinates, row-major; where it was asked for. */
  readonly gradient?: Float64Array;
  /** m × columns, row-major, in the values' units; where it was asked for. */
  readonly standardError?: Float64Array;
  /** The confidence band, m × columns, row-major; where it was asked for. */
  readonly lower?: Float64Array;
  readonly upper?: Float64Array;
  readonly report: RunReport;
}

/** A prediction that has the statistics that its call requested. */
export type PredictionWith<Gradient, StandardError, Confidence> = Prediction &
  Required<
    Pick<
      Prediction,
      | ([Gradient] extends [true] ? "gradient" : never)
      | ([StandardError] extends [true] ? "standardError" : never)
      | ([Confidence] extends [number] ? "lower" | "upper" : never)
    >
  >;

/** Options of `bootstrap`. */
export interface BootstrapOptions extends PredictOptions {
  /** At least confidence / (1 − confidence); 400 by default, or as many as that. */
  readonly replicates?: number;
  /** The probability of the bands; 0.95 by default. */
  readonly confidence?: number;
  /** The same seed, the same bands: a whole number from 0 to 2^32 − 1; 1 by default. */
  readonly seed?: number;
}

export const BOOTSTRAP_OPTIONS = optionNames<BootstrapOptions>()(
  { replicates: true, confidence: true, seed: true },
  PREDICT_OPTIONS,
);

export function checkProbability(p: number, name: string): void {
  if (!(typeof p === "number" && p > 0 && p < 1))
    throw new NadarayaError("invalid-input", `${name} is ${show(p)}, expected a number between 0 and 1`);
}
