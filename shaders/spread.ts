/**
 * Stage 1 of the transform: keys → grid. A workgroup makes a tile of the grid, a point a thread, from the keys of the bins around it:
 *
 *   grids[part][c][g] = Σ over the part's keys of charges[c][i] · Πₐ w(position of i − g, on axis a)
 *   grids[part][charges][g] = Σ charges[0][i] over the keys in cell g
 *
 * Keys are sorted by bins, so each row of bins along the last axis is one range of them. 64 keys at a time put their windows' values into workgroup memory, then
 * each thread adds them up, so nothing is added by two threads. Parts share a tile's keys where there are few tiles. Sums have four levels (32 keys,
 * 1024, 32,768, all), as like terms are rounded alike. Twin: src/methods/gauss-transform/spread.ts.
 */
import { BIN_EDGE, binsOfAxis } from "./bins.ts";
import { repeat, u32, wgsl } from "./text.ts";
import { gridIndex, gridUniform, THREAD_BUILTINS, type WindowOptions, windowFunction } from "./window.ts";

const THREADS = 64;
/** Grid points of a tile along each axis. */
const EDGES = [64, 8, 4] as const;
/** Keys of the lowest level of sums, and sums of each level in one of the next. */
const FANOUT = 32;
/** Batches of THREADS keys to a sum of the second and of the third level. */
const BATCHES = FANOUT ** 2 / THREADS;

/** Tiles of a grid. */
export const tilesOf = (lengths: readonly number[]): number =>
  lengths.reduce((product, length) => product * Math.ceil(length / EDGES[lengths.length - 1]), 1);

export function spread(options: Omit<WindowOptions, "threads">): string {
  const { dims, charges, width } = options;
  const last = dims - 1;
  const axes = Array.from({ length: dims }, (_, a) => a);
  const edge = EDGES[last];
  const half = width / 2;
  // Cells tile − half … tile + edge + half − 2 reach the tile, which begins where a bin does.
  const binsBefore = Math.ceil(half / BIN_EDGE);
  const binsAround = binsBefore + Math.floor((edge + half - 2) / BIN_EDGE) + 1;
  const rows = binsAround ** last;
  const sums = charges + 1;
  /** In one coordinate each thread has its own distances: nothing is shared. */
  const shared = dims > 1;
  /** Numbers of a key's windows: odd, so that threads side by side use different banks. */
  const stride = dims * edge + 1;
  const each = (piece: (sum: number) => string) => repeat(sums, piece);
  const unroll = (index: string, of: readonly number[], by: (a: number) => string, name: string) =>
    `var ${name} = ${index};\n  ${[...of]
      .reverse()
      .map((a) => `let ${name}${a} = ${name} % ${by(a)}; ${name} /= ${by(a)};`)
      .join("\n  ")}`;
  const window = (a: number, point: string) =>
    `window(i32(positions[${u32(a)} * slice.keys + key] - ((${point}) << slice.bits)))`;
  return wgsl`
struct Slice {
  /** The first workgroup's number, and how many there are. */
  first: u32,
  count: u32,
  parts: u32,
  keys: u32,
  ${gridUniform(dims)}
}

@group(0) @binding(0) var<uniform> slice: Slice;
@group(0) @binding(1) var<storage, read> bins: array<u32>;
@group(0) @binding(2) var<storage, read> positions: array<u32>;
@group(0) @binding(3) var<storage, read> charges: array<f32>;
@group(0) @binding(4) var<storage, read_write> grids: array<f32>;

/** The first key of each row of bins, and how many keys are in the rows before it; the last is for all. */
var<workgroup> rowStart: array<u32, ${u32(rows)}>;
var<workgroup> rowsBefore: array<u32, ${u32(rows + 1)}>;
#if ${shared}
var<workgroup> windows: array<f32, ${u32(stride * THREADS)}>;
#else
var<workgroup> places: array<u32, ${u32(THREADS)}>;
#endif
var<workgroup> cells: array<u32, ${u32(THREADS)}>;
var<workgroup> charged: array<f32, ${u32(charges * THREADS)}>;

${windowFunction(options)}
/** The first key whose bin is not below this one. */
fn firstKey(bin: u32) -> u32 {
  var low = 0u;
  var high = slice.keys;
  while (low < high) {
    let middle = low + (high - low) / 2u;
    if (bins[middle] < bin) { low = middle + 1u; } else { high = middle; }
  }
  return low;
}

@compute @workgroup_size(${u32(THREADS)})
fn spread(${THREAD_BUILTINS}) {
  let index = workgroup.y * workgroups.x + workgroup.x;
  if (index >= slice.count) { return; }
  let part = (slice.first + index) % slice.parts;
  ${unroll("(slice.first + index) / slice.parts", axes, (a) => `((slice.length${a} + ${u32(edge - 1)}) / ${u32(edge)})`, "tile")}
  ${unroll("thread", axes, () => u32(edge), "own")}
  ${repeat(dims, (a) => `let g${a} = tile${a} * ${u32(edge)} + own${a};`)}

  for (var r = thread; r < ${u32(rows)}; r += ${u32(THREADS)}) {
    ${axes
      .map(
        (a) => `let from${a} = i32(tile${a} * ${u32(edge / BIN_EDGE)}) - ${binsBefore};
    let most${a} = i32(${binsOfAxis(a)});`,
      )
      .join("\n    ")}
    ${last > 0 ? unroll("r", axes.slice(0, last), () => u32(binsAround), "row") : ""}
    ${repeat(last, (a) => `let bin${a} = from${a} + i32(row${a});`)}
    let begin = max(from${last}, 0);
    let end = min(from${last} + ${binsAround}, most${last});
    var start = 0u;
    var count = 0u;
    if (${[...axes.slice(0, last).map((a) => `bin${a} >= 0 && bin${a} < most${a}`), "begin < end"].join(" && ")}) {
      let row = u32(${gridIndex([...axes.slice(0, last).map((a) => `bin${a}`), "0"], (a) => `most${a}`)});
      start = firstKey(row + u32(begin));
      count = firstKey(row + u32(end)) - start;
    }
    rowStart[r] = start;
    rowsBefore[r + 1u] = count;
  }
  workgroupBarrier();
  if (thread == 0u) {
    rowsBefore[0] = 0u;
    for (var r = 0u; r < ${u32(rows)}; r++) { rowsBefore[r + 1u] += rowsBefore[r]; }
  }
  let total = workgroupUniformLoad(&rowsBefore[${u32(rows)}]);
  let batches = (total + ${u32(THREADS - 1)}) / ${u32(THREADS)};
  let perPart = (batches + slice.parts - 1u) / slice.parts;
  let firstBatch = min(part * perPart, batches);
  let lastBatch = min(firstBatch + perPart, batches);

  ${each((s) => `var sum${s} = 0.0; var third${s} = 0.0; var second${s} = 0.0;`)}
  for (var batch = firstBatch; batch < lastBatch; batch++) {
    let at = batch * ${u32(THREADS)} + thread;
    if (at < total) {
      var row = 0u;
      while (rowsBefore[row + 1u] <= at) { row++; }
      let key = rowStart[row] + at - rowsBefore[row];
      ${repeat(charges, (c) => `charged[${u32(c * THREADS)} + thread] = charges[${u32(c)} * slice.keys + key];`)}
      #if ${shared}
      ${repeat(dims, (a) => `for (var i = 0u; i < ${u32(edge)}; i++) { windows[thread * ${u32(stride)} + ${u32(a * edge)} + i] = ${window(a, `tile${a} * ${u32(edge)} + i`)}; }`)}
      ${repeat(dims, (a) => `let cell${a} = (positions[${u32(a)} * slice.keys + key] >> slice.bits) - tile${a} * ${u32(edge)};`)}
      cells[thread] = select(${u32(THREADS)}, ${axes.reduce((index, a) => (a === 0 ? "cell0" : `(${index}) * ${u32(edge)} + cell${a}`), "")}, ${axes.map((a) => `cell${a} < ${u32(edge)}`).join(" && ")});
      #else
      places[thread] = positions[key];
      cells[thread] = (positions[key] >> slice.bits) - tile0 * ${u32(edge)};
      #endif
    }
    workgroupBarrier();
    let keys = min(total - batch * ${u32(THREADS)}, ${u32(THREADS)});
    for (var low = 0u; low < keys; low += ${u32(FANOUT)}) {
      ${each((s) => `var few${s} = 0.0;`)}
      for (var k = low; k < min(low + ${u32(FANOUT)}, keys); k++) {
        #if ${shared}
        let weight = ${axes.map((a) => `windows[k * ${u32(stride)} + ${u32(a * edge)} + own${a}]`).join(" * ")};
        #else
        let weight = window(i32(places[k] - (g0 << slice.bits)));
        #endif
        ${repeat(charges, (c) => `few${c} += weight * charged[${u32(c * THREADS)} + k];`)}
        few${charges} += select(0.0, charged[k], cells[k] == thread);
      }
      ${each((s) => `second${s} += few${s};`)}
    }
    if ((batch - firstBatch) % ${u32(BATCHES)} == ${u32(BATCHES - 1)}) {
      ${each((s) => `third${s} += second${s}; second${s} = 0.0;`)}
    }
    if ((batch - firstBatch) % ${u32(BATCHES * FANOUT)} == ${u32(BATCHES * FANOUT - 1)}) {
      ${each((s) => `sum${s} += third${s}; third${s} = 0.0;`)}
    }
    workgroupBarrier();
  }
  if (${axes.map((a) => `g${a} < slice.length${a}`).join(" && ")}) {
    let point = part * ${u32(sums)} * slice.points + ${gridIndex(axes.map((a) => `g${a}`))};
    ${each((s) => `grids[point + ${u32(s)} * slice.points] = sum${s} + (third${s} + second${s});`)}
  }
}
`;
}
