/** The most similar anchors of points by the cosine, in float64: dot products of the rows themselves, ranks and weights by logarithms. */

import { NadarayaError } from "../../common/errors.ts";
import { createYielder } from "../../common/yield.ts";
import type { Matrix } from "../../data/matrix.ts";
import type { RunOptions } from "../../problem/problem.ts";

/** Products of scaled rows below this may have lost digits, or all of them, to underflow. */
const SMALL = 2 ** -900;
/** The largest relative error of one operation. */
const ROUNDING = Number.EPSILON / 2;

/** Rows divided by powers of two, which costs no digits, and their lengths then: the largest entry is from 1 to 2. */
interface Directions extends Matrix {
  readonly lengths: Float64Array;
  /** The logarithms of the rows' lengths as they were. */
  readonly logLengths: Float64Array;
  /** The rows as they were. */
  readonly rows: Float64Array;
}

/** @throws NadarayaError "invalid-input" for a row of zeros */
export function directionsOf({ data, dims, count }: Matrix, name: string): Directions {
  const scaled = new Float64Array(data.length);
  const lengths = new Float64Array(count);
  const logLengths = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const [from, to] = [i * dims, (i + 1) * dims];
    let largest = 0;
    for (let at = from; at < to; at++) largest = Math.max(largest, Math.abs(data[at]));
    if (largest === 0)
      throw new NadarayaError("invalid-input", `${name}[${i}] has length 0, expected a direction`);
    const exponent = -Math.floor(Math.log2(largest));
    const half = Math.trunc(exponent / 2); // 2^1074 is no float64
    const [first, second] = [2 ** half, 2 ** (exponent - half)];
    let squares = 0;
    for (let at = from; at < to; at++) {
      scaled[at] = data[at] * first * second;
      squares += scaled[at] ** 2;
    }
    lengths[i] = Math.sqrt(squares);
    logLengths[i] = Math.log(lengths[i]) - exponent * Math.LN2;
  }
  return { data: scaled, dims, count, lengths, logLengths, rows: data };
}

/** log of a cosine, −Infinity unless it is above 0, and what that may be off by. */
type LogCosine = readonly [log: number, error: number];

const NOT_SIMILAR: LogCosine = [-Infinity, 0];

/** Of the angle between rows i and j. Orthogonal rows give 0 exactly, or less than rounding, whose sign says nothing. */
function logCosine(a: Directions, i: number, b: Directions, j: number): LogCosine {
  const { dims } = a;
  const [from, other] = [i * dims, j * dims];
  let [dot, magnitude, terms] = [0, 0, 0];
  for (let c = 0; c < dims; c++) {
    if (a.rows[from + c] === 0 || b.rows[other + c] === 0) continue;
    const product = a.data[from + c] * b.data[other + c];
    dot += product;
    magnitude += Math.abs(product);
    terms++;
  }
  if (terms === 0) return NOT_SIMILAR;
  if (magnitude < SMALL) {
    const [log, error] = logOfSmallDot(a.rows, from, b.rows, other, dims);
    return [log - a.logLengths[i] - b.logLengths[j], error];
  }
  if (!(dot > terms * ROUNDING * magnitude)) return NOT_SIMILAR;
  // The coordinates as they were given are rounded, and so are products, sums, squares and roots.
  const error = ((terms + 2) * (magnitude / dot) + dims + 8) * ROUNDING;
  return [Math.log(dot / (a.lengths[i] * b.lengths[j])), error];
}

/** What logarithms of up to 745 lose, of several coordinates. */
const SMALL_ERROR = 1e-12;

/** log of a dot product with terms that underflow. */
function logOfSmallDot(
  a: Float64Array,
  from: number,
  b: Float64Array,
  other: number,
  dims: number,
): LogCosine {
  const log = (c: number) => Math.log(Math.abs(a[from + c])) + Math.log(Math.abs(b[other + c]));
  let most = -Infinity;
  for (let c = 0; c < dims; c++) most = Math.max(most, log(c));
  let [sum, magnitude] = [0, 0];
  for (let c = 0; c < dims; c++) {
    const term = Math.exp(log(c) - most);
    sum += Math.sign(a[from + c]) * Math.sign(b[other + c]) * term;
    magnitude += term;
  }
  return sum > SMALL_ERROR ? [most + Math.log(sum), (SMALL_ERROR * magnitude) / sum] : NOT_SIMILAR;
}

/**
 * Sorts indices by their logarithms, the largest first, until `count` are in their places. Of those that differ from the largest by no more than
 * their errors the least index is first: they get its logarithm.
 */
function rank(indices: Uint32Array, logs: Float64Array, errors: Float64Array, count: number): Uint32Array {
  indices.sort((a, b) => logs[b] - logs[a] || a - b);
  for (let first = 0, end = 0; first < Math.min(count, indices.length); first = end) {
    const top = indices[first];
    const least = logs[top] - errors[top];
    for (end = first + 1; end < indices.length && logs[indices[end]] + errors[indices[end]] >= least; end++)
      logs[indices[end]] = logs[top];
    indices.subarray(first, end).sort();
  }
  return indices.subarray(0, count);
}

/** For each point the `count` anchors of the largest cosines, and their cosines' powers, each row of length 1. */
export async function similarAnchors(
  anchors: Directions,
  points: Directions,
  count: number,
  power: number,
  options: RunOptions,
): Promise<{ readonly anchors: Int32Array; readonly weights: Float64Array }> {
  options.signal?.throwIfAborted();
  const yieldToEventLoop = createYielder(options);
  const indices = new Int32Array(points.count * count).fill(-1);
  const weights = new Float64Array(points.count * count);
  const logs = new Float64Array(anchors.count);
  const errors = new Float64Array(anchors.count);
  const total = points.count * anchors.count;
  for (let q = 0; q < points.count; q++) {
    for (let a = 0; a < anchors.count; a++) [logs[a], errors[a]] = logCosine(anchors, a, points, q);
    const similar = Uint32Array.from(logs.keys()).filter((a) => logs[a] > -Infinity);
    const best = rank(similar, logs, errors, count);
    const row = Float64Array.from(best, (a) => Math.exp(power * (logs[a] - logs[best[0]])));
    const length = Math.hypot(...row);
    indices.set(best, q * count);
    weights.set(
      row.map((weight) => weight / length),
      q * count,
    );
    options.onProgress?.({ done: (q + 1) * anchors.count, total });
    await yieldToEventLoop();
  }
  return { anchors: indices, weights };
}
