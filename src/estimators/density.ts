/** Kernel density estimation (Rosenblatt 1956; Parzen 1962): f(q) = Σᵢ α(q, kᵢ) / (n ∫ α). */
import { type Selection, selectForDensity } from "../bandwidth/select.ts";
import type { Points } from "../data.ts";
import type { LoadedProblem } from "../engine/types.ts";
import { logIntegral } from "../kernel-integrals.ts";
import { problemOf, type Weighing } from "../weighing.ts";
import {
  type FitOptions,
  type KernelInput,
  type PredictOptions,
  type Report,
  readQueriesFor,
  readWeighing,
  reportOf,
  sumsOptions,
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
  /** How a rule chose it, with every candidate and its score; absent where numbers were given. */
  readonly selection: Selection | undefined;
  private readonly weighing: Weighing;
  private readonly problem: LoadedProblem;
  /** log of n ∫ α. */
  private readonly logNorm: number;

  private constructor(
    weighing: Weighing,
    selection: Selection | undefined,
    problem: LoadedProblem,
    logNorm: number,
  ) {
    this.weighing = weighing;
    this.selection = selection;
    this.bandwidth = weighing.bandwidth;
    this.problem = problem;
    this.logNorm = logNorm;
  }

  /** @throws NadarayaError as KernelRegression.fit, and "unsupported" for a kernel with an infinite integral. */
  static async fit(input: KernelInput, options: FitOptions = {}): Promise<KernelDensity> {
    options.signal?.throwIfAborted();
    const { weighing, selection } = await readWeighing(input, options, (rule, given) =>
      selectForDensity(rule, given, options),
    );
    const { keys, kernel, shape, bandwidth, engine } = weighing;
    const logNorm = Math.log(keys.count) + logIntegral(kernel, shape, bandwidth);
    const none = { data: new Float64Array(0), count: keys.count, dims: 0 };
    const problem = await engine.load(problemOf(weighing, none));
    return new KernelDensity(weighing, selection, problem, logNorm);
  }

  /** @throws NadarayaError "invalid-input", "out-of-memory", "device-lost"; the signal's reason if aborted. */
  async evaluate(queries: Points, options: PredictOptions = {}): Promise<Densities> {
    const start = performance.now();
    const asked = sumsOptions(options);
    const points = await readQueriesFor(this.weighing, queries);
    const sums = await this.problem.sums(points, asked, "log");
    const logDensity = sums.totals!.map((log) => log - this.logNorm);
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
