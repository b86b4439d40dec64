/** Conditional distribution functions: means of indicators. */
import { NadarayaError, show } from "../../common/errors.ts";
import type { Matrix } from "../../data/matrix.ts";
import type { SumsOptions } from "../../problem/problem.ts";
import { meansOf } from "../../weighting/column-means.ts";
import type { KernelSpec } from "../../weighting/kernel-spec.ts";
import { assertDistribution } from "./query-weights.ts";

/** A regression. */
interface Regression {
  readonly values: Matrix;
  readonly degree: number;
  readonly fitted: { readonly spec: KernelSpec };
}

/** P(v ≤ y | q) for each column and each of the thresholds y: m × columns × thresholds, row-major. */
export async function distribution(
  regression: Regression,
  queries: Matrix,
  thresholds: readonly number[],
  options: SumsOptions,
): Promise<Float64Array> {
  const { values, fitted } = regression;
  const { data, dims, count } = values;
  assertDistribution(regression, "distribution");
  const broken = thresholds.findIndex((y) => typeof y !== "number" || Number.isNaN(y));
  if (broken >= 0)
    throw new NadarayaError(
      "invalid-input",
      `thresholds[${broken}] is ${show(thresholds[broken])}, expected a number`,
    );
  if (thresholds.length === 0) return new Float64Array(0);
  const width = thresholds.length;
  const below = new Float64Array(data.length * width);
  for (const [i, value] of data.entries())
    for (const [t, y] of thresholds.entries()) below[i * width + t] = value <= y ? 1 : 0;
  const columns = { data: below, count, dims: dims * width };
  const { mean } = await meansOf(fitted.spec, columns, queries, options);
  return mean.map((share) => Math.min(Math.max(share, 0), 1));
}
