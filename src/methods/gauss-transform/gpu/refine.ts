/** Queries that a grid on the GPU cannot bound. */
import { type Matrix, rowsOf } from "../../../data/matrix.ts";
import type { GpuContext } from "../../../gpu/context.ts";
import { outputsOf, type Problem, type SumsOptions } from "../../../problem/problem.ts";
import { fallbackCost } from "../../cull/cost.ts";
import { FALLBACK_TOLERANCE } from "../../cull/method.ts";
import { denseGpuCost } from "../../dense/cost.ts";
import type { DenseOnGpu } from "../../dense/gpu/method.ts";
import { type Refined, totalCost } from "../../method.ts";
import { Results } from "../../results.ts";

/**
 * Sums them over every pair on the GPU: single precision bounds there what is small next to its neighbours, as a grid cannot.
 * @returns those that are still below precision; undefined where the CPU is faster
 */
export async function refineOnGpu(
  context: GpuContext,
  problem: Problem,
  dense: DenseOnGpu,
  queries: Matrix,
  belowPrecision: readonly number[],
  options: SumsOptions,
  results: Refined,
): Promise<readonly number[] | undefined> {
  const subset = rowsOf(queries, belowPrecision);
  const onGpu = denseGpuCost(problem, subset.count, context.calibration);
  if (onGpu > totalCost(fallbackCost(problem, subset, FALLBACK_TOLERANCE))) return undefined;
  const columns = outputsOf(problem);
  const found = new Results(subset.count, columns, results.totals ? "log" : "none");
  const computed = await dense.carefulSums(subset, { ...options, onProgress: undefined }, found);
  const still = new Set(computed.belowPrecision);
  for (const [i, q] of belowPrecision.entries())
    if (!still.has(i))
      results.write(q, found.mean.subarray(i * columns, (i + 1) * columns), found.totals?.[i] ?? 0);
  return [...still].map((i) => belowPrecision[i]);
}
