/** Statistics of a query's key weights: the heaviest keys, the effective sample size, weighted quantiles. */
import type { Matrix } from "../../data/matrix.ts";
import type { LoadedProblem, RunOptions } from "../../problem/problem.ts";

/** What the weights that are left out may sum to. */
const TOLERANCE = 1e-9;

/** The heaviest keys of each query, and their weights. */
export interface TopWeights {
  /** m × k, row-major: indices of keys, the heaviest first; −1 where fewer are in reach. */
  readonly keys: Int32Array;
  /** Their share of all the query's weights, m × k; 0 where there is no key. */
  readonly weights: Float64Array;
}

/** The k heaviest keys of every query; of equals, those with the least index. */
export async function topWeights(
  problem: LoadedProblem,
  queries: Matrix,
  k: number,
  options: RunOptions,
): Promise<TopWeights> {
  const keys = new Int32Array(queries.count * k).fill(-1);
  const weights = new Float64Array(queries.count * k);
  // A heap of the heaviest so far, the lightest of them on top: n log k.
  const heap = new Uint32Array(k);
  await problem.eachQuery(queries, { ...options, tolerance: TOLERANCE }, (query, found) => {
    const { keys: indices, weights: own, count } = found;
    const lighter = (a: number, b: number) =>
      own[a] < own[b] || (own[a] === own[b] && indices[a] > indices[b]);
    let total = 0;
    let held = 0;
    for (let i = 0; i < count; i++) {
      total += own[i];
      if (held < k) {
        let at = held++;
        for (let up = (at - 1) >> 1; at > 0 && lighter(i, heap[up]); up = (at - 1) >> 1) {
          heap[at] = heap[up];
          at = up;
        }
        heap[at] = i;
      } else if (lighter(heap[0], i)) sink(heap, k, i, lighter);
    }
    const order = heap.slice(0, held).sort((a, b) => (lighter(a, b) ? 1 : -1));
    for (const [place, i] of order.entries()) {
      weights[query * k + place] = own[i] / total;
      keys[query * k + place] = indices[i];
    }
  });
  return { keys, weights };
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

/** Of each query's weights: entropy, effective number of keys, and the largest. */
export interface WeightStatistics {
  /** (Σ w)² / Σ w² (Kish 1965): how many keys of equal weight would have the same spread; 0 where none is in reach. */
  readonly effectiveSampleSize: Float64Array;
  /** −Σ p log p of the weights' shares p, in nats: e to its power is another such number. */
  readonly entropy: Float64Array;
}

export async function weightStatistics(
  problem: LoadedProblem,
  queries: Matrix,
  options: RunOptions,
): Promise<WeightStatistics> {
  const effectiveSampleSize = new Float64Array(queries.count);
  const entropy = new Float64Array(queries.count);
  await problem.eachQuery(queries, { ...options, tolerance: TOLERANCE }, (query, { weights, count }) => {
    let [sum, squares, logs] = [0, 0, 0];
    for (let i = 0; i < count; i++) {
      const w = weights[i];
      if (w === 0) continue;
      sum += w;
      squares += w * w;
      logs += w * Math.log(w);
    }
    if (sum === 0) return;
    effectiveSampleSize[query] = sum ** 2 / squares;
    entropy[query] = Math.log(sum) - logs / sum;
  });
  return { effectiveSampleSize, entropy };
}

/**
 * Conditional quantiles: for every query, column and probability p the least value at or below which keys of at least the
 * share p of the weight lie (the inverse of the weighted distribution function; Stone 1977). m × columns × probabilities.
 */
export async function quantiles(
  problem: LoadedProblem,
  values: Matrix,
  queries: Matrix,
  probabilities: readonly number[],
  options: RunOptions,
): Promise<Float64Array> {
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
  const ascending = [...probabilities.keys()].sort((a, b) => probabilities[a] - probabilities[b]);
  const byRank = new Float64Array(n);
  await problem.eachQuery(
    queries,
    { ...options, tolerance: TOLERANCE },
    (query, { keys, weights, count }) => {
      let total = 0;
      for (let i = 0; i < count; i++) total += weights[i];
      if (!(total > 0)) return;
      for (const [c, { order, rank }] of sorted.entries()) {
        for (let i = 0; i < count; i++) byRank[rank[keys[i]]] = weights[i];
        // Many keys: walk over all places. Few: sort their places.
        const few = count * Math.log2(count + 1) < n;
        const places = few ? Uint32Array.from({ length: count }, (_, i) => rank[keys[i]]).sort() : undefined;
        let [below, step, next] = [0, 0, 0];
        const end = places ? count : n;
        for (; step < end && next < ascending.length; step++) {
          const place = places ? places[step] : step;
          if (byRank[place] === 0) continue;
          below += byRank[place];
          while (next < ascending.length && below >= probabilities[ascending[next]] * total * (1 - 1e-12)) {
            const at = (query * columns + c) * probabilities.length + ascending[next];
            result[at] = data[order[place] * columns + c];
            next++;
          }
        }
        for (let i = 0; i < count; i++) byRank[rank[keys[i]]] = 0;
      }
    },
  );
  return result;
}
