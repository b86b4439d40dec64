/** The method "expand" on the GPU: queries read the grid, a slice at a time. */
import { interpolate } from "../../../../shaders/interpolate.ts";
import type { Matrix } from "../../../data/matrix.ts";
import type { GpuContext } from "../../../gpu/context.ts";
import { ReadbackUsage, StorageUsage } from "../../../gpu/gpu.ts";
import { type Attempt, resume } from "../../../gpu/resume.ts";
import { withScratch } from "../../../gpu/scratch.ts";
import type { SumsOptions } from "../../../problem/problem.ts";
import { sliceBytes } from "../../dense/gpu/plan.ts";
import type { Results } from "../../results.ts";
import { type DeviceGrid, type ExpandedProblem, firstGridRate, workgroupsFor } from "./problem.ts";

/** What the rounding of bounds may hide, and what a key beyond the taps' reach weighs at most, as on the CPU. */
const SLACK = 1.001;
const FARTHEST = 1e-16;

/** Queries to a slice, at most: the CPU's work on one must not block the page. */
const MOST_QUERIES = 2 ** 17;

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
  { grid, bounds }: DeviceGrid,
  reading: Reading,
): Promise<void> {
  const { queries, options, results, belowPrecision } = reading;
  const { grid: plan, scale, unit, inside, mass } = problem;
  const { charges, columnCentre, window, axes } = plan;
  const columns = charges - 1;
  const pipeline = await gpu.pipeline("interpolate", interpolate(problem.options));
  const touched = window.width ** axes.length;
  const family = `interpolate ${axes.length}, ${charges}`;
  const [total, done] = [queries.count * touched, reading.finished * touched];
  const run = scheduler.start(gpu, { family, total, done, firstRate: firstGridRate(calibration) }, options);
  while (reading.finished < queries.count) {
    const first = reading.finished;
    const bytes = sliceBytes(gpu.device.limits, memoryBudget());
    const byMemory = bytes / (4 * (2 * (charges + 1) + axes.length));
    const fitting = Math.max(1, Math.floor(Math.min(byMemory, run.budget / touched, MOST_QUERIES)));
    const count = Math.min(fitting, queries.count - first);
    await withScratch(gpu, async (scratch) => {
      const positions = problem.positions.of(queries, first, first + count, inside, (q) =>
        belowPrecision.add(q),
      );
      const slice = await scratch.uniform("interpolate", [count, ...problem.integers], problem.step);
      const numbers = (charges + 1) * count;
      const sums = await scratch.buffer("sums", numbers * 4, StorageUsage);
      const readback = await scratch.buffer("readback", numbers * 4, ReadbackUsage);
      const buffers = [slice, await scratch.storage("positions", positions), grid, bounds, sums];
      const passes = [{ pipeline, buffers, workgroups: workgroupsFor(gpu, count) }];
      const submission = gpu.submitTimed(passes, [[sums, readback, numbers * 4]]);
      const [read] = await Promise.all([
        gpu.read(readback, numbers),
        run.submitted(count * touched, submission),
        submission.accepted,
      ]);
      for (let i = 0; i < count; i++) {
        const total = read[i];
        const bound = read[charges * count + i] * SLACK + mass * FARTHEST;
        if (!(bound <= SHARE * options.tolerance * total)) belowPrecision.add(first + i);
        if (belowPrecision.has(first + i)) continue;
        const q = first + i;
        results.setTotal(q, total * unit);
        for (let c = 0; c < columns; c++)
          results.mean[q * columns + c] = columnCentre[c] + (scale[c] * read[(1 + c) * count + i]) / total;
      }
    });
    reading.finished += count;
    onFinished();
  }
  await run.finish();
}
