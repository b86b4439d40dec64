/**
 * The transform's bins: blocks of BIN_EDGE cells along each axis, numbered with the last axis fastest. Points are sorted by them.
 *
 *   bins[i] = the bin of position i,        order[i] = i
 */
import { repeat, u32, wgsl } from "./text.ts";
import { gridIndex, gridUniform, THREAD_BUILTINS, threadIndex } from "./window.ts";

/** Cells of a bin along each axis, as a power of two. */
const EDGE_BITS = 2;
export const BIN_EDGE = 2 ** EDGE_BITS;

/** Bins along an axis of so many grid points. */
export const binsAlong = (length: number): number => Math.ceil(length / BIN_EDGE);

/** Bins of a grid. */
export const binsOfGrid = (lengths: readonly number[]): number =>
  lengths.reduce((product, length) => product * binsAlong(length), 1);

/** WGSL for the number of bins along axis `a`. */
export const binsOfAxis = (a: number): string =>
  `((slice.length${a} + ${u32(BIN_EDGE - 1)}) / ${u32(BIN_EDGE)})`;

export interface BinsOptions {
  readonly dims: number;
  readonly threads: number;
}

export function bins({ dims, threads }: BinsOptions): string {
  const places = Array.from({ length: dims }, (_, a) => `bin${a}`);
  return wgsl`
struct Slice {
  count: u32,
  ${gridUniform(dims)}
}

@group(0) @binding(0) var<uniform> slice: Slice;
@group(0) @binding(1) var<storage, read> positions: array<u32>;
@group(0) @binding(2) var<storage, read_write> bins: array<u32>;
@group(0) @binding(3) var<storage, read_write> order: array<u32>;

@compute @workgroup_size(${u32(threads)})
fn binsOf(${THREAD_BUILTINS}) {
  let point = ${threadIndex(threads)};
  if (point >= slice.count) { return; }
  ${repeat(dims, (a) => `let bin${a} = min(positions[${u32(a)} * slice.count + point] >> slice.bits, slice.length${a} - 1u) >> ${u32(EDGE_BITS)};`)}
  bins[point] = ${gridIndex(places, binsOfAxis)};
  order[point] = point;
}
`;
}

/** starts[bin] = the first of the sorted points whose bin is not below this one, for every bin and for one more. */
export function binStarts(threads: number): string {
  return wgsl`
struct Slice {
  count: u32,
  bins: u32,
}

@group(0) @binding(0) var<uniform> slice: Slice;
@group(0) @binding(1) var<storage, read> bins: array<u32>;
@group(0) @binding(2) var<storage, read_write> starts: array<u32>;

@compute @workgroup_size(${u32(threads)})
fn binStarts(${THREAD_BUILTINS}) {
  let bin = ${threadIndex(threads)};
  if (bin > slice.bins) { return; }
  var low = 0u;
  var high = slice.count;
  while (low < high) {
    let middle = low + (high - low) / 2u;
    if (bins[middle] < bin) { low = middle + 1u; } else { high = middle; }
  }
  starts[bin] = low;
}
`;
}
