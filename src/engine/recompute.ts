/** Sums by any method, with the queries below its precision recomputed in float64. */
import type { Matrix } from "../data/matrix.ts";
import type { CullOnCpu } from "../methods/cull/method.ts";
import type { Cost, SumsMethod } from "../methods/method.ts";
import { Results } from "../methods/results.ts";
import { outputsOf, type Problem, type Sums, type SumsOptions, type Totals } from "../problem/problem.ts";

export async function recompute(
  problem: Problem,
  method: SumsMethod,
  cost: Cost,
  fallback: CullOnCpu,
  queries: Matrix,
  options: SumsOptions,
  totals: Totals,
): Promise<Omit<Sums, "reason">> {
  options.signal?.throwIfAborted();
  const results = new Results(queries.count, outputsOf(problem), totals);
  const { belowPrecision, evaluatedPairs } = await method.sums(queries, options, cost, results);
  const still = (await method.refine?.(queries, belowPrecision, options, results)) ?? belowPrecision;
  const again = await fallback.recompute(queries, still, options, results.write);
  return {
    mean: results.mean,
    totals: results.totals,
    empty: results.empty.sort((a, b) => a - b),
    method: method.name,
    precision: method.precision,
    fallbackQueries: belowPrecision.length,
    evaluatedPairs: evaluatedPairs + again,
  };
}
