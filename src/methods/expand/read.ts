/** Queries read what a transform made of the keys, side by side where there are workers. */
import { neverYield } from "../../common/yield.ts";
import type { Matrix } from "../../data/matrix.ts";
import { ranges, type Task, type TaskRunner } from "../../workers/task.ts";
import { GridReader, type GridState } from "../gauss-transform/grid-reader.ts";
import type { ResultArrays } from "../results.ts";
import { ExponentialReader, type ExponentialState } from "../sum-updating/exponential-sums.ts";
import { SumUpdatingReader, type SumUpdatingState } from "../sum-updating/sum-updating.ts";
import type { Effort, Reader } from "../transform/transform.ts";

interface Read {
  readonly mean: Float64Array;
  readonly totals?: Float64Array;
  readonly belowPrecision: Uint32Array;
}

interface ReadInput {
  readonly queries: Matrix;
  readonly columns: number;
  readonly totals: boolean;
  readonly asLog: boolean;
  readonly acceptedError: number | undefined;
}

type State = GridState | SumUpdatingState | ExponentialState;

const readerOf = (state: State): Reader => {
  switch (state.kind) {
    case "grid":
      return new GridReader(state);
    case "sums":
      return new SumUpdatingReader(state);
    case "exponential":
      return new ExponentialReader(state);
  }
};

export const readTask: Task<State, ReadInput, Read> = {
  name: "read",
  prepare(state) {
    const reader = readerOf(state);
    return async ({ queries, columns, totals, asLog, acceptedError }) => {
      const results = {
        mean: new Float64Array(queries.count * columns),
        totals: totals ? new Float64Array(queries.count) : undefined,
      };
      const belowPrecision = await reader.read(
        queries,
        { ...results, asLog, acceptedError },
        neverYield,
        () => {},
      );
      return { ...results, belowPrecision: Uint32Array.from(belowPrecision) };
    };
  },
};

/** Fewest and most queries that are read at once. */
const QUERIES = [2 ** 12, 2 ** 18] as const;

/** As `reader.read`. */
export function readAll(
  reader: Reader,
  queries: Matrix,
  results: ResultArrays,
  { yieldToEventLoop, share, signal }: Effort,
  progress: (done: number) => void,
): Promise<number[]> {
  return share
    ? readShared(reader, queries, results, share, signal, progress)
    : reader.read(queries, results, yieldToEventLoop, progress);
}

async function readShared(
  reader: Reader,
  queries: Matrix,
  { mean, totals, asLog, acceptedError }: ResultArrays,
  share: TaskRunner,
  signal: AbortSignal | undefined,
  progress: (done: number) => void,
): Promise<number[]> {
  const { dims, count } = queries;
  const columns = reader.state.outputs - 1;
  const parts = ranges(count, share.size, QUERIES);
  const belowPrecision: number[] = [];
  let done = 0;
  await share.each(
    readTask,
    reader.state as State,
    {
      count: parts.length,
      input(taskIndex) {
        const { from, to } = parts[taskIndex];
        const data = queries.data.slice(from * dims, to * dims);
        const part = { data, dims, count: to - from };
        return { queries: part, columns, totals: totals !== undefined, asLog, acceptedError };
      },
      take(read, taskIndex) {
        const { from, to } = parts[taskIndex];
        mean.set(read.mean, from * columns);
        if (read.totals) totals?.set(read.totals, from);
        for (const q of read.belowPrecision) belowPrecision.push(from + q);
        done += to - from;
        progress(done);
      },
    },
    signal,
  );
  return belowPrecision;
}
