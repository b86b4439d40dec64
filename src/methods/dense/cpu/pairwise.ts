import type { Kernel, Shape } from "../../../kernels/kernel.ts";
import { KeyDifferences, logWeight, logWeightRatio } from "../../../kernels/log-weight.ts";
import { type Moment, plainMoments } from "../../../problem/moments.ts";

export interface PairwiseInput {
  /** Row-major, m × dims. */
  readonly queries: Float64Array;
  /** Row-major, n × dims. */
  readonly keys: Float64Array;
  /** Row-major, n × columns; may be empty with columns = 0. */
  readonly values: Float64Array;
  readonly dims: number;
  readonly columns: number;
  readonly kernel: Kernel;
  readonly shape: Shape;
  readonly bandwidth: readonly number[];
  /** What multiplies each key's weight, and what its bandwidth is multiplied by; 1 by default. */
  readonly keyWeights?: Float64Array;
  readonly keyBandwidthFactors?: Float64Array;
  /** The sums besides Σ α; one plain sum for each column by default. */
  readonly moments?: readonly Moment[];
  /** The part: keys from … to − 1. */
  readonly from: number;
  readonly to: number;
}

/** Rows Σ α, then Σ α·moment for each moment, each of m numbers. */
export function pairwise(input: PairwiseInput): Float64Array {
  const { queries, keys, values, dims, columns, kernel, shape, bandwidth, from, to } = input;
  const { keyWeights, keyBandwidthFactors } = input;
  const m = queries.length / dims;
  const moments = input.moments ?? plainMoments(columns, dims);
  const partial = new Float64Array((1 + moments.length) * m);
  /** The coordinates whose differences each moment multiplies, one as often as its power. */
  const factors = moments.map(({ powers }) => powers.flatMap((power, j) => new Array<number>(power).fill(j)));
  const product = shape === "product" && dims > 1;
  for (let q = 0; q < m; q++) {
    for (let k = from; k < to; k++) {
      let weight = 1;
      const width = keyBandwidthFactors ? keyBandwidthFactors[k] : 1;
      let squared = 0;
      for (let j = 0; j < dims; j++) {
        const u = Math.abs(queries[q * dims + j] - keys[k * dims + j]) / (bandwidth[j] * width);
        if (product) weight *= kernel.alpha(u);
        else squared += u * u;
      }
      if (!product)
        weight = kernel.alpha(
          dims === 1 ? Math.abs(queries[q] - keys[k]) / (bandwidth[0] * width) : Math.sqrt(squared),
        );
      if (keyWeights) weight *= keyWeights[k];
      partial[q] += weight;
      for (let i = 0; i < moments.length; i++) {
        const { column } = moments[i];
        let moment = column === undefined ? 1 : values[k * columns + column];
        for (let f = 0; f < factors[i].length; f++) {
          const j = factors[i][f];
          moment *= (keys[k * dims + j] - queries[q * dims + j]) / bandwidth[j];
        }
        partial[(1 + i) * m + q] += weight * moment;
      }
    }
  }
  return partial;
}

/** Beyond this logarithms of weights have lost digits that their differences need. */
const LARGE_LOG = 256;

/**
 * log α of query q and every key, less the `scale` that is returned with them: 0, or far from all keys the logarithm of the heaviest,
 * from which the others are taken as differences: −(u² − u*²) / 2 = −Σ (k* − k)(2q − k − k*) / 2h² for the Gaussian.
 */
export function logWeights(
  input: Omit<PairwiseInput, "values" | "columns">,
  q: number,
): { logs: Float64Array; scale: number } {
  const { queries, keys, dims, kernel, shape, bandwidth, keyWeights, keyBandwidthFactors, from, to } = input;
  const width = (k: number) => (keyBandwidthFactors ? keyBandwidthFactors[k] : 1);
  const logs = new Float64Array(to - from);
  let heaviest = 0;
  let key = from;
  const offset = (j: number) => (queries[q * dims + j] - keys[key * dims + j]) / bandwidth[j] / width(key);
  for (let i = 0; i < logs.length; i++) {
    key = from + i;
    logs[i] = logWeight(kernel, shape, dims, offset);
    if (logs[i] > logs[heaviest]) heaviest = i;
  }
  let scale = 0;
  if (kernel.tail !== "compact" && logs[heaviest] < -LARGE_LOG) {
    const nearest = from + heaviest;
    scale = logs[heaviest];
    const query = queries.slice(q * dims, (q + 1) * dims);
    const differences = new KeyDifferences(query, keys, nearest, bandwidth);
    for (let i = 0; i < logs.length; i++) {
      const k = from + i;
      logs[i] = logWeightRatio(kernel, shape, differences.to(k), width(k), width(nearest));
    }
  }
  if (keyWeights) for (let i = 0; i < logs.length; i++) logs[i] += Math.log(keyWeights[from + i]);
  return { logs, scale };
}
