/** Queries that a grid on the GPU cannot bound. */
import { NadarayaError } from "../../../common/errors.ts";
import { type Matrix, rowsOf } from "../../../data/matrix.ts";
import type { GpuContext } from "../../../gpu/context.ts";
import { outputsOf, type Problem, type SumsOptions } from "../../../problem/problem.ts";
import { fallbackCost } from "../../cull/cost.ts";
import { FALLBACK_TOLERANCE } from "../../cull/method.ts";
import { denseGpuCost } from "../../dense/cost.ts";
import type { DenseOnGpu } from "../../dense/gpu/method.ts";
import { type Computed, type Refined, type SumsMethod, totalCost } from "../../method.ts";
import { Results } from "../../results.ts";

/** What refines them. */
export interface Refining {
  readonly context: GpuContext;
  readonly problem: Problem;
  readonly dense: Pick<DenseOnGpu, "sums">;
  readonly onCpu: Required<Pick<SumsMethod, "refine">>;
}

/**
 * Sums them over every pair on the GPU, where that is faster than on the CPU: single precision bounds there what is small next to its
 * neighbours, as a grid cannot.
 * @returns those that are still below precision
 */
export async function refineOnGpu(
  { context, problem, dense, onCpu }: Refining,
  queries: Matrix,
  belowPrecision: readonly number[],
  options: SumsOptions,
  results: Refined,
): Promise<readonly number[]> {
  const subset = rowsOf(queries, belowPrecision);
  const onGpu = denseGpuCost(problem, subset.count, context.calibrated);
  if (onGpu > totalCost(fallbackCost(problem, subset, FALLBACK_TOLERANCE)))
    return onCpu.refine(queries, belowPrecision, options, results);
  const columns = outputsOf(problem);
  const found = new Results(subset.count, columns, results.totals ? "log" : "none");
  const cost = { once: 0, call: onGpu };
  let computed: Computed;
  try {
    computed = await dense.sums(subset, { ...options, onProgress: undefined }, cost, found, "nearest");
  } catch (error) {
    if (!(error instanceof NadarayaError && error.code === "out-of-memory")) throw error;
    return onCpu.refine(queries, belowPrecision, options, results);
  }
  const still = new Set(computed.belowPrecision);
  for (const [i, q] of belowPrecision.entries())
    if (!still.has(i))
      results.write(q, found.mean.subarray(i * columns, (i + 1) * columns), found.totals?.[i] ?? 0);
  return [...still].map((i) => belowPrecision[i]);
}
