/** The float64 twin of shaders/weights.ts: the matrix keys × queries (row-major), every column summing to 1. */
import { logWeights, type PairwiseInput } from "./pairwise.ts";

/** Weights of one query, safe far out (log-sum-exp); all NaN where no key is in reach. Also log Σ α. */
export function weightsOfQuery(
  input: Omit<PairwiseInput, "values" | "columns">,
  q: number,
): { weights: Float64Array; logSum: number } {
  const { logs, scale } = logWeights(input, q);
  let largest = -Infinity;
  for (const log of logs) largest = Math.max(largest, log);
  if (largest === -Infinity) return { weights: logs.fill(NaN), logSum: -Infinity };
  let sum = 0;
  for (let i = 0; i < logs.length; i++) sum += logs[i] = Math.exp(logs[i] - largest);
  for (let i = 0; i < logs.length; i++) logs[i] /= sum;
  return { weights: logs, logSum: scale + largest + Math.log(sum) };
}

export function weights(input: Omit<PairwiseInput, "values" | "columns">): Float64Array {
  const { queries, dims, from, to } = input;
  const m = queries.length / dims;
  const matrix = new Float64Array((to - from) * m);
  for (let q = 0; q < m; q++) {
    const column = weightsOfQuery(input, q).weights;
    for (let k = 0; k < column.length; k++) matrix[k * m + q] = column[k];
  }
  return matrix;
}
