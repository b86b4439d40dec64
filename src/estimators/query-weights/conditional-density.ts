/**
 * Conditional densities (Rosenblatt 1969): p(v | q) = Σ α(q, kᵢ) α(v, vᵢ) / (∫ α_v · Σ α(q, kᵢ)), the quotient of two sums, one of
 * them with the value as one more coordinate.
 */

import { NadarayaError } from "../../common/errors.ts";
import { type Matrix, noColumns } from "../../data/matrix.ts";
import { isGaussian } from "../../kernels/builtin.ts";
import { logIntegral } from "../../kernels/integrals.ts";
import type { Kernel } from "../../kernels/kernel.ts";
import type { LoadedProblem, SumsOptions } from "../../problem/problem.ts";
import { type KernelSpec, withProblem } from "../../weighting/kernel-spec.ts";

/**
 * log p(vᵢ | qᵢ) for pairs of a query and a value.
 * @param marginal the problem of the keys alone
 * @param width the bandwidth in the value's direction
 * @param nextPart the options of the next part of the work
 */
export async function conditionalDensity(
  spec: KernelSpec,
  marginal: LoadedProblem,
  keyValues: Float64Array,
  queries: Matrix,
  values: Float64Array,
  width: number,
  nextPart: (share: number) => SumsOptions,
): Promise<Float64Array> {
  const { keys, kernel, shape, bandwidth, keyBandwidthFactors, categories } = spec;
  if (kernel.sphere || categories || (shape === "radial" && !isGaussian(kernel))) {
    const what = categories ? "categories" : `the kernel "${kernel.name}" in the shape "${shape}"`;
    throw new NadarayaError(
      "unsupported",
      `conditional densities are available for the Gaussian and for products, not for ${what}`,
    );
  }
  if (nextPart(0).method === "expand" && (!isGaussian(kernel) || keys.dims > 2))
    throw new NadarayaError(
      "unsupported",
      `the method "expand" has conditional densities of the Gaussian in 1 and 2 coordinates, the value being one more, not of the kernel "${kernel.name}" in ${keys.dims}`,
    );
  const integral = logIntegral(kernel, "radial", [width]);
  if (keyBandwidthFactors || queries.bandwidthFactors)
    return overKeys(kernel, marginal, keyValues, queries, values, width, integral, nextPart(1));
  const joint: KernelSpec = {
    ...spec,
    keys: withColumn(keys, keyValues),
    bandwidth: [...bandwidth, width],
    shape: "product",
  };
  const both = await withProblem(joint, noColumns(keys), (problem) =>
    problem.sums(withColumn(queries, values), nextPart(0.5), "log"),
  );
  const alone = await marginal.sums(queries, nextPart(0.5), "log");
  return both.totals!.map((log, q) => log - alone.totals![q] - integral);
}

/**
 * As the quotient of sums, a query at a time in float64: where keys or queries have bandwidth factors of their own, which the value's direction
 * has not, or it would not integrate to 1.
 */
async function overKeys(
  { logAlpha }: Kernel,
  marginal: LoadedProblem,
  keyValues: Float64Array,
  queries: Matrix,
  values: Float64Array,
  width: number,
  integral: number,
  options: SumsOptions,
): Promise<Float64Array> {
  const result = new Float64Array(queries.count).fill(NaN);
  await marginal.eachQuery(queries, options, (q, { keys, weights, count }) => {
    let [total, most] = [0, -Infinity];
    const logs = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      total += weights[i];
      logs[i] = logAlpha(Math.abs(values[q] - keyValues[keys[i]]) / width);
      most = Math.max(most, logs[i]);
    }
    let sum = 0;
    for (let i = 0; i < count && most > -Infinity; i++) sum += weights[i] * Math.exp(logs[i] - most);
    if (count > 0) result[q] = (sum > 0 ? most + Math.log(sum / total) : -Infinity) - integral;
  });
  return result;
}

/** Points with one more coordinate. */
export function withColumn({ data, dims, count }: Matrix, column: Float64Array): Matrix {
  const result = new Float64Array(count * (dims + 1));
  for (let i = 0; i < count; i++) {
    result.set(data.subarray(i * dims, (i + 1) * dims), i * (dims + 1));
    result[i * (dims + 1) + dims] = column[i];
  }
  return { data: result, dims: dims + 1, count };
}
