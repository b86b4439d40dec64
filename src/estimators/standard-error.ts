/**
 * Pointwise standard errors of local means and polynomials, without assuming that the noise is the same everywhere. The
 * mean is Σ lᵢ vᵢ with the weights l of the smoother, so
 *
 *   se(q)² = σ̂²(q) Σ lᵢ²,    σ̂²(q) = Σ αᵢ eᵢ² / Σ αᵢ,    eᵢ² = (vᵢ − f̂(kᵢ))² / (1 − Hᵢᵢ)
 *
 * (Härdle 1990, §4.2; Fan and Gijbels 1996, §3.2.5; the local variance of Fan and Yao 1998, with the residuals' shrinkage by their
 * leverage undone). It is the spread of the estimate, not its bias. Degree 0: Σ l² = Σ α² / (Σ α)². Else l is α times a
 * polynomial, and Σ l² is a quadratic form in the moments of α².
 */
import { type Matrix, noColumns } from "../data.ts";
import type { LoadedProblem, SumsOptions } from "../engine/types.ts";
import { problemOf, type Weighing } from "../weighing.ts";
import { squared } from "./derived-kernels.ts";
import { LocalFit, type LocalFitResult } from "./local-fit.ts";

/** The fit at the keys themselves. */
export interface AtKeys {
  /** n × columns, row-major. */
  readonly mean: Float64Array;
  /** The diagonal of the smoother. */
  readonly leverage: Float64Array;
}

/** Squared residuals with their shrinkage undone; 0 where a value is all that foretells itself. */
export function squaredResiduals(values: Matrix, { mean, leverage }: AtKeys): Float64Array {
  return values.data.map((v, i) => {
    const free = 1 - leverage[Math.floor(i / values.dims)];
    return free > 1e-9 ? (v - mean[i]) ** 2 / free : 0;
  });
}

export class StandardErrors {
  private readonly columns: number;
  private readonly variance: LoadedProblem;
  private readonly squares: SquaredWeights;

  private constructor(columns: number, variance: LoadedProblem, squares: SquaredWeights) {
    this.columns = columns;
    this.variance = variance;
    this.squares = squares;
  }

  static async of(
    weighing: Weighing,
    values: Matrix,
    degree: number,
    fitted: AtKeys,
  ): Promise<StandardErrors> {
    const residuals = { ...values, data: squaredResiduals(values, fitted) };
    return new StandardErrors(
      values.dims,
      await weighing.engine.load(problemOf(weighing, residuals)),
      await SquaredWeights.of(weighing, degree),
    );
  }

  /** m × columns, row-major; NaN where no key is in reach. For a degree of 1 and more, `local` is the fit at the queries. */
  async at(queries: Matrix, options: SumsOptions, local?: LocalFitResult): Promise<Float64Array> {
    const variance = await this.variance.sums(queries, options, "log");
    const squares = await this.squares.at(queries, options, variance.totals!, local);
    return variance.mean.map((v, i) => Math.sqrt(Math.max(v, 0) * squares[Math.floor(i / this.columns)]));
  }

  dispose(): void {
    this.variance.dispose();
    this.squares.dispose();
  }
}

/** Σ lᵢ² of queries: one over the effective number of keys, for degree 0. */
export class SquaredWeights {
  private readonly unit: number;
  private readonly plain: LoadedProblem | undefined;
  private readonly fit: LocalFit | undefined;

  private constructor(unit: number, plain: LoadedProblem | undefined, fit: LocalFit | undefined) {
    this.unit = unit;
    this.plain = plain;
    this.fit = fit;
  }

  static async of(weighing: Weighing, degree: number): Promise<SquaredWeights> {
    const { weighing: narrow, unit } = squared(weighing);
    const none = noColumns(weighing.keys);
    if (degree > 0) return new SquaredWeights(unit, undefined, new LocalFit(narrow, none, degree));
    return new SquaredWeights(unit, await weighing.engine.load(problemOf(narrow, none)), undefined);
  }

  /** @param logSums log Σ α of the queries */
  async at(
    queries: Matrix,
    options: SumsOptions,
    logSums: Float64Array,
    local?: LocalFitResult,
  ): Promise<Float64Array> {
    if (this.plain) {
      const { totals } = await this.plain.sums(queries, options, "log");
      return totals!.map((log, q) => Math.exp(log - 2 * logSums[q]));
    }
    const { basis, moments: named, product } = this.fit!.fit;
    const { moments, logSums: logSquares } = await this.fit!.moments(queries, options);
    const { row } = local!;
    const size = basis.length;
    // Moments are in the narrower kernel's units.
    const unit = Float64Array.from(named, ({ powers }) => this.unit ** powers.reduce((sum, p) => sum + p, 0));
    return logSquares.map((log, q) => {
      let sum = 0;
      for (let a = 0; a < size; a++)
        for (let b = 0; b < size; b++) {
          const index = product[a][b];
          const moment = index < 0 ? 1 : moments[q * named.length + index] * unit[index];
          sum += row[q * size + a] * row[q * size + b] * moment;
        }
      return Math.max(sum, 0) * Math.exp(log - 2 * logSums[q]);
    });
  }

  dispose(): void {
    this.plain?.dispose();
    this.fit?.dispose();
  }
}
