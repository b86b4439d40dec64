/** What the method "expand" is expected to take on the GPU; loaded when that is first considered. */

import type { GpuContext } from "../../../gpu/context.ts";
import type { Problem } from "../../../problem/problem.ts";
import type { Grid } from "../../transform/transform.ts";
import { FixedPositions } from "./fixed-positions.ts";

/** Most bytes of a grid with its keys and all that is needed to make it. */
const MOST_BYTES = 2 ** 29;
/** The share of the memory budget that it may take: queries need the rest. */
const MOST_SHARE = 0.75;
/** Milliseconds that it takes however little there is to do. */
const LATENCY = 5;
/** Nanoseconds of a core for each coordinate of a key and of a query: placing, sorting, checking. */
const NS = { key: 60, query: 30 } as const;
/**
 * What a window at a key, a grid point that a query reads, and a tap take: so many times a pair of the calibration (measured on
 * a processor), but no fewer nanoseconds than memory lets a GPU.
 */
const PAIRS = { window: 4, read: 2.7, tap: 3.2 } as const;
const LEAST_NS = { window: 0.15, read: 0.1, tap: 0.12 } as const;

/** Milliseconds for m queries; Infinity where the grid does not fit, or has one coordinate, where the CPU is as fast. */
export function expandedGpuCost(problem: Problem, grid: Grid, m: number, context: GpuContext): number {
  if (!gridFits(grid, problem, context)) return Infinity;
  const { pairsPerMillisecond } = context.calibration;
  const { axes, window, points, charges } = grid;
  const dims = axes.length;
  const n = problem.keys.count;
  const touched = window.width ** dims;
  const ns = (step: keyof typeof PAIRS) =>
    Math.max((PAIRS[step] * 1e6) / pairsPerMillisecond, LEAST_NS[step]);
  const build = n * dims * NS.key + n * touched * dims * ns("window");
  const transform = points * dims * 2 * window.taps.length * (charges + 2) * ns("tap");
  const read = m * dims * NS.query + m * touched * charges * ns("read");
  return LATENCY + (build + transform + read) / 1e6;
}

function gridFits(
  { axes, points, charges }: Grid,
  { keys }: Problem,
  { devices, memoryBudget }: GpuContext,
): boolean {
  const { limits } = devices.current.device;
  const largest = 4 * Math.max(points * charges, points + 1, keys.count * Math.max(axes.length, charges));
  // Two grids, and five numbers next to each of their points; the keys.
  const all = 4 * (points * (2 * charges + 5) + keys.count * (axes.length + charges));
  return (
    axes.length > 1 &&
    largest <= Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize) &&
    all <= Math.min(MOST_BYTES, memoryBudget * MOST_SHARE) &&
    new FixedPositions(axes).fine
  );
}
