/** Kernel density estimation (Rosenblatt 1956; Parzen 1962): f(q) = Σᵢ α(q, kᵢ) / (n ∫ α). */

import { NadarayaError, show } from "../../common/errors.ts";
import { INTERNAL } from "../../common/internal.ts";
import { checkOptions, optionNames } from "../../common/options.ts";
import { type Points, total } from "../../data/matrix.ts";
import { checkPartialOptions, type PartialOptions } from "../../partials/partial-options.ts";
import type { PartialSums } from "../../partials/partial-sums.ts";
import { logMassOf, problemOf } from "../../weighting/kernel-spec.ts";
import {
  checkFit,
  type FitOptions,
  type Fitted,
  KEY_OPTIONS,
  type KernelInput,
  PREDICT_OPTIONS,
  type PredictOptions,
  type RunReport,
  readFit,
  reportOf,
  sumsOptions,
} from "../model/fit.ts";
import { KernelModel, saved } from "../model/model.ts";
import { Snapshot } from "../model/snapshot.ts";

export interface DensityOptions extends PredictOptions {
  /**
   * What any density may be off by besides, per unit of volume as densities are: what scikit-learn calls `atol`. The fast Gauss transform then leaves the
   * exact densities far from all keys, which take longest, as they come, or 0. 0 by default: then `tolerance` holds for every query, however small its density.
   */
  readonly absoluteTolerance?: number;
}

const DENSITY_OPTIONS = optionNames<DensityOptions>()({ absoluteTolerance: true }, PREDICT_OPTIONS);

/** Densities at each query, and their logarithms. */
export interface Densities {
  /** Per unit of volume of the keys' coordinates; 0 where no key is in reach or the density underflows. */
  readonly density: Float64Array;
  /**
   * Its natural logarithm, finite also where the density underflows; −Infinity where no key is in reach. With `absoluteTolerance`, that of a density
   * which is only known to be within it, and −Infinity for 0.
   */
  readonly logDensity: Float64Array;
  readonly report: RunReport;
}

/** Kernel density estimation (Rosenblatt 1956, Parzen 1962). */
export class KernelDensity extends KernelModel {
  private constructor(token: symbol, snapshot: Snapshot) {
    super(token, snapshot, "KernelDensity");
  }

  /** @throws NadarayaError as KernelRegression.fit, and "unsupported" for a kernel with an infinite integral. */
  static async fit(input: KernelInput, options: FitOptions = {}): Promise<KernelDensity> {
    checkFit("KernelDensity.fit", input, KEY_OPTIONS, options);
    const fitted = await readFit(input, options, async (rule, given, _, run) => {
      const { selectForDensity } = await import("../../bandwidth/select.ts");
      return selectForDensity(rule, given, run);
    });
    return new KernelDensity(INTERNAL, await snapshotOf(fitted));
  }

  /** A model that was saved. @throws NadarayaError "invalid-input" for bytes that hold none. */
  static async load(bytes: Uint8Array, options: FitOptions = {}): Promise<KernelDensity> {
    return KernelDensity.fit(await saved<KernelInput>(bytes, "KernelDensity"), options);
  }

  /** @throws NadarayaError "invalid-input", "out-of-memory", "device-lost"; the signal's reason if aborted. */
  async evaluate(queries: Points, options: DensityOptions = {}): Promise<Densities> {
    checkOptions(options, DENSITY_OPTIONS, "evaluate");
    const start = performance.now();
    const { absoluteTolerance = 0, ...others } = options;
    const requested = sumsOptions(others);
    if (!(typeof absoluteTolerance === "number" && absoluteTolerance >= 0 && absoluteTolerance < Infinity))
      throw new NadarayaError(
        "invalid-input",
        `absoluteTolerance is ${show(absoluteTolerance)}, expected a number from 0 on`,
      );
    return this.run(options, queries, async ({ fitted, problems }, points, part) => {
      const { bandwidthFactors } = points;
      const { spec } = fitted;
      const { categories, kernel, bandwidth } = spec;
      categories?.assertKnown(points);
      const logNorm = logNormOf(fitted);
      const dims = categories?.continuous.length ?? points.dims;
      /** By how much ∫ α grows with the bandwidth of a query; a sphere's temperature with its square. */
      const logFactor = (factor: number) =>
        kernel.sphere
          ? logMassOf({ ...spec, bandwidth: bandwidth.map((t) => t * factor ** 2) }) - logMassOf(spec)
          : dims * Math.log(factor);
      // e^logNorm may be Infinity, of which 0 times is no number.
      const acceptedError =
        bandwidthFactors || absoluteTolerance === 0 ? 0 : absoluteTolerance * Math.exp(logNorm);
      const sums = await problems[0].sums(points, { ...requested, acceptedError, ...part(1) }, "log");
      const logDensity = sums.totals!.map(
        (log, q) => log - logNorm - (bandwidthFactors ? logFactor(bandwidthFactors[q]) : 0),
      );
      const pairs = points.count * fitted.spec.keys.count;
      return { density: logDensity.map(Math.exp), logDensity, report: reportOf([sums], pairs, start) };
    });
  }

  /**
   * The sums of this model's rows at every query, for `mergePartialSums` and `densitiesOfSums` of nadaraya/partials: merged with those of
   * other rows in any order, they give the same digits.
   * @throws NadarayaError "unsupported" for adaptive bandwidths, neighbours, and categories whose levels are not declared
   */
  async partial(queries: Points, options: Omit<PartialOptions, "y" | "errors"> = {}): Promise<PartialSums> {
    const checked = checkPartialOptions(options);
    if (checked.errors)
      throw new NadarayaError("unsupported", "errors of partial sums are for regressions, not for densities");
    return this.sumsOf(queries, options, checked);
  }

  /** Adds keys; the bandwidth stays as it is. @throws NadarayaError "invalid-input" */
  add(keys: Points, sampleWeights?: KernelInput["sampleWeights"]): Promise<void> {
    return this.extend({ keys, sampleWeights });
  }

  protected override take(fitted: Fitted): Promise<Snapshot> {
    return snapshotOf(fitted);
  }
}

/** log of n ∫ α, or of Σ w ∫ α. */
function logNormOf({ spec, rows }: Fitted): number {
  const mass = rows.sampleWeights ? total(rows.sampleWeights) : spec.keys.count;
  return Math.log(mass) + logMassOf(spec);
}

async function snapshotOf(fitted: Fitted): Promise<Snapshot> {
  const { spec, rows } = fitted;
  logNormOf(fitted); // or there is no density
  return new Snapshot(fitted, [await spec.engine.load(problemOf(spec, rows.values))]);
}
