/**
 * Runs the stages pairwise → column-sum → normalize for all queries, slice by slice: each slice's partial sums fit the
 * memory, and each submission takes about as long as the scheduler wants.
 */
import { columnSum } from "../../shaders/column-sum.ts";
import { normalize } from "../../shaders/normalize.ts";
import { pairwise } from "../../shaders/pairwise.ts";
import { partialRows } from "../../shaders/partials.ts";
import type { Matrix } from "../data.ts";
import { NadarayaError } from "../errors.ts";
import { type Encoder, trackOf } from "./encode.ts";
import { type Gpu, type Pass, ReadbackUsage, StorageUsage } from "./gpu.ts";
import type { KeyBuffers } from "./key-buffers.ts";
import {
  bufferBytes,
  chooseTiling,
  keysPerChunk,
  keysPerPart,
  queriesPerBlock,
  queriesPerSlice,
} from "./plan.ts";
import type { Scheduler } from "./scheduler.ts";
import { type Scratch, withScratch } from "./scratch.ts";
import type { Problem, RunOptions } from "./types.ts";

/** Threads of the stages that take one query a thread. */
export const THREADS = 64;
/** The smallest memory budget that is tried before a failed allocation is the caller's. */
const LEAST_BUDGET = 2 ** 20;

/** A slice of queries whose sums lie on the GPU while `finish` looks at it. */
export interface Slice {
  readonly first: number;
  readonly count: number;
  readonly queries: GPUBuffer;
  /** Rows of `count` numbers, see shaders/pairwise.ts. */
  readonly sums: GPUBuffer;
  /** The same, read back; the rows of values normalised if that was asked for. */
  readonly numbers: Float32Array;
}

export interface SumRequest {
  readonly gpu: Gpu;
  readonly scheduler: Scheduler;
  readonly problem: Problem;
  readonly encoder: Encoder;
  readonly keyBuffers: KeyBuffers;
  readonly memoryBudget: number;
  readonly queries: Matrix;
  readonly options: RunOptions;
  readonly normalized: boolean;
  /** Called with queries that are too far out for the encoding. */
  readonly remote: (query: number) => void;
  readonly finish: (slice: Slice) => void | Promise<void>;
}

/** @throws NadarayaError "out-of-memory" only where even the smallest slices do not fit. */
export async function sumSlices(request: SumRequest): Promise<void> {
  const { gpu, scheduler, problem, encoder, queries, options } = request;
  const { keys, kernel, shape, values } = problem;
  const columns = values.dims;
  const tiling = chooseTiling(queries.count, keys.dims, columns);
  const track = trackOf(kernel);
  const tracked = track !== undefined;
  const code = pairwise({
    kernel,
    shape,
    dims: keys.dims,
    columns,
    encoding: encoder.encoding,
    tiling,
    track,
  });
  const [pairwiseStage, columnSumStage, normalizeStage] = await Promise.all([
    gpu.pipeline("pairwise", code),
    gpu.pipeline("column-sum", columnSum({ columns, tracked, threads: THREADS })),
    gpu.pipeline("normalize", normalize({ columns, threads: THREADS })),
  ]);
  const run = scheduler.start(code, queries.count * keys.count, options);
  let memoryBudget = request.memoryBudget;

  /** The stages for the queries from `first` on; returns how many queries that were. */
  const oneSlice = async (first: number, scratch: Scratch): Promise<number> => {
    const { limits } = gpu.device;
    const n = keys.count;
    const rows = partialRows(columns, tracked);
    const bytes = bufferBytes(limits, memoryBudget);
    const partKeys = keysPerPart(n, queries.count, rows, tiling, bytes);
    const parts = Math.ceil(n / partKeys);
    const most = queriesPerSlice(n, partKeys, rows, tiling, limits, bytes, run.rate);
    const count = Math.min(most, queries.count - first);
    const blocks = Math.ceil(count / queriesPerBlock(tiling));
    const chunkKeys = keysPerChunk(keys.dims + columns, partKeys, limits, bytes);

    const queryBuffer = await scratch.storage(
      "queries",
      encoder.queries(queries, first, first + count, request.remote),
    );
    const partials = await scratch.buffer("partials", parts * rows * count * 4, StorageUsage);
    const sums = await scratch.buffer("sums", rows * count * 4, StorageUsage);
    const readback = await scratch.buffer("readback", rows * count * 4, ReadbackUsage);

    let passes: Pass[] = [];
    let pairs = 0; // in `passes`
    for (let from = 0; from < n; from += chunkKeys) {
      const to = Math.min(from + chunkKeys, n);
      const chunk = await request.keyBuffers.chunk(from, to, memoryBudget, scratch);
      const chunkParts = Math.ceil((to - from) / partKeys);
      for (let part = 0; part < chunkParts; ) {
        if (pairs >= run.budget / 2) {
          gpu.submit(passes);
          await run.submitted(pairs);
          [passes, pairs] = [[], 0];
        }
        const group = Math.min(
          Math.max(1, Math.floor((run.budget - pairs) / (count * partKeys))),
          chunkParts - part,
        );
        const integers = [count, to - from, partKeys, part, from / partKeys];
        passes.push({
          pipeline: pairwiseStage,
          buffers: [await scratch.uniform("slice", integers, encoder.step), chunk, queryBuffer, partials],
          workgroups: [blocks, group],
        });
        pairs += count * (Math.min((part + group) * partKeys, to - from) - part * partKeys);
        part += group;
      }
    }
    const oneEach = Math.ceil(count / THREADS);
    passes.push({
      pipeline: columnSumStage,
      buffers: [await scratch.uniform("column-sum", [count, parts]), partials, sums],
      workgroups: [oneEach, rows],
    });
    if (request.normalized && columns > 0) {
      passes.push({
        pipeline: normalizeStage,
        buffers: [await scratch.uniform("normalize", [count]), sums],
        workgroups: [oneEach, 1],
      });
    }
    gpu.submit(passes, [[sums, readback, rows * count * 4]]);
    const numbers = gpu.read(readback, rows * count);
    numbers.catch(() => {}); // seen below, unless the run throws first
    await run.submitted(pairs);
    await run.finish();
    await request.finish({ first, count, queries: queryBuffer, sums, numbers: await numbers });
    return count;
  };

  for (let first = 0; first < queries.count; ) {
    try {
      const from = first;
      first += await withScratch(gpu, (scratch) => oneSlice(from, scratch));
    } catch (error) {
      const noMemory = error instanceof NadarayaError && error.code === "out-of-memory";
      if (!noMemory || memoryBudget <= LEAST_BUDGET) throw error;
      memoryBudget /= 2;
      request.keyBuffers.forget();
      gpu.trim();
    }
  }
}
