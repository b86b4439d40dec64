/**
 * Tiles of the grid: blocks of 64 points, each made from the keys in the bins around it; where these are many, in parts of so many keys.
 *
 *   counts[tile] = the parts of the tile, 0 where it is made as a whole
 *
 * `scanCounts` (sort.ts) turns that into the number of parts before each tile: first in rows of TILES_PER_ROW tiles, then over the rows.
 */
import { BIN_EDGE, binsOfAxis } from "./bins.ts";
import { repeat, u32, wgsl } from "./text.ts";
import { gridIndex, gridUniform, THREAD_BUILTINS, threadIndex } from "./window.ts";

/** Points of a tile, and so threads of the workgroups that make one. */
export const TILE_POINTS = 64;
const LEAST_PER_PART = 2048;
const MOST_PARTS = 2 ** 15;
/** Parts of a tile are added in two levels (shaders/spread.ts): neither is long. */
const MOST_PARTS_OF_TILE = 2 ** 12;
/** Grid points of a tile along each axis, by coordinates. */
const EDGES = [64, 8, 4] as const;
export const tileEdge = (dims: number): number => EDGES[dims - 1];

export const TILES_PER_ROW = 1024;

/** WGSL for the parts before a tile. */
export const partsBefore = wgsl`
fn partsBefore(tile: u32) -> u32 {
  return partsInRow[tile] + partsBeforeRow[tile / ${u32(TILES_PER_ROW)}];
}
`;

/** Tiles of a grid. */
export const tilesOf = (lengths: readonly number[]): number =>
  lengths.reduce((product, length) => product * Math.ceil(length / tileEdge(lengths.length)), 1);

/** Bins before a tile and in all, along each axis: cells tile − half … tile + edge + half − 2 reach it, and it begins where a bin does. */
function binsAround(dims: number, width: number) {
  const half = width / 2;
  const before = Math.ceil(half / BIN_EDGE);
  return { before, count: before + Math.floor((tileEdge(dims) + half - 2) / BIN_EDGE) + 1 };
}

/** Tiles that a key is in, at most. */
export const tilesAround = (dims: number, width: number): number =>
  Math.ceil((binsAround(dims, width).count * BIN_EDGE) / tileEdge(dims)) ** dims;

/** Rows of bins along the last axis that are around a tile. */
export const rowsAround = (dims: number, width: number): number =>
  binsAround(dims, width).count ** (dims - 1);

/** WGSL for the places of something on each axis, from its number: the last axis is the fastest. */
export const unravel = (
  name: string,
  index: string,
  dims: number,
  lengthOf: (axis: number) => string,
): string =>
  `var ${name} = ${index};\n${Array.from({ length: dims }, (_, a) => dims - 1 - a)
    .map((a) => `  let ${name}${a} = ${name} % ${lengthOf(a)}; ${name} /= ${lengthOf(a)};`)
    .join("\n")}`;

/** WGSL for the tiles along an axis. */
export const tilesOfAxis =
  (dims: number) =>
  (axis: number): string =>
    `((slice.length${axis} + ${u32(tileEdge(dims) - 1)}) / ${u32(tileEdge(dims))})`;

/** WGSL for `rowOfKeys(tile, row)`: the first key of a row of bins around a tile, and how many keys are in the row, by where bins start. */
export function keysAround(dims: number, width: number): string {
  const last = dims - 1;
  const { before, count } = binsAround(dims, width);
  const outer = Array.from({ length: last }, (_, a) => a);
  return wgsl`
fn rowOfKeys(tileNumber: u32, rowNumber: u32) -> vec2u {
  ${unravel("tile", "tileNumber", dims, tilesOfAxis(dims))}
  ${last > 0 ? unravel("row", "rowNumber", last, () => u32(count)) : ""}
  ${repeat(dims, (a) => `let most${a} = i32(${binsOfAxis(a)});`)}
  ${repeat(dims, (a) => `let from${a} = i32(tile${a} * ${u32(tileEdge(dims) / BIN_EDGE)}) - ${before};`)}
  ${repeat(last, (a) => `let bin${a} = from${a} + i32(row${a});`)}
  let begin = max(from${last}, 0);
  let end = min(from${last} + ${count}, most${last});
  if (${[...outer.map((a) => `bin${a} < 0 || bin${a} >= most${a}`), "begin >= end"].join(" || ")}) { return vec2u(0u, 0u); }
  let base = u32(${gridIndex([...outer.map((a) => `bin${a}`), "0"], (a) => `most${a}`)});
  let first = starts[base + u32(begin)];
  return vec2u(first, starts[base + u32(end)] - first);
}
`;
}

/** Keys of a part: few, so that no workgroup takes long, and more if there were too many parts, of all tiles or of one. */
export function keysPerPart(keys: number, dims: number, width: number): number {
  const least = Math.max((keys * tilesAround(dims, width)) / MOST_PARTS, keys / MOST_PARTS_OF_TILE, 1);
  return Math.max(LEAST_PER_PART, 2 ** Math.ceil(Math.log2(least)));
}

/** Parts that there are at most: a tile in parts has more keys than one. */
export const mostParts = (keys: number, dims: number, width: number): number =>
  Math.floor((2 * keys * tilesAround(dims, width)) / keysPerPart(keys, dims, width));

/** The members of a uniform block that say what the keys are and how they are cut. */
export const keysUniform = (dims: number): string => wgsl`
  keys: u32,
  /** Keys of a part. */
  part: u32,
  ${gridUniform(dims)}
`;

export function countTiles(dims: number, width: number): string {
  return wgsl`
struct Slice {
  tiles: u32,
  ${keysUniform(dims)}
}

@group(0) @binding(0) var<uniform> slice: Slice;
@group(0) @binding(1) var<storage, read> starts: array<u32>;
@group(0) @binding(2) var<storage, read_write> counts: array<u32>;
${keysAround(dims, width)}
@compute @workgroup_size(${u32(TILE_POINTS)})
fn countTiles(${THREAD_BUILTINS}) {
  let tile = ${threadIndex(TILE_POINTS)};
  if (tile >= arrayLength(&counts)) { return; }
  counts[tile] = 0u; // to the end of the last row
  if (tile >= slice.tiles) { return; }
  var keys = 0u;
  for (var row = 0u; row < ${u32(rowsAround(dims, width))}; row++) { keys += rowOfKeys(tile, row).y; }
  counts[tile] = select(0u, (keys + slice.part - 1u) / slice.part, keys > slice.part);
}
`;
}
