/** Exact sums for single queries in float64, by log-sum-exp over the keys that a k-d tree finds to matter. */
import type { Kernel, Shape } from "../kernels.ts";
import type { KdTree } from "./kd-tree.ts";

/** Keys lighter than e^−40 of the heaviest are left out: below 1e-11 of the sum for a million keys. */
const NEGLIGIBLE = 40;

/** Calls `found` with every key that matters and its log weight; returns the largest, −Infinity where there is none. */
export function keysThatMatter(
  tree: KdTree,
  kernel: Kernel,
  shape: Shape,
  query: Float64Array,
  found: (key: number, logWeight: number) => void,
): number {
  let largest = -Infinity;
  tree.visit(
    query,
    kernel,
    shape,
    () => largest,
    (_, weight) => {
      largest = Math.max(largest, weight);
    },
  );
  if (largest > -Infinity) tree.visit(query, kernel, shape, () => largest - NEGLIGIBLE, found);
  return largest;
}

/** log Σ α and, into `mean`, the weighted mean of every value column (NaN where no key is in reach). */
export function exactMean(
  tree: KdTree,
  kernel: Kernel,
  shape: Shape,
  values: Float64Array,
  columns: number,
  query: Float64Array,
  mean: Float64Array,
): number {
  const keys: number[] = [];
  const logs: number[] = [];
  const largest = keysThatMatter(tree, kernel, shape, query, (key, log) => {
    keys.push(key);
    logs.push(log);
  });
  if (largest === -Infinity) {
    mean.fill(NaN);
    return -Infinity;
  }
  let sum = 0;
  for (let i = 0; i < logs.length; i++) sum += logs[i] = Math.exp(logs[i] - largest);
  for (let c = 0; c < columns; c++) {
    const first = values[keys[0] * columns + c];
    let total = 0; // of differences from the first value, so that a large offset costs no digits
    for (let i = 0; i < keys.length; i++) total += logs[i] * (values[keys[i] * columns + c] - first);
    mean[c] = first + total / sum;
  }
  return largest + Math.log(sum);
}
