/** Queries are taken a slice at a time, whatever the method: what a slice is, and the loop over them. */

import type { Track } from "../../../../shaders/partials.ts";
import { NadarayaError } from "../../../common/errors.ts";
import type { Matrix } from "../../../data/matrix.ts";
import type { Calibration } from "../../../gpu/calibration.ts";
import type { GpuContext } from "../../../gpu/context.ts";
import type { Gpu } from "../../../gpu/gpu.ts";
import { resume } from "../../../gpu/resume.ts";
import type { Run, Work } from "../../../gpu/scheduler.ts";
import { Scratch } from "../../../gpu/scratch.ts";
import type { Problem, RunOptions } from "../../../problem/problem.ts";
import type { Encoder } from "./encode.ts";
import type { KeyBuffers } from "./key-buffers.ts";

/** Threads of the stages that take one query a thread. */
export const THREADS = 64;

/** A slice of queries whose sums stay on the GPU while `finish` reads them. */
export interface Slice {
  readonly gpu: Gpu;
  readonly first: number;
  readonly count: number;
  readonly queries: GPUBuffer;
  /** Rows of `count` numbers, see shaders/pairwise.ts. */
  readonly sums: GPUBuffer;
  /** Its rows as read back: all, the values normalised, for "means"; only Σ α and `near` for the others. */
  readonly numbers: Float32Array;
}

export interface SumRequest extends Omit<GpuContext, "calibrated"> {
  /** What the problem is planned by. */
  readonly calibration: Calibration;
  readonly onMeasured?: Work["onMeasured"];
  readonly problem: Problem;
  readonly encoder: Encoder;
  readonly keyBuffers: KeyBuffers;
  /** What the row `near` has, if there is one. */
  readonly track?: Track | undefined;
  readonly queries: Matrix;
  readonly options: RunOptions;
  /** "sums": leave the rows of values alone; "means": normalise them and read them back; "means on gpu": only the former. */
  readonly want: "sums" | "means" | "means on gpu";
  /** Called with queries that are too far out for the encoding. */
  readonly remote: (query: number) => void;
  /** Takes a slice's results; the same slice may come again where the device was lost meanwhile. */
  readonly finish: (slice: Slice) => void | Promise<void>;
}

/** A slice whose work is submitted. */
export interface Submitted {
  readonly count: number;
  /** Waits for its numbers, and passes them on. */
  readonly finish: () => Promise<void>;
}

/** What a slice is submitted with. */
export interface SliceContext {
  readonly gpu: Gpu;
  readonly run: Run;
  /** Its first query. */
  readonly first: number;
  /** Gives its buffers back when its numbers are read. */
  readonly scratch: Scratch;
  /** Bytes of GPU memory that the run may take. */
  readonly memoryBudget: number;
}

/** How fast a run is expected to be; see `Work`. */
export type Speed = Pick<Work, "family" | "firstRate" | "onMeasured">;

/**
 * Submits slices until all queries are taken, and reads and checks one while the next one runs. Where the device is lost, or there is
 * no memory for a slice, it goes on from the last slice that was finished.
 * @param pairsPerQuery how many pairs a query is expected to have
 */
export async function inSlices(
  request: SumRequest,
  pairsPerQuery: number,
  speed: Speed,
  submit: (slice: SliceContext) => Promise<Submitted>,
): Promise<void> {
  const { queries, scheduler, keyBuffers } = request;
  const total = queries.count * pairsPerQuery;
  const options = { ...request.options, onProgress: rising(request.options.onProgress) };
  let finished = 0;
  await resume(request, options, async ({ gpu, memoryBudget, onFinished }) => {
    const work = { ...speed, total, done: finished * pairsPerQuery };
    const run = scheduler.start(gpu, work, options);
    let last: Promise<void> | undefined;
    try {
      for (let first = finished; first < queries.count; ) {
        const scratch = new Scratch(gpu);
        try {
          const { count, finish } = await submit({ gpu, run, first, scratch, memoryBudget: memoryBudget() });
          await last;
          first += count;
          const end = first;
          last = finish()
            .then(() => {
              finished = end;
              onFinished();
            })
            .finally(() => scratch.release());
          last.catch(() => {}); // seen at the next await
        } catch (error) {
          scratch.release();
          if (error instanceof NadarayaError) keyBuffers.forget(); // they may not be what they should be
          if (!(last && error instanceof NadarayaError && error.code === "out-of-memory")) throw error;
          await last; // what it held may suffice
          last = undefined;
        }
      }
      await last;
      await run.finish();
    } finally {
      await last?.catch(() => {});
    }
  });
}

/** Progress that never falls, though a part of the work be repeated. */
function rising(onProgress: RunOptions["onProgress"]): RunOptions["onProgress"] {
  if (!onProgress) return undefined;
  let most = 0;
  return (progress) => {
    if (progress.done <= most) return;
    most = progress.done;
    onProgress(progress);
  };
}
