/**
 * For every key the sums over all the others: the sums over all keys, less the key's own part. Where that part is most of
 * the sum, the difference would have lost its digits, and is taken again exactly.
 */
import type { HostMethods } from "./host-methods.ts";
import type { LeftOut, Problem, Sums, SumsOptions } from "./types.ts";

/** Σ α must be at least this many times a key's own weight for the difference to be trusted. */
const LEAST_SHARE = 1.25;

export async function leaveOneOut(
  problem: Problem,
  host: HostMethods,
  sums: () => Promise<Sums>,
  options: SumsOptions,
): Promise<LeftOut> {
  const { keys, values, kernel, shape, keyWeights } = problem;
  const columns = values.dims;
  const atZero = kernel.alpha(0) ** (shape === "product" ? keys.dims : 1);
  const { mean, totals, method } = await sums();
  const logs = columns === 0;
  const leverage = new Float64Array(keys.count);
  const logSumWithout = new Float64Array(logs ? keys.count : 0);
  const meanWithout = new Float64Array(mean.length);
  const alone: number[] = [];
  for (let i = 0; i < keys.count; i++) {
    const total = logs ? Math.exp(totals![i]) : totals![i];
    const own = keyWeights ? keyWeights.data[i] * atZero : atZero;
    leverage[i] = own / total;
    if (!(total >= LEAST_SHARE * own)) {
      alone.push(i);
      continue;
    }
    if (logs) logSumWithout[i] = Math.log(total - own);
    for (let c = i * columns; c < (i + 1) * columns; c++) {
      // (Σ α v − α(0) v) / (Σ α − α(0)), as a correction of the mean.
      meanWithout[c] = mean[c] + ((mean[c] - values.data[c]) * own) / (total - own);
    }
  }
  await host.rescueLeftOut(alone, options, (i, row, log) => {
    meanWithout.set(row, i * columns);
    if (logs) logSumWithout[i] = log;
  });
  return { mean, meanWithout, logSumWithout, leverage, method };
}
