/**
 * Runs the stages pairwise → column-sum → normalize for all queries, slice by slice: each slice's partial sums fit the
 * memory, and each submission takes about as long as the scheduler wants.
 */
import { columnSum } from "../../shaders/column-sum.ts";
import { normalize } from "../../shaders/normalize.ts";
import { pairwise } from "../../shaders/pairwise.ts";
import { firstValueRow, partialRows, type Tiling } from "../../shaders/partials.ts";
import { keyRows } from "../../shaders/record.ts";
import type { Matrix } from "../data.ts";
import { NadarayaError } from "../errors.ts";
import { carriedBy, type Encoder, trackOf } from "./encode.ts";
import { type Gpu, type Pass, ReadbackUsage, StorageUsage } from "./gpu.ts";
import type { KeyBuffers } from "./key-buffers.ts";
import {
  bufferBytes,
  chooseTiling,
  keysPerChunk,
  keysPerPart,
  otherTilings,
  queriesPerBlock,
  queriesPerSlice,
} from "./plan.ts";
import type { Scheduler } from "./scheduler.ts";
import { Scratch } from "./scratch.ts";
import type { Tilings } from "./tiling-search.ts";
import { outputsOf, type Problem, type RunOptions } from "./types.ts";

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
  /** Its rows as read back: all, the values normalised, for "means"; only Σ α and `near` for the others. */
  readonly numbers: Float32Array;
}

export interface SumRequest {
  readonly gpu: Gpu;
  readonly scheduler: Scheduler;
  readonly tilings: Tilings;
  readonly problem: Problem;
  readonly encoder: Encoder;
  readonly keyBuffers: KeyBuffers;
  readonly memoryBudget: number;
  readonly queries: Matrix;
  readonly options: RunOptions;
  /** "sums": leave the rows of values alone; "means": normalise them and read them back; "means on gpu": only the former. */
  readonly want: "sums" | "means" | "means on gpu";
  /** Called with queries that are too far out for the encoding. */
  readonly remote: (query: number) => void;
  readonly finish: (slice: Slice) => void | Promise<void>;
}

/** @throws NadarayaError "out-of-memory" only where even the smallest slices do not fit. */
export async function sumSlices(request: SumRequest): Promise<void> {
  const { gpu, scheduler, tilings, problem, encoder, queries, options } = request;
  const { keys, kernel, shape, values } = problem;
  const n = keys.count;
  const columns = values.dims;
  const outputs = outputsOf(problem);
  const track = trackOf(kernel);
  const tracked = track !== undefined;
  const rows = partialRows(outputs, tracked);
  const { encoding } = encoder;
  const carried = carriedBy(problem);
  const numbersPerKey = keyRows(carried).count;
  const codeOf = (tiling: Tiling) =>
    pairwise({ ...carried, kernel, shape, moments: problem.moments, encoding, tiling, track });

  const planned = chooseTiling(n, queries.count, numbersPerKey, keys.dims, outputs);
  const { weighted, widened } = carried;
  const own = [weighted && "weighted", widened && "widened"].filter(Boolean);
  const pace = [planned.queryLanes, planned.keyLanes, planned.staged];
  const family = [kernel.name, shape, keys.dims, columns, outputs, encoding, ...own, ...pace].join();
  const [search, columnSumStage, normalizeStage] = await Promise.all([
    tilings.search(family, planned, otherTilings(planned), codeOf),
    gpu.pipeline("column-sum", columnSum({ columns: outputs, tracked, threads: THREADS })),
    gpu.pipeline("normalize", normalize({ columns: outputs, tracked, threads: THREADS })),
  ]);
  const { tiling } = search.best;
  const run = scheduler.start(family, queries.count * n, options);
  let memoryBudget = request.memoryBudget;

  /** Submits the stages for the queries from `first` on: how many those are, and when they are finished. */
  const submitSlice = async (first: number, scratch: Scratch) => {
    const { limits } = gpu.device;
    const bytes = bufferBytes(limits, memoryBudget);
    const partKeys = keysPerPart(n, queries.count, rows, tiling, bytes, run.rate);
    const parts = Math.ceil(n / partKeys);
    const most = queriesPerSlice(n, partKeys, rows, tiling, limits, bytes, run.rate);
    const count = Math.min(most, queries.count - first);
    const chunkKeys = keysPerChunk(numbersPerKey, partKeys, limits, bytes);

    const coordinates = encoder.queries(queries, first, first + count, request.remote);
    const queryBuffer = await scratch.storage("queries", coordinates);
    const partials = await scratch.buffer("partials", parts * rows * count * 4, StorageUsage);
    const sums = await scratch.buffer("sums", rows * count * 4, StorageUsage);
    const read = count * (request.want === "means" ? rows : firstValueRow(tracked));
    const readback = await scratch.buffer("readback", read * 4, ReadbackUsage);

    let passes: Pass[] = [];
    let pairs = 0; // in `passes`
    const choose = () => (run.isLong ? search.next : search.best);
    let stage = choose();
    const submit = async (copies: Parameters<Gpu["submitTimed"]>[1] = []) => {
      const gpuTime = gpu.submitTimed(passes, copies);
      const ran = stage;
      const submitted = run.submitted(pairs, gpuTime, (rate) => search.measured(ran, rate));
      [passes, pairs] = [[], 0];
      await submitted;
      stage = choose();
    };
    for (let from = 0; from < n; from += chunkKeys) {
      const to = Math.min(from + chunkKeys, n);
      const chunk = await request.keyBuffers.chunk(from, to, memoryBudget, scratch);
      const chunkParts = Math.ceil((to - from) / partKeys);
      for (let part = 0; part < chunkParts; ) {
        if (pairs >= run.budget / 2) await submit();
        const fitting = Math.max(1, Math.floor((run.budget - pairs) / (count * Math.min(partKeys, n))));
        const group = Math.min(fitting, chunkParts - part);
        const integers = [count, to - from, partKeys, part, from / partKeys];
        const slice = await scratch.uniform("slice", integers, encoder.step);
        passes.push({
          pipeline: stage.pipeline,
          buffers: [slice, chunk, queryBuffer, partials],
          workgroups: [Math.ceil(count / queriesPerBlock(stage.tiling)), group],
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
    if (request.want !== "sums" && outputs > 0) {
      const uniform = await scratch.uniform("normalize", [count]);
      passes.push({ pipeline: normalizeStage, buffers: [uniform, sums], workgroups: [oneEach, 1] });
    }
    const submitted = submit([[sums, readback, read * 4]]);
    const numbers = gpu.read(readback, read);
    numbers.catch(() => {}); // seen below, unless the submission throws first
    await submitted;
    const finish = async () =>
      request.finish({ first, count, queries: queryBuffer, sums, numbers: await numbers });
    return { count, finish };
  };

  // One slice is read and judged while the next one runs.
  let last: Promise<void> = Promise.resolve();
  for (let first = 0; first < queries.count; ) {
    const scratch = new Scratch(gpu);
    try {
      const { count, finish } = await submitSlice(first, scratch);
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
      request.keyBuffers.forget();
      gpu.trim();
    }
  }
  await last;
  await run.finish();
}
