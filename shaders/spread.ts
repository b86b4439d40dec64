/**
 * Stage 1 of the transform: keys → grid. A thread gathers what one grid point gets of all keys in the cells around it:
 *
 *   grid[c][g] = Σᵢ charges[c][i] · Πₐ w(position of i − g, on axis a)
 *
 * Keys lie in the order of their cells, the last axis fastest, so each row of cells about the point is one range of keys:
 * starts[cell] is its first. Sums have three levels (32 keys, a row, all rows), as like terms are rounded alike.
 * CPU twin: src/methods/gauss-transform/spread.ts.
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

/** Keys to a sum of the lowest level. */
const KEYS_PER_SUM = 32;

export function spread(options: WindowOptions): string {
  const { dims, charges, threads } = options;
  const last = dims - 1;
  const outer = Array.from({ length: last }, (_, a) => a);
  /** The grid point's place on each axis, from the last: `rest` is what is left of its index. */
  const places = [...outer, last]
    .reverse()
    .map((a) => `let g${a} = rest % slice.length${a}; rest /= slice.length${a};`)
    .join("\n  ");
  const cell = outer.map((a) => `cell${a}`);
  const weight = repeat(
    dims,
    (a) => `window(i32(positions[${u32(a)} * slice.keys + key] - (g${a} << slice.bits)))`,
    " * ",
  );
  return wgsl`
struct Slice {
  first: u32,
  count: u32,
  keys: u32,
  ${gridUniform(dims)}
}

@group(0) @binding(0) var<uniform> slice: Slice;
@group(0) @binding(1) var<storage, read> starts: array<u32>;
@group(0) @binding(2) var<storage, read> positions: array<u32>;
@group(0) @binding(3) var<storage, read> charges: array<f32>;
@group(0) @binding(4) var<storage, read_write> grid: array<f32>;
${windowFunction(options)}
@compute @workgroup_size(${u32(threads)})
fn spread(${THREAD_BUILTINS}) {
  let index = ${threadIndex(threads)};
  if (index >= slice.count) { return; }
  let point = slice.first + index;
  var rest = point;
  ${places}
  ${repeat(charges, (c) => `var sum${c} = 0.0;`)}
  ${outer.map((a) => `for (var cell${a} = max(g${a}, half) - half; cell${a} < min(g${a} + half, slice.length${a}); cell${a}++) {`).join("\n  ")}
    let row = ${gridIndex([...cell, "0u"])};
    let to = starts[row + min(g${last} + half, slice.length${last})];
    ${repeat(charges, (c) => `var row${c} = 0.0;`)}
    var key = starts[row + max(g${last}, half) - half];
    while (key < to) {
      ${repeat(charges, (c) => `var few${c} = 0.0;`)}
      let end = min(key + ${u32(KEYS_PER_SUM)}, to);
      for (; key < end; key++) {
        let weight = ${weight};
        ${repeat(charges, (c) => `few${c} += weight * charges[${u32(c)} * slice.keys + key];`)}
      }
      ${repeat(charges, (c) => `row${c} += few${c};`)}
    }
    ${repeat(charges, (c) => `sum${c} += row${c};`)}
  ${outer.map(() => "}").join(" ")}
  ${repeat(charges, (c) => `grid[${u32(c)} * slice.points + point] = sum${c};`)}
}
`;
}
