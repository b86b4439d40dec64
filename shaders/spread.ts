/**
 * Stage 1 of the transform: keys → grid. A workgroup makes a tile of the grid, a point a thread, from the keys around it:
 *
 *   grids[c][g] = Σ charges[c][i] · Πₐ w(position of i − g, on axis a)
 *   grids[charges][g] = Σ charges[0][i] over the keys in cell g
 *
 * The first workgroups make a whole tile each, but for tiles in parts; after them comes one for each part, which makes the same of its keys.
 * Keys are sorted by bins, so each row of bins is one range of them. 64 keys at a time put their windows' values into workgroup memory, then each thread
 * adds them up: nothing is added by two threads. Sums have three levels (32 keys, 1024, all), as like terms are rounded alike; `sumParts` adds the parts.
 * Twin: src/methods/gauss-transform/spread.ts.
 */
import { type RecordLayout, recordLayout, recordPart } from "./record.ts";
import { repeat, u32, vectorType, wgsl } from "./text.ts";
import {
  keysAround,
  keysUniform,
  partsBefore,
  rowsAround,
  TILE_POINTS,
  TILES_PER_ROW,
  tileEdge,
  tilesOfAxis,
  unravel,
} from "./tiles.ts";

import { gridIndex, gridUniform, THREAD_BUILTINS, type WindowOptions, windowFunction } from "./window.ts";

/** Keys of the lowest level of sums, and sums of each level in one of the next. */
export const FANOUT = 32;
/** Batches of TILE_POINTS keys to a sum of the second level. */
const BATCHES = FANOUT ** 2 / TILE_POINTS;

/** WGSL that writes the record of the thread's key. */
function recordOf({ width, vectors }: RecordLayout, numbers: readonly string[]): string {
  const padded = [...numbers, ...new Array<string>(width * vectors - numbers.length).fill("0.0")];
  return repeat(
    vectors,
    (v) =>
      `records[thread * ${u32(vectors)} + ${u32(v)}] = ${vectorType(width)}(${padded.slice(v * width, (v + 1) * width).join(", ")});`,
  );
}

/** WGSL for the first part that is not before or of a tile. */
const partsAfter = wgsl`
${partsBefore}
fn partsAfter(tile: u32) -> u32 {
  if (tile + 1u < slice.tiles) { return partsBefore(tile + 1u); }
  return partsBeforeRow[(slice.tiles - 1u) / ${u32(TILES_PER_ROW)} + 1u];
}
`;

type SpreadOptions = Omit<WindowOptions, "threads">;

export function spread(options: SpreadOptions): string {
  const { dims, charges, width } = options;
  const edge = tileEdge(dims);
  const axes = Array.from({ length: dims }, (_, a) => a);
  const rows = rowsAround(dims, width);
  /** In one coordinate each thread has its own distances: nothing is shared. */
  const shared = dims > 1;
  /** Numbers of a key's windows: odd, so that threads side by side use different banks. */
  const stride = dims * edge + 1;
  const layout = recordLayout(charges + 1);
  const each = (piece: (sum: number) => string) => repeat(charges + 1, piece);
  return wgsl`
struct Slice {
  /** The first workgroup's number, and how many there are. */
  first: u32,
  count: u32,
  tiles: u32,
  ${keysUniform(dims)}
}

@group(0) @binding(0) var<uniform> slice: Slice;
@group(0) @binding(1) var<storage, read> starts: array<u32>;
@group(0) @binding(2) var<storage, read> positions: array<u32>;
@group(0) @binding(3) var<storage, read> charges: array<f32>;
@group(0) @binding(4) var<storage, read> partsInRow: array<u32>;
@group(0) @binding(5) var<storage, read> partsBeforeRow: array<u32>;
@group(0) @binding(6) var<storage, read_write> parts: array<f32>;
@group(0) @binding(7) var<storage, read_write> grids: array<f32>;

/** The first key of each row of bins, and how many keys are in the rows before it; the last is for all. */
var<workgroup> rowStart: array<u32, ${u32(rows)}>;
var<workgroup> rowsBefore: array<u32, ${u32(rows + 1)}>;
#if ${shared}
var<workgroup> windows: array<f32, ${u32(stride * TILE_POINTS)}>;
#else
var<workgroup> places: array<u32, ${u32(TILE_POINTS)}>;
#endif
/** The cell of each key, as a point of the tile, and its charges. */
var<workgroup> records: array<${vectorType(layout.width)}, ${u32(layout.vectors * TILE_POINTS)}>;

${windowFunction(options)}
${keysAround(dims, width)}
${partsAfter}
/** The tile that a part belongs to: the last one with no more parts before it. */
fn tileOf(part: u32) -> u32 {
  var low = 0u;
  var high = slice.tiles - 1u;
  while (low < high) {
    let middle = low + (high - low + 1u) / 2u;
    if (partsBefore(middle) <= part) { low = middle; } else { high = middle - 1u; }
  }
  return low;
}

@compute @workgroup_size(${u32(TILE_POINTS)})
fn spread(${THREAD_BUILTINS}) {
  let index = workgroup.y * workgroups.x + workgroup.x;
  let number = slice.first + index;
  let isWhole = number < slice.tiles;
  let part = number - slice.tiles;
  if (index >= slice.count || (!isWhole && part >= partsAfter(slice.tiles - 1u))) { return; }
  var tileNumber = number;
  if (!isWhole) { tileNumber = tileOf(part); }
  let before = partsBefore(tileNumber);
  if (isWhole && partsAfter(tileNumber) > before) { return; }
  let firstAt = select((part - before) * slice.part, 0u, isWhole);
  ${unravel("tile", "tileNumber", dims, tilesOfAxis(dims))}
  ${unravel("own", "thread", dims, () => u32(edge))}
  ${repeat(dims, (a) => `let g${a} = tile${a} * ${u32(edge)} + own${a};`)}
  for (var row = thread; row < ${u32(rows)}; row += ${u32(TILE_POINTS)}) {
    let keys = rowOfKeys(tileNumber, row);
    rowStart[row] = keys.x;
    rowsBefore[row + 1u] = keys.y;
  }
  workgroupBarrier();
  if (thread == 0u) {
    rowsBefore[0] = 0u;
    for (var row = 0u; row < ${u32(rows)}; row++) { rowsBefore[row + 1u] += rowsBefore[row]; }
  }
  let endAt = min(workgroupUniformLoad(&rowsBefore[${u32(rows)}]), firstAt + slice.part);

  ${each((s) => `var sum${s} = 0.0; var second${s} = 0.0;`)}
  let thisPoint = f32(thread);
  var batch = 0u;
  for (var low = firstAt; low < endAt; low += ${u32(TILE_POINTS)}) {
    let at = low + thread;
    ${repeat(layout.vectors, (v) => `records[thread * ${u32(layout.vectors)} + ${u32(v)}] = ${vectorType(layout.width)}();`)}
    if (at < endAt) {
      var row = 0u;
      while (rowsBefore[row + 1u] <= at) { row++; }
      let key = rowStart[row] + at - rowsBefore[row];
      ${repeat(dims, (a) => `let position${a} = positions[${u32(a)} * slice.keys + key];`)}
      ${repeat(dims, (a) => `let cell${a} = (position${a} >> slice.bits) - tile${a} * ${u32(edge)};`)}
      let cell = select(${u32(TILE_POINTS)}, ${axes.reduce((index, a) => (a === 0 ? "cell0" : `(${index}) * ${u32(edge)} + cell${a}`), "")}, ${axes.map((a) => `cell${a} < ${u32(edge)}`).join(" && ")});
      ${recordOf(layout, ["f32(cell)", ...Array.from({ length: charges }, (_, c) => `charges[${u32(c)} * slice.keys + key]`)])}
      #if ${shared}
      ${repeat(dims, (a) => `for (var i = 0u; i < ${u32(edge)}; i++) { windows[thread * ${u32(stride)} + ${u32(a * edge)} + i] = window(i32(position${a} - ((tile${a} * ${u32(edge)} + i) << slice.bits))); }`)}
      #else
      places[thread] = position0;
      #endif
    }
    workgroupBarrier();
    // What is beyond the last key has no charge.
    for (var few = 0u; few < ${u32(TILE_POINTS / FANOUT)}; few++) {
      ${each((s) => `var few${s} = 0.0;`)}
      for (var i = 0u; i < ${u32(FANOUT)}; i++) {
        let k = few * ${u32(FANOUT)} + i;
        #if ${shared}
        let weight = ${axes.map((a) => `windows[k * ${u32(stride)} + ${u32(a * edge)} + own${a}]`).join(" * ")};
        #else
        let weight = window(i32(places[k] - (g0 << slice.bits)));
        #endif
        ${repeat(layout.vectors, (v) => `let r${v} = records[k * ${u32(layout.vectors)} + ${u32(v)}];`)}
        ${repeat(charges, (c) => `few${c} += weight * ${recordPart(layout, c + 1)};`)}
        few${charges} += select(0.0, ${recordPart(layout, 1)}, ${recordPart(layout, 0)} == thisPoint);
      }
      ${each((s) => `second${s} += few${s};`)}
    }
    batch++;
    if (batch % ${u32(BATCHES)} == 0u) { ${each((s) => `sum${s} += second${s}; second${s} = 0.0;`)} }
    workgroupBarrier();
  }
  ${each((s) => `sum${s} += second${s};`)}
  if (!isWhole) {
    let to = part * ${u32((charges + 1) * TILE_POINTS)} + thread;
    ${each((s) => `parts[to + ${u32(s * TILE_POINTS)}] = sum${s};`)}
  } else if (${axes.map((a) => `g${a} < slice.length${a}`).join(" && ")}) {
    let to = ${gridIndex(axes.map((a) => `g${a}`))};
    ${each((s) => `grids[${u32(s)} * slice.points + to] = sum${s};`)}
  }
}
`;
}

/** Parts to a sum of the lower of two levels. */
export const PARTS_PER_SUM = 32;

/** Adds the parts of each tile that has some: grids[c][g] = Σₚ parts[p][c][g]. A thread a point of a tile. */
export function sumParts({ dims, charges }: Pick<SpreadOptions, "dims" | "charges">): string {
  const sums = charges + 1;
  const axes = Array.from({ length: dims }, (_, a) => a);
  const each = (piece: (sum: number) => string) => repeat(sums, piece);
  return wgsl`
struct Slice {
  tiles: u32,
  ${gridUniform(dims)}
}

@group(0) @binding(0) var<uniform> slice: Slice;
@group(0) @binding(1) var<storage, read> partsInRow: array<u32>;
@group(0) @binding(2) var<storage, read> partsBeforeRow: array<u32>;
@group(0) @binding(3) var<storage, read> parts: array<f32>;
@group(0) @binding(4) var<storage, read_write> grids: array<f32>;
${partsAfter}
@compute @workgroup_size(${u32(TILE_POINTS)})
fn sumParts(${THREAD_BUILTINS}) {
  let number = workgroup.y * workgroups.x + workgroup.x;
  if (number >= slice.tiles) { return; }
  ${unravel("tile", "number", dims, tilesOfAxis(dims))}
  ${unravel("own", "thread", dims, () => u32(tileEdge(dims)))}
  ${repeat(dims, (a) => `let g${a} = tile${a} * ${u32(tileEdge(dims))} + own${a};`)}
  if (${axes.map((a) => `g${a} >= slice.length${a}`).join(" || ")}) { return; }
  let begin = partsBefore(number);
  let end = partsAfter(number);
  if (begin == end) { return; }
  ${each((s) => `var sum${s} = 0.0;`)}
  for (var part = begin; part < end;) {
    ${each((s) => `var few${s} = 0.0;`)}
    let endOfFew = min(part + ${u32(PARTS_PER_SUM)}, end);
    for (; part < endOfFew; part++) {
      let at = part * ${u32(sums * TILE_POINTS)} + thread;
      ${each((s) => `few${s} += parts[at + ${u32(s * TILE_POINTS)}];`)}
    }
    ${each((s) => `sum${s} += few${s};`)}
  }
  let point = ${gridIndex(axes.map((a) => `g${a}`))};
  ${each((s) => `grids[${u32(s)} * slice.points + point] = sum${s};`)}
}
`;
}
