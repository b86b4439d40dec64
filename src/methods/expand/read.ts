/** Queries read what a transform made of the keys, side by side where there are workers. */
import { still } from "../../common/yield.ts";
import type { Matrix } from "../../data/matrix.ts";
import { ranges, type Share, type Task } from "../../workers/task.ts";
import { GridReader, type ReadyGrid } from "../gauss-transform/grid-reader.ts";
import { MovingReader, type ReadySums } from "../sum-updating/sum-updating.ts";
import type { Effort, Reader, Results } from "../transform/transform.ts";

interface Read {
  readonly mean: Float64Array;
  readonly totals?: Float64Array;
  readonly untrusted: Uint32Array;
}

interface ReadInput {
  readonly queries: Matrix;
  readonly columns: number;
  readonly totals: boolean;
  readonly asLog: boolean;
}

export const readTask: Task<ReadyGrid | ReadySums, ReadInput, Read> = {
  name: "read",
  prepare(state) {
    const reader = state.kind === "grid" ? new GridReader(state) : new MovingReader(state);
    return async ({ queries, columns, totals, asLog }) => {
      const results = {
        mean: new Float64Array(queries.count * columns),
        totals: totals ? new Float64Array(queries.count) : undefined,
      };
      const untrusted = await reader.read(queries, { ...results, asLog }, still, () => {});
      return { ...results, untrusted: Uint32Array.from(untrusted) };
    };
  },
};

/** Fewest and most queries that are read at once. */
const QUERIES = [2 ** 12, 2 ** 18] as const;

/** As `reader.read`. */
export function readAll(
  reader: Reader,
  queries: Matrix,
  results: Results,
  { breathe, share, signal }: Effort,
  progress: (done: number) => void,
): Promise<number[]> {
  return share
    ? readShared(reader, queries, results, share, signal, progress)
    : reader.read(queries, results, breathe, progress);
}

async function readShared(
  reader: Reader,
  queries: Matrix,
  { mean, totals, asLog }: Results,
  share: Share,
  signal: AbortSignal | undefined,
  progress: (done: number) => void,
): Promise<number[]> {
  const { dims, count } = queries;
  const columns = reader.state.charges - 1;
  const parts = ranges(count, share.size, QUERIES);
  const untrusted: number[] = [];
  let done = 0;
  await share.each(
    readTask,
    reader.state as ReadyGrid | ReadySums,
    {
      count: parts.length,
      input(job) {
        const { from, to } = parts[job];
        const data = queries.data.slice(from * dims, to * dims);
        return { queries: { data, dims, count: to - from }, columns, totals: totals !== undefined, asLog };
      },
      take(read, job) {
        const { from, to } = parts[job];
        mean.set(read.mean, from * columns);
        if (read.totals) totals?.set(read.totals, from);
        for (const q of read.untrusted) untrusted.push(from + q);
        done += to - from;
        progress(done);
      },
    },
    signal,
  );
  return untrusted;
}
