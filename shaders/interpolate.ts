/**
 * Stage 3 of the transform: grid → queries. A thread reads one query's sums, and compares them with the bound of its cell:
 *
 *   total = Σ over the grid points g that q touches of grids[0][g] · Πₐ w(g − position of q, on axis a),        sums[0][q] = total
 *   sums[c][q] = the same of grids[c], over total
 *
 * Queries with total · share < bounds[cell of q] are listed in failed[1], failed[2] …, of which there are failed[0], in no order; so are those that the grid
 * has no place for. Their sums are of no use. Grids lie where the slice says. Twin: src/methods/gauss-transform/spread.ts.
 */
import { repeat, u32, wgsl } from "./text.ts";
import {
  gridIndex,
  gridUniform,
  OUTSIDE,
  THREAD_BUILTINS,
  threadIndex,
  type WindowOptions,
  windowFunction,
} from "./window.ts";

export interface InterpolateOptions extends WindowOptions {
  /** Threads take queries in the order of their bins, so that those side by side read what lies side by side. */
  readonly sorted: boolean;
}

export function interpolate(options: InterpolateOptions): string {
  const { dims, charges, threads, sorted } = options;
  const last = dims - 1;
  const outer = Array.from({ length: last }, (_, a) => a);
  const first = [...outer.map((a) => `first${a} + i${a}`), `first${last}`];
  const cell = [...outer, last].map((a) => `cell${a}`);
  return wgsl`
struct Slice {
  count: u32,
  /** Where each grid begins, and the bounds. */
  ${repeat(charges, (c) => `grid${c}: u32,`)}
  bounds: u32,
  ${gridUniform(dims)}
  /** What bounds are multiplied by and increased by, and the share of its sum that a query's may be. */
  slack: f32,
  least: f32,
  share: f32,
}

@group(0) @binding(0) var<uniform> slice: Slice;
@group(0) @binding(1) var<storage, read> positions: array<u32>;
@group(0) @binding(2) var<storage, read> grids: array<f32>;
@group(0) @binding(3) var<storage, read_write> sums: array<f32>;
@group(0) @binding(4) var<storage, read_write> failed: array<atomic<u32>>;
#if ${sorted}
@group(0) @binding(5) var<storage, read> order: array<u32>;
#endif
${windowFunction(options)}
fn fail(query: u32) {
  let at = atomicAdd(&failed[0], 1u) + 1u;
  if (at < arrayLength(&failed)) { atomicStore(&failed[at], query); }
}

@compute @workgroup_size(${u32(threads)})
fn interpolate(${THREAD_BUILTINS}) {
  let index = ${threadIndex(threads)};
  if (index >= slice.count) { return; }
  let query = ${sorted ? "order[index]" : "index"};
  ${repeat(dims, (a) => `let position${a} = positions[${u32(a)} * slice.count + query];`)}
  if (position0 == ${u32(OUTSIDE)}) { fail(query); return; }
  ${repeat(dims, (a) => `let cell${a} = position${a} >> slice.bits;`)}
  ${repeat(dims, (a) => `let first${a} = cell${a} + 1u - half;`)}
  ${repeat(dims, (a) => `var weights${a}: array<f32, width>;`)}
  for (var i = 0u; i < width; i++) {
    ${repeat(dims, (a) => `weights${a}[i] = window(i32(((first${a} + i) << slice.bits) - position${a}));`)}
  }
  ${repeat(charges, (c) => `var sum${c} = 0.0;`)}
  ${outer.map((a) => `for (var i${a} = 0u; i${a} < width; i${a}++) {`).join("\n  ")}
    let row = ${gridIndex(first)};
    ${repeat(charges, (c) => `var row${c} = 0.0;`)}
    for (var i = 0u; i < width; i++) {
      ${repeat(charges, (c) => `row${c} += weights${last}[i] * grids[slice.grid${c} + row + i];`)}
    }
    ${dims > 1 ? `let weight = ${outer.map((a) => `weights${a}[i${a}]`).join(" * ")};` : ""}
    ${repeat(charges, (c) => `sum${c} += ${dims > 1 ? "weight * " : ""}row${c};`)}
  ${outer.map(() => "}").join(" ")}
  let bound = grids[slice.bounds + ${gridIndex(cell)}] * slice.slack + slice.least;
  if (!(bound <= slice.share * sum0)) { fail(query); return; }
  sums[query] = sum0;
  ${repeat(charges - 1, (c) => `sums[${u32(c + 1)} * slice.count + query] = sum${c + 1} / sum0;`)}
}
`;
}
