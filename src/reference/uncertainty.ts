/** Standard errors, bands and diagnostics of a regression, as docs/guide/uncertainty.md defines them. */
import { type Prepared, prepare, type ReferenceProblem, type Rows, sharesAt } from "./problem.ts";
import { combine, leaveOneOut, leverages, mean, meanAt, smootherAt } from "./regression.ts";
import { studentBound } from "./student.ts";

/** What the variance of all rows counts for at a query, in degrees of freedom. */
const PRIOR = 1;
/** A bound for fewer degrees of freedom is taken for these. */
const LEAST_FREEDOM = 2;
/** What the estimate of the bias counts for in a band. */
const BIAS = 1.5;
/** The most coordinates that local lines have. */
const MOST_DIMS = 8;
/** Errors below this share of the values' extent are rounding. */
const LEAST_ERROR = 1e-13;

/** Residual freedom below this share of the rows leaves residuals that are rounding. */
const USED_UP = 1e-9;

/** What rounding leaves of 1 − H of a polynomial that passes through its key. */
const ROUNDING = 1e-13;

interface RowFit {
  /** √p (v − f̂₋ᵢ): the error of each row by the others, of each column, p its precision; 0 if no other row is in reach. */
  readonly errors: Rows;
  /** (1 − H)², and its product with 1 + p S, where S is Σ l² / p of the fit without the row; 0 if no other row is in reach. */
  readonly free: readonly number[];
  readonly freedom: readonly number[];
}

function fitOfRows(prepared: Prepared): RowFit {
  const { keys, values, degree, precisions } = prepared;
  const rows = keys.map((key, i) => {
    const own = smootherAt(prepared, key).mean;
    // 1 − H is what the others' weights sum to: it keeps its digits near 0.
    const rest = own.reduce((sum, l, k) => (k === i ? sum : sum + l), 0);
    const free = degree > 0 && rest < ROUNDING ? 0 : rest ** 2;
    const without = smootherAt(prepared, key, i).mean;
    const squares = variance(prepared, without);
    if (Number.isNaN(squares)) return { errors: values[i].map(() => 0), free: 0, freedom: 0 };
    const others = combine(values, without, 1);
    const errors = values[i].map((v, c) => Math.sqrt(precisions[i]) * (v - others[c]));
    return { errors, free, freedom: free * (1 + precisions[i] * squares) };
  });
  return {
    errors: rows.map(({ errors }) => errors),
    free: rows.map(({ free }) => free),
    freedom: rows.map(({ freedom }) => freedom),
  };
}

function sumOfSquares(numbers: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < numbers.length; i++) sum += numbers[i] ** 2;
  return sum;
}

/** Σ l² / p: the variance of Σ l v, for σ = 1. */
const variance = ({ precisions }: Prepared, l: ArrayLike<number>) =>
  precisions.reduce((sum, p, i) => sum + l[i] ** 2 / p, 0);

interface Spread {
  readonly standardError: number[];
  readonly freedom: number;
}

/**
 * √(σ̂²(q) Σ l²) at each query, with l the weights of the fit and σ̂²(q) = (n_q A + ν₀ σ̂²) / (n_q D + ν₀), where A is the local mean of
 * (1 − H)² e², D that of (1 − H)² (1 + S), n_q = 1 / Σ w² of the local mean's weights, σ̂² = Σ (1 − H)² e² / Σ (1 − H)² (1 + S) and ν₀ = 1.
 * With precisions p, the sums of squares are Σ l² / p, errors are √p e, and local means are those of the kernel alone.
 */
function spreadAt(prepared: Prepared, queries: Rows): Spread[] {
  const { errors, free, freedom } = fitOfRows(prepared);
  const columns = prepared.values[0].keys();
  const total = freedom.reduce((sum, each) => sum + each, 0);
  const pooled = [...columns].map((c) => errors.reduce((sum, e, i) => sum + free[i] * e[c] ** 2, 0) / total);
  const prior = total > 0 ? PRIOR : 0;
  const largest = pooled.map((_, c) => Math.max(...errors.map((e) => Math.abs(e[c]))));
  const noisy = extentsOf(prepared.values).map(
    (extent, c) => extent > 0 && largest[c] > LEAST_ERROR * extent,
  );
  const kernelAlone = prepared.precisions.some((p) => p !== 1)
    ? { ...prepared, sampleWeights: prepared.sampleWeights.map(() => 1) }
    : prepared;
  return queries.map((query) => {
    const local = sharesAt(kernelAlone, query);
    const fit = variance(prepared, smootherAt(prepared, query).mean);
    const count = 1 / sumOfSquares(local);
    const known = count * local.reduce((sum, w, i) => sum + w * freedom[i], 0) + prior;
    const standardError = pooled.map((all, c) => {
      const squares = count * local.reduce((sum, w, i) => sum + w * free[i] * errors[i][c] ** 2, 0);
      if (!noisy[c]) return Number.NaN;
      return Math.sqrt(((squares + (prior > 0 ? prior * all : 0)) / known) * fit);
    });
    return { standardError, freedom: known };
  });
}

/** The largest distance of a value from the mean of its column. */
function extentsOf(values: Rows): number[] {
  const centres = weightedMeans(
    values,
    values.map(() => 1),
  );
  return centres.map((centre, c) => Math.max(...values.map((row) => Math.abs(row[c] - centre))));
}

/**
 * The pointwise standard error of the mean: m × c; NaN if no key is in reach, none says anything of the noise, or the fit passes through every value.
 * Importance weights are taken to
 * say nothing of a row's noise: errors of rows with weights 1/σ² are too wide (Σ l² σ̂² is for equal variances).
 */
export function standardError(problem: ReferenceProblem, queries: Rows): number[][] {
  return spreadAt(prepare(problem), queries).map((spread) => spread.standardError);
}

/**
 * mean ± t √(se² + (1.5 b)²). The bias b is what the fit makes of an estimate of the truth, less that estimate: the fit itself (twicing), or of degree 0 the
 * local line, if there is one.
 */
export function band(
  problem: ReferenceProblem,
  queries: Rows,
  confidence: number,
): { lower: number[][]; upper: number[][] } {
  const prepared = prepare(problem);
  const { degree, sphere, categories, bandwidth } = prepared;
  const hasLines = !sphere && categories.length === 0 && bandwidth.length <= MOST_DIMS;
  const truth: Prepared = degree === 0 && hasLines ? { ...prepared, degree: 1 } : prepared;
  const fitted = { ...prepared, values: prepared.keys.map((key) => meanAt(truth, key)) };
  const rows = spreadAt(prepared, queries).map(({ standardError, freedom }, q) => {
    const centre = meanAt(prepared, queries[q]);
    const estimate = meanAt(truth, queries[q]);
    const again = meanAt(fitted, queries[q]);
    const bound = Number.isNaN(freedom) ? NaN : studentBound(confidence, Math.max(freedom, LEAST_FREEDOM));
    return centre.map((f, c) => {
      const half = bound * Math.hypot(standardError[c], BIAS * (again[c] - estimate[c]));
      return [f - half, f + half];
    });
  });
  return {
    lower: rows.map((row) => row.map(([low]) => low)),
    upper: rows.map((row) => row.map(([, high]) => high)),
  };
}

/** The names are those of the product's `Diagnostics`. */
export interface ReferenceDiagnostics {
  readonly rSquared: number[];
  readonly leaveOneOutRSquared: number[];
  readonly effectiveParameters: number;
  readonly residualDegreesOfFreedom: number;
  readonly residualStandardError: number[];
  /** n × c. */
  readonly residuals: number[][];
  readonly leaveOneOutResiduals: number[][];
  readonly leverages: number[];
}

/**
 * How well a regression fits its own rows. Sums over rows are weighted: repeated rows count one by one, precisions as they are, and importance weights are scaled to a mean
 * of 1. A row that no other reaches is predicted by the mean of all.
 */
export function diagnostics(problem: ReferenceProblem): ReferenceDiagnostics {
  const { keys, values = [], sampleWeights = keys.map(() => 1), weightType } = problem;
  const total = sampleWeights.reduce((sum, w) => sum + w, 0);
  const repeated = weightType === "frequency";
  const count = repeated ? total : keys.length;
  const weights = sampleWeights.map((w) => (weightType === "precision" ? w : (w * count) / total));
  const weighted = (of: (i: number) => number) => weights.reduce((sum, w, i) => sum + w * of(i), 0);
  const centre = weightedMeans(values, weights);
  const fitted = mean(problem, keys);
  const without = leaveOneOut(problem);
  const own = leverages(problem);
  const trace = own.reduce((sum, h, i) => sum + (repeated ? sampleWeights[i] : 1) * h, 0);
  const squares = centre.map((middle, c) => ({
    all: weighted((i) => (values[i][c] - middle) ** 2),
    constant: values.every((row) => row[c] === values[0][c]),
    residual: weighted((i) => (values[i][c] - fitted[i][c]) ** 2),
    without: weighted((i) => (values[i][c] - (Number.isNaN(without[i][c]) ? middle : without[i][c])) ** 2),
  }));
  return {
    rSquared: squares.map(({ all, residual, constant }) => (constant ? Number.NaN : 1 - residual / all)),
    leaveOneOutRSquared: squares.map(({ all, without, constant }) =>
      constant ? Number.NaN : 1 - without / all,
    ),
    effectiveParameters: trace,
    residualDegreesOfFreedom: count - trace,
    residualStandardError: squares.map(({ residual }) =>
      count - trace > USED_UP * count ? Math.sqrt(residual / (count - trace)) : NaN,
    ),
    residuals: values.map((row, i) => row.map((v, c) => v - fitted[i][c])),
    leaveOneOutResiduals: values.map((row, i) => row.map((v, c) => v - without[i][c])),
    leverages: own,
  };
}

/** The mean of each column, as differences from the first row. */
export function weightedMeans(values: Rows, weights: readonly number[]): number[] {
  const total = weights.reduce((sum, w) => sum + w, 0);
  return values[0].map(
    (first, c) => first + values.reduce((sum, row, i) => sum + weights[i] * (row[c] - first), 0) / total,
  );
}
