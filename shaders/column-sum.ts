/**
 * Stage 2, the column-sum reduction: adds the partial sums of all parts, for every row and query.
 *
 *   sums[row][query] = Σ over parts of partials[part][row][query]     (a minimum in the row `near`)
 *
 * Blocks of parts are added first, then the blocks' sums: the error grows with the root of the number of parts at
 * most. Where memory holds only some blocks at a time, `more` goes on from what is there, with the same additions. CPU twin: src/methods/dense/cpu/column-sum.ts.
 */
import { partialRows } from "./partials.ts";
import { u32, wgsl } from "./text.ts";

export const PARTS_PER_BLOCK = 32;

export interface ColumnSumOptions {
  readonly columns: number;
  readonly tracked: boolean;
  readonly threads: number;
}

export function columnSum({ columns, tracked, threads }: ColumnSumOptions): string {
  const rows = partialRows(columns, tracked);
  return wgsl`
struct Slice {
  queries: u32,
  parts: u32,
  more: u32,
}

@group(0) @binding(0) var<uniform> slice: Slice;
@group(0) @binding(1) var<storage, read> partials: array<f32>;
@group(0) @binding(2) var<storage, read_write> sums: array<f32>;

@compute @workgroup_size(${u32(threads)})
fn columnSum(@builtin(global_invocation_id) id: vec3u) {
  let query = id.x;
  let row = id.y;
  if (query >= slice.queries) { return; }
  let first = row * slice.queries + query;
  let stride = ${u32(rows)} * slice.queries;
  #if ${tracked}
  if (row == 1u) {
    var least = partials[first];
    if (slice.more == 1u) { least = min(least, sums[first]); }
    for (var part = 1u; part < slice.parts; part++) {
      least = min(least, partials[first + part * stride]);
    }
    sums[first] = least;
    return;
  }
  #endif
  var total = 0.0;
  if (slice.more == 1u) { total = sums[first]; }
  for (var start = 0u; start < slice.parts; start += ${u32(PARTS_PER_BLOCK)}) {
    let end = min(start + ${u32(PARTS_PER_BLOCK)}, slice.parts);
    var block = 0.0;
    for (var part = start; part < end; part++) {
      block += partials[first + part * stride];
    }
    total += block;
  }
  sums[first] = total;
}
`;
}
