/** Nadaraya–Watson regression: the mean of the values, weighted by the kernel around each query. */

import { bandwidthByRule, isRuleOfThumb, type RuleOfThumb } from "../bandwidth/rules.ts";
import {
  columnMeans,
  type GappyPoints,
  MAX_COLUMNS,
  type Matrix,
  type Points,
  readBandwidth,
  readRowsFor,
} from "../data.ts";
import type { LoadedProblem, RunOptions, SumsOptions } from "../engine/types.ts";
import { NadarayaError, show } from "../errors.ts";
import { problemOf } from "../weighing.ts";
import type { Bands } from "./bootstrap.ts";
import type { Diagnostics } from "./diagnostics.ts";
import { checkEmptyPolicy, type EmptyPolicy, fillEmptyWindows } from "./empty-window.ts";
import {
  type FitOptions,
  type Fitted,
  type KernelInput,
  type PredictOptions,
  type Report,
  readFit,
  reportOf,
  sumsOptions,
} from "./fit.ts";
import type { LocalFit } from "./local-fit.ts";
import { KernelModel, readSaved } from "./model.ts";
import { normalBound } from "./normal.ts";
import type { Partial } from "./partials.ts";
import type { AtKeys, StandardErrors } from "./standard-error.ts";

export type Degree = 0 | 1 | 2;

export interface RegressionInput extends KernelInput {
  /** One row a key, of 1 to 16 columns. */
  readonly values: GappyPoints;
  /** Of the polynomial that is fitted around each query: 0, the mean (the default), 1, a line or plane, or 2. */
  readonly degree?: Degree;
}

export interface RegressionPredictOptions extends PredictOptions {
  /** What to return for a query that no key reaches. */
  readonly empty?: EmptyPolicy;
  /** "gpu" leaves the means on the GPU, for drawing or further computing, without reading them back. */
  readonly output?: "array" | "gpu";
  /** Also how fast the mean changes along each coordinate. */
  readonly gradient?: boolean;
  /** Also the mean's pointwise standard error. The first such call takes the residuals at all keys. */
  readonly standardError?: boolean;
  /** Also the band of mean ± z standard errors that holds with this probability, between 0 and 1, at one query. */
  readonly confidence?: number;
}

export interface GpuPrediction {
  /** f(q) of every query, on the engine's device: f32, m × columns, row-major. Yours to destroy. */
  readonly mean: GPUBuffer;
  readonly report: Report;
}

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
  readonly report: Report;
}

export interface BootstrapOptions extends PredictOptions {
  /** 400 unless told. */
  readonly replicates?: number;
  /** The probability of the bands; 0.95 unless told. */
  readonly confidence?: number;
  /** The same seed, the same bands; 1 unless told. */
  readonly seed?: number;
}

/**
 * f(q) = Σᵢ vᵢ α(q, kᵢ) / Σⱼ α(q, kⱼ) (Nadaraya 1964; Watson 1964).
 *
 * ```ts
 * const model = await KernelRegression.fit({ keys, values, bandwidth: 0.5 });
 * const { mean } = await model.predict(queries);
 * ```
 */
export class KernelRegression extends KernelModel {
  protected override readonly kind = "KernelRegression";
  private readonly degree: Degree;
  private localFit: LocalFit | undefined;
  private errors: StandardErrors | undefined;
  private fitAtKeys: AtKeys | undefined;

  private constructor(fitted: Fitted, problems: readonly LoadedProblem[], degree: Degree) {
    super(fitted, problems);
    this.degree = degree;
  }

  /**
   * @throws NadarayaError "invalid-input", "invalid-kernel", "invalid-bandwidth" or "unsupported", saying what was
   *   given, what was expected and where; "no-webgpu" never (without WebGPU the CPU computes).
   */
  static async fit(input: RegressionInput, options: FitOptions = {}): Promise<KernelRegression> {
    const { degree = 0 } = input;
    if (![0, 1, 2].includes(degree))
      throw new NadarayaError("invalid-input", `degree is ${show(degree)}, expected 0, 1 or 2`);
    if (input.values === undefined)
      throw new NadarayaError("invalid-input", "values is undefined, expected one row for each key");
    const fitted = await readFit(input, options, async (rule, given, { values }) => {
      const { selectForRegression } = await import("../bandwidth/select.ts");
      const { smootherOf } = await import("./smoother.ts");
      return selectForRegression(rule, given, values, options, degree === 0 ? undefined : smootherOf(degree));
    });
    return new KernelRegression(fitted, await loadValues(fitted), degree);
  }

  /** A model that was saved. @throws NadarayaError "invalid-input" for bytes that hold none. */
  static load(bytes: Uint8Array, options: FitOptions = {}): Promise<KernelRegression> {
    return KernelRegression.fit(readSaved<RegressionInput>(bytes, "KernelRegression"), options);
  }

  /**
   * The mean at every query. Far from all keys the limit holds: the nearest key's value.
   * @throws NadarayaError "invalid-input", "empty-window", "out-of-memory", "device-lost"; the signal's reason if aborted.
   */
  async predict(
    queries: Points,
    options: RegressionPredictOptions & { readonly output: "gpu" },
  ): Promise<GpuPrediction>;
  async predict(queries: Points, options?: RegressionPredictOptions): Promise<Prediction>;
  async predict(
    queries: Points,
    options: RegressionPredictOptions = {},
  ): Promise<Prediction | GpuPrediction> {
    const start = performance.now();
    const asked = sumsOptions(options);
    const { gradient = false, confidence, output = "array" } = options;
    if (confidence !== undefined) checkProbability(confidence, "confidence");
    const standardError = options.standardError || confidence !== undefined;
    const policy = checkEmptyPolicy(options.empty);
    if (output !== "array" && output !== "gpu")
      throw new NadarayaError("invalid-input", `output is ${show(output)}, expected "array" or "gpu"`);
    const points = await this.points(queries);
    const pairs = points.count * this.size;
    if (output === "gpu") {
      if (gradient || this.degree > 0 || standardError) {
        throw new NadarayaError(
          "unsupported",
          'output "gpu" leaves means of degree 0 on the GPU, without gradient or standardError',
        );
      }
      const sums = await this.problems[0].sumsOnGpu(points, asked);
      this.fillEmpty(policy, points, sums.empty, sums.write);
      return { mean: sums.mean, report: reportOf([sums], pairs, start) };
    }
    const errors = standardError ? await this.standardErrors(asked) : undefined;
    const { mean, local, sums } = await this.fitAt(points, asked, gradient);
    const spread = await errors?.at(points, asked, local);
    this.fillEmpty(policy, points, sums[0].empty, (q, row) => mean.set(row, q * this.values.dims));
    const report = reportOf(sums, pairs, start);
    const z = confidence === undefined ? undefined : normalBound(confidence);
    return {
      mean,
      gradient: gradient ? local?.gradient : undefined,
      standardError: options.standardError ? spread : undefined,
      lower: z === undefined ? undefined : mean.map((f, i) => f - z * spread![i]),
      upper: z === undefined ? undefined : mean.map((f, i) => f + z * spread![i]),
      report: local ? { ...report, singularQueries: local.singular } : report,
    };
  }

  /** How well the model fits its own keys: R², degrees of freedom, and the same with each key left out. */
  async diagnostics(options: RunOptions = {}): Promise<Diagnostics> {
    const fitted = await this.atKeys(sumsOptions(options));
    const { diagnose } = await import("./diagnostics.ts");
    return diagnose(this.values, fitted, this.fitted.rows.sampleWeights);
  }

  /**
   * Confidence bands by the multiplier bootstrap: at each query, and for all queries together.
   * @throws NadarayaError "invalid-input"
   */
  async bootstrap(queries: Points, options: BootstrapOptions = {}): Promise<Bands> {
    const { replicates = 400, confidence = 0.95, seed = 1 } = options;
    if (!(Number.isInteger(replicates) && replicates >= 20))
      throw new NadarayaError(
        "invalid-input",
        `replicates is ${show(replicates)}, expected a whole number from 20 on`,
      );
    checkProbability(confidence, "confidence");
    const asked = { ...sumsOptions(options), onProgress: undefined };
    const points = await this.points(queries);
    const { mean } = await this.fitAt(points, asked, false);
    const { values, weighing, degree } = this;
    const smooth = async (columns: Matrix) => {
      options.signal?.throwIfAborted();
      if (degree > 0) {
        const { LocalFit } = await import("./local-fit.ts");
        const fit = new LocalFit(weighing, columns, degree);
        const found = await fit.predict(points, asked);
        fit.dispose();
        return found.mean;
      }
      const problem = await weighing.engine.load(problemOf(weighing, columns));
      const sums = await problem.sums(points, asked, "none");
      problem.dispose();
      return sums.mean;
    };
    const fitted = await this.atKeys(asked);
    const { bootstrapBands } = await import("./bootstrap.ts");
    return bootstrapBands({ values, fitted, mean, replicates, level: confidence, seed, smooth });
  }

  /**
   * Conditional quantiles: for every query, column and probability the least value at or below which keys of that share of
   * the weight lie. m × columns × probabilities, row-major, float64 on the CPU; NaN where no key is in reach.
   * @throws NadarayaError "invalid-input"
   */
  async quantiles(
    queries: Points,
    probabilities: readonly number[],
    options: RunOptions = {},
  ): Promise<Float64Array> {
    for (const [i, p] of probabilities.entries()) checkProbability(p, `probabilities[${i}]`);
    const { quantiles } = await import("./query-weights.ts");
    return quantiles(this.problems[0], this.values, await this.points(queries), probabilities, options);
  }

  /**
   * The conditional distribution function P(v ≤ y | q) of the first value column, for every query and each of the thresholds y:
   * m × thresholds, row-major. The mean of indicators, by whatever method serves best.
   * @throws NadarayaError "invalid-input"
   */
  async distribution(
    queries: Points,
    thresholds: readonly number[],
    options: PredictOptions = {},
  ): Promise<Float64Array> {
    const { data, dims, count } = this.values;
    const points = await this.points(queries);
    const result = new Float64Array(points.count * thresholds.length);
    for (let first = 0; first < thresholds.length; first += MAX_COLUMNS) {
      const some = thresholds.slice(first, first + MAX_COLUMNS);
      const below = new Float64Array(count * some.length);
      for (let i = 0; i < count; i++)
        for (const [t, y] of some.entries()) below[i * some.length + t] = data[i * dims] <= y ? 1 : 0;
      const columns = { data: below, count, dims: some.length };
      const problem = await this.weighing.engine.load(problemOf(this.weighing, columns));
      const { mean } = await problem.sums(points, sumsOptions(options), "none");
      problem.dispose();
      for (let q = 0; q < points.count; q++)
        for (let t = 0; t < some.length; t++) {
          const share = mean[q * some.length + t];
          result[q * thresholds.length + first + t] = Math.min(Math.max(share, 0), 1);
        }
    }
    return result;
  }

  /**
   * The conditional density of the first value column, for pairs of a query and a value: log p(vᵢ | qᵢ), one number a pair.
   * `bandwidth` is that in the value's direction, a number or a rule of thumb ("scott" unless told).
   * @throws NadarayaError "invalid-input", "invalid-bandwidth", "unsupported" for a kernel that is no product.
   */
  async conditionalDensity(
    queries: Points,
    values: Points,
    options: PredictOptions & { readonly bandwidth?: number | RuleOfThumb } = {},
  ): Promise<Float64Array> {
    const { bandwidth = "scott" } = options;
    const { data, dims, count } = this.values;
    const own = Float64Array.from({ length: count }, (_, i) => data[i * dims]);
    const { sampleWeights } = this.fitted.rows;
    const [width] = isRuleOfThumb(bandwidth as string)
      ? bandwidthByRule(bandwidth as RuleOfThumb, { data: own, count, dims: 1 }, sampleWeights)
      : readBandwidth(bandwidth as number, 1);
    const points = await this.points(queries);
    const { data: at } = readRowsFor(points, values, "values", 1, "query");
    const asked = sumsOptions(options);
    const { conditionalDensity } = await import("./conditional-density.ts");
    return conditionalDensity(this.weighing, this.problems[0], own, points, at, width, asked);
  }

  /** Means and log Σ α over this model's keys, to be merged with those over others; for degree 0. */
  async partial(queries: Points, options: PredictOptions = {}): Promise<Partial> {
    if (this.degree > 0 || this.weighing.neighbours !== undefined || this.weighing.keyWidths)
      throw new NadarayaError("unsupported", "partials are available for degree 0 and one bandwidth");
    const { mean, totals } = await this.problems[0].sums(
      await this.points(queries),
      sumsOptions(options),
      "log",
    );
    return { mean, logSums: totals! };
  }

  /** Adds keys with their values; the bandwidth stays as it is. @throws NadarayaError "invalid-input" */
  add(keys: Points, values: Points, sampleWeights?: KernelInput["sampleWeights"]): Promise<void> {
    return this.extend({ keys, values, sampleWeights });
  }

  override dispose(): void {
    super.dispose();
    this.localFit?.dispose();
    this.errors?.dispose();
    this.localFit = undefined;
    this.errors = undefined;
    this.fitAtKeys = undefined;
  }

  protected override load(fitted: Fitted): Promise<readonly LoadedProblem[]> {
    return loadValues(fitted);
  }

  protected override ownSettings() {
    return { degree: this.degree };
  }

  private get values(): Matrix {
    return this.fitted.rows.values;
  }

  /** The mean, by a local polynomial where one is needed. */
  private async fitAt(points: Matrix, asked: SumsOptions, gradient: boolean) {
    if (!gradient && this.degree === 0) {
      const sums = await this.problems[0].sums(points, asked, "none");
      return { mean: sums.mean, local: undefined, sums: [sums] };
    }
    const local = await (await this.local()).predict(points, asked);
    return { mean: local.mean, local, sums: local.sums };
  }

  /** What fits polynomials, and gradients. */
  private async local(): Promise<LocalFit> {
    const { LocalFit } = await import("./local-fit.ts");
    this.localFit ??= new LocalFit(this.weighing, this.values, this.degree);
    return this.localFit;
  }

  private async atKeys(asked: SumsOptions): Promise<AtKeys> {
    if (this.weighing.neighbours !== undefined)
      throw new NadarayaError("unsupported", "what needs residuals is not available with neighbours");
    const options = { ...asked, onProgress: undefined };
    if (this.degree === 0) this.fitAtKeys ??= await this.problems[0].leaveOneOut(options);
    else this.fitAtKeys ??= await (await this.local()).atKeys(options);
    return this.fitAtKeys;
  }

  private async standardErrors(asked: SumsOptions): Promise<StandardErrors> {
    const fitted = await this.atKeys(asked);
    const { StandardErrors } = await import("./standard-error.ts");
    this.errors ??= await StandardErrors.of(this.weighing, this.values, this.degree, fitted);
    return this.errors;
  }

  private fillEmpty(
    policy: EmptyPolicy,
    points: Matrix,
    empty: readonly number[],
    write: (query: number, row: ArrayLike<number>) => void,
  ): void {
    const { data, dims } = this.values;
    const row = (key: number) => data.subarray(key * dims, (key + 1) * dims);
    fillEmptyWindows(policy, this.problems[0], points, empty, write, row, columnMeans(this.values));
  }
}

async function loadValues({ weighing, rows }: Fitted): Promise<readonly LoadedProblem[]> {
  return [await weighing.engine.load(problemOf(weighing, rows.values))];
}

function checkProbability(p: number, name: string): void {
  if (!(typeof p === "number" && p > 0 && p < 1))
    throw new NadarayaError("invalid-input", `${name} is ${show(p)}, expected a number between 0 and 1`);
}
