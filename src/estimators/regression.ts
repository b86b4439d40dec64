/** Nadaraya–Watson regression: the mean of the values, weighted by the kernel around each query. */
import { type Selection, selectForRegression } from "../bandwidth/select.ts";
import { columnMeans, type Matrix, type Points, readValues } from "../data.ts";
import type { LoadedProblem, RunOptions, SumsOptions } from "../engine/types.ts";
import { NadarayaError, show } from "../errors.ts";
import { problemOf, type Weighing } from "../weighing.ts";
import { checkEmptyPolicy, type EmptyPolicy, fillEmptyWindows } from "./empty-window.ts";
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
import { LocalFit } from "./local-fit.ts";
import { StandardErrors } from "./standard-error.ts";

export interface RegressionInput extends KernelInput {
  /** One row a key, of 1 to 16 columns. */
  readonly values: Points;
  /** Of the polynomial that is fitted around each query: 0, the mean (the default), 1, a line or plane, or 2. */
  readonly degree?: 0 | 1 | 2;
}

export interface RegressionPredictOptions extends PredictOptions {
  /** What to return for a query that no key reaches. */
  readonly empty?: EmptyPolicy;
  /** "gpu" leaves the means on the GPU, for drawing or further computing, without reading them back. */
  readonly output?: "array" | "gpu";
  /** Also how fast the mean changes along each coordinate. */
  readonly gradient?: boolean;
  /** Also the mean's pointwise standard error; for degree 0. The first such call takes the residuals at all keys. */
  readonly standardError?: boolean;
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
  readonly report: Report;
}

/** The attention weights: rows are keys, columns are queries, `data` is row-major. */
export interface WeightMatrix {
  readonly data: Float32Array<ArrayBuffer>;
  readonly rows: number;
  readonly columns: number;
}

/**
 * f(q) = Σᵢ vᵢ α(q, kᵢ) / Σⱼ α(q, kⱼ) (Nadaraya 1964; Watson 1964).
 *
 * ```ts
 * const model = await KernelRegression.fit({ keys, values, bandwidth: 0.5 });
 * const { mean } = await model.predict(queries);
 * ```
 */
export class KernelRegression implements Disposable {
  /** What was chosen, one number per coordinate, in the units of the keys. */
  readonly bandwidth: readonly number[];
  /** How a rule chose it, with every candidate and its score; absent where numbers were given. */
  readonly selection: Selection | undefined;
  private readonly weighing: Weighing;
  private readonly values: Matrix;
  private readonly problem: LoadedProblem;
  private readonly degree: 0 | 1 | 2;
  private localFit: LocalFit | undefined;
  private errors: StandardErrors | undefined;

  private constructor(
    weighing: Weighing,
    selection: Selection | undefined,
    values: Matrix,
    problem: LoadedProblem,
    degree: 0 | 1 | 2,
  ) {
    this.weighing = weighing;
    this.bandwidth = weighing.bandwidth;
    this.selection = selection;
    this.values = values;
    this.problem = problem;
    this.degree = degree;
  }

  /**
   * @throws NadarayaError "invalid-input", "invalid-kernel", "invalid-bandwidth" or "unsupported", saying what was
   *   given, what was expected and where; "no-webgpu" never (without WebGPU the CPU computes).
   */
  static async fit(input: RegressionInput, options: FitOptions = {}): Promise<KernelRegression> {
    options.signal?.throwIfAborted();
    const { degree = 0 } = input;
    if (![0, 1, 2].includes(degree))
      throw new NadarayaError("invalid-input", `degree is ${show(degree)}, expected 0, 1 or 2`);
    const valuesFor = async ({ engine, keys }: Pick<Weighing, "engine" | "keys">) =>
      readValues(await engine.fetch(input.values, "values"), keys);
    const { weighing, selection } = await readWeighing(input, options, async (rule, given) => {
      if (degree > 0 && ["loo", "kfold", "aicc"].includes(rule)) {
        throw new NadarayaError(
          "unsupported",
          `bandwidth ${show(rule)} is available for degree 0, not for degree ${degree}; give a number`,
        );
      }
      return selectForRegression(rule, given, await valuesFor(given), options);
    });
    const values = await valuesFor(weighing);
    const problem = await weighing.engine.load(problemOf(weighing, values));
    return new KernelRegression(weighing, selection, values, problem, degree);
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
    const { gradient = false, standardError = false } = options;
    const local = gradient || this.degree > 0;
    if (standardError && this.degree > 0) {
      throw new NadarayaError(
        "unsupported",
        `standardError is available for degree 0, not for degree ${this.degree}`,
      );
    }
    const policy = checkEmptyPolicy(options.empty);
    const { output = "array" } = options;
    if (output !== "array" && output !== "gpu") {
      throw new NadarayaError("invalid-input", `output is ${show(output)}, expected "array" or "gpu"`);
    }
    const points = await readQueriesFor(this.weighing, queries);
    const pairs = points.count * this.weighing.keys.count;
    if (output === "gpu" && (local || standardError)) {
      throw new NadarayaError(
        "unsupported",
        'output "gpu" leaves means of degree 0 on the GPU, without gradient or standardError',
      );
    }
    if (output === "gpu") {
      const sums = await this.problem.sumsOnGpu(points, asked);
      this.fillEmpty(policy, points, sums.empty, sums.write);
      return { mean: sums.mean, report: reportOf([sums], pairs, start) };
    }
    const errors = standardError ? await (await this.standardErrors(asked)).at(points, asked) : undefined;
    if (local) {
      this.localFit ??= new LocalFit(this.weighing, this.values, this.degree);
      const found = await this.localFit.predict(points, asked);
      this.fillEmpty(policy, points, found.sums[0].empty, (q, row) =>
        found.mean.set(row, q * this.values.dims),
      );
      return {
        mean: found.mean,
        gradient: gradient ? found.gradient : undefined,
        standardError: errors,
        report: { ...reportOf(found.sums, pairs, start), singularQueries: found.singular },
      };
    }
    const sums = await this.problem.sums(points, asked, "none");
    this.fillEmpty(policy, points, sums.empty, (q, row) => sums.mean.set(row, q * this.values.dims));
    return { mean: sums.mean, standardError: errors, report: reportOf([sums], pairs, start) };
  }

  private async standardErrors(asked: SumsOptions): Promise<StandardErrors> {
    const { weighing, values, problem } = this;
    this.errors ??= await StandardErrors.of(weighing, values, problem, asked);
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
    fillEmptyWindows(policy, this.problem, points, empty, write, row, columnMeans(this.values));
  }

  /**
   * The weight of every key for every query: n × m numbers, made only here. A column of a query that no key reaches
   * is NaN.
   */
  async weights(queries: Points, options: RunOptions = {}): Promise<WeightMatrix> {
    const points = await readQueriesFor(this.weighing, queries);
    const data = await this.problem.weights(points, options);
    return { data, rows: this.weighing.keys.count, columns: points.count };
  }

  /** Frees the model's GPU memory. */
  dispose(): void {
    this.problem.dispose();
    this.localFit?.dispose();
    this.errors?.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
