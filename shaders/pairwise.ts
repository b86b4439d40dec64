/**
 * Stage 1, tiled pairwise kernel evaluation. A workgroup takes a block of queries and one part of the keys. Keys pass
 * through workgroup memory a tile at a time; each thread holds several queries in registers, so that a key read once
 * serves them all. Where queries are few, key lanes read the keys of a tile straight from memory, each its own, and
 * their sums are added at the end.
 *
 *   partials[part][row][query]   row 0: Σ α;  rows 1 … c: Σ α·value;  then, if tracked, the row `near`
 *
 * Sums have two levels: over a tile, then over the tiles of the part. CPU twin: src/reference/pairwise.ts.
 */
import { type DistanceOptions, weightOfPair } from "./distance.ts";
import { kernelFunction } from "./kernel.ts";
import { recordLayout, recordPart } from "./record.ts";
import { repeat, u32, vectorType, wgsl } from "./text.ts";

/** The shape of a workgroup's work. */
export interface Tiling {
  /** Threads that hold different queries. */
  readonly queryLanes: number;
  /** Threads that hold the same queries and take different keys of the tile. */
  readonly keyLanes: number;
  /** Queries in a thread's registers: 1, 2, or a multiple of 4. */
  readonly queriesPerThread: number;
  /** Keys summed before their sum joins the running one; in workgroup memory meanwhile if there is one key lane. */
  readonly keysPerTile: number;
}

export interface PairwiseOptions extends DistanceOptions {
  readonly columns: number;
  readonly tiling: Tiling;
  /**
   * What the row `near` keeps, a minimum over the keys: "edge", the distance |1 − x| to the edge of a compact kernel
   * (how sure we are of who is inside); "nearest", x itself.
   */
  readonly track?: "edge" | "nearest";
}

/** Rows of the partial sums. */
export const partialRows = (columns: number, tracked: boolean): number => 1 + columns + (tracked ? 1 : 0);

/** Larger than any distance that is tracked; WGSL promises nothing for infinity. */
export const FAR = 1e30;

export function pairwise(options: PairwiseOptions): string {
  const { kernel, dims, columns, encoding, tiling, track } = options;
  const { queryLanes, keyLanes, queriesPerThread, keysPerTile } = tiling;
  const width = queriesPerThread % 4 === 0 ? 4 : queriesPerThread === 2 ? 2 : 1;
  const groups = queriesPerThread / width;
  const threads = queryLanes * keyLanes;
  const fixed = encoding === "fixed";
  const number = fixed ? "i32" : "f32";
  const layout = recordLayout(dims, columns);
  const record = vectorType(layout.width, number);
  const rows = partialRows(columns, track !== undefined);
  const staged = keyLanes === 1;
  const float = (text: string) => (fixed ? `bitcast<f32>(${text})` : text);

  const query = (group: number, j: number) => {
    const numbers = repeat(
      width,
      (i) => `queries[${u32(j)} * slice.queries + query${group * width + i}]`,
      ", ",
    );
    return width === 1 ? numbers : `${vectorType(width, number)}(${numbers})`;
  };
  const value = (column: number) => float(recordPart(layout, dims + column));
  const pair = (group: number) =>
    weightOfPair(options, {
      query: (j) => `q${group}_${j}`,
      key: (j) => recordPart(layout, j),
      step: "slice.step",
      suffix: `_${group}`,
    });
  const near = (group: number) =>
    `near${group} = min(near${group}, ${track === "edge" ? `abs(1.0 - x_${group})` : `x_${group}`});`;
  const component = (name: string, i: number) => (width === 1 ? name : `${name}.${"xyzw"[i]}`);
  const total = (group: number, row: number) =>
    row === 0 ? `sum${group}` : row <= columns ? `sum${group}_${row - 1}` : `near${group}`;
  const add = (row: number, left: string, right: string) =>
    row <= columns ? `${left} + ${right}` : `min(${left}, ${right})`;

  return wgsl`
alias V = ${vectorType(width)};

struct Slice {
  queries: u32,
  keys: u32,
  keysPerPart: u32,
  firstPart: u32,
  partsBefore: u32,
  step: f32,
}

@group(0) @binding(0) var<uniform> slice: Slice;
@group(0) @binding(1) var<storage, read> keys: array<${record}>;
@group(0) @binding(2) var<storage, read> queries: array<${number}>;
@group(0) @binding(3) var<storage, read_write> partials: array<f32>;

const keysPerTile = ${u32(keysPerTile)};
const threads = ${u32(threads)};
const queryLanes = ${u32(queryLanes)};
const keyLanes = ${u32(keyLanes)};
const vectors = ${u32(layout.vectors)};

#if ${staged}
var<workgroup> tile: array<${record}, keysPerTile * vectors>;
#else
var<workgroup> shared_sums: array<V, threads>;
#endif

@compute @workgroup_size(threads)
fn pairwise(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let queryLane = thread % queryLanes;
  let keyLane = thread / queryLanes;
  let firstQuery = workgroup.x * ${u32(queryLanes * queriesPerThread)} + queryLane;
  let lastQuery = slice.queries - 1u;
  ${repeat(queriesPerThread, (i) => `let query${i} = min(firstQuery + ${u32(i * queryLanes)}, lastQuery);`)}
  ${repeat(groups, (g) => repeat(dims, (j) => `let q${g}_${j} = ${query(g, j)};`))}

  ${repeat(groups, (g) => repeat(1 + columns, (row) => `var ${total(g, row)} = V(0.0);`))}
  #if ${track !== undefined}
  ${repeat(groups, (g) => `var near${g} = V(${FAR});`)}
  #endif

  let part = slice.firstPart + workgroup.y;
  let partStart = part * slice.keysPerPart;
  let partEnd = min(partStart + slice.keysPerPart, slice.keys);
  for (var start = partStart; start < partEnd; start += keysPerTile) {
    let count = min(keysPerTile, partEnd - start);
    #if ${staged}
    workgroupBarrier();
    for (var i = thread; i < count * vectors; i += threads) {
      tile[i] = keys[start * vectors + i];
    }
    workgroupBarrier();
    #endif

    ${repeat(groups, (g) => repeat(1 + columns, (row) => `var tile_${total(g, row)} = V(0.0);`))}
    for (var i = keyLane; i < count; i += keyLanes) {
      ${repeat(layout.vectors, (v) => `let r${v} = ${staged ? "tile[i * vectors" : "keys[(start + i) * vectors"} + ${u32(v)}];`)}
      ${repeat(groups, pair)}
      ${repeat(groups, (g) => `tile_sum${g} += a_${g};`)}
      ${repeat(columns, (c) => `let v${c} = ${value(c)};`)}
      ${repeat(groups, (g) => repeat(columns, (c) => `tile_sum${g}_${c} += a_${g} * v${c};`))}
      #if ${track !== undefined}
      ${repeat(groups, near)}
      #endif
    }
    ${repeat(groups, (g) => repeat(1 + columns, (row) => `${total(g, row)} += tile_${total(g, row)};`))}
  }

  #if ${!staged}
  ${repeat(groups, (g) =>
    repeat(
      rows,
      (row) => `workgroupBarrier();
  shared_sums[thread] = ${total(g, row)};
  workgroupBarrier();
  if (keyLane == 0u) {
    for (var lane = 1u; lane < keyLanes; lane++) {
      ${total(g, row)} = ${add(row, total(g, row), "shared_sums[lane * queryLanes + queryLane]")};
    }
  }`,
    ),
  )}
  if (keyLane > 0u) { return; }
  #endif

  let base = (slice.partsBefore + part) * ${u32(rows)} * slice.queries;
  ${repeat(queriesPerThread, (i) => {
    const group = Math.floor(i / width);
    return `if (firstQuery + ${u32(i * queryLanes)} < slice.queries) {
    ${repeat(rows, (row) => `partials[base + ${u32(row)} * slice.queries + query${i}] = ${component(total(group, row), i % width)};`)}
  }`;
  })}
}

${kernelFunction(kernel.shader)}
`;
}
