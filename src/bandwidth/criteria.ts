/**
 * Cross-validation criteria: how well each key's value is predicted from the others. All are a few sums at the keys
 * themselves, with and without each key's own part.
 */
import { extentsOf } from "../data/extents.ts";
import { columnMeans, type Matrix, total } from "../data/matrix.ts";
import type { LeaveOneOutSums } from "../problem/problem.ts";
import type { Sampling } from "../weighting/kernel-spec.ts";

/**
 * The mean squared error of predicting each value by other keys (Härdle and Marron 1985), summed over the columns. If no other key is in reach
 * (NaN), `fallback` predicts the row; without a fallback there is no such row. Sample weights weigh the errors.
 */
export function looError(
  values: Matrix,
  predictions: Float64Array,
  weights: Float64Array | undefined,
  fallback?: (row: number) => Float64Array,
): number {
  const { data, dims } = values;
  let sum = 0;
  for (let i = 0; i < data.length; i++) {
    const row = Math.floor(i / dims);
    const guess = fallback && Number.isNaN(predictions[i]) ? fallback(row)[i % dims] : predictions[i];
    sum += (weights ? weights[row] : 1) * (data[i] - guess) ** 2;
  }
  return sum / (weights ? total(weights) : values.count);
}

/**
 * The mean of all other rows, as the widest bandwidth of degree 0 predicts each: a row that no other reaches must not be predicted by itself.
 * @param keyWeights of the means; those of `sampling` by default
 */
export function meansOfOthers(
  values: Matrix,
  sampling?: Sampling,
  keyWeights = sampling?.weights,
): (row: number) => Float64Array {
  const { data, dims, count } = values;
  const weightOf = (row: number) => (keyWeights ? keyWeights[row] : 1);
  let sums: { readonly means: Float64Array; readonly all: number } | undefined;
  return (row) => {
    sums ??= { means: columnMeans(values, keyWeights), all: keyWeights ? total(keyWeights) : count };
    const { means, all } = sums;
    const leftOut = weightOf(row) / (sampling?.repeated ? sampling.weights[row] : 1);
    // A row that is most of the weight leaves no digits of the others' mean.
    if (leftOut > all / 2) {
      const others = Float64Array.from({ length: count }, (_, i) =>
        i === row ? weightOf(i) - leftOut : weightOf(i),
      );
      return columnMeans(values, others);
    }
    return means.map((mean, c) => mean - (leftOut / (all - leftOut)) * (data[row * dims + c] - mean));
  };
}

/** Residuals below this share of a column's range are rounding: sums are right to it. */
const ROUNDING = 1e-6;
/** A trace that leaves less than this share of the rows leaves nothing: local fits that pass through all rows have it except for rounding. */
const TRACE_ROUNDING = 1e-6;

/**
 * The corrected Akaike criterion (Hurvich, Simonoff and Tsai 1998): log σ̂² + (1 + tr H / n) / (1 − (tr H + 2) / n), with σ̂² the mean
 * squared residual and H the smoother; summed over the columns that are not constant. A σ̂ of rounding counts as all of it, or the logarithm of a
 * column that is fitted exactly would decide for all others.
 */
export function correctedAkaike(
  values: Matrix,
  { mean, leverage }: Pick<LeaveOneOutSums, "mean" | "leverage">,
  sampling?: Sampling,
): number {
  const { data, dims } = values;
  const { weights, repeated } = sampling ?? { repeated: false };
  const count = weights && repeated ? total(weights) : values.count;
  let trace = 0;
  for (const [i, h] of leverage.entries()) trace += weights && repeated ? weights[i] * h : h;
  if (count - trace - 2 <= TRACE_ROUNDING * count) return Infinity;
  const squares = new Float64Array(dims);
  const unit = weights ? count / total(weights) : 1;
  for (let i = 0; i < data.length; i++) {
    const weight = weights ? unit * weights[Math.floor(i / dims)] : 1;
    squares[i % dims] += weight * (data[i] - mean[i]) ** 2;
  }
  const penalty = (1 + trace / count) / (1 - (trace + 2) / count);
  return extentsOf(values).reduce((sum, { least, most }, c) => {
    const rounding = (ROUNDING * (most - least)) ** 2;
    return most > least ? sum + Math.log(Math.max(squares[c] / count, rounding)) + penalty : sum;
  }, 0);
}

/**
 * Minus the mean log density of each key by the others (Habbema, Hermans and van den Broek 1974; Duin 1976).
 * @param logIntegral log ∫ α
 */
export function negativeLogLikelihood(
  { logSumWithout }: Pick<LeaveOneOutSums, "logSumWithout">,
  logIntegral: number,
  sampling?: Sampling,
): number {
  const all = sampling ? total(sampling.weights) : logSumWithout.length;
  const others = massOfOthers(logSumWithout.length, sampling);
  let sum = 0;
  for (let i = 0; i < logSumWithout.length; i++) {
    const weight = sampling ? sampling.weights[i] : 1;
    sum += (weight / all) * (Math.log(others(i)) - logSumWithout[i]);
  }
  return sum + logIntegral;
}

/**
 * Least-squares cross-validation (Rudemo 1982; Bowman 1984), which R calls ucv: ∫ f̂² − 2 / n Σ f̂₋ᵢ(xᵢ).
 * @param roughness ∫ f̂²
 */
export function leastSquares(
  { logSumWithout }: Pick<LeaveOneOutSums, "logSumWithout">,
  logIntegral: number,
  roughness: number,
  sampling?: Sampling,
): number {
  const all = sampling ? total(sampling.weights) : logSumWithout.length;
  const others = massOfOthers(logSumWithout.length, sampling);
  let sum = 0;
  for (let i = 0; i < logSumWithout.length; i++) {
    const weight = sampling ? sampling.weights[i] : 1;
    sum += ((weight / all) * Math.exp(logSumWithout[i] - logIntegral)) / others(i);
  }
  return roughness - 2 * sum;
}

/** Σ w where one row is left out, or one of the equal rows that it stands for: beside a heavy row, all less its weight would have no digit. */
function massOfOthers(count: number, sampling?: Sampling): (i: number) => number {
  if (!sampling) return () => count - 1;
  const { weights, repeated } = sampling;
  if (repeated) {
    const rows = total(weights);
    return () => rows - 1;
  }
  const after = new Float64Array(count + 1);
  for (let i = count - 1; i >= 0; i--) after[i] = after[i + 1] + weights[i];
  const before = new Float64Array(count + 1);
  for (let i = 0; i < count; i++) before[i + 1] = before[i] + weights[i];
  return (i) => before[i] + after[i + 1];
}
