/** Copies some rows of a caller's points: rowsOut[k] = points[list[k]]. */
import { repeat, u32, wgsl } from "./text.ts";
import { THREAD_BUILTINS, threadIndex } from "./window.ts";

export interface RowsOptions {
  readonly dims: number;
  readonly threads: number;
}

export function rows({ dims, threads }: RowsOptions): string {
  return wgsl`
struct Slice {
  count: u32,
}

@group(0) @binding(0) var<uniform> slice: Slice;
@group(0) @binding(1) var<storage, read> list: array<u32>;
@group(0) @binding(2) var<storage, read> points: array<u32>;
@group(0) @binding(3) var<storage, read_write> rowsOut: array<u32>;

@compute @workgroup_size(${u32(threads)})
fn rowsOf(${THREAD_BUILTINS}) {
  let k = ${threadIndex(threads)};
  if (k >= slice.count) { return; }
  let row = list[k] * ${u32(dims)};
  ${repeat(dims, (a) => `rowsOut[k * ${u32(dims)} + ${u32(a)}] = points[row + ${u32(a)}];`)}
}
`;
}
