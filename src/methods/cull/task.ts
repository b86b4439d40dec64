/** Sums over the pairs that matter, side by side: parts of the queries that lie together. */
import { neverYield } from "../../common/yield.ts";
import { type Matrix, rowsOf } from "../../data/matrix.ts";
import { outputsOf } from "../../problem/problem.ts";
import { deserialiseProblem, type SerialisedProblem } from "../../problem/serialised-problem.ts";
import { ranges, type Task, type TaskRunner } from "../../workers/task.ts";
import type { WriteMean } from "../results.ts";
import type { CullOptions } from "./cull.ts";
import { cullMeans } from "./neighbour-means.ts";
import { TileTree } from "./tile-tree.ts";

/** What is kept of a problem for its queries. */
export interface CullState {
  readonly problem: SerialisedProblem;
  readonly tree: TileTree;
}

interface CullInput {
  readonly queries: Matrix;
  readonly tolerance: number;
  /** For each query the key that is left out. */
  readonly without?: Uint32Array;
}

interface Culled {
  /** A row of means for each query, and log Σ α. */
  readonly mean: Float64Array;
  readonly logSums: Float64Array;
  readonly pairs: number;
}

export const cullTask: Task<CullState, CullInput, Culled> = {
  name: "cull",
  prepare(state) {
    const problem = deserialiseProblem(state.problem);
    const tree = TileTree.deserialise(state.tree);
    const outputs = outputsOf(problem);
    return async ({ queries, tolerance, without }) => {
      const mean = new Float64Array(queries.count * outputs);
      const logSums = new Float64Array(queries.count);
      const options = { tolerance, withoutSelf: without, yieldToEventLoop: neverYield };
      const pairs = await cullMeans(problem, tree, queries, options, (q, row, log) => {
        mean.set(row, q * outputs);
        logSums[q] = log;
      });
      return { mean, logSums, pairs };
    };
  },
};

/** Fewest and most queries of a part. */
const QUERIES = [2 ** 7, 2 ** 16] as const;

/** As `cullMeans`; `progress` says for how many queries it is done. */
export async function shareCulled(
  state: CullState,
  queries: Matrix,
  { indices, tolerance, withoutSelf }: Omit<CullOptions, "yieldToEventLoop">,
  share: TaskRunner,
  signal: AbortSignal | undefined,
  write: WriteMean,
  progress: (done: number) => void,
): Promise<number> {
  const outputs = outputsOf(state.problem);
  const count = indices?.length ?? queries.count;
  // The upper levels of a tree: queries of a part lie together.
  const [{ to: part } = { to: 1 }] = ranges(count, share.size, QUERIES);
  const { order } = new TileTree(queries, state.problem.bandwidth, part, indices);
  let pairs = 0;
  let done = 0;
  await share.each(
    cullTask,
    state,
    {
      count: Math.ceil(count / part),
      input(taskIndex) {
        const taskIndices = order.slice(taskIndex * part, (taskIndex + 1) * part);
        return {
          queries: rowsOf(queries, taskIndices),
          tolerance,
          without: withoutSelf ? taskIndices : undefined,
        };
      },
      take({ mean, logSums, pairs: weighed }, taskIndex) {
        for (let i = 0; i < logSums.length; i++)
          write(order[taskIndex * part + i], mean.subarray(i * outputs, (i + 1) * outputs), logSums[i]);
        pairs += weighed;
        done += logSums.length;
        progress(done);
      },
    },
    signal,
  );
  return pairs;
}
