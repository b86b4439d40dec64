/** The bandwidth in the direction of the values, of conditional densities. */

import { warningOf } from "../../bandwidth/by-criterion.ts";
import { bandwidthByRule, isRuleOfThumb } from "../../bandwidth/rules.ts";
import { LOG_RESOLUTION, search } from "../../bandwidth/search.ts";
import { searchLimits } from "../../bandwidth/search-limits.ts";
import { NadarayaError } from "../../common/errors.ts";
import { type Matrix, noColumns, readBandwidth } from "../../data/matrix.ts";
import { logIntegral } from "../../kernels/integrals.ts";
import type { SumsOptions } from "../../problem/problem.ts";
import { type KernelSpec, withProblem } from "../../weighting/kernel-spec.ts";
import { withColumn } from "./conditional-density.ts";

const GRID = 24;

export interface ValueWidth {
  readonly width: number;
  /** Where a search ended at its limit. */
  readonly warning?: string;
}

/** @throws NadarayaError "invalid-bandwidth" or "unsupported" */
export async function valueWidth(
  bandwidth: unknown,
  spec: KernelSpec,
  values: Matrix,
  options: SumsOptions,
): Promise<ValueWidth> {
  if (bandwidth === "likelihood") return widthByLikelihood(spec, values, options);
  const [width] = isRuleOfThumb(bandwidth as string)
    ? bandwidthByRule(bandwidth as "scott", values, spec.sampling)
    : readBandwidth(bandwidth as number, 1, undefined, "the conditional density's bandwidth", "values");
  return { width };
}

/**
 * The width for which the mean of log p(vᵢ | kᵢ) by all other rows is largest (Hall, Racine and Li 2004), the keys' bandwidth being given. The
 * density of the keys does not depend on it.
 */
async function widthByLikelihood(
  spec: KernelSpec,
  values: Matrix,
  options: SumsOptions,
): Promise<ValueWidth> {
  const { keys, kernel, sampling } = spec;
  if (spec.keyBandwidthFactors || spec.neighbours !== undefined)
    throw new NadarayaError(
      "unsupported",
      `the conditional density's bandwidth "likelihood" is not available with ${spec.keyBandwidthFactors ? "adaptive bandwidths" : "neighbours"}`,
    );
  const joint = { ...spec, keys: withColumn(keys, values.data), shape: "product" } as const;
  const leftOut = async (problem: KernelSpec) =>
    (await withProblem(problem, noColumns(keys), (each) => each.leaveOneOut({ ...options, method: "auto" })))
      .logSumWithout;
  const marginal = await leftOut(spec);
  const score = async ([width]: readonly number[]) => {
    const logs = await leftOut({ ...joint, bandwidth: [...spec.bandwidth, width] });
    let [sum, all] = [0, 0];
    for (const [i, log] of logs.entries()) {
      if (marginal[i] === -Infinity) continue; // no other key predicts it, whatever the width
      const weight = sampling ? sampling.weights[i] : 1;
      sum += weight * (log - marginal[i]);
      all += weight;
    }
    return logIntegral(kernel, "radial", [width]) - sum / all;
  };
  const rows = { ...spec, keys: values, categories: undefined };
  const given = {
    ...rows,
    adaptive: false,
    withBandwidth: async (bandwidth: readonly number[]) => ({ ...rows, bandwidth }),
  };
  const limits = searchLimits("likelihood", given, "keys");
  const { best, limits: ends } = await search({ limits, grid: GRID, resolution: LOG_RESOLUTION }, score);
  if (best.score < Infinity) {
    const warning = warningOf("likelihood", best.bandwidth, ends, "values");
    return { width: best.bandwidth[0], warning: warning && `the conditional density's ${warning}` };
  }
  throw new NadarayaError(
    "invalid-bandwidth",
    'bandwidth "likelihood": no width of the values has a finite score',
  );
}
