/**
 * Stage 2 of the transform: some grids that lie one after the other, convolved along one axis with symmetric taps, into others of the same buffer.
 *
 *   grids[destination + …, i, …] (+)= Σₖ taps[|k|] · grids[origin + …, i + k, …]
 *
 * A thread makes OUTPUTS points in a row along the axis, from what it reads once. Far, light terms are added first. Twin:
 * src/methods/gauss-transform/convolve.ts.
 */
import { repeat, u32, wgsl } from "./text.ts";
import { THREAD_BUILTINS, threadIndex } from "./window.ts";

export const OUTPUTS = 8;

export interface ConvolveOptions {
  /** Taps beyond the one in the middle. */
  readonly reach: number;
  /** Add to what is there. */
  readonly add: boolean;
  readonly threads: number;
}

/** Threads that convolve one grid along an axis of this length. */
export const convolutionThreads = (points: number, length: number): number =>
  (points / length) * Math.ceil(length / OUTPUTS);

export function convolve({ reach, add, threads }: ConvolveOptions): string {
  return wgsl`
struct Slice {
  /** The first thread's number, and how many there are. */
  first: u32,
  count: u32,
  origin: u32,
  destination: u32,
  stride: u32,
  length: u32,
}

@group(0) @binding(0) var<uniform> slice: Slice;
@group(0) @binding(1) var<storage, read> taps: array<f32>;
@group(0) @binding(2) var<storage, read_write> grids: array<f32>;

@compute @workgroup_size(${u32(threads)})
fn convolve(${THREAD_BUILTINS}) {
  let index = ${threadIndex(threads)};
  if (index >= slice.count) { return; }
  // Threads side by side are so along the axes after this one.
  let number = slice.first + index;
  let blocks = (slice.length + ${u32(OUTPUTS - 1)}) / ${u32(OUTPUTS)};
  let rest = number / slice.stride;
  let begin = (rest % blocks) * ${u32(OUTPUTS)};
  let line = rest / blocks * slice.length * slice.stride + number % slice.stride;
  let at = slice.origin + line;
  ${repeat(OUTPUTS + 2 * reach, (i) => `let x${i} = ${numberAt(i - reach)};`)}
  ${repeat(OUTPUTS, (o) => `var sum${o} = 0.0;`)}
  ${repeat(reach, (i) => {
    const k = reach - i;
    return `let tap${k} = taps[${u32(k)}];\n${repeat(OUTPUTS, (o) => `sum${o} += tap${k} * (x${o + reach - k} + x${o + reach + k});`)}`;
  })}
  let to = slice.destination + line + begin * slice.stride;
  ${repeat(OUTPUTS, (o) => `if (begin + ${u32(o)} < slice.length) { grids[to + ${u32(o)} * slice.stride] ${add ? "+=" : "="} sum${o} + taps[0] * x${o + reach}; }`)}
}
`;
}

/** WGSL for the number so many points from the block's first along the line, 0 beyond its ends, where the last one is read. */
function numberAt(apart: number): string {
  const place = apart < 0 ? `begin - ${u32(-apart)}` : `begin + ${u32(apart)}`; // below 0 it wraps, and is beyond the end
  return `select(0.0, grids[at + min(${place}, slice.length - 1u) * slice.stride], ${place} < slice.length)`;
}
