/**
 * Pointwise standard errors of local means and polynomials, without assuming that the noise is the same everywhere. The
 * mean is Σ lᵢ vᵢ with the weights l of the smoother, so
 *
 *   se(q)² = σ̂²(q) Σ lᵢ²,    σ̂²(q) = (n_q A(q) + ν₀ σ̂²) / (n_q D(q) + ν₀),
 *   A = Σ αᵢ (1 − Hᵢᵢ)² eᵢ² / Σ αᵢ,   D = Σ αᵢ (1 − Hᵢᵢ)² (1 + Sᵢ) / Σ αᵢ,   n_q = (Σ αᵢ)² / Σ αᵢ²
 *
 * where eᵢ = vᵢ − f̂₋ᵢ(kᵢ) is a key's error without itself, which has the variance σ² (1 + Sᵢ) for Sᵢ = Σ_j l₋ᵢⱼ², so that A / D is free of the
 * residuals' shrinkage by their leverage H (Härdle 1990, §4.2; Fan and Gijbels 1996, §3.2.5; Fan and Yao 1998). A key that is alone in its
 * window, H = 1, tells nothing of the noise there: D is n_q's share of degrees of freedom, and where few are left the
 * variance is drawn towards σ̂² = Σ (1 − H)² e² / Σ (1 − H)² (1 + S), that of all keys, as if it were ν₀ of them. It is the
 * spread of the estimate, not its bias. Degree 0: Σ l² = Σ α² / (Σ α)². Else l is α times a polynomial, and Σ l² is a quadratic form in the
 * moments of α².
 */

import { type Matrix, noColumns } from "../../data/matrix.ts";
import type { LoadedProblem, SumsOptions } from "../../problem/problem.ts";
import { ColumnMeans } from "../../weighting/column-means.ts";
import { type KernelSpec, problemOf, withProblem } from "../../weighting/kernel-spec.ts";
import { LocalFit, type LocalFitResult, precisionOf } from "../local-polynomial/local-fit.ts";
import { squared } from "./squared-kernel.ts";

/**
 * Σ l² is a quadratic form in the moments, and loses the digits that its terms have and it has not. Where the terms are more than this times the sum, it
 * is summed over the keys: moments are known to 1e-7 in single precision, 1e-15 in double, and by "expand" to 1e-9 of the weights.
 */
const MOST_CANCELLED = { single: 300, double: 1e8, expand: 1e3 } as const;

/** What the variance of all keys counts for, in degrees of freedom. */
const PRIOR = 1;

/** The fit at the keys themselves, with and without each of them. */
export interface KeyFit {
  /** n × columns, row-major. */
  readonly mean: Float64Array;
  /** NaN where no other key is in reach. */
  readonly meanWithout: Float64Array;
  /** The diagonal H of the smoother, and 1 − H with all its digits. */
  readonly leverage: Float64Array;
  readonly free: Float64Array;
  /** Σ l² of the fit without the key. */
  readonly squaresWithout: Float64Array;
}

/** The fit at the keys by a problem of their values, for degree 0. */
export async function keyFitOf(
  spec: KernelSpec,
  problem: LoadedProblem,
  options: SumsOptions,
): Promise<KeyFit> {
  const { mean, meanWithout, leverage, free, logSumWithout } = await problem.leaveOneOut(options);
  const { spec: narrow } = squared(spec);
  const { logSumWithout: logSquares } = await withProblem(narrow, noColumns(spec.keys), (squares) =>
    squares.leaveOneOut(options),
  );
  const squaresWithout = logSquares.map((log, i) => Math.exp(log - 2 * logSumWithout[i]));
  return { mean, meanWithout, leverage, free, squaresWithout };
}

/** The fit at the keys by a local polynomial. */
export async function keyFitOfPolynomial(
  spec: KernelSpec,
  local: LocalFit,
  degree: number,
  options: SumsOptions,
): Promise<KeyFit> {
  const squares = await SquaredWeights.of(spec, degree);
  try {
    return await local.leaveOneOut(options, async (fitted) => {
      const { ofFit } = await squares.at(spec.keys, options, fitted.logSums, fitted);
      return ofFit;
    });
  } finally {
    squares.dispose();
  }
}

/** Errors without the key, scaled to the variance of the noise; 0 where nothing else is in reach. */
export function standardisedErrors(values: Matrix, { meanWithout, squaresWithout }: KeyFit): Float64Array {
  return values.data.map((v, i) => {
    const error = (v - meanWithout[i]) / Math.sqrt(1 + squaresWithout[Math.floor(i / values.dims)]);
    return Number.isNaN(error) ? 0 : error;
  });
}

export interface Errors {
  /** m × columns, row-major; NaN where no key is in reach, and where the noise cannot be estimated. */
  readonly standardError: Float64Array;
  /** Degrees of freedom of the variance at each query. */
  readonly freedom: Float64Array;
  /** Queries at which the noise cannot be estimated. */
  readonly withheld: number;
}

export class StandardErrors {
  private readonly columns: number;
  /** For each column the variance of all keys; NaN where it cannot be estimated. */
  private readonly pooled: Float64Array;
  private readonly variances: ColumnMeans;
  private readonly squares: SquaredWeights;

  private constructor(
    columns: number,
    pooled: Float64Array,
    variances: ColumnMeans,
    squares: SquaredWeights,
  ) {
    this.columns = columns;
    this.pooled = pooled;
    this.variances = variances;
    this.squares = squares;
  }

  static async of(spec: KernelSpec, values: Matrix, degree: number, fitted: KeyFit): Promise<StandardErrors> {
    const { count, dims: columns } = values;
    const { free, squaresWithout } = fitted;
    const { copies } = spec;
    const errors = standardisedErrors(values, fitted);
    // The columns' shares of A, then that of D.
    const width = columns + 1;
    const data = new Float64Array(count * width);
    const pooled = new Float64Array(columns);
    let freedom = 0;
    for (let i = 0; i < count; i++) {
      const known = free[i] > 0 && squaresWithout[i] < Infinity;
      const share = known ? free[i] ** 2 * (1 + squaresWithout[i]) : 0;
      data[i * width + columns] = share;
      freedom += (copies ? copies[i] : 1) * share;
      for (let c = 0; c < columns; c++) {
        const square = share * errors[i * columns + c] ** 2;
        data[i * width + c] = square;
        pooled[c] += (copies ? copies[i] : 1) * square;
      }
    }
    const variances = await ColumnMeans.of(spec, { data, count, dims: width });
    return new StandardErrors(
      columns,
      pooled.map((sum) => sum / freedom),
      variances,
      await SquaredWeights.of(spec, degree),
    );
  }

  /** For a degree of 1 and more, `local` is the fit at the queries. */
  async at(queries: Matrix, options: SumsOptions, local?: LocalFitResult): Promise<Errors> {
    const { columns, pooled } = this;
    const { mean, logSums } = await this.variances.at(queries, options);
    const { ofFit, ofMean } = await this.squares.at(queries, options, logSums, local);
    const standardError = new Float64Array(queries.count * columns).fill(NaN);
    const degrees = new Float64Array(queries.count).fill(NaN);
    let withheld = 0;
    for (let q = 0; q < queries.count; q++) {
      if (logSums[q] === -Infinity) continue;
      const row = q * (columns + 1);
      const keys = 1 / ofMean[q];
      const freedom = keys * Math.max(mean[row + columns], 0);
      const known = Number.isFinite(pooled[0]) || columns === 0;
      const prior = known ? PRIOR : 0;
      if (!(freedom + prior > 0)) {
        withheld++;
        continue;
      }
      degrees[q] = freedom + prior;
      for (let c = 0; c < columns; c++) {
        const squares = keys * Math.max(mean[row + c], 0) + (known ? prior * pooled[c] : 0);
        standardError[q * columns + c] = Math.sqrt((squares / (freedom + prior)) * ofFit[q]);
      }
    }
    return { standardError, freedom: degrees, withheld };
  }

  dispose(): void {
    this.variances.dispose();
    this.squares.dispose();
  }
}

/**
 * What the fit makes of its own fit at the keys: it is off from the fit about as much as the fit is off from the truth (twicing, Tukey
 * 1977; Stuetzle and Mittal 1979), so their difference estimates the bias.
 */
export class SecondFit {
  private readonly means: ColumnMeans | undefined;
  private readonly fit: LocalFit | undefined;

  private constructor(means: ColumnMeans | undefined, fit: LocalFit | undefined) {
    this.means = means;
    this.fit = fit;
  }

  static async of(spec: KernelSpec, columns: number, degree: number, { mean }: KeyFit): Promise<SecondFit> {
    const values = { data: mean, dims: columns, count: spec.keys.count };
    if (degree > 0) return new SecondFit(undefined, new LocalFit(spec, values, degree));
    return new SecondFit(await ColumnMeans.of(spec, values), undefined);
  }

  /** m × columns, row-major. */
  async at(queries: Matrix, options: SumsOptions): Promise<Float64Array> {
    return (await (this.fit ? this.fit.predict(queries, options) : this.means!.at(queries, options))).mean;
  }

  dispose(): void {
    this.means?.dispose();
    this.fit?.dispose();
  }
}

/** Σ l² at queries: of the fit, and of the local mean, for which it is one over the effective number of keys. */
interface Squares {
  readonly ofFit: Float64Array;
  readonly ofMean: Float64Array;
}

class SquaredWeights {
  private readonly unit: number;
  private readonly plain: LoadedProblem | undefined;
  private readonly fit: LocalFit | undefined;
  /** The fit by the weights themselves. */
  private readonly exact: LocalFit | undefined;

  private constructor(unit: number, plain?: LoadedProblem, fit?: LocalFit, exact?: LocalFit) {
    this.unit = unit;
    this.plain = plain;
    this.fit = fit;
    this.exact = exact;
  }

  static async of(spec: KernelSpec, degree: number): Promise<SquaredWeights> {
    const { spec: narrow, unit } = squared(spec);
    const none = noColumns(spec.keys);
    if (degree > 0) {
      const fitOf = (weighed: KernelSpec) => new LocalFit(weighed, none, degree);
      return new SquaredWeights(unit, undefined, fitOf(narrow), fitOf(spec));
    }
    return new SquaredWeights(unit, await spec.engine.load(problemOf(narrow, none)));
  }

  /** @param logSums log Σ α of the queries */
  async at(
    queries: Matrix,
    options: SumsOptions,
    logSums: Float64Array,
    local?: LocalFitResult,
  ): Promise<Squares> {
    if (this.plain) {
      const { totals } = await this.plain.sums(queries, options, "log");
      const ofMean = totals!.map((log, q) => Math.exp(log - 2 * logSums[q]));
      return { ofFit: ofMean, ofMean };
    }
    const { basis, moments: named, product } = this.fit!.fit;
    const { moments, logSums: logSquares, sums } = await this.fit!.moments(queries, options);
    const { row, squares: fromKeys } = local!;
    const size = basis.length;
    const ofMean = logSquares.map((log, q) => Math.exp(log - 2 * logSums[q]));
    // Moments are in the narrower kernel's units.
    const unit = Float64Array.from(named, ({ powers }) => this.unit ** powers.reduce((sum, p) => sum + p, 0));
    const most = MOST_CANCELLED[precisionOf(sums)];
    const unsure: number[] = [];
    const ofFit = ofMean.map((squares, q) => {
      if (!Number.isNaN(fromKeys[q])) return fromKeys[q];
      let [sum, terms] = [0, 0];
      for (let a = 0; a < size; a++)
        for (let b = 0; b < size; b++) {
          const index = product[a][b];
          const moment = index < 0 ? 1 : moments[q * named.length + index] * unit[index];
          const term = row[q * size + a] * row[q * size + b] * moment;
          sum += term;
          if (a === b) terms += Math.sqrt(term);
        }
      if (!(terms ** 2 <= most * sum) && logSums[q] > -Infinity) unsure.push(q);
      return sum * squares;
    });
    await this.exact!.sumsOfSquares(queries, unsure, options, (q, sum) => {
      ofFit[q] = sum;
    });
    return { ofFit, ofMean };
  }

  dispose(): void {
    this.plain?.dispose();
    this.fit?.dispose();
    this.exact?.dispose();
  }
}
