/** What the method "expand" is expected to take on the GPU; loaded when that is first considered. */
import { FixedPositions } from "../../expand/fixed-positions.ts";
import type { Grid } from "../../expand/transform.ts";
import type { Gpu } from "../gpu.ts";
import type { Problem } from "../types.ts";

/** Milliseconds that it takes however little there is to do. */
const LATENCY = 5;
/** Nanoseconds of a core for each coordinate of a key and of a query: placing, sorting, judging. */
const NS = { key: 60, query: 30 } as const;
/**
 * Nanoseconds of the adapter for a window at a key, for a grid point that a query reads, and for a tap: of a processor as
 * measured, and of a GPU as guessed; corrected by what it turns out to be.
 */
const GPU_NS = {
  software: { window: 15, read: 10, tap: 12 },
  hardware: { window: 0.15, read: 0.1, tap: 0.12 },
} as const;

/** Milliseconds for m queries; Infinity where the grid does not fit, or has one coordinate, where the CPU is as fast. */
export function expandedGpuCost(
  problem: Problem,
  grid: Grid,
  m: number,
  built: boolean,
  gpu: Gpu,
  memoryBudget: number,
  software: boolean,
): number {
  if (!gridFits(grid, problem, gpu, memoryBudget)) return Infinity;
  const { axes, window, points, charges } = grid;
  const dims = axes.length;
  const n = problem.keys.count;
  const touched = window.width ** dims;
  const ns = GPU_NS[software ? "software" : "hardware"];
  const build = n * dims * NS.key + n * touched * dims * ns.window;
  const transform = points * dims * 2 * window.taps.length * (charges + 2) * ns.tap;
  const read = m * dims * NS.query + m * touched * charges * ns.read;
  return LATENCY + ((built ? 0 : build + transform) + read) / 1e6;
}

function gridFits(
  { axes, points, charges }: Grid,
  { keys }: Problem,
  { device: { limits } }: Gpu,
  memoryBudget: number,
): boolean {
  const largest = 4 * Math.max(points * charges, points + 1, keys.count * Math.max(axes.length, charges));
  // Two grids, and five numbers beside each of their points; the keys.
  const all = 4 * (points * (2 * charges + 5) + keys.count * (axes.length + charges));
  return (
    axes.length > 1 &&
    largest <= Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize) &&
    all <= memoryBudget &&
    new FixedPositions(axes).fine
  );
}
