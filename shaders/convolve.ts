/**
 * Stage 2 of the transform: grids that lie one after the other, convolved along one axis with symmetric taps.
 *
 *   result[shift + …, i, …] (+)= Σₖ taps[|k|] · grid[…, i + k, …]
 *
 * Far, light terms are added first. CPU twin: src/methods/gauss-transform/convolve.ts.
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
  stride: u32,
  length: u32,
  reach: u32,
  shift: u32,
}

@group(0) @binding(0) var<uniform> slice: Slice;
@group(0) @binding(1) var<storage, read> taps: array<f32>;
@group(0) @binding(2) var<storage, read> grid: array<f32>;
@group(0) @binding(3) var<storage, read_write> result: array<f32>;

@compute @workgroup_size(${u32(threads)})
fn convolve(${THREAD_BUILTINS}) {
  let index = ${threadIndex(threads)};
  if (index >= slice.count) { return; }
  let at = slice.first + index;
  let i = (at / slice.stride) % slice.length;
  var sum = 0.0;
  for (var k = slice.reach; k > 0u; k--) {
    var both = 0.0;
    if (i >= k) { both = grid[at - k * slice.stride]; }
    if (i + k < slice.length) { both += grid[at + k * slice.stride]; }
    sum += taps[k] * both;
  }
  sum += taps[0] * grid[at];
  result[at + slice.shift] ${add ? "+=" : "="} sum;
}
`;
}
