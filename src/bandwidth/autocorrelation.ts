/**
 * Whether noise is correlated along keys of one coordinate: cross-validation then takes it for a part of the curve (Hart 1991; Opsomer, Wang and Yang 2001).
 * Residuals of white noise are products with random signs, whatever the spacing of the keys and the variances; what could be mistaken for
 * correlation is a curve that bends within a few keys. So only keys count around which keys are dense, and neighbours that no gap separates.
 */
import type { Matrix } from "../data/matrix.ts";
import { columnOf, sortedColumnOf } from "./rules.ts";

/** Fewest different keys, and most: of more, those in the middle. */
const FEWEST = 100;
const MOST = 2048;
/** Fewest keys that count. */
const FEWEST_DENSE = 60;
/** Steps this many times the median step are gaps: windows end there. */
const WIDEST_STEP = 10;
/** Keys count if the narrowest window around them is at most this many times as wide as the median one. */
const WIDEST_WINDOW = 1.5;
/** Keys on each side of a window: the first and the last number of them that is tried, and the factor between. */
const NARROWEST = 6;
const WIDEST = 100;
const GROWTH = 1.4;
/** Keys on each side that a window's prediction error leaves out, so that their noise does not choose the window. */
const GAP = 2;
/** Errors beyond this many standard deviations count as this many, so that few places where the curve is steep do not decide. */
const MOST_DEVIATIONS = 2.5;
/** The standard deviation of a normal number over its median size. */
const PER_MEDIAN = 1.4826;
/** Standard errors by which the products of neighbours' residuals must be above 0, and those among the denser half of the keys. */
const CORRELATION_BOUND = 2.6;
const DENSER_BOUND = 1.3;
/** Standard errors of white noise, about 1 / √n, by which the roughness must be above 1. */
const ROUGHNESS_BOUND = 3;
/** Growth of the variance between steps that is no more than correlated noise has, which is 2, and its own error. */
const STEEPEST = 2.5;

/** The correlation of residuals of neighbouring keys, if it is that of no white noise; of several value columns the largest one. */
export function noiseCorrelation(keys: Matrix, values: Matrix): number | undefined {
  if (keys.dims !== 1) return undefined;
  const correlations = Array.from({ length: values.dims }, (_, c) => {
    const [x, y] = distinctRows(keys, columnOf(values, c));
    return x.length < FEWEST ? 0 : correlationOf(x, y);
  });
  const largest = Math.max(...correlations);
  return largest > 0 ? largest : undefined;
}

export const correlationWarning = (rule: string, correlation: number): string =>
  `bandwidth "${rule}": residuals of neighbouring keys have a correlation of ${correlation.toFixed(2)}, so the noise is correlated, or the curve bends within a few keys; if it is the noise, the bandwidth is too narrow ("gap" leaves out neighbours too) and standard errors are too small`;

/** Keys in rising order and their values. */
interface Series {
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** The first and the last key of the run that each belongs to: no gap is between them. */
  readonly first: Int32Array;
  readonly last: Int32Array;
}

/** The lag-1 correlation of residuals, 0 if white noise has it too, or if a curve that bends within a few keys may be the cause. */
function correlationOf(x: Float64Array, y: Float64Array): number {
  const series = { x, y, ...runsOf(x) };
  const widths = narrowestWindows(series);
  const widest = WIDEST_WINDOW * median(widths.filter((width) => width < Infinity));
  const dense = indicesWhere(widths, (width) => width <= widest);
  if (dense.length < FEWEST_DENSE) return 0;
  const residuals = clipped(errorsOf(series, chosenWindow(series, dense), 0), dense);
  const correlationWithin = (width: number) => {
    let [products, squares, size] = [0, 0, 0];
    for (const i of dense) {
      if (i === series.first[i] || widths[i] > width || widths[i - 1] > width) continue;
      const product = residuals[i] * residuals[i - 1];
      products += product;
      squares += product ** 2;
      size += (residuals[i] ** 2 + residuals[i - 1] ** 2) / 2;
    }
    return { correlation: products / size, deviations: products / Math.sqrt(squares) };
  };
  const { correlation, deviations } = correlationWithin(widest);
  if (!(deviations > CORRELATION_BOUND)) return 0;
  const half = median(dense.map((i) => widths[i])) * (1 + 1e-9);
  if (!(correlationWithin(half).deviations > DENSER_BOUND)) return 0;
  return isRough(series, dense) ? correlation : 0;
}

/** The keys between gaps: the first and the last one of each key's run. */
function runsOf(x: Float64Array): Pick<Series, "first" | "last"> {
  const n = x.length;
  const steps = x.subarray(1).map((next, i) => next - x[i]);
  const widest = WIDEST_STEP * median(steps);
  const first = new Int32Array(n);
  const last = new Int32Array(n).fill(n - 1);
  for (let i = 1; i < n; i++) first[i] = steps[i - 1] <= widest ? first[i - 1] : i;
  for (let i = n - 2; i >= 0; i--) last[i] = steps[i] <= widest ? last[i + 1] : i;
  return { first, last };
}

/** The first and the last of the m keys on each side of a key, or at an end of its run of those beside. */
function windowAt({ first, last }: Series, i: number, m: number): [low: number, high: number] {
  const keys = 2 * Math.min(m, Math.floor((last[i] - first[i]) / 2));
  const low = Math.max(first[i], Math.min(i - keys / 2, last[i] - keys));
  return [low, low + keys];
}

/** How far the narrowest window around each key reaches; Infinity if its run has too few keys. */
function narrowestWindows(series: Series): Float64Array {
  return series.x.map((_, i) => {
    const [low, high] = windowAt(series, i, NARROWEST);
    return high - low < 2 * NARROWEST ? Infinity : series.x[high] - series.x[low];
  });
}

/** Each value less the line through those of the m keys on each side, without the `gap` nearest and its own. */
function errorsOf(series: Series, m: number, gap: number): Float64Array {
  const { x, y } = series;
  return y.map((value, i) => {
    const [low, high] = windowAt(series, i, m);
    const scale = Math.max(x[i] - x[low], x[high] - x[i]);
    let [count, first, second, sum, moment] = [0, 0, 0, 0, 0];
    for (let k = low; k <= high; k++) {
      if (Math.abs(k - i) <= gap) continue;
      const d = (x[k] - x[i]) / scale;
      count++;
      first += d;
      second += d * d;
      sum += y[k];
      moment += d * y[k];
    }
    const determinant = count * second - first * first;
    const isLine = determinant > 1e-12 * count * second;
    return value - (isLine ? (second * sum - first * moment) / determinant : sum / count);
  });
}

/** The number of keys on each side by which the dense keys are best predicted. */
function chosenWindow(series: Series, dense: readonly number[]): number {
  let [least, window] = [Infinity, NARROWEST];
  for (let m = NARROWEST; m <= Math.min(WIDEST, series.x.length / 3); m = Math.ceil(m * GROWTH)) {
    const errors = clipped(errorsOf(series, m, GAP), dense);
    const error = dense.reduce((sum, i) => sum + errors[i] ** 2, 0);
    if (error < least) [least, window] = [error, m];
  }
  return window;
}

/** Errors within `MOST_DEVIATIONS` robust standard deviations. */
function clipped(errors: Float64Array, dense: readonly number[]): Float64Array {
  const most = MOST_DEVIATIONS * PER_MEDIAN * median(dense.map((i) => Math.abs(errors[i])));
  return errors.map((e) => Math.max(-most, Math.min(most, e)));
}

/**
 * Whether the variance that values interpolated from keys 2 and 4 steps away leave for neighbours is above the one that they have. White noise on a smooth
 * curve has σ² + c k⁴ at k steps; correlated noise is smoother at one step than that. At most twice the variance at half the
 * steps is of correlated noise; more is of a curve that is hardly sampled.
 */
function isRough({ x, y, first, last }: Series, dense: readonly number[]): boolean {
  const inner = dense.filter((i) => i - first[i] >= 4 && last[i] - i >= 4);
  /** σ² by the error of interpolating a value between those k keys before and after it. */
  const varianceOf = (i: number, k: number) => {
    const share = (x[i + k] - x[i]) / (x[i + k] - x[i - k]);
    const error = y[i] - (share * y[i - k] + (1 - share) * y[i + k]);
    return error ** 2 / (1 + share ** 2 + (1 - share) ** 2);
  };
  const most = (MOST_DEVIATIONS * PER_MEDIAN) ** 2 * median(inner.map((i) => varianceOf(i, 4)));
  const [one, two, four] = [1, 2, 4].map((k) =>
    inner.reduce((sum, i) => sum + Math.min(varianceOf(i, k), most), 0),
  );
  if (!(Math.max(two / one, four / two) < STEEPEST)) return false;
  const roughness = (two - (four - two) / 16) / one;
  return (roughness - 1) * Math.sqrt(inner.length) > ROUGHNESS_BOUND;
}

function median(numbers: Iterable<number>): number {
  const sorted = Float64Array.from(numbers).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function indicesWhere(numbers: Float64Array, isTaken: (number: number) => boolean): number[] {
  const indices: number[] = [];
  for (const [i, number] of numbers.entries()) if (isTaken(number)) indices.push(i);
  return indices;
}

/** The keys in rising order, each once, with the means of their values; of many keys those in the middle. */
function distinctRows(keys: Matrix, values: Float64Array): readonly [x: Float64Array, y: Float64Array] {
  const sorted = sortedColumnOf(keys, 0);
  const skipped = Math.max(0, Math.floor((keys.count - MOST) / 2));
  const [least, most] = [sorted[skipped], sorted[keys.count - 1 - skipped]];
  const rows: number[] = [];
  for (let i = 0; i < keys.count; i++) if (keys.data[i] >= least && keys.data[i] <= most) rows.push(i);
  rows.sort((a, b) => keys.data[a] - keys.data[b]);
  const x: number[] = [];
  const y: number[] = [];
  let copies = 0;
  for (const row of rows) {
    if (x.at(-1) !== keys.data[row]) {
      x.push(keys.data[row]);
      y.push(0);
      copies = 0;
    }
    copies++;
    y[y.length - 1] += (values[row] - y[y.length - 1]) / copies;
  }
  return [Float64Array.from(x), Float64Array.from(y)];
}
