/** The method "expand" on the GPU: queries read the grid, a slice at a time. */
import { interpolate } from "../../../../shaders/interpolate.ts";
import type { GpuContext } from "../../../gpu/context.ts";
import { type Gpu, ReadbackUsage, StorageUsage } from "../../../gpu/gpu.ts";
import { type Attempt, resume } from "../../../gpu/resume.ts";
import { type Scratch, withScratch } from "../../../gpu/scratch.ts";
import type { SumsOptions } from "../../../problem/problem.ts";
import { sliceBytes } from "../../dense/gpu/plan.ts";
import { THREADS } from "../../dense/gpu/slices.ts";
import type { Window } from "../../transform/window.ts";
import type { GridContext } from "./build-grid.ts";
import { WORK } from "./cost.ts";
import type { DeviceGrid, ExpandedProblem } from "./problem.ts";
import type { QuerySource } from "./query-source.ts";
import { sortPoints } from "./sort-points.ts";
import { StageQueue } from "./stage-queue.ts";
import type { SumsSink } from "./sums-sink.ts";

/** What the rounding of bounds may hide, and what a key beyond the taps' reach weighs at most, as on the CPU. */
const SLACK = 1.001;
const FARTHEST = 1e-16;

/** Queries to a slice, at most: the CPU's work on one must not block the page. */
const MOST_QUERIES = 2 ** 20;
/** Grids of more numbers than this, which the caches next to a GPU's threads do not hold, are read in the order of bins. */
const SORTED_FROM = 2 ** 18;
/** Failed queries that are read together with the sums. */
const FAILED_AT_ONCE = 1024;

/** Queries that are read at once, at most: as many as fit the bytes and the time, in queries. */
export function queriesPerReading(
  dims: number,
  charges: number,
  sorted: boolean,
  bytes: number,
  byTime: number,
): number {
  const byMemory = bytes / (4 * (2 * charges + dims + 1 + (sorted ? 4 : 0)));
  return Math.max(1, Math.floor(Math.min(byMemory, byTime, MOST_QUERIES)));
}

/** The share of the tolerance that the grid's own error may take; the rest is for single precision. */
const SHARE = 0.5;

/**
 * Makes the grid where that is not done yet, and passes the sums of all queries to the sink, but of those whose error is not bounded by the
 * tolerance: returns these, in their order.
 * @throws NadarayaError "out-of-memory" where the grid does not fit.
 */
export async function readGrid(
  context: GpuContext,
  expanded: ExpandedProblem,
  queries: QuerySource,
  options: SumsOptions,
  sink: SumsSink,
): Promise<readonly number[]> {
  // Slices depend on it, and no digit.
  const calibration = context.calibrated.of(Infinity);
  const reading: Reading = { queries, options, sink, finished: 0, failed: [] };
  await resume(context, options, (attempt) =>
    expanded.with(attempt.gpu, { ...context, calibration, options }, (deviceGrid) =>
      readQueries({ ...context, calibration }, attempt, expanded, deviceGrid, reading),
    ),
  );
  return reading.failed;
}

/** Compiles what queries read a grid by. */
export const readStage = (
  gpu: Gpu,
  dims: number,
  charges: number,
  { width, beta }: Window,
  sorted: boolean,
): Promise<GPUComputePipeline> =>
  gpu.pipeline("interpolate", interpolate({ dims, width, beta, charges, threads: THREADS, sorted }));

/** Queries, and how far they are answered. */
interface Reading {
  readonly queries: QuerySource;
  readonly options: SumsOptions;
  readonly sink: SumsSink;
  finished: number;
  readonly failed: number[];
}

async function readQueries(
  { scheduler, calibration }: Pick<GridContext, "scheduler" | "calibration">,
  { gpu, memoryBudget, onFinished }: Attempt,
  problem: ExpandedProblem,
  { buffer: grids, begins }: DeviceGrid,
  reading: Reading,
): Promise<void> {
  const { queries, options, sink } = reading;
  const { grid: plan, mass, integers, step } = problem;
  const { charges, window, axes, points } = plan;
  const dims = axes.length;
  const sorted = points * charges > SORTED_FROM;
  const pipeline = await readStage(gpu, dims, charges, window, sorted);
  const each = window.width ** dims * charges * WORK.read + (sorted ? WORK.sort : 0);
  const family = `interpolate ${dims}, ${charges}`;
  const [total, done] = [queries.count * each, reading.finished * each];
  const firstRate = calibration.pairsPerMillisecond / 4;
  // Sorting is work too: what callers see is counted in queries.
  const run = scheduler.start(gpu, { family, total, done, firstRate }, { signal: options.signal });
  const checks = [SLACK, mass * FARTHEST, SHARE * options.tolerance];
  while (reading.finished < queries.count) {
    const first = reading.finished;
    const bytes = sliceBytes(gpu.device.limits, memoryBudget());
    const count = Math.min(
      queriesPerReading(dims, charges, sorted, bytes, run.budget / each),
      queries.count - first,
    );
    await withScratch(gpu, async (scratch) => {
      const queue = new StageQueue(gpu, run);
      const positions = await queries.positions(queue, scratch, first, count);
      const order = sorted ? [(await sortPoints(queue, scratch, positions, count, problem)).order] : [];
      const slice = await scratch.uniform("interpolate", [count, ...begins, ...integers], step, ...checks);
      const sums = await scratch.buffer("sums", charges * count * 4, StorageUsage);
      const failed = await scratch.buffer("failed", (count + 1) * 4, StorageUsage);
      gpu.write(failed, new Uint32Array(1));
      await queue.add(pipeline, [slice, positions, grids, sums, failed, ...order], {
        ...{ count, of: "threads", each },
      });
      const taken = await sink.take(queue, scratch, sums, first, count);
      const atOnce = Math.min(count, FAILED_AT_ONCE);
      const failedBack = await scratch.buffer("failed", (atOnce + 1) * 4, ReadbackUsage);
      const submitted = queue.submit([...taken.copies, [failed, failedBack, (atOnce + 1) * 4]]);
      const [known] = await Promise.all([gpu.read(failedBack, atOnce + 1), submitted]);
      const list = await failedQueries(gpu, scratch, failed, known);
      await taken.finish(list);
      await queue.allAccepted();
      for (const q of list) reading.failed.push(first + q);
    });
    reading.finished += count;
    onFinished();
    const n = problem.keyCount;
    options.onProgress?.({ done: reading.finished * n, total: queries.count * n });
  }
  await run.finish();
}

/** The queries that are listed, in their order: how many is the list's first number; those that are not read yet are. */
async function failedQueries(
  gpu: Gpu,
  scratch: Scratch,
  list: GPUBuffer,
  known: Float32Array<ArrayBuffer>,
): Promise<Uint32Array> {
  let numbers = new Uint32Array(known.buffer);
  const end = numbers[0] + 1;
  if (end > numbers.length) {
    const readback = await scratch.buffer("failed", end * 4, ReadbackUsage);
    await gpu.submit([], [[list, readback, end * 4]]).accepted;
    numbers = new Uint32Array((await gpu.read(readback, end)).buffer);
  }
  return numbers.slice(1, end).sort();
}
