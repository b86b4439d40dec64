/** Kernel regression: local constant (Nadaraya–Watson), linear and quadratic. One public class in one file; what it is made of lies next to it. */

import type { RuleOfThumb } from "../../bandwidth/rules.ts";
import { NadarayaError, show } from "../../common/errors.ts";
import { INTERNAL } from "../../common/internal.ts";
import { checkOptions, listOf } from "../../common/options.ts";
import { isOnGpu, type Points, readBandwidth, readPoints, readRowsFor } from "../../data/matrix.ts";
import type { RunOptions } from "../../problem/problem.ts";
import { checkEmptyPolicy } from "../model/empty-window.ts";
import {
  checkFit,
  type FitOptions,
  type Fitted,
  type KernelInput,
  PREDICT_OPTIONS,
  type PredictOptions,
  RUN_OPTIONS,
  readFit,
  reportOf,
  sumsOptions,
} from "../model/fit.ts";
import { KernelModel, pointsOf } from "../model/model.ts";
import type { Partial } from "../model/partials.ts";
import type { Bands } from "../uncertainty/bootstrap.ts";
import type { Diagnostics } from "./diagnostics.ts";
import {
  BOOTSTRAP_OPTIONS,
  type BootstrapOptions,
  checkProbability,
  type GpuPrediction,
  type Prediction,
  REGRESSION_INPUT,
  REGRESSION_PREDICT_OPTIONS,
  type RegressionInput,
  type RegressionPredictOptions,
} from "./prediction.ts";
import { RegressionSnapshot } from "./snapshot.ts";

/**
 * f(q) = Σᵢ vᵢ α(q, kᵢ) / Σⱼ α(q, kⱼ) (Nadaraya 1964; Watson 1964).
 *
 * ```ts
 * const model = await KernelRegression.fit({ keys, values, bandwidth: 0.5 });
 * const { mean } = await model.predict(queries);
 * ```
 */
export class KernelRegression extends KernelModel<RegressionSnapshot> {
  private constructor(token: symbol, snapshot: RegressionSnapshot) {
    super(token, snapshot, "KernelRegression");
  }

  /**
   * @throws NadarayaError "invalid-input", "invalid-kernel", "invalid-bandwidth" or "unsupported", saying what was
   *   given, what was expected and where; "no-webgpu" never (without WebGPU the CPU computes).
   */
  static async fit(input: RegressionInput, options: FitOptions = {}): Promise<KernelRegression> {
    checkFit("KernelRegression.fit", input, REGRESSION_INPUT, options);
    const { degree = 0, gap } = input;
    if (![0, 1, 2].includes(degree))
      throw new NadarayaError("invalid-input", `degree is ${show(degree)}, expected 0, 1 or 2`);
    if (input.values === undefined)
      throw new NadarayaError("invalid-input", "values is undefined, expected one row for each key");
    if (gap !== undefined && typeof input.bandwidth !== "string")
      throw new NadarayaError("unsupported", 'gap is for bandwidth "loo"');
    const fitted = await readFit(input, options, async (rule, given, { values }) => {
      const { selectForRegression } = await import("../../bandwidth/select.ts");
      const { smootherFor } = await import("./smoother.ts");
      return selectForRegression(rule, given, values, options, smootherFor(rule, given, degree, gap));
    });
    return new KernelRegression(INTERNAL, await RegressionSnapshot.of(fitted, degree));
  }

  /** A model that was saved. @throws NadarayaError "invalid-input" for bytes that hold none. */
  static async load(bytes: Uint8Array, options: FitOptions = {}): Promise<KernelRegression> {
    const { readSaved } = await import("../model/load.ts");
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
    checkOptions(options, REGRESSION_PREDICT_OPTIONS, "predict");
    const start = performance.now();
    const requested = sumsOptions(options);
    const { gradient = false, confidence, output = "array" } = options;
    if (confidence !== undefined) checkProbability(confidence, "confidence");
    const standardError = options.standardError || confidence !== undefined;
    const policy = checkEmptyPolicy(options.empty);
    if (output !== "array" && output !== "gpu")
      throw new NadarayaError("invalid-input", `output is ${show(output)}, expected "array" or "gpu"`);
    return this.run(async (snapshot) => {
      const pairsOf = (count: number) => count * snapshot.fitted.spec.keys.count;
      if (output === "gpu") {
        if (gradient || snapshot.degree > 0 || standardError) {
          throw new NadarayaError(
            "unsupported",
            'output "gpu" leaves means of degree 0 on the GPU, without gradient or standardError',
          );
        }
        const [{ meansOnGpu }, points] = await Promise.all([
          import("./means-on-gpu.ts"),
          isOnGpu(queries) ? queries : pointsOf(snapshot, queries),
        ]);
        const { sums, count } = await meansOnGpu(snapshot, points, requested, policy);
        return { mean: sums.mean, report: reportOf([sums], pairsOf(count), start) };
      }
      const points = await pointsOf(snapshot, queries);
      const pairs = pairsOf(points.count);
      const errors = standardError ? await snapshot.standardErrors(requested) : undefined;
      const { mean, local, sums } = await snapshot.fitAt(points, requested, gradient);
      const spread = await errors?.at(points, requested, local);
      let half: Float64Array | undefined;
      if (spread && confidence !== undefined) {
        const { halfWidthsAt } = await import("./half-widths.ts");
        ({ halfWidths: half } = await halfWidthsAt(snapshot, confidence, points, requested, mean, spread));
      }
      snapshot.fillEmpty(policy, points, sums[0].empty, (q, row) => mean.set(row, q * snapshot.values.dims));
      let report = reportOf(sums, pairs, start);
      if (local)
        report = {
          ...report,
          singularQueries: local.singular,
          fallbackQueries: Math.max(report.fallbackQueries, local.again),
        };
      if (spread) report = { ...report, withheldErrors: spread.withheld };
      return {
        mean,
        gradient: gradient ? local?.gradient : undefined,
        standardError: options.standardError ? spread?.standardError : undefined,
        lower: half?.map((each, i) => mean[i] - each),
        upper: half?.map((each, i) => mean[i] + each),
        report,
      };
    });
  }

  /** How well the model fits its own keys: R², degrees of freedom, and the same with each key left out. */
  async diagnostics(options: RunOptions = {}): Promise<Diagnostics> {
    checkOptions(options, RUN_OPTIONS, "diagnostics");
    return this.run(async (snapshot) => {
      const fitted = await snapshot.atKeys(sumsOptions(options));
      const { diagnose } = await import("./diagnostics.ts");
      const { rows, spec } = snapshot.fitted;
      return diagnose(snapshot.values, fitted, rows.sampleWeights, spec);
    });
  }

  /**
   * Confidence bands at each query, as by `predict`, and for all queries together, by a bootstrap of studentised deviations. docs/guide/uncertainty.md has their coverage.
   * @throws NadarayaError "invalid-input"
   */
  async bootstrap(queries: Points, options: BootstrapOptions = {}): Promise<Bands> {
    checkOptions(options, BOOTSTRAP_OPTIONS, "bootstrap");
    const { confidence = 0.95, seed = 1 } = options;
    checkProbability(confidence, "confidence");
    const { readReplicates } = await import("../uncertainty/bootstrap.ts");
    const replicates = readReplicates(options.replicates, confidence, seed);
    const requested = { ...sumsOptions(options), onProgress: undefined };
    return this.run(async (snapshot) => {
      const points = await pointsOf(snapshot, queries);
      const { bandsAt } = await import("./bootstrap.ts");
      return bandsAt(snapshot, points, { replicates, level: confidence, seed }, requested);
    });
  }

  /**
   * Conditional quantiles: for every query, column and probability the least value at or below which keys of that share of
   * the weight lie. m × columns × probabilities, row-major, float64 on the CPU; NaN where no key is in reach.
   * @throws NadarayaError "invalid-input"; "unsupported" for degrees 1 and 2, whose weights may be negative.
   */
  async quantiles(
    queries: Points,
    probabilities: readonly number[],
    options: RunOptions = {},
  ): Promise<Float64Array> {
    checkOptions(options, RUN_OPTIONS, "quantiles");
    const shares = listOf<number>(probabilities, "probabilities");
    for (const [i, p] of shares.entries()) checkProbability(p, `probabilities[${i}]`);
    return this.run(async (snapshot) => {
      const points = await pointsOf(snapshot, queries);
      const { assertDistribution, quantiles } = await import("../query-weights/query-weights.ts");
      assertDistribution(snapshot, "quantiles");
      return quantiles(snapshot.problems[0], snapshot.values, points, shares, options);
    });
  }

  /**
   * The conditional distribution function P(v ≤ y | q) of the first value column, for every query and each of the thresholds y:
   * m × thresholds, row-major. The mean of indicators, by whatever method serves best.
   * @throws NadarayaError "invalid-input"; "unsupported" for degrees 1 and 2, whose weights may be negative.
   */
  async distribution(
    queries: Points,
    thresholds: readonly number[],
    options: PredictOptions = {},
  ): Promise<Float64Array> {
    checkOptions(options, PREDICT_OPTIONS, "distribution");
    const requested = sumsOptions(options);
    const sorted = listOf<number>(thresholds, "thresholds");
    const broken = sorted.findIndex((y) => typeof y !== "number" || Number.isNaN(y));
    if (broken >= 0)
      throw new NadarayaError(
        "invalid-input",
        `thresholds[${broken}] is ${show(sorted[broken])}, expected a number`,
      );
    return this.run(async (snapshot) => {
      const points = await pointsOf(snapshot, queries);
      const { distribution } = await import("../query-weights/distribution.ts");
      return distribution(snapshot, points, sorted, requested);
    });
  }

  /**
   * The conditional density of the first value column, for pairs of a query and a value: log p(vᵢ | qᵢ), one number a pair.
   * `bandwidth` is that in the value's direction, a number or a rule of thumb ("scott" by default).
   * @throws NadarayaError "invalid-input", "invalid-bandwidth", "unsupported" for a kernel that is no product, and for degrees 1 and 2.
   */
  async conditionalDensity(
    queries: Points,
    values: Points,
    options: PredictOptions & { readonly bandwidth?: number | RuleOfThumb } = {},
  ): Promise<Float64Array> {
    checkOptions(options, [...PREDICT_OPTIONS, "bandwidth"], "conditionalDensity");
    const { bandwidth = "scott" } = options;
    const requested = sumsOptions(options);
    const given = isOnGpu(values) ? values : readPoints(values, "values");
    return this.run(async (snapshot) => {
      const { spec } = snapshot.fitted;
      const { data, dims, count } = snapshot.values;
      const column = Float64Array.from({ length: count }, (_, i) => data[i * dims]);
      const { bandwidthByRule, isRuleOfThumb } = await import("../../bandwidth/rules.ts");
      const [width] = isRuleOfThumb(bandwidth as string)
        ? bandwidthByRule(bandwidth as RuleOfThumb, { data: column, count, dims: 1 }, spec.sampling)
        : readBandwidth(bandwidth as number, 1, undefined, "the conditional density's bandwidth", "values");
      const points = await pointsOf(snapshot, queries);
      const { assertDistribution } = await import("../query-weights/query-weights.ts");
      assertDistribution(snapshot, "conditionalDensity");
      const read = await spec.engine.fetch(given, "values");
      const { data: at } = readRowsFor(points, read, "values", 1, "query");
      const { conditionalDensity } = await import("../query-weights/conditional-density.ts");
      return conditionalDensity(spec, snapshot.problems[0], column, points, at, width, requested);
    });
  }

  /**
   * Means and log Σ α over this model's keys, to be merged with those over others; for degree 0 and one bandwidth. Categories whose
   * kernel depends on how many there are, or on their order, must have declared levels.
   * @throws NadarayaError "unsupported"
   */
  async partial(queries: Points, options: PredictOptions = {}): Promise<Partial> {
    checkOptions(options, PREDICT_OPTIONS, "partial");
    const requested = sumsOptions(options);
    return this.run(async (snapshot) => {
      const points = pointsOf(snapshot, queries); // read at once
      points.catch(() => {});
      const { partialOf } = await import("./partial.ts");
      return partialOf(snapshot, points, requested);
    });
  }

  /** Adds keys with their values; the bandwidth stays as it is. @throws NadarayaError "invalid-input" */
  add(keys: Points, values: Points, sampleWeights?: KernelInput["sampleWeights"]): Promise<void> {
    return this.extend({ keys, values, sampleWeights });
  }

  protected override take(fitted: Fitted): Promise<RegressionSnapshot> {
    return RegressionSnapshot.of(fitted, this.snapshot.degree);
  }

  protected override ownSettings() {
    return { degree: this.snapshot.degree };
  }
}
