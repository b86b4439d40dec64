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
  const logWidths = totals!.map((log) => -sensitivity * (log - sum / total));
  const logWeights = logWidths.map((log, i) => Math.log(baseWeights[i]) - keys.dims * log);
  assertRange("bandwidth factors λ", logWidths, 1e50, 1e100);
  assertRange(`weights over λ^${keys.dims}`, logWeights, 1e290, 1e300);
  return { ...spec, keyBandwidthFactors: logWidths.map(Math.exp), keyWeights: logWeights.map(Math.exp) };
}

/**
 * Products of such numbers, and quotients of two, must be float64s.
 * @throws NadarayaError "unsupported" for a number, by its logarithm, above `most` or below 1 / most, or `ratio` times as large as another
 */
function assertRange(what: string, logs: Float64Array, most: number, ratio: number): void {
  let [least, largest] = [Infinity, -Infinity];
  for (const log of logs) [least, largest] = [Math.min(least, log), Math.max(largest, log)];
  const limit = Math.log(most);
  if (least >= -limit && largest <= limit && largest - least <= Math.log(ratio)) return;
  const power = (log: number) => `1e${(log / Math.LN10).toFixed(0)}`;
  throw new NadarayaError(
    "unsupported",
    `adaptive bandwidths are not available with sampleWeights, or densities, so far apart in so many coordinates: the keys' ${what} are from ${power(least)} to ${power(largest)}, expected at most ${ratio} times the least; give a smaller number for adaptive`,
  );
}
