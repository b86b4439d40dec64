/** Decides how work is cut: the tiling of a workgroup, the parts of the keys, the slices of the queries. Pure. */

import { SUM_LEVELS } from "../../../../shaders/column-sum.ts";
import { KEYS_PER_SUM } from "../../../../shaders/pairwise.ts";
import type { Tiling } from "../../../../shaders/partials.ts";
import { recordLayout } from "../../../../shaders/record.ts";
import type { Calibration } from "../../../gpu/calibration.ts";
import { SLICE_MILLISECONDS } from "../../../gpu/scheduler.ts";
import { threadForEach, type Workgroups } from "../../../gpu/workgroups.ts";

/** Threads of a workgroup: a multiple of every GPU's subgroup, and half of what compatibility mode allows. */
const THREADS = 64;
/** Workgroup memory that a tile may take: two workgroups fit WebGPU's default of 16 KiB. */
const TILE_BYTES = 8192;
/** Adapters below this rate are processors: no GPU is so slow. */
const PROCESSOR = 2 ** 21;
const isProcessor = ({ pairsPerMillisecond }: Calibration) => pairsPerMillisecond < PROCESSOR;
/**
 * Most keys that workgroup memory holds at a time: many, as barriers cost; few on a processor, whose compiler writes the zeros that
 * WebGPU promises there by an instruction each, and so takes longer for them than for all else.
 */
const mostStaged = (calibration: Calibration) => (isProcessor(calibration) ? 64 : 256);
/**
 * Workgroups that keep an adapter full: a few for a processor, where each costs some 50 µs to start, many for a large GPU.
 */
const workgroupsToFill = ({ pairsPerMillisecond }: Calibration) =>
  Math.min(Math.max(pairsPerMillisecond / 2 ** 15, 128), 1024);
/** Most keys of a part to a thread: sums over a part should stay about as short as those over parts. */
const KEYS_PER_LANE = 2048;
/** Most bytes of a part's keys, for any memory budget: a buffer holds one part at least. */
const PART_BYTES = 2 ** 18;
/** If several threads share a query's keys, a part has this number of keys for each, or a multiple. */
const LANE_KEYS = 16;
/** Up to this many keys are read where they lie. */
const FEW_KEYS = 128;

/** Registers that a thread's queries may take to begin with, of the 255 or so that GPUs have. */
const REGISTERS = 160;

/** As many queries as fit the registers with their coordinates and two sums per row. */
function queriesThatFit(dims: number, outputs: number): number {
  const each = dims + 2 * (1 + outputs);
  return 2 ** Math.min(Math.max(Math.floor(Math.log2(REGISTERS / each)), 0), 4);
}

export function chooseTiling(
  n: number,
  m: number,
  numbersPerKey: number,
  dims: number,
  outputs: number,
  calibration: Calibration,
): Tiling {
  let queriesPerThread = queriesThatFit(dims, outputs);
  while (queriesPerThread > 1 && queriesPerThread > m) queriesPerThread /= 2;
  let queryLanes = 1;
  while (queryLanes < THREADS && queryLanes * queriesPerThread < m) queryLanes *= 2;
  const keyLanes = THREADS / queryLanes;
  const { width, vectors } = recordLayout(numbersPerKey);
  const fits = 2 ** Math.floor(Math.log2(TILE_BYTES / (4 * width * vectors)));
  const staged = keyLanes === 1 && n > FEW_KEYS;
  // Nothing is staged if lanes share the keys: a tile is then as long as a sum of each lane may be.
  const keysPerTile = keyLanes > 1 ? KEYS_PER_SUM * keyLanes : Math.min(fits, mostStaged(calibration));
  return { queryLanes, keyLanes, queriesPerThread, keysPerTile, staged };
}

/** The tiling whose shader compiles fastest, for tests: a tenth of the time of the others. */
export const LIGHT_TILING: Tiling = {
  queryLanes: THREADS,
  keyLanes: 1,
  queriesPerThread: 1,
  keysPerTile: 64,
  staged: false,
};

/** Queries in a block of the method "cull": few, as a tile is weighed for all of them or none. */
export const CULLED_BLOCK = 128;

/** The tiling of such a block: threads to hide latency on a GPU, registers on a processor. */
export function culledTiling(
  keysPerTreeTile: number,
  numbersPerKey: number,
  dims: number,
  outputs: number,
  calibration: Calibration,
): Tiling {
  const wanted = isProcessor(calibration) ? 16 : 4;
  const queriesPerThread = Math.min(wanted, queriesThatFit(dims, outputs));
  const { width, vectors } = recordLayout(numbersPerKey);
  const fits = Math.floor(TILE_BYTES / (4 * width * vectors * keysPerTreeTile));
  const keysPerTile =
    keysPerTreeTile * Math.min(Math.max(fits, 1), mostStaged(calibration) / keysPerTreeTile);
  return {
    queryLanes: CULLED_BLOCK / queriesPerThread,
    keyLanes: 1,
    queriesPerThread,
    keysPerTile,
    staged: true,
  };
}

/** The same tiling of a block, except that its shader compiles fastest, for tests. */
export const lightCulledTiling = (tiling: Tiling): Tiling => ({
  ...tiling,
  queryLanes: CULLED_BLOCK,
  queriesPerThread: 1,
});

/** Queries that one workgroup serves. */
export const queriesPerBlock = ({ queryLanes, queriesPerThread }: Tiling): number =>
  queryLanes * queriesPerThread;

export interface Limits {
  readonly maxStorageBufferBindingSize: number;
  readonly maxBufferSize: number;
  readonly maxComputeWorkgroupsPerDimension: number;
}

/** A slice may always have so many bytes. */
const LEAST_SLICE = 2 ** 16;
/** Submissions of a slice, at most: what is not finished is repeated where the device is lost. */
const MOST_SUBMISSIONS = 20;

/**
 * Bytes that the buffers of one slice may take together, and no more than the device lets one have: keys take half of a run's
 * memory, and two slices are there at a time.
 */
export function sliceBytes(limits: Limits, memoryBudget: number): number {
  return Math.min(
    limits.maxStorageBufferBindingSize,
    limits.maxBufferSize,
    Math.max(memoryBudget / 6, LEAST_SLICE),
  );
}

/**
 * Keys in a part: enough parts to fill the GPU, and so short that sums over a part lose no digits and that any buffer holds one. It depends
 * on the problem and the calibration alone: how much memory there is, or how fast the last run was, changes no sum.
 */
export function keysPerPart(
  n: number,
  m: number,
  numbersPerKey: number,
  tiling: Tiling,
  calibration: Calibration,
): number {
  const { keyLanes, keysPerTile } = tiling;
  const block = queriesPerBlock(tiling);
  const wanted = Math.ceil(n / Math.ceil(workgroupsToFill(calibration) / Math.ceil(m / block)));
  const fitting = PART_BYTES / (4 * numbersPerKey);
  const most = Math.min(KEYS_PER_LANE * keyLanes, fitting);
  const unit =
    keyLanes > 1 ? Math.min(LANE_KEYS * keyLanes, THREADS * Math.floor(fitting / THREADS)) : keysPerTile;
  return Math.max(Math.min(Math.ceil(wanted / unit), Math.floor(most / unit)), 1) * unit;
}

/** Keys that fit one buffer, a whole number of parts. */
export function keysPerChunk(numbersPerKey: number, partKeys: number, limits: Limits, bytes: number): number {
  const parts = Math.min(
    Math.floor(bytes / (4 * numbersPerKey * partKeys)),
    limits.maxComputeWorkgroupsPerDimension,
  );
  return Math.max(1, parts) * partKeys;
}

/** Parts whose partial sums are held at once: all of them, or as many as fit next to the sums of one block of queries. */
export function partsPerRound(parts: number, rows: number, tiling: Tiling, bytes: number): number {
  const fitting = Math.floor(bytes / (4 * rows * queriesPerBlock(tiling)));
  return Math.min(parts, Math.max(fitting - 1 - SUM_LEVELS, 1));
}

/**
 * Queries of one slice: their buffers with partial sums of `round` parts fit the memory, one part of the keys takes no longer than a
 * submission should, at `rate` pairs per millisecond, and all of them no longer than a few submissions; a dispatch has a thread for each.
 */
function queriesPerSlice(
  { keys, dims, rows }: Sizes,
  partKeys: number,
  round: number,
  levels: number,
  tiling: Tiling,
  limits: Limits,
  bytes: number,
  rate: number,
): number {
  const block = queriesPerBlock(tiling);
  // Partial sums, sums, and these read back; coordinates.
  const byMemory = bytes / (4 * ((round + levels + 1) * rows + dims));
  const byTime = SLICE_MILLISECONDS * rate * Math.min(1 / Math.min(partKeys, keys), MOST_SUBMISSIONS / keys);
  const byThreads = limits.maxComputeWorkgroupsPerDimension * THREADS;
  return Math.max(Math.floor(Math.min(byMemory, byTime, byThreads) / block), 1) * block;
}

/** The numbers of a problem that its slices depend on. */
export interface Sizes {
  readonly keys: number;
  readonly dims: number;
  readonly numbersPerKey: number;
  /** Rows of sums. */
  readonly rows: number;
}

export interface SlicePlan {
  /** Queries of a slice, at most. */
  readonly queries: number;
  /** Parts whose partial sums are held at once. */
  readonly round: number;
  /** Sums that are kept of each row from one round to the next. */
  readonly levels: number;
  /** Parts of the keys in one buffer. */
  readonly chunkParts: number;
}

/** Plans a slice within the device's limits and the memory, at `rate` pairs per millisecond. */
export function planSlice(
  sizes: Sizes,
  partKeys: number,
  tiling: Tiling,
  limits: Limits,
  memoryBudget: number,
  rate: number,
): SlicePlan {
  const { keys, numbersPerKey, rows } = sizes;
  const bytes = sliceBytes(limits, memoryBudget);
  const parts = Math.ceil(keys / partKeys);
  const round = partsPerRound(parts, rows, tiling, bytes);
  const levels = round < parts ? SUM_LEVELS : 1;
  return {
    queries: queriesPerSlice(sizes, partKeys, round, levels, tiling, limits, bytes, rate),
    ...{ round, levels },
    chunkParts: keysPerChunk(numbersPerKey, partKeys, limits, bytes) / partKeys,
  };
}

/** Bytes of the buffers of a slice. */
export const sliceBufferBytes = (
  count: number,
  { round, levels }: Pick<SlicePlan, "round" | "levels">,
  { rows, dims }: Sizes,
) => ({
  queries: 4 * dims * count,
  partials: 4 * round * rows * count,
  sums: 4 * levels * rows * count,
});

/** Dispatches of the stages for a slice of `count` queries and `parts` parts of the keys. */
export const denseDispatches = (count: number, parts: number, rows: number, tiling: Tiling) => ({
  pairwise: [Math.ceil(count / queriesPerBlock(tiling)), parts] as Workgroups,
  columnSum: threadForEach(count, THREADS, rows),
  normalize: threadForEach(count, THREADS),
});

/** Bytes of the explicit weights that are made and read back at a time. */
const WINDOW_BYTES = 2 ** 24;

/** Keys whose explicit weights at `count` queries are made at a time: they are uploaded, and their weights are read back. */
export function keysPerWindow(
  count: number,
  numbersPerKey: number,
  limits: Limits,
  memoryBudget: number,
): number {
  const bytes = Math.min(sliceBytes(limits, memoryBudget / 2), WINDOW_BYTES);
  const fitting = Math.floor(bytes / (4 * Math.max(count, numbersPerKey)));
  return Math.max(1, Math.min(fitting, limits.maxComputeWorkgroupsPerDimension));
}
