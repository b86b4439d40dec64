/** The method "expand" on the GPU: queries read the grid, a slice at a time. */
import { interpolate } from "../../../../shaders/interpolate.ts";
import type { Matrix } from "../../../data/matrix.ts";
import { type Gpu, ReadbackUsage, StorageUsage } from "../../../gpu/gpu.ts";
import type { Scheduler } from "../../../gpu/scheduler.ts";
import { withScratch } from "../../../gpu/scratch.ts";
import type { Sums, SumsOptions, Totals } from "../../../problem/problem.ts";
import type { WriteMean } from "../../cull/neighbour-means.ts";
import { bufferBytes } from "../../dense/gpu/plan.ts";
import { type DeviceGrid, type ExpandedProblem, workgroupsFor } from "./problem.ts";

/** What the rounding of bounds may hide, and what a key beyond the taps' reach weighs at most, as on the CPU. */
const SLACK = 1.001;
const FARTHEST = 1e-16;

/** Queries to a slice, at most: what the CPU does with one should not keep the page from living. */
const MOST_QUERIES = 2 ** 17;

/** The share of the tolerance that the grid's own error may take; the rest is for single precision. */
const SHARE = 0.5;

/** The float64 methods on the CPU. */
interface Fallback {
  /** Computes the means of some queries again; returns how many pairs that took. */
  recompute(
    queries: Matrix,
    belowPrecision: readonly number[],
    options: SumsOptions,
    write: WriteMean,
  ): Promise<number>;
}

export interface GridRequest {
  readonly gpu: Gpu;
  readonly scheduler: Scheduler;
  readonly memoryBudget: number;
  readonly expanded: ExpandedProblem;
  /** Recomputes what the grid cannot promise. */
  readonly float64: Fallback;
  readonly queries: Matrix;
  readonly options: SumsOptions;
  readonly want: Totals;
}

/** @throws NadarayaError "out-of-memory" where the grid does not fit. */
export async function sumByGrid(request: GridRequest): Promise<Omit<Sums, "method" | "reason">> {
  const { scheduler, expanded, float64, queries, options, want } = request;
  const columns = expanded.grid.charges - 1;
  const mean = new Float64Array(queries.count * columns).fill(NaN);
  const totals = want === "none" ? undefined : new Float64Array(queries.count);
  const belowPrecision = await expanded.with(scheduler, options, (deviceGrid) =>
    readQueries(request, deviceGrid, mean, totals),
  );
  const empty: number[] = [];
  const evaluatedPairs = await float64.recompute(queries, belowPrecision, options, (q, row, log) => {
    mean.set(row, q * columns);
    if (totals) totals[q] = want === "log" ? log : Math.exp(log);
    if (log === -Infinity) empty.push(q);
  });
  return { mean, totals, empty, precision: "single", fallbackQueries: belowPrecision.length, evaluatedPairs };
}

/** Writes the results of all queries but those whose error is not bounded by the tolerance: returns these. */
async function readQueries(
  { gpu, scheduler, memoryBudget, expanded: problem, queries, options, want }: GridRequest,
  { grid, bounds }: DeviceGrid,
  mean: Float64Array,
  totals: Float64Array | undefined,
): Promise<number[]> {
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
        if (totals) totals[q] = want === "log" ? Math.log(total * unit) : total * unit;
        for (let c = 0; c < columns; c++)
          mean[q * columns + c] = columnCentre[c] + (scale[c] * found[(1 + c) * count + i]) / total;
      }
    });
    first += count;
  }
  await run.finish();
  return [...belowPrecision];
}
