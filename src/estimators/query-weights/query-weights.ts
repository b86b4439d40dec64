/** Statistics of a query's key weights: the heaviest keys, the effective sample size, weighted quantiles. */

import { NadarayaError, show } from "../../common/errors.ts";
import { isBetween } from "../../common/options.ts";
import { createYielder } from "../../common/yield.ts";
import { type Matrix, noColumns } from "../../data/matrix.ts";
import { kernels } from "../../kernels/builtin.ts";
import { KeyDifferences, logWeightRatio } from "../../kernels/log-weight.ts";
import type { LoadedProblem, RunOptions } from "../../problem/problem.ts";
import { type KernelSpec, problemOf } from "../../weighting/kernel-spec.ts";
import type { Snapshot } from "../model/snapshot.ts";

/** What the weights that are left out may sum to; for the extremes of all keys in reach, almost none. */
const TOLERANCE = 1e-9;
/** The same, of weights that float64 can hold. */
const LEAST_TOLERANCE = 1e-300;
/** Negative weights below this share are rounding errors. */
const ROUNDING = 1e-12;

/** @throws NadarayaError "unsupported" for local polynomials, whose weights may be negative and are no distribution. */
export function assertDistribution(
  { degree, fitted }: { readonly degree: number; readonly fitted: { readonly spec: KernelSpec } },
  what: string,
): void {
  if (degree > 0)
    throw new NadarayaError(
      "unsupported",
      `${what} needs weights that are not negative: it is available for degree 0, not for degree ${degree}`,
    );
  if (fitted.spec.precisions)
    throw new NadarayaError(
      "unsupported",
      `${what} is not available with weightType "precision": each row's value has a distribution of its own`,
    );
}

/** The heaviest keys of each query, and their weights. */
export interface TopWeights {
  /** m × k, row-major: indices of keys, the heaviest first; −1 where fewer are in reach. */
  readonly keys: Int32Array;
  /** Their share of all the query's weights, m × k; 0 where there is no key. Of degree 1 and 2 shares may be negative: the largest size is the heaviest. */
  readonly weights: Float64Array;
}

/** The k heaviest keys of every query; of equals, those with the least index. */
export async function topWeights(
  snapshot: Snapshot,
  queries: Matrix,
  k: number,
  { signal, onProgress }: RunOptions,
): Promise<TopWeights> {
  const { spec } = snapshot.fitted;
  const problem = await snapshot.weighing();
  const isPolynomial = problem !== snapshot.problems[0];
  const keys = new Int32Array(queries.count * k).fill(-1);
  const weights = new Float64Array(queries.count * k);
  const take = (query: number, order: Uint32Array, indices: Uint32Array, shareOf: (i: number) => number) => {
    for (const [place, i] of order.entries()) {
      weights[query * k + place] = shareOf(i);
      keys[query * k + place] = indices[i];
    }
  };
  // Unless the kernel ends, every key is in reach: first those that matter, and the lighter ones only of queries that have too few.
  let lacking: number[] | undefined;
  for (const tolerance of [TOLERANCE, LEAST_TOLERANCE]) {
    const fewer: number[] = [];
    const run = { signal, onProgress: lacking ? undefined : onProgress };
    await problem.eachQuery(queries, { ...run, tolerance, indices: lacking }, (query, found) => {
      const { keys: indices, weights: own, count } = found;
      let total = 0;
      for (let i = 0; i < count; i++) total += own[i];
      const order = heaviest(k, indices, isPolynomial ? own.map(Math.abs) : own, count);
      take(query, order, indices, (i) => own[i] / total);
      if (order.length < k) fewer.push(query);
    });
    lacking = fewer;
    // A polynomial leaves out the others.
    if (lacking.length === 0 || isPolynomial || spec.kernel.tail === "compact") return { keys, weights };
  }
  const yieldToEventLoop = createYielder({ signal });
  const indices = Uint32Array.from({ length: spec.keys.count }, (_, i) => i);
  for (const query of lacking ?? []) {
    const reference = query * k;
    const logs = logRatios(spec, queries, query, keys[reference]);
    const share = weights[reference];
    take(query, heaviest(k, indices, logs, logs.length), indices, (i) => share * Math.exp(logs[i]));
    await yieldToEventLoop();
  }
  return { keys, weights };
}

/** The places of the k heaviest of the first `count`, in their order. */
function heaviest(k: number, indices: Uint32Array, weights: Float64Array, count: number): Uint32Array {
  const lighter = (a: number, b: number) =>
    weights[a] < weights[b] || (weights[a] === weights[b] && indices[a] > indices[b]);
  // A heap of the heaviest so far, the lightest of them on top: n log k.
  const heap = new Uint32Array(Math.min(k, count));
  let held = 0;
  for (let i = 0; i < count; i++) {
    if (weights[i] === -Infinity) continue; // out of reach
    if (held < heap.length) {
      let at = held++;
      for (let up = (at - 1) >> 1; at > 0 && lighter(i, heap[up]); up = (at - 1) >> 1) {
        heap[at] = heap[up];
        at = up;
      }
      heap[at] = i;
    } else if (lighter(heap[0], i)) sink(heap, held, i, lighter);
  }
  return heap.subarray(0, held).sort((a, b) => (lighter(a, b) ? 1 : -1));
}

/** For every key the logarithm of its weight over that of the key `reference`. */
export function logRatios(spec: KernelSpec, queries: Matrix, query: number, reference: number): Float64Array {
  const { data, dims, bandwidthFactors } = queries;
  const { keys, kernel, shape, bandwidth, keyBandwidthFactors, keyWeights, stretched } = problemOf(
    spec,
    noColumns(spec.keys),
  );
  const widths = bandwidth.map((h, j) =>
    bandwidthFactors && stretched?.[j] !== false ? h * bandwidthFactors[query] : h,
  );
  const point = data.slice(query * dims, (query + 1) * dims);
  const differences = new KeyDifferences(point, keys.data, reference, widths);
  return Float64Array.from({ length: keys.count }, (_, i) => {
    const [width, own] = keyBandwidthFactors
      ? [keyBandwidthFactors[i], keyBandwidthFactors[reference]]
      : [1, 1];
    const ratio = logWeightRatio(kernel, shape, differences.to(i), width, own);
    const given = keyWeights ? Math.log(keyWeights.data[i] / keyWeights.data[reference]) : 0;
    return Number.isNaN(ratio) ? -Infinity : ratio + given;
  });
}

/** Puts an element in the place of the heap's top, and moves it down to where it belongs. */
function sink(
  heap: Uint32Array,
  size: number,
  element: number,
  lighter: (a: number, b: number) => boolean,
): void {
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= size) break;
    if (child + 1 < size && lighter(heap[child + 1], heap[child])) child++;
    if (!lighter(heap[child], element)) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = element;
}

/** Of each query's weights: the effective number of keys, and the entropy. */
export interface WeightStatistics {
  /** (Σ w)² / Σ w² (Kish 1965): how many keys of equal weight would have the same spread; 0 where none is in reach. */
  readonly effectiveSampleSize: Float64Array;
  /** −Σ p log p of the weights' shares p, in nats: e to its power is another such number. NaN if some are negative, of degree 1 and 2. */
  readonly entropy: Float64Array;
}

export async function weightStatistics(
  snapshot: Snapshot,
  queries: Matrix,
  options: RunOptions,
): Promise<WeightStatistics> {
  const { copies } = snapshot.fitted.spec;
  const problem = await snapshot.weighing();
  const effectiveSampleSize = new Float64Array(queries.count);
  const entropy = new Float64Array(queries.count);
  await problem.eachQuery(queries, { ...options, tolerance: TOLERANCE }, (query, found) => {
    const { keys, weights, count } = found;
    let [sum, squares, logs, least] = [0, 0, 0, 0];
    for (let i = 0; i < count; i++) {
      const w = weights[i];
      const each = copies ? w / copies[keys[i]] : w;
      sum += w;
      squares += w * each;
      least = Math.min(least, w);
      if (w > 0) logs += w * Math.log(each);
    }
    if (sum === 0) return;
    effectiveSampleSize[query] = (sum / squares) * sum;
    entropy[query] = least < -ROUNDING * sum ? NaN : Math.log(sum) - logs / sum;
  });
  return { effectiveSampleSize, entropy };
}

/** Whether every key has a weight above 0 at every query, however small. What weighs nothing by a kernel of a user's own is out of its reach. */
export const reachesAllKeys = ({ kernel }: Pick<KernelSpec, "kernel">): boolean =>
  kernel.tail !== "compact" && kernels.get(kernel.name) === kernel;

/**
 * Conditional quantiles: for every query, column and probability p the least value at or below which keys of at least the
 * share p of the weight lie (the inverse of the weighted distribution function; Stone 1977). m × columns × probabilities.
 * @param reachesAll then 0 and 1 have the extremes of all keys
 */
export async function quantiles(
  problem: LoadedProblem,
  values: Matrix,
  queries: Matrix,
  probabilities: readonly number[],
  reachesAll: boolean,
  options: RunOptions,
): Promise<Float64Array> {
  const broken = probabilities.findIndex((p) => !isBetween(p, 0, 1));
  if (broken >= 0)
    throw new NadarayaError(
      "invalid-input",
      `probabilities[${broken}] is ${show(probabilities[broken])}, expected a number from 0 to 1`,
    );
  const { data, dims: columns, count: n } = values;
  const result = new Float64Array(queries.count * columns * probabilities.length).fill(NaN);
  // Each column's keys in the order of their values, and each key's place in that order.
  const sorted = Array.from({ length: columns }, (_, c) => {
    const order = Uint32Array.from({ length: n }, (_, i) => i);
    order.sort((a, b) => data[a * columns + c] - data[b * columns + c]);
    const rank = new Uint32Array(n);
    for (let place = 0; place < n; place++) rank[order[place]] = place;
    return { order, rank };
  });
  const isEnd = (at: number) => probabilities[at] === 0 || probabilities[at] === 1;
  const places = [...probabilities.keys()];
  const ascending = places
    .filter((at) => !(reachesAll && isEnd(at)))
    .sort((a, b) => probabilities[a] - probabilities[b]);
  for (const end of places.filter((at) => reachesAll && isEnd(at)))
    for (let row = 0; row < queries.count * columns; row++) {
      const c = row % columns;
      const key = sorted[c].order[probabilities[end] === 0 ? 0 : n - 1];
      result[row * probabilities.length + end] = data[key * columns + c];
    }
  if (ascending.length === 0) return result;
  const byRank = new Float64Array(n);
  const tails = ascending.map((at) => Math.min(probabilities[at], 1 - probabilities[at]));
  const tolerance = Math.max(TOLERANCE * Math.min(...tails), LEAST_TOLERANCE);
  await problem.eachQuery(queries, { ...options, tolerance }, (query, { keys, weights, count }) => {
    let total = 0;
    for (let i = 0; i < count; i++) total += weights[i];
    if (!(total > 0)) return;
    for (const [c, { order, rank }] of sorted.entries()) {
      for (let i = 0; i < count; i++) byRank[rank[keys[i]]] = weights[i];
      // Many keys: walk over all places. Few: sort their places.
      const few = count * Math.log2(count + 1) < n;
      const fewPlaces = few ? Uint32Array.from({ length: count }, (_, i) => rank[keys[i]]).sort() : undefined;
      let [below, step, next, last] = [0, 0, 0, -1];
      const end = fewPlaces ? count : n;
      for (; step < end && next < ascending.length; step++) {
        const place = fewPlaces ? fewPlaces[step] : step;
        if (byRank[place] === 0) continue;
        below += byRank[place];
        last = order[place];
        for (; next < ascending.length; next++) {
          const p = probabilities[ascending[next]];
          if (p === 1 || below < p * total * (1 - 1e-12)) break;
          result[(query * columns + c) * probabilities.length + ascending[next]] = data[last * columns + c];
        }
      }
      for (; next < ascending.length; next++)
        result[(query * columns + c) * probabilities.length + ascending[next]] = data[last * columns + c];
      for (let i = 0; i < count; i++) byRank[rank[keys[i]]] = 0;
    }
  });
  return result;
}
