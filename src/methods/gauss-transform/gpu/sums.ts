/** The method "expand" on the GPU: queries read the grid, a slice at a time. */
import { interpolate } from "../../../../shaders/interpolate.ts";
import type { Matrix } from "../../../data/matrix.ts";
import type { GpuContext } from "../../../gpu/context.ts";
import { type Gpu, ReadbackUsage, StorageUsage } from "../../../gpu/gpu.ts";
import { type Attempt, resume } from "../../../gpu/resume.ts";
import { type Scratch, withScratch } from "../../../gpu/scratch.ts";
import type { SumsOptions } from "../../../problem/problem.ts";
import { sliceBytes } from "../../dense/gpu/plan.ts";
import { THREADS } from "../../dense/gpu/slices.ts";
import type { Results } from "../../results.ts";
import { WORK } from "./cost.ts";
import type { DeviceGrid, ExpandedProblem } from "./problem.ts";
import { sortPoints } from "./sort-points.ts";
import { StageQueue } from "./stage-queue.ts";

/** What the rounding of bounds may hide, and what a key beyond the taps' reach weighs at most, as on the CPU. */
const SLACK = 1.001;
const FARTHEST = 1e-16;

/** Queries to a slice, at most: the CPU's work on one must not block the page. */
const MOST_QUERIES = 2 ** 20;
/** Grids of more numbers than this, which the caches next to a GPU's threads do not hold, are read in the order of bins. */
const SORTED_FROM = 2 ** 14;
/** Failed queries that are read together with the sums. */
const FAILED_AT_ONCE = 1024;

/** The share of the tolerance that the grid's own error may take; the rest is for single precision. */
const SHARE = 0.5;

/**
 * Makes the grid where that is not done yet, and writes the results of all queries but those whose error is not bounded by the
 * tolerance: returns these.
 * @throws NadarayaError "out-of-memory" where the grid does not fit.
 */
export async function readGrid(
  context: GpuContext,
  expanded: ExpandedProblem,
  queries: Matrix,
  options: SumsOptions,
  results: Results,
): Promise<readonly number[]> {
  const reading: Reading = { queries, options, results, finished: 0, belowPrecision: new Set() };
  await resume(context, options, (attempt) =>
    expanded.with(attempt.gpu, { ...context, options }, (deviceGrid) =>
      readQueries(context, attempt, expanded, deviceGrid, reading),
    ),
  );
  return [...reading.belowPrecision];
}

/** Queries, and how far they are answered. */
interface Reading {
  readonly queries: Matrix;
  readonly options: SumsOptions;
  readonly results: Results;
  finished: number;
  readonly belowPrecision: Set<number>;
}

async function readQueries(
  { scheduler, calibration }: GpuContext,
  { gpu, memoryBudget, onFinished }: Attempt,
  problem: ExpandedProblem,
  { buffer: grids, begins }: DeviceGrid,
  reading: Reading,
): Promise<void> {
  const { queries, options, results, belowPrecision } = reading;
  const { grid: plan, scale, unit, mass, integers, step } = problem;
  const { charges, columnCentre, window, axes, points } = plan;
  const columns = charges - 1;
  const dims = axes.length;
  const { width, beta } = window;
  const sorted = points * charges > SORTED_FROM;
  const stage = { dims, width, beta, charges, threads: THREADS, sorted };
  const pipeline = await gpu.pipeline("interpolate", interpolate(stage));
  const each = width ** dims * charges * WORK.read + (sorted ? WORK.sort : 0);
  const family = `interpolate ${dims}, ${charges}`;
  const [total, done] = [queries.count * each, reading.finished * each];
  const firstRate = calibration.pairsPerMillisecond / 4;
  const run = scheduler.start(gpu, { family, total, done, firstRate }, options);
  const checks = [SLACK, mass * FARTHEST, SHARE * options.tolerance];
  while (reading.finished < queries.count) {
    const first = reading.finished;
    const bytes = sliceBytes(gpu.device.limits, memoryBudget());
    const byMemory = bytes / (4 * (2 * charges + dims + 1 + (sorted ? 4 : 0)));
    const fitting = Math.max(1, Math.floor(Math.min(byMemory, run.budget / each, MOST_QUERIES)));
    const count = Math.min(fitting, queries.count - first);
    await withScratch(gpu, async (scratch) => {
      const queue = new StageQueue(gpu, run);
      const positions = await scratch.storage(
        "positions",
        problem.positions.of(queries, first, first + count),
      );
      const order = sorted ? [(await sortPoints(queue, scratch, positions, count, problem)).order] : [];
      const slice = await scratch.uniform("interpolate", [count, ...begins, ...integers], step, ...checks);
      const sums = await scratch.buffer("sums", charges * count * 4, StorageUsage);
      const failed = await scratch.buffer("failed", (count + 1) * 4, StorageUsage);
      gpu.write(failed, new Uint32Array(1));
      const readback = await scratch.buffer("readback", charges * count * 4, ReadbackUsage);
      const failedAtOnce = Math.min(count, FAILED_AT_ONCE);
      const failedBack = await scratch.buffer("failed", (failedAtOnce + 1) * 4, ReadbackUsage);
      const buffers = [slice, positions, grids, sums, failed, ...order];
      await queue.add(pipeline, buffers, { count, of: "threads", each });
      const submitted = queue.submit([
        [sums, readback, charges * count * 4],
        [failed, failedBack, (failedAtOnce + 1) * 4],
      ]);
      const [read, failures] = await Promise.all([
        gpu.read(readback, charges * count),
        gpu.read(failedBack, failedAtOnce + 1),
        submitted,
      ]);
      await queue.allAccepted();
      const isFailed = new Uint8Array(count);
      for (const q of await failedQueries(gpu, scratch, failed, failures)) {
        isFailed[q] = 1;
        belowPrecision.add(first + q);
      }
      for (let i = 0; i < count; i++) if (isFailed[i] === 0) results.setTotal(first + i, read[i] * unit);
      for (let c = 0; c < columns; c++) {
        const [centre, perUnit, row] = [columnCentre[c], scale[c], (1 + c) * count];
        for (let i = 0; i < count; i++)
          if (isFailed[i] === 0) results.mean[(first + i) * columns + c] = centre + perUnit * read[row + i];
      }
    });
    reading.finished += count;
    onFinished();
  }
  await run.finish();
}

/** The queries that are listed: how many, then which; those that are not read yet are. */
async function failedQueries(
  gpu: Gpu,
  scratch: Scratch,
  list: GPUBuffer,
  read: Float32Array<ArrayBuffer>,
): Promise<Uint32Array> {
  const [count, ...known] = new Uint32Array(read.buffer);
  if (count <= known.length) return Uint32Array.from(known.slice(0, count));
  const bytes = (count + 1) * 4;
  const readback = await scratch.buffer("failed", bytes, ReadbackUsage);
  await gpu.submit([], [[list, readback, bytes]]).accepted;
  return new Uint32Array((await gpu.read(readback, count + 1)).buffer, 4);
}
