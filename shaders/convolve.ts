/**
 * Stage 2 of the transform: some grids that lie one after the other, convolved along one axis with symmetric taps, into others of the same buffer.
 *
 *   grids[to + …, i, …] (+)= Σₖ taps[|k|] · grids[from + …, i + k, …]
 *
 * Far, light terms are added first. Twin: src/methods/gauss-transform/convolve.ts.
 */
import { u32, wgsl } from "./text.ts";
import { THREAD_BUILTINS, threadIndex } from "./window.ts";

export interface ConvolveOptions {
  /** Add to what is there. */
  readonly add: boolean;
  readonly threads: number;
}

export function convolve({ add, threads }: ConvolveOptions): string {
  return wgsl`
struct Slice {
  first: u32,
  count: u32,
  origin: u32,
  destination: u32,
  stride: u32,
  length: u32,
  reach: u32,
}

@group(0) @binding(0) var<uniform> slice: Slice;
@group(0) @binding(1) var<storage, read> taps: array<f32>;
@group(0) @binding(2) var<storage, read_write> grids: array<f32>;

@compute @workgroup_size(${u32(threads)})
fn convolve(${THREAD_BUILTINS}) {
  let index = ${threadIndex(threads)};
  if (index >= slice.count) { return; }
  let point = slice.first + index;
  let i = (point / slice.stride) % slice.length;
  let at = slice.origin + point;
  var sum = 0.0;
  for (var k = slice.reach; k > 0u; k--) {
    var both = 0.0;
    if (i >= k) { both = grids[at - k * slice.stride]; }
    if (i + k < slice.length) { both += grids[at + k * slice.stride]; }
    sum += taps[k] * both;
  }
  sum += taps[0] * grids[at];
  grids[slice.destination + point] ${add ? "+=" : "="} sum;
}
`;
}
