/** Logarithms of the weights α of one query's pairs, safe far from all keys. */
import { type LogKernel, logAlpha, logAlphaRatio } from "./kernels.ts";

/** Whether α is taken of the distance, or multiplied over the coordinates. */
export type Shape = "radial" | "product";

type Row = ArrayLike<number>;

/** What the weight of a pair depends on besides the pair. */
export interface Window {
  readonly kernel: LogKernel;
  readonly shape: Shape;
  readonly bandwidth: readonly number[];
  /** Factors of the bandwidth, one a key; 1 by default. */
  readonly widths?: ArrayLike<number>;
}

/** Below this, rounding of log α itself would show in the weights. */
const FAR = -256;

/**
 * log α of one query and every key, less `scale`; −Infinity out of reach. Far from all keys `scale` is the largest log α, and the others are
 * found as differences from it.
 */
export function logsOfPairs(
  query: Row,
  keys: readonly Row[],
  window: Window,
): { logs: Float64Array; scale: number } {
  const { kernel, widths } = window;
  const logs = new Float64Array(keys.length);
  let best = 0;
  for (let k = 0; k < keys.length; k++) {
    logs[k] = logOfPair(query, keys[k], window, widths ? widths[k] : 1);
    if (logs[k] > logs[best]) best = k;
  }
  const scale = logs[best];
  if (kernel.compact || widths || !(scale < FAR)) return { logs, scale: 0 };
  if (scale === -Infinity) best = nearest(query, keys, window);
  for (let k = 0; k < keys.length; k++) logs[k] = logOfRatio(query, keys[k], keys[best], window);
  return { logs, scale };
}

function logOfPair(query: Row, key: Row, { kernel, shape, bandwidth }: Window, width: number): number {
  const dims = bandwidth.length;
  if (dims === 1) return logAlpha(kernel, Math.abs(query[0] - key[0]) / (bandwidth[0] * width));
  let sum = 0;
  if (shape === "product") {
    for (let j = 0; j < dims; j++)
      sum += logAlpha(kernel, Math.abs(query[j] - key[j]) / (bandwidth[j] * width));
    return sum;
  }
  for (let j = 0; j < dims; j++) sum += ((query[j] - key[j]) / (bandwidth[j] * width)) ** 2;
  return logAlpha(kernel, sum < Infinity ? Math.sqrt(sum) : distance(query, key, bandwidth) / width);
}

/** The Euclidean distance in bandwidths, without overflow or underflow of its squares. */
export function distance(query: Row, key: Row, bandwidth: readonly number[]): number {
  let sum = 0;
  for (let j = 0; j < bandwidth.length; j++) sum += ((query[j] - key[j]) / bandwidth[j]) ** 2;
  if (sum > 1e-300 && sum < Infinity) return Math.sqrt(sum);
  return Math.hypot(...bandwidth.map((h, j) => (query[j] - key[j]) / h));
}

function nearest(query: Row, keys: readonly Row[], { bandwidth }: Window): number {
  const distances = keys.map((key) => distance(query, key, bandwidth));
  return distances.indexOf(distances.reduce((least, each) => Math.min(least, each), Infinity));
}

/** log α of a key less that of another, by u² − v² = Σ (other − key) ((query − other) + (query − key)) / h². */
function logOfRatio(query: Row, key: Row, other: Row, { kernel, shape, bandwidth }: Window): number {
  const dims = bandwidth.length;
  const squaresAlong = (j: number) =>
    ((other[j] - key[j]) / bandwidth[j]) * ((query[j] - other[j] + (query[j] - key[j])) / bandwidth[j]);
  const ratio = (u: number, v: number, squares: number) =>
    logAlphaRatio(kernel, u, v, u + v > 0 ? squares / (u + v) : 0, squares);
  let sum = 0;
  if (shape === "product") {
    for (let j = 0; j < dims; j++) {
      const [u, v] = [key, other].map((each) => Math.abs(query[j] - each[j]) / bandwidth[j]);
      sum += ratio(u, v, squaresAlong(j));
    }
    return sum;
  }
  for (let j = 0; j < dims; j++) sum += squaresAlong(j);
  return ratio(distance(query, key, bandwidth), distance(query, other, bandwidth), sum);
}

/** log Σ e^log, −Infinity of nothing. */
export function logSumOf(logs: ArrayLike<number>): number {
  let most = -Infinity;
  for (let k = 0; k < logs.length; k++) most = Math.max(most, logs[k]);
  if (most === -Infinity) return -Infinity;
  let sum = 0;
  for (let k = 0; k < logs.length; k++) sum += Math.exp(logs[k] - most);
  return most + Math.log(sum);
}

/** e^log over their sum; all NaN if every one is −Infinity. */
export function shares(logs: ArrayLike<number>): Float64Array {
  let most = -Infinity;
  for (let k = 0; k < logs.length; k++) most = Math.max(most, logs[k]);
  const result = new Float64Array(logs.length);
  let sum = 0;
  for (let k = 0; k < logs.length; k++) {
    result[k] = Math.exp(logs[k] - most);
    sum += result[k];
  }
  for (let k = 0; k < logs.length; k++) result[k] /= sum;
  return result;
}
