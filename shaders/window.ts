/**
 * What the stages of the transform share: the window w, the "exponential of semicircle" of src/methods/transform/window.ts, and where
 * a point lies on the grid. Positions are u32 counts of 2^−bits cells, so that differences are exact.
 */
import { repeat, u32, wgsl } from "./text.ts";

export interface WindowOptions {
  /** Coordinates: one to three. */
  readonly dims: number;
  /** Grid points that a point touches on each axis; even. */
  readonly width: number;
  /** w(x) = exp(β (√(1 − (2x/width)²) − 1)). */
  readonly beta: number;
  /** Σ α, and one sum for each column. */
  readonly charges: number;
  readonly threads: number;
}

/** On the first axis, the position of a query that the grid has no place for. */
export const OUTSIDE = 0xffffffff;

/** The members of a uniform block that say how large the grid is, and what a count of a position is in half widths. */
export const gridUniform = (dims: number): string => wgsl`
  points: u32,
  bits: u32,
  ${repeat(dims, (a) => `length${a}: u32,`)}
  unit: f32,
`;

/** As the host writes them. */
export const gridIntegers = (points: number, bits: number, lengths: readonly number[]): number[] => [
  points,
  bits,
  ...lengths,
];

/** w at a distance that is given as a count; `slice` is the uniform block. */
export const windowFunction = ({ width, beta }: Pick<WindowOptions, "width" | "beta">): string => wgsl`
const width = ${u32(width)};
const half = ${u32(width / 2)};

fn window(apart: i32) -> f32 {
  let x = f32(apart) * slice.unit;
  let inside = 1.0 - x * x;
  return select(0.0, exp2(${(beta * Math.LOG2E).toPrecision(9)} * (sqrt(max(inside, 1e-30)) - 1.0)), inside > 0.0);
}
`;

/** WGSL for the index of a grid point or cell from its place on each axis, the last fastest. */
export const gridIndex = (
  places: readonly string[],
  lengthOf: (axis: number) => string = (a) => `slice.length${a}`,
): string => places.reduce((index, place, a) => `(${index}) * ${lengthOf(a)} + ${place}`);

/** WGSL for the index of a thread of a dispatch that may need two dimensions. */
export const threadIndex = (threads: number): string =>
  `(workgroup.y * workgroups.x + workgroup.x) * ${u32(threads)} + thread`;

export const THREAD_BUILTINS =
  "@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) workgroups: vec3u, @builtin(local_invocation_index) thread: u32";
