/**
 * Stage 2, the column-sum reduction: adds the partial sums of all parts, for every row and query.
 *
 *   sums[row][query] = Σ over parts of partials[part][row][query]     (a minimum in the row `near`, if that is one)
 *
 * Sums have levels: PARTS_PER_SUM parts, as many of their sums, as many of those, and the rest. If memory holds only some of the parts at a
 * time, the sums of all levels stay in the buffer, a level after the other, until the last of them: the additions are the same.
 * `before` is the number of parts before these, `more` is 1 if others follow. CPU twin: src/methods/dense/cpu/column-sum.ts.
 */
import { partialRows } from "./partials.ts";
import { repeat, u32, wgsl } from "./text.ts";

/** Terms of the lower levels' sums. */
export const PARTS_PER_SUM = 32;
/** Sums of each row and query that are kept from some of the parts to the next. */
export const SUM_LEVELS = 4;

export interface ColumnSumOptions {
  readonly columns: number;
  readonly tracked: boolean;
  /** Whether the row `near` is a sum as well. */
  readonly isSum?: boolean;
  readonly threads: number;
}

export function columnSum({ columns, tracked, isSum = false, threads }: ColumnSumOptions): string {
  const rows = partialRows(columns, tracked);
  const levels = (line: (level: number) => string) => repeat(SUM_LEVELS, line);
  const lower = (line: (level: number) => string) => repeat(SUM_LEVELS - 1, line);
  return wgsl`
struct Slice {
  queries: u32,
  parts: u32,
  before: u32,
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
  #if ${tracked && !isSum}
  if (row == 1u) {
    var least = partials[first];
    if (slice.before > 0u) { least = min(least, sums[first]); }
    for (var part = 1u; part < slice.parts; part++) {
      least = min(least, partials[first + part * stride]);
    }
    sums[first] = least;
    return;
  }
  #endif
  ${levels((i) => `var sum${i} = 0.0;`)}
  if (slice.before > 0u) {
    ${levels((i) => `sum${i} = sums[first + ${u32(i)} * stride];`)}
  }
  let end = slice.before + slice.parts;
  for (var part = slice.before; part < end;) {
    let endOfSum = min((part / ${u32(PARTS_PER_SUM)} + 1u) * ${u32(PARTS_PER_SUM)}, end);
    for (; part < endOfSum; part++) {
      sum0 += partials[first + (part - slice.before) * stride];
    }
    ${lower((i) => `if (part % ${u32(PARTS_PER_SUM ** (i + 1))} == 0u) { sum${i + 1} += sum${i}; sum${i} = 0.0; }`)}
  }
  if (slice.more == 1u) {
    ${levels((i) => `sums[first + ${u32(i)} * stride] = sum${i};`)}
    return;
  }
  ${lower((i) => `sum${i + 1} += sum${i};`)}
  sums[first] = sum${SUM_LEVELS - 1};
}
`;
}
