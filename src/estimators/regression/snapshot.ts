/** A regression at one time, with what is computed once for all of its calls: the local polynomials, the fit at the keys, the errors. */

import { NadarayaError } from "../../common/errors.ts";
import { Lazy } from "../../common/lazy.ts";
import { columnMeans, type Matrix } from "../../data/matrix.ts";
import type { LoadedProblem, RunOptions, SumsOptions } from "../../problem/problem.ts";
import { problemOf } from "../../weighting/kernel-spec.ts";
import type { LocalFit } from "../local-polynomial/local-fit.ts";
import { type EmptyPolicy, fillEmptyWindows } from "../model/empty-window.ts";
import type { Fitted } from "../model/fit.ts";
import { Snapshot } from "../model/snapshot.ts";
import type { Bias, KeyFit, StandardErrors } from "../uncertainty/standard-error.ts";

export type Degree = 0 | 1 | 2;

/** How sums at the keys are computed. */
const AT_KEYS = { method: "auto", tolerance: 1e-6 } as const;

export class RegressionSnapshot extends Snapshot {
  readonly degree: Degree;
  private readonly localFit = new Lazy<LocalFit>();
  private readonly keyFit = new Lazy<KeyFit>();
  private readonly errors = new Lazy<StandardErrors>();
  private readonly bias = new Lazy<Bias>();

  private constructor(fitted: Fitted, problems: readonly LoadedProblem[], degree: Degree) {
    super(fitted, problems);
    this.degree = degree;
  }

  static async of(fitted: Fitted, degree: Degree): Promise<RegressionSnapshot> {
    const { spec, rows } = fitted;
    const problem = await spec.engine.load(problemOf(spec, rows.values));
    return new RegressionSnapshot(fitted, [problem], degree);
  }

  get values(): Matrix {
    return this.fitted.rows.values;
  }

  /** The mean, by a local polynomial where one is needed. */
  async fitAt(points: Matrix, asked: SumsOptions, gradient: boolean) {
    if (!gradient && this.degree === 0) {
      const sums = await this.problems[0].sums(points, asked, "none");
      return { mean: sums.mean, local: undefined, sums: [sums] };
    }
    const local = await (await this.local()).predict(points, asked);
    return { mean: local.mean, local, sums: local.sums };
  }

  override async weighing() {
    return this.degree > 0 ? this.local() : this.problems[0];
  }

  /** The fit at the keys, with and without each: the same whatever call asks for it first. */
  async atKeys({ signal, onProgress }: RunOptions): Promise<KeyFit> {
    const { spec } = this.fitted;
    if (spec.neighbours !== undefined)
      throw new NadarayaError(
        "unsupported",
        "standardError, confidence, bootstrap and diagnostics need residuals, which are not available with neighbours",
      );
    const options = { ...AT_KEYS, signal, onProgress };
    return this.keyFit.get(async () => {
      const { keyFitOf, keyFitOfPolynomial } = await import("../uncertainty/standard-error.ts");
      return this.degree === 0
        ? keyFitOf(spec, this.problems[0], options)
        : keyFitOfPolynomial(spec, await this.local(), this.degree, options);
    });
  }

  async standardErrors(asked: SumsOptions): Promise<StandardErrors> {
    const fitted = await this.atKeys(asked);
    return this.errors.get(async () => {
      const { StandardErrors } = await import("../uncertainty/standard-error.ts");
      const { spec } = this.fitted;
      return this.keep(await StandardErrors.of(spec, this.values, this.degree, fitted));
    });
  }

  async biasOf({ signal }: RunOptions): Promise<Bias> {
    const options = { ...AT_KEYS, signal };
    const fitted = await this.atKeys(options);
    return this.bias.get(async () => {
      const { Bias } = await import("../uncertainty/standard-error.ts");
      return this.keep(await Bias.of(this.fitted.spec, this.values, this.degree, fitted, options));
    });
  }

  fillEmpty(
    policy: EmptyPolicy,
    points: Matrix,
    empty: readonly number[],
    write: (query: number, row: ArrayLike<number>) => void,
  ): void {
    const { data, dims } = this.values;
    const row = (key: number) => data.subarray(key * dims, (key + 1) * dims);
    const mean = columnMeans(this.values, this.fitted.rows.sampleWeights);
    fillEmptyWindows(policy, this.problems[0], points, empty, write, row, mean);
  }

  /** What fits polynomials, and gradients. */
  private local(): Promise<LocalFit> {
    return this.localFit.get(async () => {
      const { LocalFit } = await import("../local-polynomial/local-fit.ts");
      return this.keep(new LocalFit(this.fitted.spec, this.values, this.degree));
    });
  }
}
