/**
 * Conditional densities (Rosenblatt 1969): p(v | q) = Σ α(q, kᵢ) α(v, vᵢ) / (∫ α_v · Σ α(q, kᵢ)), the quotient of two sums, one of
 * them with the value as one more coordinate.
 */
import { type Matrix, noColumns } from "../data.ts";
import type { LoadedProblem, SumsOptions } from "../engine/types.ts";
import { NadarayaError } from "../errors.ts";
import { logIntegral } from "../kernel-integrals.ts";
import { problemOf, type Weighing } from "../weighing.ts";

/**
 * log p(vᵢ | qᵢ) for pairs of a query and a value.
 * @param marginal the problem of the keys alone
 * @param width the bandwidth in the value's direction
 */
export async function conditionalDensity(
  weighing: Weighing,
  marginal: LoadedProblem,
  keyValues: Float64Array,
  queries: Matrix,
  values: Float64Array,
  width: number,
  options: SumsOptions,
): Promise<Float64Array> {
  const { keys, kernel, shape, bandwidth, categories, engine } = weighing;
  if (kernel.sphere || categories || (shape === "radial" && kernel.name !== "gaussian")) {
    const what = categories ? "categories" : `the kernel "${kernel.name}" in the shape "${shape}"`;
    throw new NadarayaError(
      "unsupported",
      `conditional densities are available for the Gaussian and for products, not for ${what}`,
    );
  }
  const joint: Weighing = {
    ...weighing,
    keys: withColumn(keys, keyValues),
    bandwidth: [...bandwidth, width],
    shape: "product",
  };
  const none = noColumns(keys);
  const problem = await engine.load(problemOf(joint, none));
  const both = await problem.sums(withColumn(queries, values), options, "log");
  problem.dispose();
  const alone = await marginal.sums(queries, options, "log");
  const integral = logIntegral(kernel, "radial", [width]);
  return both.totals!.map((log, q) => log - alone.totals![q] - integral);
}

function withColumn({ data, dims, count }: Matrix, column: Float64Array): Matrix {
  const result = new Float64Array(count * (dims + 1));
  for (let i = 0; i < count; i++) {
    result.set(data.subarray(i * dims, (i + 1) * dims), i * (dims + 1));
    result[i * (dims + 1) + dims] = column[i];
  }
  return { data: result, dims: dims + 1, count };
}
