/** Decides how work is cut: the tiling of a workgroup, the parts of the keys, the slices of the queries. Pure. */
import type { Tiling } from "../../shaders/partials.ts";
import { recordLayout } from "../../shaders/record.ts";

/** Threads of a workgroup: a multiple of every GPU's subgroup, and half of what compatibility mode allows. */
const THREADS = 64;
/** Workgroup memory that a tile may take: two workgroups fit WebGPU's default of 16 KiB. */
const TILE_BYTES = 8192;
/**
 * Workgroups that keep an adapter full, by its rate in pairs per millisecond: a few for a software adapter, where each
 * costs some 50 µs to start, many for a large GPU. A measured rate tells them apart better than any name.
 */
const workgroupsToFill = (rate: number) => Math.min(Math.max(rate / 25_000, 128), 1024);
/** Most keys of a part to a thread: sums over a part should stay about as short as those over parts. */
const KEYS_PER_LANE = 2048;
/** Up to this many keys are read where they lie. */
const FEW_KEYS = 128;
/** The time that one submission should take on this adapter, in milliseconds. */
export const SLICE_MILLISECONDS = 50;

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
): Tiling {
  let queriesPerThread = queriesThatFit(dims, outputs);
  while (queriesPerThread > 1 && queriesPerThread > m) queriesPerThread /= 2;
  let queryLanes = 1;
  while (queryLanes < THREADS && queryLanes * queriesPerThread < m) queryLanes *= 2;
  const keyLanes = THREADS / queryLanes;
  const { width, vectors } = recordLayout(numbersPerKey);
  const fits = 2 ** Math.floor(Math.log2(TILE_BYTES / (4 * width * vectors)));
  const keysPerTile = Math.min(fits, keyLanes > 1 ? 1024 : 256);
  return { queryLanes, keyLanes, queriesPerThread, keysPerTile, staged: keyLanes === 1 && n > FEW_KEYS };
}

/** Tilings worth trying beside the chosen one, for as many queries as fill them; they share its tiles of keys. */
export function otherTilings(tiling: Tiling): Tiling[] {
  if (tiling.keyLanes > 1) return [];
  const { queriesPerThread: q } = tiling;
  const shapes = [
    [64, 2 * q],
    [32, q],
    [32, 2 * q],
    [32, 4 * q],
    [16, q],
    [16, 2 * q],
    [128, q],
  ];
  return shapes
    .filter(([lanes, queries]) => queries <= 32 && (lanes !== tiling.queryLanes || queries !== q))
    .map(([queryLanes, queriesPerThread]) => ({ ...tiling, queryLanes, queriesPerThread }));
}

/** Queries in a block of the method "cull": few, as a tile is weighed for all of them or none. */
export const CULLED_BLOCK = 128;

/** Tilings of such a block, the most promising first: threads to hide latency on a GPU, registers on a processor. */
export function culledTilings(
  keysPerTreeTile: number,
  numbersPerKey: number,
  dims: number,
  outputs: number,
  software: boolean,
): Tiling[] {
  const most = queriesThatFit(dims, outputs);
  const { width, vectors } = recordLayout(numbersPerKey);
  const fits = Math.floor(TILE_BYTES / (4 * width * vectors * keysPerTreeTile));
  const keysPerTile = keysPerTreeTile * Math.min(Math.max(fits, 1), 256 / keysPerTreeTile);
  const shapes = (software ? [16, 8, 4, 2, 1] : [4, 2, 8, 1]).filter((queries) => queries <= most);
  return shapes.map((queriesPerThread) => ({
    queryLanes: CULLED_BLOCK / queriesPerThread,
    keyLanes: 1,
    queriesPerThread,
    keysPerTile,
    staged: true,
  }));
}

/** Queries that one workgroup serves. */
export const queriesPerBlock = ({ queryLanes, queriesPerThread }: Tiling): number =>
  queryLanes * queriesPerThread;

export interface Limits {
  readonly maxStorageBufferBindingSize: number;
  readonly maxBufferSize: number;
  readonly maxComputeWorkgroupsPerDimension: number;
}

/** Bytes that one buffer may take: the device's limits, and a quarter of the budget as about four are in use. */
export function bufferBytes(limits: Limits, memoryBudget: number): number {
  return Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize, memoryBudget / 4);
}

/**
 * Keys in a part: enough parts to fill the GPU, no more than their partial sums are worth, and so few that those of
 * one block of queries fit a buffer.
 */
export function keysPerPart(
  n: number,
  m: number,
  rows: number,
  tiling: Tiling,
  bytes: number,
  rate: number,
): number {
  const block = queriesPerBlock(tiling);
  const wanted = Math.ceil(n / Math.ceil(workgroupsToFill(rate) / Math.ceil(m / block)));
  const least = n / Math.max(1, Math.floor(bytes / (4 * rows * block)));
  const most = Math.ceil((KEYS_PER_LANE * tiling.keyLanes) / tiling.keysPerTile);
  const tiles = Math.min(Math.ceil(wanted / tiling.keysPerTile), most);
  return Math.max(tiles, Math.ceil(least / tiling.keysPerTile), 1) * tiling.keysPerTile;
}

/** Keys that fit one buffer, a whole number of parts. */
export function keysPerChunk(numbersPerKey: number, partKeys: number, limits: Limits, bytes: number): number {
  const parts = Math.min(
    Math.floor(bytes / (4 * numbersPerKey * partKeys)),
    limits.maxComputeWorkgroupsPerDimension,
  );
  return Math.max(1, parts) * partKeys;
}

/**
 * Queries of one slice: their partial sums fit the memory, and one part of the keys takes no longer than a slice
 * should, at `rate` pairs per millisecond.
 */
export function queriesPerSlice(
  n: number,
  partKeys: number,
  rows: number,
  tiling: Tiling,
  limits: Limits,
  bytes: number,
  rate: number,
): number {
  const block = queriesPerBlock(tiling);
  const bytesPerQuery = 4 * Math.ceil(n / partKeys) * rows;
  const byMemory = bytes / bytesPerQuery;
  const byTime = (SLICE_MILLISECONDS * rate) / Math.min(partKeys, n);
  const blocks = Math.floor(Math.min(byMemory, byTime) / block);
  return Math.min(Math.max(blocks, 1), limits.maxComputeWorkgroupsPerDimension) * block;
}
