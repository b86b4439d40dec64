/** Decides how "cull" is cut into slices. Pure. */
import { TILES_PER_WORD } from "../../../../shaders/reach.ts";
import { threadForEach, type Workgroups } from "../../../gpu/workgroups.ts";
import { CULLED_BLOCK, type Limits, sliceBytes } from "../../dense/gpu/plan.ts";
import { THREADS } from "../../dense/gpu/slices.ts";
import { KEYS } from "../cull.ts";

/** Tiles of the keys, and words of a bit for each tile. */
export function tilesAndWordsOf(keys: number): { readonly tiles: number; readonly words: number } {
  const tiles = Math.ceil(keys / KEYS);
  return { tiles, words: Math.ceil(tiles / TILES_PER_WORD) };
}

/**
 * Blocks of queries of a slice, at most.
 * @param rows rows of sums
 * @param expected keys that a query is expected to be weighed with
 * @param budget pairs of a submission
 */
export function blocksPerSlice(
  words: number,
  rows: number,
  dims: number,
  limits: Limits,
  memoryBudget: number,
  expected: number,
  budget: number,
): number {
  const bytes = sliceBytes(limits, memoryBudget);
  const byMemory = bytes / (4 * (words + (2 * rows + dims) * CULLED_BLOCK));
  const byTime = budget / (expected * CULLED_BLOCK);
  const most = Math.min(byMemory, byTime, (limits.maxComputeWorkgroupsPerDimension * THREADS) / CULLED_BLOCK);
  return Math.max(Math.floor(most), 1);
}

/** Dispatches of the stages for a slice of `blocks` blocks with `count` queries. */
export const culledDispatches = (blocks: number, count: number) => ({
  reach: [blocks, 1] as Workgroups,
  pairwise: [blocks, 1] as Workgroups,
  normalize: threadForEach(count, THREADS),
});
