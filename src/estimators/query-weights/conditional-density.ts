/**
 * Conditional densities (Rosenblatt 1969): p(v | q) = Σ α(q, kᵢ) α(v, vᵢ) / (∫ α_v · Σ α(q, kᵢ)), the quotient of two sums, one of
 * them with the value as one more coordinate.
 */

import { NadarayaError } from "../../common/errors.ts";
import { createYielder } from "../../common/yield.ts";
import { type Matrix, noColumns } from "../../data/matrix.ts";
import { isGaussian } from "../../kernels/builtin.ts";
import { logIntegral } from "../../kernels/integrals.ts";
import type { LoadedProblem, SumsOptions } from "../../problem/problem.ts";
import { type KernelSpec, withProblem } from "../../weighting/kernel-spec.ts";
import { logRatios, reachesAllKeys } from "./query-weights.ts";

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
  const overKeys = new OverKeys(spec, marginal, keyValues, width, integral);
  if (keyBandwidthFactors || queries.bandwidthFactors) return overKeys.at(queries, values, nextPart(1));
  const joint: KernelSpec = {
    ...spec,
    keys: withColumn(keys, keyValues),
    bandwidth: [...bandwidth, width],
    shape: "product",
  };
  const both = await withProblem(joint, noColumns(keys), (problem) =>
    problem.sums(withColumn(queries, values), nextPart(0.45), "log"),
  );
  const { totals } = await marginal.sums(queries, nextPart(0.45), "log");
  const result = both.totals!.map((log, q) => log - totals![q] - integral);
  const far = Uint32Array.from(totals!.keys()).filter(
    (q) => totals![q] < FURTHEST_LOG && totals![q] > -Infinity,
  );
  if (far.length > 0) await overKeys.at(queries, values, nextPart(0.1), result, far);
  return result;
}

/** The logarithm of a sum of weights below which a difference of two has lost digits: 1e-16 of each. */
const FURTHEST_LOG = -1e8;

/** What the weights that are left out may sum to, of those that float64 can hold. */
const LEAST_TOLERANCE = 1e-300;

/**
 * The quotient of sums, a query at a time in float64: where keys or queries have bandwidth factors, which the value's direction
 * has not, or it would not integrate to 1; and far from all keys, where logarithms of sums are too large for their differences.
 */
class OverKeys {
  private readonly spec: KernelSpec;
  private readonly marginal: LoadedProblem;
  private readonly keyValues: Float64Array;
  private readonly width: number;
  private readonly integral: number;

  constructor(
    spec: KernelSpec,
    marginal: LoadedProblem,
    keyValues: Float64Array,
    width: number,
    integral: number,
  ) {
    this.spec = spec;
    this.marginal = marginal;
    this.keyValues = keyValues;
    this.width = width;
    this.integral = integral;
  }

  /** Writes the log densities of the queries with these indices, of all by default. */
  async at(
    queries: Matrix,
    values: Float64Array,
    options: SumsOptions,
    result = new Float64Array(queries.count).fill(NaN),
    indices?: ArrayLike<number>,
  ): Promise<Float64Array> {
    const { kernel, keys: points } = this.spec;
    const isOurs = reachesAllKeys(this.spec);
    const sorted = this.keyValues.toSorted();
    /** Of queries for which keys that were left out may matter, the heaviest one that was not. */
    const lacking = new Map<number, number>();
    const each = { ...options, tolerance: LEAST_TOLERANCE, indices: indices && Array.from(indices) };
    await this.marginal.eachQuery(queries, each, (q, { keys, weights, count }) => {
      if (count === 0) return;
      let total = 0;
      for (let i = 0; i < count; i++) total += weights[i];
      const log = this.logMean(
        values[q],
        count,
        (i) => keys[i],
        (i) => Math.log(weights[i] / total),
      );
      result[q] = log - this.integral;
      if (!isOurs) return;
      // Keys that were left out weigh so little together, and none has a value nearer than the nearest.
      const most = Math.log(LEAST_TOLERANCE) + kernel.logAlpha(nearestTo(values[q], sorted) / this.width);
      if (log > most - Math.log(options.tolerance)) return;
      let heaviest = 0;
      for (let i = 1; i < count; i++) if (weights[i] > weights[heaviest]) heaviest = i;
      lacking.set(q, keys[heaviest]);
    });
    const yieldToEventLoop = createYielder(options);
    for (const [q, reference] of lacking) {
      const logs = logRatios(this.spec, queries, q, reference);
      const own = (i: number) => i;
      const log = this.logMean(values[q], points.count, own, (i) => logs[i]);
      result[q] = log - logSumOf(logs) - this.integral;
      await yieldToEventLoop();
    }
    return result;
  }

  /** log Σ w α((v − vᵢ) / width) of some keys, by the logarithms of their weights. */
  private logMean(
    value: number,
    count: number,
    keyOf: (i: number) => number,
    logWeight: (i: number) => number,
  ): number {
    const { spec, keyValues, width } = this;
    const logs = Float64Array.from(
      { length: count },
      (_, i) => logWeight(i) + spec.kernel.logAlpha(Math.abs(value - keyValues[keyOf(i)]) / width),
    );
    return logSumOf(logs);
  }
}

/** How far the nearest of ascending numbers is. */
function nearestTo(x: number, ascending: Float64Array): number {
  let [low, high] = [0, ascending.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (ascending[middle] < x) low = middle;
    else high = middle;
  }
  return Math.min(Math.abs(x - ascending[low]), Math.abs(x - ascending[high]));
}

/** log Σ e^log. */
function logSumOf(logs: Float64Array): number {
  const most = logs.reduce((largest, log) => Math.max(largest, log), -Infinity);
  if (most === -Infinity) return most;
  return most + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - most), 0));
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
