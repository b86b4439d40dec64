/** Sums by a transform in float64; loaded when the method is chosen. */
import { createYielder } from "../../common/yield.ts";
import { type Matrix, rowsOf } from "../../data/matrix.ts";
import { outputsOf, type Problem, type RunOptions } from "../../problem/problem.ts";
import type { WorkSharing } from "../../workers/task.ts";
import { fallbackCost } from "../cull/cost.ts";
import { FALLBACK_TOLERANCE } from "../cull/method.ts";
import { type Cost, type Refined, totalCost } from "../method.ts";
import { type ResultArrays, Results } from "../results.ts";
import type { Planned } from "./plan.ts";
import { readAll } from "./read.ts";

/** What a transform is read for. */
export interface Run extends Planned {
  readonly problem: Problem;
  readonly workers: WorkSharing;
}

/** Builds the transform where that is not done yet, and writes what it can promise; returns the queries for which it cannot. */
export async function readTransform(
  { problem, workers, transform, recentring }: Run,
  queries: Matrix,
  results: ResultArrays,
  { once, call }: Cost,
  options: RunOptions,
): Promise<number[]> {
  const { signal } = options;
  const n = problem.keys.count;
  const yieldToEventLoop = createYielder(options);
  const builders = transform.sharesBuild ? await workers.share(once) : undefined;
  const reader = await transform.build({ yieldToEventLoop, share: builders, signal });
  const readers = await workers.share(call, reader.state);
  const means = recentring && new Float64Array(queries.count * recentring.columns);
  const read = means ? { ...results, mean: means } : results;
  const effort = { yieldToEventLoop, share: readers, signal };
  const belowPrecision = await readAll(reader, queries, read, effort, (done) =>
    options.onProgress?.({ done: done * n, total: queries.count * n }),
  );
  if (means) recentring.apply(queries, means, results.mean);
  return belowPrecision;
}

/** By a finer transform, where there is one that is faster than the fallback; returns the queries that it cannot promise either. */
export async function refineTransform(
  run: Run,
  queries: Matrix,
  belowPrecision: readonly number[],
  { signal }: RunOptions,
  { write }: Refined,
): Promise<readonly number[]> {
  const { problem } = run;
  const finer = run.transform.finer();
  if (!finer) return belowPrecision;
  const columns = outputsOf(problem);
  const subset = rowsOf(queries, belowPrecision);
  const cost = finer.cost(subset.count);
  if (totalCost(cost) > totalCost(fallbackCost(problem, subset, FALLBACK_TOLERANCE))) return belowPrecision;
  const { mean, totals, asLog } = new Results(subset.count, columns, "log");
  const fine = { mean, totals, asLog };
  const still = new Set(await readTransform({ ...run, transform: finer }, subset, fine, cost, { signal }));
  for (const [i, q] of belowPrecision.entries())
    if (!still.has(i)) write(q, fine.mean.subarray(i * columns, (i + 1) * columns), fine.totals![i]);
  return [...still].map((i) => belowPrecision[i]);
}
