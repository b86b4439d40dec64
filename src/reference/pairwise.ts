/** The float64 twin of shaders/pairwise.ts: partial sums over one part of the keys. */
import { type Kernel, logWeight, type Shape } from "../kernels.ts";

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
  /** The part: keys from … to − 1. */
  readonly from: number;
  readonly to: number;
}

/** Rows Σ α, then Σ α·value for each column, each of m numbers. */
export function pairwise(input: PairwiseInput): Float64Array {
  const { queries, keys, values, dims, columns, kernel, shape, bandwidth, from, to } = input;
  const m = queries.length / dims;
  const partial = new Float64Array((1 + columns) * m);
  const product = shape === "product" && dims > 1;
  for (let q = 0; q < m; q++) {
    for (let k = from; k < to; k++) {
      let weight = 1;
      let squared = 0;
      for (let j = 0; j < dims; j++) {
        const u = Math.abs(queries[q * dims + j] - keys[k * dims + j]) / bandwidth[j];
        if (product) weight *= kernel.alpha(u);
        else squared += u * u;
      }
      if (!product)
        weight = kernel.alpha(
          dims === 1 ? Math.abs(queries[q] - keys[k]) / bandwidth[0] : Math.sqrt(squared),
        );
      partial[q] += weight;
      for (let c = 0; c < columns; c++) partial[(1 + c) * m + q] += weight * values[k * columns + c];
    }
  }
  return partial;
}

/** log α of query q and every key. */
export function logWeights(input: Omit<PairwiseInput, "values" | "columns">, q: number): Float64Array {
  const { queries, keys, dims, kernel, shape, bandwidth, from, to } = input;
  return Float64Array.from({ length: to - from }, (_, i) =>
    logWeight(
      kernel,
      shape,
      dims,
      (j) => (queries[q * dims + j] - keys[(from + i) * dims + j]) / bandwidth[j],
    ),
  );
}
