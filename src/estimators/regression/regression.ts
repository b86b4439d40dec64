/** Kernel regression: local constant (Nadaraya–Watson), linear and quadratic. One public class in one file; what it is made of lies next to it. */

import type { RuleOfThumb } from "../../bandwidth/rules.ts";
import { NadarayaError, show } from "../../common/errors.ts";
import { INTERNAL } from "../../common/internal.ts";
import { checkOptions, listOf } from "../../common/options.ts";
import { isOnGpu, type Points, readPoints } from "../../data/matrix.ts";
import { checkPartialOptions, type PartialOptions } from "../../partials/partial-options.ts";
import type { PartialSums } from "../../partials/partial-sums.ts";
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
import { KernelModel, saved } from "../model/model.ts";
import type { Bands } from "../uncertainty/bootstrap.ts";
import type { Diagnostics } from "./diagnostics.ts";
import {
  BOOTSTRAP_OPTIONS,
  type BootstrapOptions,
  checkProbability,
  type GpuPrediction,
  type Prediction,
  type PredictionWith,
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
    const fitted = await readFit(input, options, async (rule, given, { values }, run) => {
      const { selectForRegression } = await import("../../bandwidth/select.ts");
      const { smootherFor } = await import("./smoother.ts");
      return selectForRegression(rule, given, values, run, smootherFor(rule, given, degree, gap));
    });
    return new KernelRegression(INTERNAL, await RegressionSnapshot.of(fitted, degree));
  }

  /** A model that was saved. @throws NadarayaError "invalid-input" for bytes that hold none. */
  static async load(bytes: Uint8Array, options: FitOptions = {}): Promise<KernelRegression> {
    return KernelRegression.fit(await saved<RegressionInput>(bytes, "KernelRegression"), options);
  }

  /**
   * The mean at every query. Far from all keys the limit holds: the nearest key's value.
   * @throws NadarayaError "invalid-input", "empty-window", "out-of-memory", "device-lost"; the signal's reason if aborted.
   */
  async predict(
    queries: Points,
    options: RegressionPredictOptions & { readonly output: "gpu" },
  ): Promise<GpuPrediction>;
  async predict<
    Gradient extends boolean = false,
    StandardError extends boolean = false,
    Confidence extends number | undefined = undefined,
  >(
    queries: Points,
    options?: RegressionPredictOptions & {
      readonly gradient?: Gradient;
      readonly standardError?: StandardError;
      readonly confidence?: Confidence;
    },
  ): Promise<PredictionWith<Gradient, StandardError, Confidence>>;
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
    // Queries on the GPU stay there if their means do.
    const remaining = output === "gpu" && isOnGpu(queries);
    return this.run(options, remaining ? [] : queries, async (snapshot, points, part) => {
      const pairsOf = (count: number) => count * snapshot.fitted.spec.keys.count;
      if (output === "gpu") {
        if (gradient || snapshot.degree > 0 || standardError) {
          throw new NadarayaError(
            "unsupported",
            'output "gpu" leaves means of degree 0 on the GPU, without gradient or standardError',
          );
        }
        const { meansOnGpu } = await import("./means-on-gpu.ts");
        const { sums, count } = await meansOnGpu(
          snapshot,
          remaining ? queries : points,
          { ...requested, ...part(1) },
          policy,
        );
        return { mean: sums.mean, report: reportOf([sums], pairsOf(count), start) };
      }
      const pairs = pairsOf(points.count);
      const share = 1 / (1 + (standardError ? 2 : 0) + (confidence === undefined ? 0 : 1));
      const next = () => ({ ...requested, ...part(share) });
      const errors = standardError ? await snapshot.standardErrors(next()) : undefined;
      const { mean, local, sums } = await snapshot.fitAt(points, next(), gradient);
      const spread = errors && (await errors.at(points, next(), local));
      let half: Float64Array | undefined;
      if (spread && confidence !== undefined) {
        const { halfWidthsAt } = await import("./half-widths.ts");
        ({ halfWidths: half } = await halfWidthsAt(snapshot, confidence, points, next(), mean, spread));
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
    return this.run(options, [], async (snapshot, _, part) => {
      const fitted = await snapshot.atKeys(part(1));
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
    const { replicates: given } = options;
    const requested = sumsOptions(options);
    return this.run(options, queries, async (snapshot, points, part) => {
      const { readReplicates } = await import("../uncertainty/bootstrap.ts");
      const replicates = readReplicates(given, confidence, seed);
      const { bandsAt } = await import("./bootstrap.ts");
      return bandsAt(snapshot, points, { replicates, level: confidence, seed }, requested, part);
    });
  }

  /**
   * Conditional quantiles: for every query, column and probability the least value at or below which keys of that share of
   * the weight lie; for 0 and 1 the extremes of the keys in reach, which are all keys unless the kernel is compact. m × columns × probabilities, row-major, float64 on the CPU; NaN where no key is in reach.
   * @throws NadarayaError "invalid-input"; "unsupported" for degrees 1 and 2, whose weights may be negative.
   */
  async quantiles(
    queries: Points,
    probabilities: readonly number[],
    options: RunOptions = {},
  ): Promise<Float64Array> {
    checkOptions(options, RUN_OPTIONS, "quantiles");
    const shares = listOf<number>(probabilities, "probabilities");
    return this.run(options, queries, async (snapshot, points, part) => {
      const { assertDistribution, quantiles, reachesAllKeys } = await import(
        "../query-weights/query-weights.ts"
      );
      assertDistribution(snapshot, "quantiles");
      const reachesAll = reachesAllKeys(snapshot.fitted.spec);
      return quantiles(snapshot.problems[0], snapshot.values, points, shares, reachesAll, part(1));
    });
  }

  /**
   * The conditional distribution function P(v ≤ y | q), for every query, value column and each of the thresholds y:
   * m × columns × thresholds, row-major. The mean of indicators, by whatever method serves best.
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
    return this.run(options, queries, async (snapshot, points, part) => {
      const { distribution } = await import("../query-weights/distribution.ts");
      return distribution(snapshot, points, sorted, { ...requested, ...part(1) });
    });
  }

  /**
   * The conditional density of the first value column, for pairs of a query and a value: log p(vᵢ | qᵢ), one number a pair.
   * `bandwidth` is that in the value's direction: a number, a rule of thumb for all values ("scott" by default), or "likelihood", which leaves out one row after
   * the other (Hall, Racine and Li 2004); a search that ends at a limit is reported to the `onWarning` of the fit.
   * @throws NadarayaError "invalid-input", "invalid-bandwidth", "unsupported" for a kernel that is no product, and for degrees 1 and 2.
   */
  async conditionalDensity(
    queries: Points,
    values: Points,
    options: PredictOptions & { readonly bandwidth?: number | RuleOfThumb | "likelihood" } = {},
  ): Promise<Float64Array> {
    checkOptions(options, [...PREDICT_OPTIONS, "bandwidth"], "conditionalDensity");
    const { bandwidth = "scott" } = options;
    const requested = sumsOptions(options);
    const given = isOnGpu(values) ? values : readPoints(values, "values", { canBeEmpty: true });
    return this.run(options, queries, async (snapshot, points, part) => {
      const { densitiesOfPairs } = await import("./densities-of-pairs.ts");
      return densitiesOfPairs(snapshot, points, given, bandwidth, (share) => ({
        ...requested,
        ...part(share),
      }));
    });
  }

  /**
   * The sums of this model's rows at every query, for `mergePartialSums` and `meansOfSums` of nadaraya/partials: merged with those of other
   * rows in any order, they give the same digits. Other models need the same kernel and bandwidth, and categories with declared levels (all
   * except "li-racine").
   *
   * ```ts
   * const parts = await Promise.all(models.map((model) => model.partial(queries)));
   * const { mean } = meansOfSums(mergePartialSums(parts));
   * ```
   * @throws NadarayaError "unsupported" for degrees 1 and 2, adaptive bandwidths and neighbours, and for errors with precisions
   */
  async partial(queries: Points, options: PartialOptions = {}): Promise<PartialSums> {
    const checked = checkPartialOptions(options);
    return this.sumsOf(queries, options, checked, ({ degree }) => {
      if (degree > 0)
        throw new NadarayaError(
          "unsupported",
          `partial sums are not available with degree ${degree}: they are sums of means of degree 0`,
        );
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
