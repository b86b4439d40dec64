/**
 * For every key the sums over all the others: the sums over all keys, less the key's own part. Where that part is most of
 * the sum, the difference would have lost its digits, and the sum over the others is computed again in float64.
 */

import type { CullOnCpu } from "../methods/cull/method.ts";
import type { WriteMean } from "../methods/results.ts";
import type { LeaveOneOutSums, Problem, Sums, SumsOptions } from "../problem/problem.ts";
import { inCallersUnits } from "../problem/value-units.ts";

/** Σ α must be at least this many times a key's own weight for the difference to be precise enough. */
const LEAST_SHARE = 1.25;

/** @param sums those at all keys, with Σ α itself and means in the caller's units */
export async function leaveOneOut(
  problem: Problem,
  fallback: CullOnCpu,
  sums: () => Promise<Sums>,
  options: SumsOptions,
): Promise<LeaveOneOutSums> {
  const { keys, values, meanUnits } = problem;
  const columns = values.dims;
  const { mean, totals, method } = await sums();
  const all = totals!;
  const selfWeightOf = selfWeights(problem);
  const meanWithout = new Float64Array(mean.length);
  const alone: number[] = [];
  const { data } = values;
  for (let i = 0; i < all.length; i++) {
    const selfWeight = selfWeightOf(i);
    const without = all[i] - selfWeight;
    if (!(all[i] >= LEAST_SHARE * selfWeight)) {
      alone.push(i);
      meanWithout.fill(NaN, i * columns, (i + 1) * columns);
      continue;
    }
    if (columns === 0) continue;
    // (Σ α v − α(0) v) / (Σ α − α(0)), as a correction of the mean.
    const correction = selfWeight / without;
    for (let c = i * columns; c < (i + 1) * columns; c++)
      meanWithout[c] = mean[c] + (mean[c] - data[c] * (meanUnits?.[c % columns] ?? 1)) * correction;
  }
  const logsOfAlone = new Map<number, number>();
  const write: WriteMean = (i, row, logSum) => {
    meanWithout.set(row, i * columns);
    inCallersUnits(problem, meanWithout.subarray(i * columns, (i + 1) * columns));
    logsOfAlone.set(i, logSum);
  };
  await fallback.recompute(keys, alone, options, write, true);
  return new LeftOut({ mean, meanWithout, method }, all, selfWeightOf, logsOfAlone);
}

/** What each key weighs at its own place, without its copies. */
function selfWeights({ keys, kernel, shape, keyWeights }: Problem): (i: number) => number {
  const atZero = kernel.alpha(0) ** (shape === "product" ? keys.dims : 1);
  if (!keyWeights) return () => atZero;
  const { data, copies } = keyWeights;
  return (i) => (copies ? data[i] / copies[i] : data[i]) * atZero;
}

/** Sums with and without each key. What a criterion does not ask for is not computed. */
class LeftOut implements LeaveOneOutSums {
  readonly mean: Float64Array;
  readonly meanWithout: Float64Array;
  readonly method: LeaveOneOutSums["method"];
  private readonly lazy: Record<"logSumWithout" | "leverage" | "free", Lazily>;

  constructor(
    { mean, meanWithout, method }: Pick<LeaveOneOutSums, "mean" | "meanWithout" | "method">,
    totals: Float64Array,
    selfWeightOf: (i: number) => number,
    logsOfAlone: ReadonlyMap<number, number>,
  ) {
    this.mean = mean;
    this.meanWithout = meanWithout;
    this.method = method;
    /** By Σ α and the key's own part, but for keys alone by log Σ α without it. */
    const each = (
      of: (sum: number, self: number) => number,
      ofAlone: (logSum: number, self: number) => number,
    ) =>
      lazily(() => {
        const result = totals.map((sum, i) => of(sum, selfWeightOf(i)));
        for (const [i, logSum] of logsOfAlone) result[i] = ofAlone(logSum, selfWeightOf(i));
        return result;
      });
    this.lazy = {
      logSumWithout: each(
        (sum, self) => Math.log(sum - self),
        (logSum) => logSum,
      ),
      leverage: each(
        (sum, self) => self / sum,
        (logSum, self) => 1 / (1 + Math.exp(logSum) / self),
      ),
      free: each(
        (sum, self) => (sum - self) / sum,
        (logSum, self) => 1 / (1 + self * Math.exp(-logSum)),
      ),
    };
  }

  get logSumWithout(): Float64Array {
    return this.lazy.logSumWithout();
  }

  get leverage(): Float64Array {
    return this.lazy.leverage();
  }

  get free(): Float64Array {
    return this.lazy.free();
  }
}

type Lazily = () => Float64Array;

function lazily(compute: Lazily): Lazily {
  let made: Float64Array | undefined;
  return () => {
    made ??= compute();
    return made;
  };
}
