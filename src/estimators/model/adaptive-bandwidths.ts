/** A bandwidth factor of its own for each key. */

import { NadarayaError, show } from "../../common/errors.ts";
import { isBetween } from "../../common/options.ts";
import { noColumns } from "../../data/matrix.ts";
import type { RunOptions } from "../../problem/problem.ts";
import { type KernelSpec, withProblem } from "../../weighting/kernel-spec.ts";

/** Gives each key its bandwidth, by a pilot density at the keys: see KernelInput's `adaptive`. */
export async function adapted(
  spec: KernelSpec,
  adaptive: boolean | number,
  { signal }: RunOptions,
): Promise<KernelSpec> {
  const sensitivity = adaptive === true ? 0.5 : adaptive === false ? 0 : adaptive;
  if (!isBetween(sensitivity, 0, 1)) {
    throw new NadarayaError(
      "invalid-input",
      `adaptive is ${show(adaptive)}, expected true, false or a number from 0 to 1`,
    );
  }
  if (sensitivity === 0) return spec;
  const { keys, kernel, neighbours, categories } = spec;
  if (kernel.sphere || kernel.tail === "flat" || neighbours !== undefined || categories) {
    const what = categories ? "categories" : neighbours ? "neighbours" : `the kernel "${kernel.name}"`;
    throw new NadarayaError("unsupported", `adaptive bandwidths are not available with ${what}`);
  }
  const { totals } = await withProblem(spec, noColumns(keys), (pilot) =>
    pilot.sums(keys, { method: "auto", tolerance: 1e-9, signal }, "log"),
  );
  const baseWeights = spec.keyWeights ?? new Float64Array(keys.count).fill(1);
  let [sum, total] = [0, 0];
  for (let i = 0; i < baseWeights.length; i++)
    [sum, total] = [sum + baseWeights[i] * totals![i], total + baseWeights[i]];
  const keyBandwidthFactors = totals!.map((log) => Math.exp(-sensitivity * (log - sum / total)));
  return {
    ...spec,
    keyBandwidthFactors,
    keyWeights: baseWeights.map((w, i) => w / keyBandwidthFactors[i] ** keys.dims),
  };
}
