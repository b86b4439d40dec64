/**
 * For every key the sums over all the others: the sums over all keys, less the key's own part. Where that part is most of
 * the sum, the difference would have lost its digits, and the sum over the others is computed again in float64.
 */

import type { CullOnCpu } from "../methods/cull/method.ts";
import type { WriteMean } from "../methods/results.ts";
import type { LeaveOneOutSums, Problem, Sums, SumsOptions } from "../problem/problem.ts";

/** Σ α must be at least this many times a key's own weight for the difference to be precise enough. */
const LEAST_SHARE = 1.25;

/** @param sums those at all keys, with Σ α itself */
export async function leaveOneOut(
  problem: Problem,
  fallback: CullOnCpu,
  sums: () => Promise<Sums>,
  options: SumsOptions,
): Promise<LeaveOneOutSums> {
  const { keys, values, kernel, shape, keyWeights } = problem;
  const columns = values.dims;
  const atZero = kernel.alpha(0) ** (shape === "product" ? keys.dims : 1);
  const { mean, totals, method } = await sums();
  const leverage = new Float64Array(keys.count);
  const free = new Float64Array(keys.count);
  const logSumWithout = new Float64Array(keys.count);
  const meanWithout = new Float64Array(mean.length);
  const alone: number[] = [];
  const selfWeightOf = (i: number) => {
    if (!keyWeights) return atZero;
    const { data, copies } = keyWeights;
    return (copies ? data[i] / copies[i] : data[i]) * atZero;
  };
  const all = totals!;
  const { data } = values;
  for (let i = 0; i < all.length; i++) {
    const sum = all[i];
    const selfWeight = keyWeights ? selfWeightOf(i) : atZero;
    leverage[i] = selfWeight / sum;
    if (!(sum >= LEAST_SHARE * selfWeight)) {
      alone.push(i);
      logSumWithout[i] = NaN;
      meanWithout.fill(NaN, i * columns, (i + 1) * columns);
      continue;
    }
    const without = sum - selfWeight;
    free[i] = without / sum;
    logSumWithout[i] = Math.log(without);
    // (Σ α v − α(0) v) / (Σ α − α(0)), as a correction of the mean.
    const correction = selfWeight / without;
    for (let c = i * columns; c < (i + 1) * columns; c++)
      meanWithout[c] = mean[c] + (mean[c] - data[c]) * correction;
  }
  const write: WriteMean = (i, row, logSum) => {
    meanWithout.set(row, i * columns);
    logSumWithout[i] = logSum;
    free[i] = 1 / (1 + selfWeightOf(i) * Math.exp(-logSum));
    leverage[i] = 1 / (1 + Math.exp(logSum) / selfWeightOf(i));
  };
  await fallback.recompute(keys, alone, options, write, true);
  return { mean, meanWithout, logSumWithout, leverage, free, method };
}
