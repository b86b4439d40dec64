/**
 * Dot-product attention (Vaswani et al. 2017) as kernel regression. Since |q − k|² = |q|² + |k|² − 2 q·k,
 *
 *   exp(q·k) = exp(−|q − k|² / 2) · exp(|k|² / 2) · exp(|q|² / 2)
 *
 * and what depends on the query alone cancels, softmax attention is the regression with a Gaussian of the bandwidth 1, in which
 * the key k weighs exp(|k|² / 2).
 *
 * Softmax does not change if all keys are moved alike, nor if queries are multiplied by a number and keys divided by it. Their mean is
 * therefore taken off the keys, and both get lengths for which the squares, which have to cancel, are small. If they stay large,
 * dot products are computed pair by pair, each to the last digit.
 */

import type { Whole } from "../../common/progress.ts";
import { createYielder } from "../../common/yield.ts";
import { columnMeans, type Matrix } from "../../data/matrix.ts";
import type { Engine } from "../../engine/engine.ts";
import { kernels } from "../../kernels/builtin.ts";
import { columnsOf, meansOf } from "../../weighting/column-means.ts";
import type { KernelSpec } from "../../weighting/kernel-spec.ts";
import { type BlockMeans, joinBlocks } from "./block-means.ts";

/** What a problem's mask hides: nothing, later keys, or the pairs whose number is 0. */
export type Mask = "causal" | Uint8Array | undefined;

interface Head {
  readonly keys: Matrix;
  readonly values: Matrix;
  readonly queries: Matrix;
  readonly temperature: number;
}

/** Keys and queries with exp(q·k), up to a factor of each query's own, as a Gaussian times the keys' weights. */
interface GaussianHead extends Head {
  readonly temperature: 1;
  /** |k|² / 2 of every key. */
  readonly logWeights: Float64Array;
}

/** The range of the keys' own weights, in e-folds. */
const MOST_SPREAD = 60;
/** What (|q| + |k|)² / 2 may be: so much of it, times 2^-53, is lost where it cancels. */
const LONGEST = 2 ** 20;
/** Queries that are masked together: earlier keys are seen by all of them, later ones by none. */
const BLOCK = 256;

/** softmax(q·k / τ) applied to the values of each head: m × columns, row-major. */
export async function softmax(
  { keys, values, queries, temperature }: Head,
  heads: number,
  mask: Mask,
  engine: Engine,
  whole: Whole,
): Promise<Float64Array> {
  const output = new Float64Array(queries.count * values.dims);
  const width = values.dims / heads;
  const pairs = queries.count * keys.count;
  const sees = (q: number, k: number) =>
    mask === undefined || (mask === "causal" ? k <= q : mask[q * keys.count + k] !== 0);
  for (let head = 0; head < heads && pairs > 0; head++) {
    const one: Head = {
      keys: partOf(keys, head, heads),
      values: partOf(values, head, heads),
      queries: partOf(queries, head, heads),
      temperature,
    };
    const gaussian = gaussianOf(one);
    const nextPart = (count: number) => whole.part(count / pairs / heads);
    let mean: Float64Array;
    if (!gaussian || ArrayBuffer.isView(mask))
      mean = (await directly(gaussian ?? one, [0, queries.count], [0, keys.count], sees, nextPart)).mean;
    else if (mask === "causal") mean = await causal(gaussian, engine, sees, nextPart);
    else mean = (await onEngine(gaussian, [0, queries.count], keys.count, engine, nextPart)).mean;
    for (let q = 0; q < queries.count; q++)
      output.set(mean.subarray(q * width, (q + 1) * width), q * values.dims + head * width);
  }
  return output;
}

/** Options for the next pairs, a number of them. */
type NextPart = (pairs: number) => ReturnType<Whole["part"]>;

/** The head with its keys around 0, lengths balanced and the temperature 1; nothing if too many digits would cancel. */
function gaussianOf({ keys, values, queries, temperature }: Head): GaussianHead | undefined {
  const means = columnMeans(keys);
  const centred = { ...keys, data: keys.data.map((x, i) => x - means[i % keys.dims]) };
  const [query, key] = [longest(queries), longest(centred)];
  const root = Math.sqrt(temperature);
  const product = (query / root) * (key / root);
  if (!(product <= LONGEST)) return undefined;
  // Both lengths become √product: |q|² + |k|² is least then.
  const ratio = product > 0 ? Math.sqrt(key) / Math.sqrt(query) : 0;
  let [queryScale, keyScale] = product > 0 ? [ratio / root, 1 / ratio / root] : [0, 0];
  if (!(queryScale < Infinity && keyScale < Infinity)) return undefined;
  const halfSquares = squaresOf(centred, keyScale);
  const spread = rangeOf(halfSquares);
  // Shorter keys differ less in their own weights.
  const shorter = Math.max(1, Math.sqrt(spread / MOST_SPREAD));
  if (!((product * (shorter + 1 / shorter) ** 2) / 2 <= LONGEST)) return undefined;
  [queryScale, keyScale] = [queryScale * shorter, keyScale / shorter];
  const scaled = (matrix: Matrix, scale: number) => ({ ...matrix, data: matrix.data.map((x) => x * scale) });
  return {
    keys: scaled(centred, keyScale),
    ...{ values, temperature: 1 },
    queries: scaled(queries, queryScale),
    logWeights: halfSquares.map((square) => square / shorter ** 2),
  };
}

/** The queries from … to − 1 over the first keys. */
async function onEngine(
  head: GaussianHead,
  [from, to]: readonly [number, number],
  keyCount: number,
  engine: Engine,
  nextPart: NextPart,
): Promise<BlockMeans> {
  const keys = rows(head.keys, 0, keyCount);
  const queries = rows(head.queries, from, to);
  const logWeights = head.logWeights.subarray(0, keyCount);
  const most = logWeights.reduce((largest, log) => Math.max(largest, log), -Infinity);
  const spec: KernelSpec = {
    ...{ kernel: kernels.get("gaussian")!, shape: "radial", keys, engine },
    bandwidth: new Array<number>(keys.dims).fill(1),
    keyWeights: logWeights.map((log) => Math.exp(log - most)),
  };
  const options = { method: "auto", tolerance: 1e-6, ...nextPart((to - from) * keyCount) } as const;
  const { mean, logSums } = await meansOf(spec, rows(head.values, 0, keyCount), queries, options);
  // Back from the Gaussian's exponents to those of q·k.
  const squares = squaresOf(queries, 1);
  return { mean, logSums: logSums.map((log, q) => log + most + squares[q]) };
}

/** Each block of queries sees the keys before it, on the engine, and its own keys up to itself, one by one. */
async function causal(
  head: GaussianHead,
  engine: Engine,
  sees: (query: number, key: number) => boolean,
  nextPart: NextPart,
): Promise<Float64Array> {
  const { queries, values } = head;
  const mean = new Float64Array(queries.count * values.dims);
  // Of the square of all pairs, each block takes its rows.
  for (let from = 0; from < queries.count; from += BLOCK) {
    const to = Math.min(from + BLOCK, queries.count);
    const share = queries.count / to;
    const nextOfBlock: NextPart = (pairs) => nextPart(pairs * share);
    const blocks = [await directly(head, [from, to], [from, to], sees, nextOfBlock)];
    if (from > 0) blocks.push(await onEngine(head, [from, to], from, engine, nextOfBlock));
    mean.set(joinBlocks(blocks), from * values.dims);
  }
  return mean;
}

/** Pair by pair in float64: queries from … to − 1 over the keys first … last − 1 that they see. */
async function directly(
  { keys, values, queries, temperature, ...others }: Head | GaussianHead,
  [from, to]: readonly [number, number],
  [first, last]: readonly [number, number],
  sees: (query: number, key: number) => boolean,
  nextPart: NextPart,
): Promise<BlockMeans> {
  const options = nextPart((to - from) * (last - first));
  options.signal?.throwIfAborted();
  const yieldToEventLoop = createYielder(options);
  const columns = values.dims;
  const mean = new Float64Array((to - from) * columns);
  const logSums = new Float64Array(to - from);
  /** q·k, and what it lost to rounding where that matters. */
  const dots = new Float64Array(last - first);
  const rests = new Float64Array(last - first);
  const isShort = "logWeights" in others;
  for (let q = from; q < to; q++) {
    let best = -1;
    for (let k = first; k < last; k++) {
      const at = k - first;
      dots[at] = -Infinity;
      if (!sees(q, k)) continue;
      if (isShort) dots[at] = dotOf(queries, q, keys, k);
      else [dots[at], rests[at]] = exactDotOf(queries, q, keys, k);
      if (best < 0 || dots[at] > dots[best] || (dots[at] === dots[best] && rests[at] > rests[best]))
        best = at;
    }
    const row = mean.subarray((q - from) * columns, (q - from + 1) * columns);
    let total = 0;
    for (let k = first; k < last && best >= 0; k++) {
      const at = k - first;
      const weight = Math.exp((dots[at] - dots[best] + (rests[at] - rests[best])) / temperature);
      total += weight;
      for (let c = 0; c < columns; c++) row[c] += weight * values.data[k * columns + c];
    }
    for (let c = 0; c < columns; c++) row[c] /= total;
    logSums[q - from] = best < 0 ? -Infinity : dots[best] / temperature + Math.log(total);
    options.onProgress?.({ done: q + 1 - from, total: to - from }); // of the part
    await yieldToEventLoop();
  }
  return { mean, logSums };
}

function dotOf(a: Matrix, i: number, b: Matrix, j: number): number {
  let dot = 0;
  for (let c = 0; c < a.dims; c++) dot += a.data[i * a.dims + c] * b.data[j * b.dims + c];
  return dot;
}

/** The dot product as if in twice the digits, as a number and what it lacks (Ogita, Rump and Oishi 2005). */
function exactDotOf(a: Matrix, i: number, b: Matrix, j: number): [number, number] {
  let [sum, rest] = [0, 0];
  for (let c = 0; c < a.dims; c++) {
    const [x, y] = [a.data[i * a.dims + c], b.data[j * b.dims + c]];
    const product = x * y;
    const [xHigh, yHigh] = [highOf(x), highOf(y)];
    const [xLow, yLow] = [x - xHigh, y - yHigh];
    const next = sum + product;
    const added = next - sum;
    rest +=
      sum -
      (next - added) +
      (product - added) +
      (xLow * yLow - (product - xHigh * yHigh - xLow * yHigh - xHigh * yLow));
    sum = next;
  }
  const dot = sum + rest;
  return [dot, rest - (dot - sum)];
}

/** The upper half of a number's digits (Dekker 1971). */
function highOf(x: number): number {
  const large = 134217729 * x;
  return large - (large - x);
}

/** Half the square of each row's length, once it is multiplied. */
function squaresOf({ data, dims, count }: Matrix, scale: number): Float64Array {
  const squares = new Float64Array(count);
  for (let i = 0; i < data.length; i++) squares[Math.floor(i / dims)] += (scale * data[i]) ** 2 / 2;
  return squares;
}

/** The length of the longest row. */
function longest(matrix: Matrix): number {
  const largest = matrix.data.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  if (largest === 0) return 0;
  const scaled = { ...matrix, data: matrix.data.map((x) => x / largest) };
  return largest * Math.sqrt(2 * squaresOf(scaled, 1).reduce((most, square) => Math.max(most, square), 0));
}

function rangeOf(numbers: Float64Array): number {
  let [least, most] = [Infinity, -Infinity];
  for (const x of numbers) [least, most] = [Math.min(least, x), Math.max(most, x)];
  return most - least;
}

const rows = ({ data, dims }: Matrix, from: number, to: number): Matrix => ({
  data: data.subarray(from * dims, to * dims),
  count: to - from,
  dims,
});

const partOf = (matrix: Matrix, part: number, parts: number): Matrix =>
  columnsOf(matrix, (part * matrix.dims) / parts, matrix.dims / parts);
