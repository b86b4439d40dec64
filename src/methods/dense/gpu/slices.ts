/** Queries are taken a slice at a time, whatever the method: what a slice is, and the loop over them. */

import { NadarayaError } from "../../../common/errors.ts";
import type { Matrix } from "../../../data/matrix.ts";
import type { GpuContext } from "../../../gpu/context.ts";
import { Scratch } from "../../../gpu/scratch.ts";
import type { Problem, RunOptions } from "../../../problem/problem.ts";
import type { Encoder } from "./encode.ts";
import type { KeyBuffers } from "./key-buffers.ts";

/** Threads of the stages that take one query a thread. */
export const THREADS = 64;
/** The smallest memory budget that is tried before a failed allocation is the caller's. */
const LEAST_BUDGET = 2 ** 20;

/** A slice of queries whose sums stay on the GPU while `finish` reads them. */
export interface Slice {
  readonly first: number;
  readonly count: number;
  readonly queries: GPUBuffer;
  /** Rows of `count` numbers, see shaders/pairwise.ts. */
  readonly sums: GPUBuffer;
  /** Its rows as read back: all, the values normalised, for "means"; only Σ α and `near` for the others. */
  readonly numbers: Float32Array;
}

export interface SumRequest extends GpuContext {
  readonly problem: Problem;
  readonly encoder: Encoder;
  readonly keyBuffers: KeyBuffers;
  readonly queries: Matrix;
  readonly options: RunOptions;
  /** "sums": leave the rows of values alone; "means": normalise them and read them back; "means on gpu": only the former. */
  readonly want: "sums" | "means" | "means on gpu";
  /** Called with queries that are too far out for the encoding. */
  readonly remote: (query: number) => void;
  readonly finish: (slice: Slice) => void | Promise<void>;
}

/** A slice whose work is submitted. */
export interface Submitted {
  readonly count: number;
  /** Waits for its numbers, and passes them on. */
  readonly finish: () => Promise<void>;
}

/**
 * Submits slices until all queries are taken, and reads and checks one while the next one runs. Where there is no memory
 * for a slice, all that follow are made smaller.
 * @throws NadarayaError "out-of-memory" only where even the smallest slices do not fit.
 */
export async function inSlices(
  request: SumRequest,
  submit: (first: number, scratch: Scratch, memoryBudget: number) => Promise<Submitted>,
): Promise<void> {
  const { gpu, queries, keyBuffers } = request;
  let { memoryBudget } = request;
  let last: Promise<void> = Promise.resolve();
  for (let first = 0; first < queries.count; ) {
    const scratch = new Scratch(gpu);
    try {
      const { count, finish } = await submit(first, scratch, memoryBudget);
      await last;
      last = finish().finally(() => scratch.release());
      last.catch(() => {}); // seen at the next await
      first += count;
    } catch (error) {
      scratch.release();
      await last;
      const noMemory = error instanceof NadarayaError && error.code === "out-of-memory";
      if (!noMemory || memoryBudget <= LEAST_BUDGET) throw error;
      memoryBudget /= 2;
      keyBuffers.forget();
      gpu.trim();
    }
  }
  await last;
}
