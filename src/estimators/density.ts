/** Kernel density estimation (Rosenblatt 1956; Parzen 1962): f(q) = Σᵢ α(q, kᵢ) / (n ∫ α). */
import type { Points } from "../data.ts";
import type { LoadedProblem } from "../engine/types.ts";
import { logIntegral } from "../kernel-integrals.ts";
import {
  type FitOptions,
  type KernelInput,
  type PredictOptions,
  problemOf,
  type Report,
  readQueriesFor,
  readWeighing,
  reportOf,
  sumsOptions,
  type Weighing,
} from "./fit.ts";

export interface Densities {
  /** Per unit of volume of the keys' coordinates; 0 where no key is in reach or the density underflows. */
  readonly density: Float64Array;
  /** Its natural logarithm, finite also where the density underflows; −Infinity where no key is in reach. */
  readonly logDensity: Float64Array;
  readonly report: Report;
}

export class KernelDensity implements Disposable {
  /** What was chosen, one number per coordinate, in the units of the keys. */
  readonly bandwidth: readonly number[];
  private readonly weighing: Weighing;
  private readonly problem: LoadedProblem;
  /** log of n ∫ α. */
  private readonly logNorm: number;

  private constructor(weighing: Weighing, problem: LoadedProblem, logNorm: number) {
    this.weighing = weighing;
    this.bandwidth = weighing.bandwidth;
    this.problem = problem;
    this.logNorm = logNorm;
  }

  /** @throws NadarayaError as KernelRegression.fit, and "unsupported" for a kernel with an infinite integral. */
  static async fit(input: KernelInput, options: FitOptions = {}): Promise<KernelDensity> {
    options.signal?.throwIfAborted();
    const weighing = await readWeighing(input, options);
    const { keys, kernel, shape, bandwidth, engine } = weighing;
    const logNorm = Math.log(keys.count) + logIntegral(kernel, shape, bandwidth);
    const none = { data: new Float64Array(0), count: keys.count, dims: 0 };
    return new KernelDensity(weighing, await engine.load(problemOf(weighing, none)), logNorm);
  }

  /** @throws NadarayaError "invalid-input", "out-of-memory", "device-lost"; the signal's reason if aborted. */
  async evaluate(queries: Points, options: PredictOptions = {}): Promise<Densities> {
    const start = performance.now();
    const asked = sumsOptions(options);
    const points = await readQueriesFor(this.weighing, queries);
    const sums = await this.problem.sums(points, asked, true);
    const logDensity = sums.logSum!.map((log) => log - this.logNorm);
    const pairs = points.count * this.weighing.keys.count;
    return { density: logDensity.map(Math.exp), logDensity, report: reportOf([sums], pairs, start) };
  }

  /** Frees the model's GPU memory. */
  dispose(): void {
    this.problem.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
