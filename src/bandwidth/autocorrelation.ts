/**
 * Whether noise is correlated along keys of one coordinate: cross-validation then takes it for a part of the curve (Hart 1991; Opsomer, Wang and Yang 2001).
 * Nothing can tell correlated noise from a curve that bends within a few keys, so both conditions below are conservative.
 */
import type { Matrix } from "../data/matrix.ts";
import { columnOf, sortedColumnOf } from "./rules.ts";

/** Fewest different keys, and most: of more, those in the middle. */
const FEWEST = 100;
const MOST = 2048;
/** Keys on each side of a window: the first and the last number of them that is tried, and the factor between. */
const NARROWEST = 6;
const WIDEST = 100;
const GROWTH = 1.4;
/** Keys on each side that a window's prediction error leaves out, so that their noise does not choose the window. */
const GAP = 2;
/** Standard errors of white noise, 1 / √n, by which the correlation must differ from 0; and those, 2.4 / √n, of the roughness from 1. */
const CORRELATION_BOUND = 3;
const ROUGHNESS_BOUND = 4;
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

/** The lag-1 correlation of residuals, 0 if white noise has it too, or if the values are a smooth curve of little noise. */
function correlationOf(x: Float64Array, y: Float64Array): number {
  const n = x.length;
  let [least, window] = [Infinity, NARROWEST];
  for (let m = NARROWEST; m <= Math.min(WIDEST, n / 3); m = Math.ceil(m * GROWTH)) {
    const error = squares(residuals(x, y, m, GAP));
    if (error < least) [least, window] = [error, m];
  }
  const found = residuals(x, y, window, 0);
  let products = 0;
  for (let i = 1; i < n; i++) products += found[i] * found[i - 1];
  const correlation = products / squares(found);
  const isCorrelated = correlation * Math.sqrt(n) > CORRELATION_BOUND;
  return isCorrelated && (roughness(x, y) - 1) * Math.sqrt(n) > ROUGHNESS_BOUND ? correlation : 0;
}

/**
 * The variance that values interpolated from keys 2 and 4 steps away leave for neighbours, over the one that they have. White noise
 * on a smooth curve has σ² + c k⁴ at k steps, and the ratio 1; correlated noise is smoother at one step than that. At most twice the
 * variance at half the steps is of correlated noise; more is of a curve that is hardly sampled, whose ratio is 1 here.
 */
function roughness(x: Float64Array, y: Float64Array): number {
  const [one, two, four] = [1, 2, 4].map((k) => interpolationError(x, y, k));
  return Math.max(two / one, four / two) < STEEPEST ? (two - (four - two) / 16) / one : 1;
}

/** σ² by the errors of interpolating each value between those k keys before and after it. */
function interpolationError(x: Float64Array, y: Float64Array, k: number): number {
  let sum = 0;
  for (let i = k; i < x.length - k; i++) {
    const share = (x[i + k] - x[i]) / (x[i + k] - x[i - k]);
    const error = y[i] - (share * y[i - k] + (1 - share) * y[i + k]);
    sum += error ** 2 / (1 + share ** 2 + (1 - share) ** 2);
  }
  return sum / (x.length - 2 * k);
}

/** Each value less the line through those of the m keys on each side, without the `gap` nearest and its own. */
function residuals(x: Float64Array, y: Float64Array, m: number, gap: number): Float64Array {
  const n = x.length;
  return y.map((own, i) => {
    const low = Math.max(0, Math.min(i - m, n - 1 - 2 * m));
    const high = Math.min(n - 1, Math.max(i + m, 2 * m));
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
    return own - (isLine ? (second * sum - first * moment) / determinant : sum / count);
  });
}

const squares = (numbers: Float64Array): number => numbers.reduce((sum, x) => sum + x * x, 0);

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
