/** Kernel density estimation (Rosenblatt 1956; Parzen 1962): f(q) = Σᵢ α(q, kᵢ) / (n ∫ α). */
import { type Points, total } from "../data.ts";
import type { LoadedProblem } from "../engine/types.ts";
import { logMassOf, problemOf } from "../weighing.ts";
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
import { KernelModel, readSaved } from "./model.ts";

export interface Densities {
  /** Per unit of volume of the keys' coordinates; 0 where no key is in reach or the density underflows. */
  readonly density: Float64Array;
  /** Its natural logarithm, finite also where the density underflows; −Infinity where no key is in reach. */
  readonly logDensity: Float64Array;
  readonly report: Report;
}

export class KernelDensity extends KernelModel {
  protected override readonly kind = "KernelDensity";
  private constructor(fitted: Fitted, problems: readonly LoadedProblem[]) {
    super(fitted, problems);
  }

  /** @throws NadarayaError as KernelRegression.fit, and "unsupported" for a kernel with an infinite integral. */
  static async fit(input: KernelInput, options: FitOptions = {}): Promise<KernelDensity> {
    const { keys, kernel, bandwidth, shape, sampleWeights, missing, ...more } = input;
    const { adaptive, neighbours, coordinates } = more;
    const given = {
      ...{ keys, kernel, bandwidth, shape, sampleWeights, missing },
      ...{ adaptive, neighbours, coordinates },
    };
    const fitted = await readFit(given, options, async (rule, weighing) => {
      const { selectForDensity } = await import("../bandwidth/select.ts");
      return selectForDensity(rule, weighing, options);
    });
    logNormOf(fitted);
    return new KernelDensity(fitted, await loadKeys(fitted));
  }

  /** A model that was saved. @throws NadarayaError "invalid-input" for bytes that hold none. */
  static load(bytes: Uint8Array, options: FitOptions = {}): Promise<KernelDensity> {
    return KernelDensity.fit(readSaved<KernelInput>(bytes, "KernelDensity"), options);
  }

  /** @throws NadarayaError "invalid-input", "out-of-memory", "device-lost"; the signal's reason if aborted. */
  async evaluate(queries: Points, options: PredictOptions = {}): Promise<Densities> {
    const start = performance.now();
    const asked = sumsOptions(options);
    const points = await this.points(queries);
    const sums = await this.problems[0].sums(points, asked, "log");
    const { widths, dims } = points;
    const logNorm = logNormOf(this.fitted);
    const logDensity = sums.totals!.map(
      (log, q) => log - logNorm - (widths ? dims * Math.log(widths[q]) : 0),
    );
    const pairs = points.count * this.size;
    return { density: logDensity.map(Math.exp), logDensity, report: reportOf([sums], pairs, start) };
  }

  /** Adds keys; the bandwidth stays as it is. @throws NadarayaError "invalid-input" */
  add(keys: Points, sampleWeights?: KernelInput["sampleWeights"]): Promise<void> {
    return this.extend({ keys, sampleWeights });
  }

  protected override load(fitted: Fitted): Promise<readonly LoadedProblem[]> {
    return loadKeys(fitted);
  }
}

/** log of n ∫ α, or of Σ w ∫ α. */
function logNormOf({ weighing, rows }: Fitted): number {
  const mass = rows.sampleWeights ? total(rows.sampleWeights) : weighing.keys.count;
  return Math.log(mass) + logMassOf(weighing);
}

async function loadKeys({ weighing, rows }: Fitted): Promise<readonly LoadedProblem[]> {
  return [await weighing.engine.load(problemOf(weighing, rows.values))];
}
