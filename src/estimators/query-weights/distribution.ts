/** Conditional distribution functions: means of indicators. */
import type { Matrix } from "../../data/matrix.ts";
import type { SumsOptions } from "../../problem/problem.ts";
import { meansOf } from "../../weighting/column-means.ts";
import type { KernelSpec } from "../../weighting/kernel-spec.ts";
import { assertDistribution } from "./query-weights.ts";

/** A regression, of which the first value column is taken. */
interface Regression {
  readonly values: Matrix;
  readonly degree: number;
  readonly fitted: { readonly spec: KernelSpec };
}

/** P(v ≤ y | q) for each of the thresholds y: m × thresholds, row-major. */
export async function distribution(
  regression: Regression,
  queries: Matrix,
  thresholds: readonly number[],
  options: SumsOptions,
): Promise<Float64Array> {
  const { values, fitted } = regression;
  const { data, dims, count } = values;
  assertDistribution(regression, "distribution");
  if (thresholds.length === 0) return new Float64Array(0);
  const below = new Float64Array(count * thresholds.length);
  for (let i = 0; i < count; i++)
    for (const [t, y] of thresholds.entries()) below[i * thresholds.length + t] = data[i * dims] <= y ? 1 : 0;
  const columns = { data: below, count, dims: thresholds.length };
  const { mean } = await meansOf(fitted.spec, columns, queries, options);
  return mean.map((share) => Math.min(Math.max(share, 0), 1));
}
