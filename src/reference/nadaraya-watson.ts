/** The oracle: f(q) = Σ vᵢ α(q, kᵢ) / Σ α(q, kᵢ) as the formula stands, in float64, safe far from all keys. */
import type { PairwiseInput } from "../methods/dense/cpu/pairwise.ts";
import { weightsOfQuery } from "../methods/dense/cpu/weights.ts";

export interface ReferenceResult {
  /** m × columns, row-major; NaN where no key is in reach. */
  readonly mean: Float64Array;
  /** log Σ α for each query; −Infinity where no key is in reach. */
  readonly logSum: Float64Array;
}

export function nadarayaWatson(input: Omit<PairwiseInput, "from" | "to">): ReferenceResult {
  const { queries, keys, values, dims, columns } = input;
  const m = queries.length / dims;
  const n = keys.length / dims;
  const mean = new Float64Array(m * columns);
  const logSum = new Float64Array(m);
  for (let q = 0; q < m; q++) {
    const { weights, logSum: log } = weightsOfQuery({ ...input, from: 0, to: n }, q);
    logSum[q] = log;
    for (let c = 0; c < columns; c++) {
      let total = 0; // of differences from the first value, so that a large offset costs no digits
      for (let k = 0; k < n; k++) total += weights[k] * (values[k * columns + c] - values[c]);
      mean[q * columns + c] = values[c] + total;
    }
  }
  return { mean, logSum };
}
