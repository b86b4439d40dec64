/** All three stages for some queries, in float64: the twin of a slice on the GPU. */

import type { Matrix } from "../../../data/matrix.ts";
import { outputsOf, type Problem } from "../../../problem/problem.ts";
import { deserialiseProblem, type SerialisedProblem } from "../../../problem/serialised-problem.ts";
import type { Task } from "../../../workers/task.ts";
import { columnSum } from "./column-sum.ts";
import { normalize } from "./normalize.ts";
import { pairwise } from "./pairwise.ts";

/** Keys in a part, as on the GPU: sums over parts, then over the parts' sums. */
const KEYS_PER_PART = 4096;

/** Values less their first row, so that a large offset costs no digits. */
export interface Shifted {
  readonly values: Matrix;
  readonly shift: Float64Array;
}

export interface DenseSums {
  /** m × outputs, row-major; NaN where Σ α is 0. */
  readonly mean: Float64Array;
  /** Σ α for each query. */
  readonly totals: Float64Array;
}

/** Values of moments are centred already. */
export function shifted({ values, moments }: Pick<Problem, "values" | "moments">): Shifted {
  const { data, dims } = values;
  if (moments) return { values, shift: new Float64Array(moments.length) };
  const shift = data.slice(0, dims);
  return { values: { ...values, data: data.map((value, i) => value - shift[i % dims]) }, shift };
}

/** `queries` row-major. */
export function denseSums(problem: Problem, { values, shift }: Shifted, queries: Float64Array): DenseSums {
  const { keys, moments } = problem;
  const outputs = outputsOf(problem);
  const m = queries.length / keys.dims;
  const partials: Float64Array[] = [];
  for (let from = 0; from < keys.count; from += KEYS_PER_PART) {
    const to = Math.min(from + KEYS_PER_PART, keys.count);
    const part = { queries, keys: keys.data, values: values.data, moments, from, to };
    partials.push(pairwise({ ...part, dims: keys.dims, columns: values.dims, ...kernelOptionsOf(problem) }));
  }
  const sums = normalize(columnSum(partials), m);
  const mean = new Float64Array(m * outputs);
  for (let q = 0; q < m; q++)
    for (let i = 0; i < outputs; i++)
      mean[q * outputs + i] = sums[q] > 0 ? shift[i] + sums[(1 + i) * m + q] : NaN;
  return { mean, totals: sums.slice(0, m) };
}

/** What the twins need to weigh a pair. */
export const kernelOptionsOf = ({ kernel, shape, bandwidth, keyWeights, keyBandwidthFactors }: Problem) => ({
  kernel,
  shape,
  bandwidth,
  keyWeights: keyWeights?.data,
  keyBandwidthFactors,
});

export const denseTask: Task<SerialisedProblem, Float64Array, DenseSums> = {
  name: "dense",
  prepare(state) {
    const problem = deserialiseProblem(state);
    const values = shifted(problem);
    return (queries) => denseSums(problem, values, queries);
  },
};
