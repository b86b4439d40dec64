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
 *
 * Precisions p, Var vᵢ = σ² / pᵢ: l² and S are sums of l² / p, squares of errors are multiplied by p, and A, D and n_q are those of the kernel
 * alone, as all errors say the same of σ² then.
 */

import { columnMeans, type Matrix, noColumns } from "../../data/matrix.ts";
import type { LoadedProblem, SumsOptions } from "../../problem/problem.ts";
import { ColumnMeans } from "../../weighting/column-means.ts";
import { type KernelSpec, problemOf, withProblem } from "../../weighting/kernel-spec.ts";
import { hasLines, LocalFit, type LocalFitResult, precisionOf } from "../local-polynomial/local-fit.ts";
import { squared } from "./squared-kernel.ts";

/**
 * Σ l² is a quadratic form in the moments, and loses the digits that its terms have and it has not. Where the terms are more than this times the sum, it
 * is summed over the keys: moments are known to 1e-7 in single precision, 1e-15 in double, and by "cull" and "expand" to 1e-9 of the weights.
 */
const MOST_CANCELLED = { single: 300, double: 1e8, cull: 1e3, expand: 1e3 } as const;

/** What the variance of all keys counts for, in degrees of freedom. */
export const PRIOR = 1;
/** Errors below this share of the values' extent are rounding. */
const ROUNDING = 1e-13;

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

/** Errors without the key, scaled to the variance that the key's own noise has; 0 where nothing else is in reach. */
export function standardisedErrors(
  values: Matrix,
  { meanWithout, squaresWithout }: KeyFit,
  precisions?: Float64Array,
): Float64Array {
  return values.data.map((v, at) => {
    const i = Math.floor(at / values.dims);
    const error = (v - meanWithout[at]) / Math.sqrt(1 + (precisions ? precisions[i] : 1) * squaresWithout[i]);
    return Number.isNaN(error) ? 0 : error;
  });
}

export interface Errors {
  /** m × columns, row-major; NaN where no key is in reach, and where the noise cannot be estimated. */
  readonly standardError: Float64Array;
  /** Degrees of freedom of the variance at each query. */
  readonly freedom: Float64Array;
  /** Queries at which the noise of some column cannot be estimated. */
  readonly withheld: number;
  /** n_q of every query, and Σ l² of the fit. */
  readonly keys: Float64Array;
  readonly squares: Float64Array;
}

/** The weighing by which the noise is estimated: of precisions the kernel's alone. */
export function noiseSpec(spec: KernelSpec): KernelSpec {
  const { keyWeights, precisions } = spec;
  if (!keyWeights || !precisions) return spec;
  return { ...spec, keyWeights: keyWeights.map((w, i) => w / precisions[i]), precisions: undefined };
}

/** What the squared errors of a column say of the noise. */
export interface Noise {
  /** In the column's unit: squares of values have no room for the squares of very small and very large ones. */
  readonly unit: number;
  /** Σ (1 − H)² e² / Σ (1 − H)² (1 + S); NaN where the noise cannot be estimated. */
  readonly pooled: number;
}

export class StandardErrors {
  /** (1 − H)² (1 + S) of every key, 0 where it says nothing, and their sum over all rows. */
  readonly shares: Float64Array;
  readonly freedom: number;
  private readonly noise: readonly Noise[];
  private readonly variances: ColumnMeans;
  private readonly squares: SquaredWeights;
  /** With precisions the fit's weights, and the squares of those by which the noise is estimated. */
  private readonly weights: LoadedProblem | undefined;
  private readonly noiseSquares: SquaredWeights | undefined;

  private constructor(
    shares: Float64Array,
    freedom: number,
    noise: readonly Noise[],
    variances: ColumnMeans,
    squares: SquaredWeights,
    weights: LoadedProblem | undefined,
    noiseSquares: SquaredWeights | undefined,
  ) {
    this.shares = shares;
    this.freedom = freedom;
    this.noise = noise;
    this.variances = variances;
    this.squares = squares;
    this.weights = weights;
    this.noiseSquares = noiseSquares;
  }

  static async of(spec: KernelSpec, values: Matrix, degree: number, fitted: KeyFit): Promise<StandardErrors> {
    const { count, dims: columns } = values;
    const { copies, precisions } = spec;
    const shares = sharesOf(fitted, precisions);
    const freedom = shares.reduce((sum, share, i) => sum + (copies ? copies[i] : 1) * share, 0);
    const errors = standardisedErrors(values, fitted, precisions);
    // The columns' shares of A, then that of D.
    const width = columns + 1;
    const data = new Float64Array(count * width);
    for (let i = 0; i < count; i++) data[i * width + columns] = shares[i];
    const centres = columnMeans(values);
    const noise = Array.from({ length: columns }, (_, c): Noise => {
      let [unit, extent] = [0, 0];
      for (let i = 0; i < count; i++) {
        if (shares[i] > 0) unit = Math.max(unit, Math.abs(errors[i * columns + c]));
        extent = Math.max(extent, Math.abs(values.data[i * columns + c] - centres[c]));
      }
      // A fit through every value, or values without variance, say nothing of the noise.
      if (extent === 0 || !(unit > ROUNDING * extent)) return { unit: 1, pooled: Number.NaN };
      let pooled = 0;
      for (let i = 0; i < count; i++) {
        const precision = precisions ? precisions[i] : 1;
        const square = shares[i] * precision * (errors[i * columns + c] / unit) ** 2;
        data[i * width + c] = square;
        pooled += (copies ? copies[i] : 1) * square;
      }
      return { unit, pooled: pooled / freedom };
    });
    const variances = await ColumnMeans.of(noiseSpec(spec), { data, count, dims: width });
    const squares = await SquaredWeights.of(spec, degree);
    const weights = precisions && (await spec.engine.load(problemOf(spec, noColumns(spec.keys))));
    const noiseSquares = precisions && (await SquaredWeights.of(noiseSpec(spec), 0));
    return new StandardErrors(shares, freedom, noise, variances, squares, weights, noiseSquares);
  }

  /** For a degree of 1 and more, `local` is the fit at the queries. */
  async at(queries: Matrix, options: SumsOptions, local?: LocalFitResult): Promise<Errors> {
    const { noise } = this;
    const columns = noise.length;
    const { mean, logSums } = await this.variances.at(queries, options);
    const fitSums = this.weights ? (await this.weights.sums(queries, options, "log")).totals! : logSums;
    const { ofFit, ofMean } = await this.squares.at(queries, options, fitSums, local);
    const noiseSquares = await this.noiseSquares?.at(queries, options, logSums);
    const keys = (noiseSquares?.ofMean ?? ofMean).map((squares) => 1 / squares);
    const standardError = new Float64Array(queries.count * columns).fill(NaN);
    const degrees = new Float64Array(queries.count).fill(NaN);
    let withheld = 0;
    for (let q = 0; q < queries.count; q++) {
      if (logSums[q] === -Infinity) continue;
      const row = q * (columns + 1);
      const own = keys[q] * Math.max(mean[row + columns], 0);
      const prior = this.freedom > 0 ? PRIOR : 0;
      if (own + prior > 0) degrees[q] = own + prior;
      for (const [c, { unit, pooled }] of noise.entries()) {
        const squares = keys[q] * Math.max(mean[row + c], 0) + prior * pooled;
        standardError[q * columns + c] = unit * Math.sqrt((squares / degrees[q]) * ofFit[q]);
      }
      if (standardError.subarray(q * columns, (q + 1) * columns).some(Number.isNaN)) withheld++;
    }
    return { standardError, freedom: degrees, withheld, keys, squares: ofFit };
  }

  dispose(): void {
    this.variances.dispose();
    this.squares.dispose();
    this.weights?.dispose();
    this.noiseSquares?.dispose();
  }
}

/** (1 − H)² (1 + S) of every key: its degrees of freedom; 0 where nothing else is in reach. */
function sharesOf({ free, squaresWithout }: KeyFit, precisions?: Float64Array): Float64Array {
  return free.map((share, i) =>
    share > 0 && squaresWithout[i] < Infinity
      ? share ** 2 * (1 + (precisions ? precisions[i] : 1) * squaresWithout[i])
      : 0,
  );
}

/**
 * An estimate of the fit's bias: what the fit makes of an estimate of the truth at the keys is off from that as the fit is off from the truth. The
 * estimate is the fit itself (twicing, Tukey 1977; Stuetzle and Mittal 1979); for a local mean it is the local line of the same weights, as the
 * mean's own slope is too flat where the keys end, by half.
 */
export class Bias {
  private readonly means: ColumnMeans | undefined;
  private readonly fit: LocalFit | undefined;
  /** The local line, where that is the estimate. */
  private readonly line: LocalFit | undefined;

  private constructor(means: ColumnMeans | undefined, fit: LocalFit | undefined, line: LocalFit | undefined) {
    this.means = means;
    this.fit = fit;
    this.line = line;
  }

  static async of(
    spec: KernelSpec,
    values: Matrix,
    degree: number,
    { mean }: KeyFit,
    options: SumsOptions,
  ): Promise<Bias> {
    const fitted = { ...values, data: mean };
    if (degree > 0) return new Bias(undefined, new LocalFit(spec, fitted, degree), undefined);
    if (!hasLines(spec)) return new Bias(await ColumnMeans.of(spec, fitted), undefined, undefined);
    const line = new LocalFit(spec, values, 1);
    const { mean: atKeys } = await line.predict(spec.keys, options);
    return new Bias(await ColumnMeans.of(spec, { ...values, data: atKeys }), undefined, line);
  }

  /** m × columns, row-major. @param mean the fit at the queries */
  async at(queries: Matrix, options: SumsOptions, mean: Float64Array): Promise<Float64Array> {
    const again = await (this.fit ? this.fit.predict(queries, options) : this.means!.at(queries, options));
    const truth = this.line ? (await this.line.predict(queries, options)).mean : mean;
    return again.mean.map((each, i) => each - truth[i]);
  }

  dispose(): void {
    this.means?.dispose();
    this.fit?.dispose();
    this.line?.dispose();
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
