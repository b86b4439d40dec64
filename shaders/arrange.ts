/**
 * Puts what belongs to keys into their sorted order:
 *
 *   positionsOut[axis][i] = positions[axis][order[i]],        chargesOut[c][i] = charges[c][order[i]]
 */
import { repeat, u32, wgsl } from "./text.ts";
import { THREAD_BUILTINS, threadIndex } from "./window.ts";

export interface ArrangeOptions {
  readonly dims: number;
  readonly charges: number;
  readonly threads: number;
}

export function arrange({ dims, charges, threads }: ArrangeOptions): string {
  return wgsl`
struct Slice {
  count: u32,
}

@group(0) @binding(0) var<uniform> slice: Slice;
@group(0) @binding(1) var<storage, read> order: array<u32>;
@group(0) @binding(2) var<storage, read> positions: array<u32>;
@group(0) @binding(3) var<storage, read> charges: array<f32>;
@group(0) @binding(4) var<storage, read_write> positionsOut: array<u32>;
@group(0) @binding(5) var<storage, read_write> chargesOut: array<f32>;

@compute @workgroup_size(${u32(threads)})
fn arrange(${THREAD_BUILTINS}) {
  let i = ${threadIndex(threads)};
  if (i >= slice.count) { return; }
  let key = order[i];
  ${repeat(dims, (a) => `positionsOut[${u32(a)} * slice.count + i] = positions[${u32(a)} * slice.count + key];`)}
  ${repeat(charges, (c) => `chargesOut[${u32(c)} * slice.count + i] = charges[${u32(c)} * slice.count + key];`)}
}
`;
}
