/**
 * Stage 3 of the transform: grid → queries. A thread reads one query's sums, and the bound of its cell:
 *
 *   sums[c][q] = Σ over the grid points g that q touches of grid[c][g] · Πₐ w(g − position of q, on axis a)
 *   sums[charges][q] = bounds[cell of q]
 *
 * Queries have positions at which their windows lie within the grid. CPU twin: src/methods/gauss-transform/spread.ts.
 */
import { repeat, u32, wgsl } from "./text.ts";
import {
  gridIndex,
  gridUniform,
  THREAD_BUILTINS,
  threadIndex,
  type WindowOptions,
  windowFunction,
} from "./window.ts";

export function interpolate(options: WindowOptions): string {
  const { dims, charges, threads } = options;
  const last = dims - 1;
  const outer = Array.from({ length: last }, (_, a) => a);
  const first = [...outer.map((a) => `first${a} + i${a}`), `first${last}`];
  const cell = [...outer, last].map((a) => `cell${a}`);
  return wgsl`
struct Slice {
  count: u32,
  ${gridUniform(dims)}
}

@group(0) @binding(0) var<uniform> slice: Slice;
@group(0) @binding(1) var<storage, read> positions: array<u32>;
@group(0) @binding(2) var<storage, read> grid: array<f32>;
@group(0) @binding(3) var<storage, read> bounds: array<f32>;
@group(0) @binding(4) var<storage, read_write> sums: array<f32>;
${windowFunction(options)}
@compute @workgroup_size(${u32(threads)})
fn interpolate(${THREAD_BUILTINS}) {
  let query = ${threadIndex(threads)};
  if (query >= slice.count) { return; }
  ${repeat(dims, (a) => `let position${a} = positions[${u32(a)} * slice.count + query];`)}
  ${repeat(dims, (a) => `let cell${a} = position${a} >> slice.bits;`)}
  ${repeat(dims, (a) => `let first${a} = cell${a} + 1u - half;`)}
  ${repeat(dims, (a) => `var weights${a}: array<f32, width>;`)}
  for (var i = 0u; i < width; i++) {
    ${repeat(dims, (a) => `weights${a}[i] = window(i32(((first${a} + i) << slice.bits) - position${a}));`)}
  }
  ${repeat(charges, (c) => `var sum${c} = 0.0;`)}
  ${outer.map((a) => `for (var i${a} = 0u; i${a} < width; i${a}++) {`).join("\n  ")}
    let row = ${gridIndex(first)};
    let weight = ${outer.map((a) => `weights${a}[i${a}]`).join(" * ")};
    ${repeat(charges, (c) => `var row${c} = 0.0;`)}
    for (var i = 0u; i < width; i++) {
      ${repeat(charges, (c) => `row${c} += weights${last}[i] * grid[${u32(c)} * slice.points + row + i];`)}
    }
    ${repeat(charges, (c) => `sum${c} += weight * row${c};`)}
  ${outer.map(() => "}").join(" ")}
  ${repeat(charges, (c) => `sums[${u32(c)} * slice.count + query] = sum${c};`)}
  sums[${u32(charges)} * slice.count + query] = bounds[${gridIndex(cell)}];
}
`;
}
