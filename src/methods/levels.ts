/**
 * The number of terms of each level of the sums that the shaders compute in single precision, from the lowest level on. A sum of k equal
 * terms may drift by k · 2⁻²⁴ of itself, so docs/accuracy.md states how long a level may be.
 */
import { PARTS_PER_SUM as PARTS } from "../../shaders/column-sum.ts";
import { CULLED_TERMS, fillsPerSum } from "../../shaders/culled.ts";
import { KEYS_PER_SUM, LANES_PER_SUM } from "../../shaders/pairwise.ts";
import type { Tiling } from "../../shaders/partials.ts";
import { FANOUT, PARTS_PER_SUM } from "../../shaders/spread.ts";
import { keysPerPart } from "../../shaders/tiles.ts";

/** Terms of a sum over n keys whose parts have `partKeys` keys, in shaders/pairwise.ts and shaders/column-sum.ts. */
export function denseLevels(n: number, partKeys: number, { keyLanes, keysPerTile }: Tiling) {
  const inPart = Math.min(n, partKeys);
  const tile = Math.min(inPart, keysPerTile);
  const parts = Math.ceil(n / partKeys);
  return {
    keys: Math.min(Math.ceil(tile / keyLanes), KEYS_PER_SUM),
    part: Math.ceil(inPart / keysPerTile) * Math.ceil(tile / (KEYS_PER_SUM * keyLanes)),
    lanes: Math.min(keyLanes, LANES_PER_SUM),
    groupsOfLanes: Math.ceil(keyLanes / LANES_PER_SUM),
    parts: Math.min(parts, PARTS),
    sumsOfParts: Math.min(Math.ceil(parts / PARTS), PARTS),
    sumsOfThese: Math.min(Math.ceil(parts / PARTS ** 2), PARTS),
    all: Math.ceil(parts / PARTS ** 3),
  };
}

/** Terms of a sum over n keys that are all in reach, in shaders/pairwise.ts. */
export function culledLevels(n: number, { keysPerTile }: Pick<Tiling, "keysPerTile">) {
  const fills = Math.ceil(n / keysPerTile);
  const perSum = fillsPerSum(keysPerTile);
  return {
    keys: Math.min(n, KEYS_PER_SUM),
    fills: Math.min(fills, perSum) * Math.ceil(Math.min(n, keysPerTile) / KEYS_PER_SUM),
    lists: Math.min(Math.ceil(fills / perSum), CULLED_TERMS),
    all: Math.ceil(fills / perSum / CULLED_TERMS),
  };
}

/** Terms of a grid point's sum over n keys that are all around one tile, in shaders/spread.ts. */
export function spreadLevels(n: number, dims: number, width: number) {
  const perPart = Math.min(keysPerPart(n, dims, width), n);
  const parts = Math.ceil(n / perPart);
  return {
    keys: Math.min(n, FANOUT),
    batches: Math.min(Math.ceil(perPart / FANOUT), FANOUT),
    part: Math.ceil(perPart / FANOUT ** 2),
    parts: Math.min(parts, PARTS_PER_SUM),
    all: Math.ceil(parts / PARTS_PER_SUM),
  };
}
