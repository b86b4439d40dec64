/**
 * Queries that lie on the GPU, as f32 rows of the caller's, to positions on the grid:
 *
 *   positions[axis][i] = origin + (round(points[first + i][axis] · scale) − base) · multiplier / 2^shift
 *
 * The scale is a power of two that makes integers of coordinates without a rounding that matters; everything after it is exact in integers, as differences of f32 would
 * not be. What is no number, or lies outside of the grid, has OUTSIDE in the first row. Twin: src/methods/gauss-transform/gpu/fixed-positions.ts.
 */
import { repeat, u32, wgsl } from "./text.ts";
import { OUTSIDE, THREAD_BUILTINS, threadIndex } from "./window.ts";

/** Integers of coordinates lie between −2^30 and 2^30. */
export const INTEGER_BITS = 30;

export interface LocateOptions {
  readonly dims: number;
  readonly threads: number;
}

export function locate({ dims, threads }: LocateOptions): string {
  return wgsl`
struct Axis {
  base: i32,
  /** The largest integer above the base that is on the grid. */
  most: u32,
  origin: u32,
  multiplier: u32,
  shift: u32,
  scale: f32,
}

struct Slice {
  first: u32,
  count: u32,
}

@group(0) @binding(0) var<uniform> slice: Slice;
@group(0) @binding(1) var<storage, read> axes: array<Axis, ${u32(dims)}>;
/** f32, as bits: so that what is no number can be told. */
@group(0) @binding(2) var<storage, read> points: array<u32>;
@group(0) @binding(3) var<storage, read_write> positions: array<u32>;

/** a · b / 2^shift, of the product's 64 bits; the result has 32. */
fn scaled(a: u32, b: u32, shift: u32) -> u32 {
  let low = (a & ${u32(0xffff)}) * (b & ${u32(0xffff)});
  let middle = (a >> 16u) * (b & ${u32(0xffff)}) + (low >> 16u);
  let other = (a & ${u32(0xffff)}) * (b >> 16u) + (middle & ${u32(0xffff)});
  let high = (a >> 16u) * (b >> 16u) + (middle >> 16u) + (other >> 16u);
  let rest = (other << 16u) | (low & ${u32(0xffff)});
  if (shift >= 32u) { return high >> (shift - 32u); }
  if (shift == 0u) { return rest; }
  return (high << (32u - shift)) | (rest >> shift);
}

fn positionOn(axis: u32, bits: u32) -> u32 {
  // By exponents: compilers may assume that no product overflows. The scale is a power of two.
  let exponent = i32((bits >> 23u) & 255u) + i32(bitcast<u32>(axes[axis].scale) >> 23u) - 254;
  if ((bits & 0x7f800000u) == 0x7f800000u || exponent >= ${INTEGER_BITS}) { return ${u32(OUTSIDE)}; }
  let integer = i32(round(bitcast<f32>(bits) * axes[axis].scale));
  if (integer < axes[axis].base) { return ${u32(OUTSIDE)}; }
  let above = u32(integer - axes[axis].base);
  if (above > axes[axis].most) { return ${u32(OUTSIDE)}; }
  return axes[axis].origin + scaled(above, axes[axis].multiplier, axes[axis].shift);
}

@compute @workgroup_size(${u32(threads)})
fn locate(${THREAD_BUILTINS}) {
  let i = ${threadIndex(threads)};
  if (i >= slice.count) { return; }
  let row = (slice.first + i) * ${u32(dims)};
  ${repeat(dims, (a) => `let position${a} = positionOn(${u32(a)}, points[row + ${u32(a)}]);`)}
  ${repeat(dims - 1, (a) => `positions[${u32(a + 1)} * slice.count + i] = position${a + 1};`)}
  let isOutside = ${Array.from({ length: dims }, (_, a) => `position${a} == ${u32(OUTSIDE)}`).join(" || ")};
  positions[i] = select(position0, ${u32(OUTSIDE)}, isOutside);
}
`;
}
