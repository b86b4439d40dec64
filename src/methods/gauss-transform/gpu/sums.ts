/** The method "expand" on the GPU: queries read the grid, a slice at a time. */
import { interpolate } from "../../../../shaders/interpolate.ts";
import type { Matrix } from "../../../data/matrix.ts";
import type { GpuContext } from "../../../gpu/context.ts";
import { ReadbackUsage, StorageUsage } from "../../../gpu/gpu.ts";
import { withScratch } from "../../../gpu/scratch.ts";
import type { SumsOptions } from "../../../problem/problem.ts";
import { bufferBytes } from "../../dense/gpu/plan.ts";
import type { Results } from "../../results.ts";
import { type DeviceGrid, type ExpandedProblem, workgroupsFor } from "./problem.ts";

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
export function readGrid(
  context: GpuContext,
  expanded: ExpandedProblem,
  queries: Matrix,
  options: SumsOptions,
  results: Results,
): Promise<readonly number[]> {
  return expanded.with(context.scheduler, options, (deviceGrid) =>
    readQueries(context, expanded, deviceGrid, queries, options, results),
  );
}

async function readQueries(
  { gpu, scheduler, memoryBudget }: GpuContext,
  problem: ExpandedProblem,
  { grid, bounds }: DeviceGrid,
  queries: Matrix,
  options: SumsOptions,
  results: Results,
): Promise<readonly number[]> {
  const { grid: plan, scale, unit, inside, mass } = problem;
  const { charges, columnCentre, window, axes } = plan;
  const columns = charges - 1;
  const pipeline = await gpu.pipeline("interpolate", interpolate(problem.options));
  const touched = window.width ** axes.length;
  const run = scheduler.start(`interpolate ${axes.length}, ${charges}`, queries.count * touched, options);
  const belowPrecision = new Set<number>();
  for (let first = 0; first < queries.count; ) {
    const byMemory = bufferBytes(gpu.device.limits, memoryBudget) / (4 * (charges + 1));
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
      const gpuTime = gpu.submitTimed(passes, [[sums, readback, numbers * 4]]);
      const [found] = await Promise.all([
        gpu.read(readback, numbers),
        run.submitted(count * touched, gpuTime),
      ]);
      for (let i = 0; i < count; i++) {
        const total = found[i];
        const bound = found[charges * count + i] * SLACK + mass * FARTHEST;
        if (!(bound <= SHARE * options.tolerance * total)) belowPrecision.add(first + i);
        if (belowPrecision.has(first + i)) continue;
        const q = first + i;
        results.setTotal(q, total * unit);
        for (let c = 0; c < columns; c++)
          results.mean[q * columns + c] = columnCentre[c] + (scale[c] * found[(1 + c) * count + i]) / total;
      }
    });
    first += count;
  }
  await run.finish();
  return [...belowPrecision];
}
