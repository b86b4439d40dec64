/** A few queries, or queries of which each needs few of the keys, in float64: for these, sorting all keys into a tree would take longest. */
import type { Matrix } from "../../data/matrix.ts";
import { outputsOf, type Problem } from "../../problem/problem.ts";
import type { WriteMean } from "../results.ts";
import { pairsWorthSorting, tooFewToSort, worthNarrowing } from "./cost.ts";
import type { CullOptions } from "./cull.ts";
import { eachNear } from "./near-keys.ts";
import { logSumOf, meanOf } from "./neighbour-means.ts";
import { type Neighbours, neighboursOf, reachOf, scanKeys } from "./neighbours.ts";

interface Few extends CullOptions {
  readonly indices: readonly number[];
  readonly withoutSelf: boolean;
}

/** Writes what the queries' keys add up to, and returns how many pairs were weighed; undefined, with nothing done, where a tree is better. */
export async function recomputeFew(
  problem: Problem,
  queries: Matrix,
  { indices, tolerance, withoutSelf, yieldToEventLoop }: Few,
  write: WriteMean,
): Promise<number | undefined> {
  const { keys, bandwidth } = problem;
  const { data, dims } = queries;
  const mean = new Float64Array(outputsOf(problem));
  let pairs = 0;
  const pointOf = (q: number) => data.subarray(q * dims, (q + 1) * dims);
  const take = (q: number, neighbours: Neighbours) => {
    pairs += neighbours.count;
    const sum = meanOf(problem, neighbours, mean);
    write(q, mean, logSumOf(neighbours.scale, sum));
  };
  if (worthNarrowing(problem, indices.length)) {
    const reach = reachOf(problem, tolerance);
    const mostPairs = pairsWorthSorting(problem);
    const options = { bandwidth, reach, withoutSelf, mostPairs, yieldToEventLoop };
    const isDone = await eachNear(keys, queries, indices, options, (q, near) =>
      take(q, neighboursOf(problem, pointOf(q), near, tolerance)),
    );
    if (isDone) return pairs;
  }
  if (!tooFewToSort(problem, indices.length)) return undefined;
  for (const q of indices) {
    take(q, scanKeys(problem, pointOf(q), tolerance, withoutSelf ? q : -1));
    await yieldToEventLoop();
  }
  return pairs;
}
