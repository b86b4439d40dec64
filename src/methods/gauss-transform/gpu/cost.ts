/** What the method "expand" is expected to take on the GPU; loaded when that is first considered. */

import { BIN_EDGE } from "../../../../shaders/bins.ts";
import { mostParts, TILE_POINTS, tilesOf } from "../../../../shaders/tiles.ts";
import type { GpuContext } from "../../../gpu/context.ts";
import type { Problem } from "../../../problem/problem.ts";
import type { Grid } from "../../transform/transform.ts";
import { FixedPositions } from "./fixed-positions.ts";

/** Most bytes of a grid with its keys and all that is needed to make it. */
const MOST_BYTES = 2 ** 29;
/** The share of the memory budget that it may take: queries need the rest. */
const MOST_SHARE = 0.75;
/** Nanoseconds of a core for each number of a key or a query: placing it on the grid, writing it, reading what comes back. */
const NUMBER_NS = 6;
/**
 * What the stages take of each point, addition, tap and grid point that is read, in pairs of the calibration (measured on a processor); but no
 * fewer nanoseconds than memory lets a GPU.
 */
export const WORK = { sort: 4, add: 10, tap: 3.2, read: 2.7 } as const;
const LEAST_NS = { sort: 0.05, add: 1e-3, tap: 2e-3, read: 2e-3 } as const;

/** Storage buffers of the stage that has most; compatibility mode may have fewer. */
const BUFFERS = 7;

/** Grids next to those of the charges: what the keys of each cell weigh, the bounds, and one to write to. */
const GRIDS_BESIDES = 3;

/** Keys that the workgroup of a tile passes over, on average: those of the bins around it. */
export function keysPerTile({ axes, window }: Grid, keys: number): number {
  const lengths = axes.map(({ length }) => length);
  const tile = lengths.reduce((product, length) => product * length, 1) / tilesOf(lengths);
  const edge = tile ** (1 / axes.length);
  return lengths.reduce(
    (share, length) => share * Math.min((edge + window.width + BIN_EDGE) / length, 1),
    keys,
  );
}

/** Milliseconds for m queries; Infinity where the grid does not fit. */
export function expandedGpuCost(problem: Problem, grid: Grid, m: number, context: GpuContext): number {
  const { device } = context.devices.current;
  if (!gridFits(grid, problem.keys.count, device.limits, context.memoryBudget)) return Infinity;
  if (!new FixedPositions(grid.axes).fine) return Infinity;
  const { pairsPerMillisecond, latency } = context.calibrated.of(problem.keys.count * m);
  const { axes, window, points, charges } = grid;
  const dims = axes.length;
  const n = problem.keys.count;
  const ns = (step: keyof typeof WORK) => Math.max((WORK[step] * 1e6) / pairsPerMillisecond, LEAST_NS[step]);
  const tiles = tilesOf(axes.map(({ length }) => length));
  const build = n * ns("sort") + tiles * TILE_POINTS * keysPerTile(grid, n) * ns("add");
  const transform = points * dims * 2 * window.taps.length * (charges + 2) * ns("tap");
  const read = m * (window.width ** dims * charges * ns("read") + ns("sort"));
  const numbers = n * (dims + charges) + m * (dims + 2 * charges);
  return 2 * latency + (build + transform + read + numbers * NUMBER_NS) / 1e6;
}

type GridSizes = Pick<Grid, "points" | "charges"> & {
  readonly axes: readonly unknown[];
  readonly window: Pick<Grid["window"], "width">;
};

/** Numbers in the buffers that a grid of n keys is made with. */
export function gridNumbers({ axes, points, charges, window }: GridSizes, n: number) {
  const dims = axes.length;
  return {
    grids: points * (charges + GRIDS_BESIDES),
    parts: mostParts(n, dims, window.width) * TILE_POINTS * (charges + 1),
    positions: n * dims,
    sortedPositions: n * dims,
    charges: n * charges,
    sortedCharges: n * charges,
    sorting: n,
    sortingAgain: n,
    order: n,
    orderAgain: n,
  };
}

/** Whether the buffers of a grid fit the device and the memory. */
export function gridFits(
  grid: GridSizes,
  n: number,
  limits: Pick<
    GPUSupportedLimits,
    "maxStorageBuffersPerShaderStage" | "maxStorageBufferBindingSize" | "maxBufferSize"
  >,
  memoryBudget: number,
): boolean {
  const numbers = Object.values(gridNumbers(grid, n));
  const all = 4 * numbers.reduce((sum, each) => sum + each, 0);
  return (
    limits.maxStorageBuffersPerShaderStage >= BUFFERS &&
    4 * Math.max(...numbers) <= Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize) &&
    all <= Math.min(MOST_BYTES, memoryBudget * MOST_SHARE)
  );
}
