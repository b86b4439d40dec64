/** The keys within reach of one query and their weights, far from all keys by exact differences of log-weights. */
import { isGaussian } from "../../kernels/builtin.ts";
import { KeyDifferences, logWeight, logWeightRatio } from "../../kernels/log-weight.ts";
import { negligible, type Problem, type QueryWeights } from "../../problem/problem.ts";

/** Squared distances from here on are beyond 1, whatever their rounding: α decides on the others. */
export const EDGE = 1 + 1e-9;

/** What logarithms of weights may be off by, as a share of them: squares of distances are rounded. */
const LOG_ROUNDING = 1e-13;

/** Logarithms beyond this are taken as differences from the heaviest key's, or rounding would show in the weights. */
const LARGE_LOG = 256;

/** What a pair's log weight must be, where the heaviest's is `log`, to matter: with room for rounding. */
export const below = (log: number, margin: number) => log - margin - LOG_ROUNDING * Math.abs(log);

/** The keys that matter for one query, and their weights over e^scale: the first `count` of each list. */
export interface Neighbours extends QueryWeights {
  /** The query's coordinates. */
  readonly point: Float64Array;
}

interface Candidates extends Neighbours {
  count: number;
  scale: number;
}

/** Multiplies by the keys' own weights. */
export function weighted({ keyWeights }: Problem, candidates: Candidates): Neighbours {
  const { keys, weights, count } = candidates;
  if (keyWeights) for (let i = 0; i < count; i++) weights[i] *= keyWeights.data[keys[i]];
  return candidates;
}

/**
 * From log weights, of all keys that may matter, to weights over e^scale of those that do. What those are depends on the query
 * alone, not on which others were tried.
 * @param bandwidth that of the query
 */
export function fromLogs(
  problem: Problem,
  candidates: Candidates,
  margin: number,
  bandwidth: ArrayLike<number> = problem.bandwidth,
): Neighbours {
  const { keys, weights: logs } = candidates;
  let largest = -Infinity;
  for (let i = 0; i < candidates.count; i++) largest = Math.max(largest, logs[i]);
  if (largest < -LARGE_LOG && candidates.count > 0) {
    let reference = 0;
    while (reference < candidates.count - 1 && logs[reference] !== largest) reference++;
    const absolute = differences(problem, candidates, bandwidth, keys[reference]);
    largest = -Infinity;
    for (let i = 0; i < candidates.count; i++) largest = Math.max(largest, logs[i]);
    candidates.scale = absolute + largest;
  } else candidates.scale = largest;
  candidates.count = relative(keys, logs, candidates.count, largest, margin);
  return weighted(problem, candidates);
}

/** Logs become those of weights over the weight of the key `reference`, whose own logarithm is returned. */
function differences(
  { kernel, shape, keyBandwidthFactors, keys: { data, dims } }: Problem,
  { point, keys, weights: logs, count }: Neighbours,
  bandwidth: ArrayLike<number>,
  reference: number,
): number {
  const query = point.subarray(0, dims);
  const given = new KeyDifferences(query, data, reference, bandwidth);
  const referenceWidth = keyBandwidthFactors ? keyBandwidthFactors[reference] : 1;
  for (let i = 0; i < count; i++) {
    const keyFactor = keyBandwidthFactors ? keyBandwidthFactors[keys[i]] : 1;
    const ratio = logWeightRatio(kernel, shape, given.to(keys[i]), keyFactor, referenceWidth);
    logs[i] = Number.isNaN(ratio) ? -Infinity : ratio; // both underflow
  }
  return logWeight(kernel, shape, dims, (j) => given.offset[j] / referenceWidth);
}

/** From log weights to weights over e^largest, without those that are negligible; returns how many are left. */
function relative(
  keys: Uint32Array,
  weights: Float64Array,
  count: number,
  largest: number,
  margin: number,
): number {
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const log = weights[i] - largest;
    if (!(log >= -margin)) continue;
    weights[kept] = Math.exp(log);
    keys[kept++] = keys[i];
  }
  return kept;
}

/** Whether weights fall with the squared distance in bandwidths alone. */
export const fallsWithDistance = ({ kernel, keyBandwidthFactors }: Problem): boolean =>
  isGaussian(kernel) && !keyBandwidthFactors;

/** Of such weights, the largest squared distance that matters where the nearest key's is so much. */
export const reachOf = (problem: Problem, tolerance: number) => {
  const margin = negligible(problem, tolerance);
  return (nearest: number) => -2 * below(nearest / -2, margin);
};

/** Keys and their squared distances from a query in bandwidths: the first `count` of each list, which the next query overwrites. */
export interface Near {
  readonly keys: Uint32Array;
  readonly squared: Float64Array;
  readonly count: number;
}

/** The neighbours of one point by the squared distances of all keys that may matter, which become weights; where weights fall with the distance. */
export function neighboursOf(
  problem: Problem,
  point: Float64Array,
  { keys, squared, count }: Near,
  tolerance: number,
): Neighbours {
  for (let i = 0; i < count; i++) squared[i] /= -2;
  const candidates = { point, keys, weights: squared, count, scale: 0 };
  return fromLogs(problem, candidates, negligible(problem, tolerance));
}

/**
 * The neighbours of one point by a brute-force scan of the keys: for a few queries that is faster than sorting the keys into tiles.
 * Only for kernels without an edge.
 * @param except a key that is left out, if any
 */
export function scanKeys(problem: Problem, point: Float64Array, tolerance: number, except = -1): Neighbours {
  const { kernel, shape, bandwidth, keyBandwidthFactors } = problem;
  const { data, dims, count: n } = problem.keys;
  const margin = negligible(problem, tolerance);
  const kept: number[] = [];
  const logs: number[] = [];
  let largest = -Infinity;
  if (fallsWithDistance(problem)) {
    // Most keys are told by one comparison.
    let limit = Infinity;
    const reach = reachOf(problem, tolerance);
    for (let i = 0, at = 0; i < n; i++, at += dims) {
      let squared = 0;
      for (let j = 0; j < dims; j++) {
        const u = (point[j] - data[at + j]) / bandwidth[j];
        squared += u * u;
      }
      if (!(squared <= limit) || i === except) continue;
      kept.push(i);
      logs.push(squared / -2);
      if (squared / -2 > largest) {
        largest = squared / -2;
        limit = reach(squared);
      }
    }
  } else {
    for (let i = 0; i < n; i++) {
      if (i === except) continue;
      const keyFactor = keyBandwidthFactors ? keyBandwidthFactors[i] : 1;
      const offset = (j: number) => (point[j] - data[i * dims + j]) / (bandwidth[j] * keyFactor);
      const log = logWeight(kernel, shape, dims, offset);
      if (!(log >= below(largest, margin))) continue;
      kept.push(i);
      logs.push(log);
      largest = Math.max(largest, log);
    }
  }
  const [keys, weights] = [Uint32Array.from(kept), Float64Array.from(logs)];
  return fromLogs(problem, { point, keys, weights, count: kept.length, scale: 0 }, margin);
}
