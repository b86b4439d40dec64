/**
 * How stage 1 passes over the keys that cannot matter to a block of queries, for shaders/pairwise.ts: the keys are one part, in tiles of
 * neighbours, and shaders/reach.ts left a bit for each, the same for the whole workgroup, so that barriers stay where all threads meet.
 * As many of the next tiles in reach as fit workgroup memory are taken at a time; only the last tile of all may not be full. Sums have two
 * more levels between those of KEYS_PER_SUM keys and the whole.
 */
import { KEYS_PER_SUM } from "./pairwise.ts";
import type { KeyLoop } from "./partials.ts";
import { TILES_PER_WORD } from "./reach.ts";
import { u32, wgsl } from "./text.ts";

/** Terms of the two levels above the lowest. */
export const CULLED_TERMS = 128;

/** Fills of workgroup memory that the level above the lowest takes. */
export const fillsPerSum = (keysPerTile: number): number =>
  Math.max(Math.floor((CULLED_TERMS * KEYS_PER_SUM) / keysPerTile), 1);

/** @param keysPerTreeTile keys in a tile of their tree */
export const culled = (keysPerTreeTile: number): KeyLoop => ({
  members: "words: u32,",
  binding: "@group(0) @binding(4) var<storage, read> reach: array<u32>;",
  base: "0u",
  loop: (keysPerTile, { eachSum, fill, weigh }) => wgsl`
  const keysPerTreeTile = ${u32(keysPerTreeTile)};
  const tilesAtOnce = keysPerTile / keysPerTreeTile;
  var bits = 0u;
  var nextWord = 0u;
  var filled = 0u;
  ${eachSum((name) => `var list_${name} = V(0.0);\nvar lists_${name} = V(0.0);`)}
  loop {
    var starts: array<u32, tilesAtOnce>;
    var found = 0u;
    while (found < tilesAtOnce) {
      if (bits == 0u) {
        if (nextWord == slice.words) { break; }
        bits = reach[workgroup.x * slice.words + nextWord];
        nextWord++;
        continue;
      }
      starts[found] = ((nextWord - 1u) * ${u32(TILES_PER_WORD)} + firstTrailingBit(bits)) * keysPerTreeTile;
      bits &= bits - 1u;
      found++;
    }
    if (found == 0u) { break; }
    let count = (found - 1u) * keysPerTreeTile + min(keysPerTreeTile, slice.keys - starts[found - 1u]);
    ${fill("starts[i / keysPerTreeTile] + i % keysPerTreeTile")}
    ${weigh("list_")}
    filled++;
    if (filled % ${u32(fillsPerSum(keysPerTile))} == 0u) {
      ${eachSum((name) => `lists_${name} += list_${name};\nlist_${name} = V(0.0);`)}
      if (filled % ${u32(CULLED_TERMS * fillsPerSum(keysPerTile))} == 0u) {
        ${eachSum((name) => `${name} += lists_${name};\nlists_${name} = V(0.0);`)}
      }
    }
  }
  ${eachSum((name) => `${name} += lists_${name} + list_${name};`)}`,
});
