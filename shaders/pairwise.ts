/**
 * Stage 1, tiled pairwise kernel evaluation. A workgroup takes a block of queries and one part of the keys. Keys pass
 * through workgroup memory a tile at a time; each thread holds several queries in registers, so that a key read once
 * serves them all. Where queries are few, key lanes read the keys of a tile straight from memory, each its own, and
 * their sums are added at the end; where keys are few, a tile is not worth its barriers.
 *
 *   partials[part][row][query]   row 0: Σ α;  if something is tracked, row 1: `near`;  then Σ α·moment for each moment, which is the
 *   value of a column by default; monomials are of the differences that α sees, so (q − k)·scale/h
 *
 * Culled, the keys are one part, in tiles of neighbours, and a block passes over the tiles that cannot matter to it: bits
 * that shaders/reach.ts left, the same for the whole workgroup, so that barriers stay where all threads meet. As many of the next tiles in
 * reach as fit workgroup memory are taken at a time; only the last tile of all may not be full.
 *
 * What threads hold is written row by row, in a loop: barriers written out for each row would take the compiler longer than all else.
 *
 * Sums have two levels, of 32 keys each and over the part (culled, two more between them): a long sum of like terms drifts by a
 * rounding each. CPU twin: src/methods/dense/cpu/pairwise.ts.
 */
import { type Moment, plainMoments } from "../src/problem/moments.ts";
import { changeOfPair, weightOfPair } from "./distance.ts";
import { kernelFunction } from "./kernel.ts";
import { FAR, firstValueRow, type PairwiseOptions, partialRows } from "./partials.ts";
import { keyNumber, keyRows, recordLayout, recordPart } from "./record.ts";
import { repeat, u32, vectorType, wgsl } from "./text.ts";

/** Terms of the lowest sums. */
export const KEYS_PER_SUM = 32;
/** Lanes that are added first, before those sums are. */
export const LANES_PER_SUM = 8;

export function pairwise(options: PairwiseOptions): string {
  const { kernel, dims, columns, encoding, tiling, track, culled } = options;
  const { queryLanes, keyLanes, queriesPerThread, keysPerTile, staged } = tiling;
  const width = queriesPerThread % 4 === 0 ? 4 : queriesPerThread === 2 ? 2 : 1;
  const groups = queriesPerThread / width;
  const fixed = encoding === "fixed";
  const number = fixed ? "i32" : "f32";
  const numbers = keyRows(options);
  const layout = recordLayout(numbers.count);
  const record = vectorType(layout.width, number);
  const moments = options.moments ?? plainMoments(columns, dims);
  const rows = partialRows(moments.length, track !== undefined);
  const float = (text: string) => (fixed ? `bitcast<f32>(${text})` : text);

  const query = (group: number, j: number) => {
    const numbers = repeat(
      width,
      (i) => `queries[${u32(j)} * slice.queries + query${group * width + i}]`,
      ", ",
    );
    return width === 1 ? numbers : `${vectorType(width, number)}(${numbers})`;
  };
  /** Vector v of the record of the key `key`, gathered from the rows of the keys; what is left over is 0. */
  const recordVector = (v: number) => {
    const number = (i: number) => (i < numbers.count ? keyNumber(i, "key", "slice.keys") : "0");
    return `${record}(${repeat(layout.width, (i) => number(v * layout.width + i), ", ")})`;
  };
  const value = (column: number) => float(recordPart(layout, numbers.values + column));
  const namesOf = (group: number) => ({
    query: (j: number) => `q${group}_${j}`,
    key: (j: number) => recordPart(layout, j),
    step: "slice.step",
    keyWeight: float(recordPart(layout, numbers.weight)),
    perWidth: float(recordPart(layout, numbers.perWidth)),
    suffix: `_${group}`,
  });
  const pair = (group: number) => weightOfPair(options, namesOf(group));
  /** α times the moment. */
  const weighed = ({ column, powers }: Moment, group: number) =>
    [
      `a_${group}`,
      ...(column === undefined ? [] : [`v${column}`]),
      ...powers.flatMap((power, j) =>
        new Array<string>(power).fill(fixed ? `d${j}_${group} * slice.step` : `d${j}_${group}`),
      ),
    ].join(" * ");
  const isSum = track === "change";
  const isMinimum = track !== undefined && !isSum;
  const near = (group: number) =>
    isSum
      ? `${changeOfPair(options, namesOf(group))} block_near${group} += change_${group};`
      : `near${group} = min(near${group}, ${track === "edge" ? `abs(1.0 - x_${group})` : `x_${group}`});`;
  const component = (name: string, i: number) => (width === 1 ? name : `${name}.${"xyzw"[i]}`);
  const values = firstValueRow(track !== undefined);
  const isNear = (row: number) => row > 0 && row < values;
  const rowOf = (group: number, row: number) =>
    row === 0 ? `sum${group}` : isNear(row) ? `near${group}` : `sum${group}_${row - values}`;
  /** The rows that add up. */
  const sums = [0, ...(isSum ? [1] : []), ...moments.map((_, i) => values + i)];
  const eachSum = (piece: (name: string) => string) =>
    repeat(groups, (g) => sums.map((row) => piece(rowOf(g, row))).join("\n"));
  const added = (left: string, right: string) =>
    !isMinimum
      ? `${left} + ${right}`
      : `select(${left} + ${right}, min(${left}, ${right}), 0u < row && row < ${u32(values)})`;

  /** Brings `count` keys into workgroup memory; `key` says which key comes to place i. */
  const fill = (key: string) => `workgroupBarrier();
    for (var i = thread; i < count; i += threads) {
      let key = ${key};
      ${repeat(layout.vectors, (v) => `tile[i * vectors + ${u32(v)}] = ${recordVector(v)};`)}
    }
    workgroupBarrier();`;
  /** Adds `count` keys, which lie in workgroup memory or from `start` on, to the sums of the level above. */
  const weigh = (above: string) => wgsl`
    for (var block = keyLane; block < count; block += keysPerSum * keyLanes) {
      let end = min(block + keysPerSum * keyLanes, count);
      ${eachSum((name) => `var block_${name} = V(0.0);`)}
      for (var i = block; i < end; i += keyLanes) {
        #if ${!staged}
        let key = start + i;
        #endif
        ${repeat(layout.vectors, (v) => `let r${v} = ${staged ? `tile[i * vectors + ${u32(v)}]` : recordVector(v)};`)}
        ${repeat(groups, pair)}
        ${repeat(groups, (g) => `block_sum${g} += a_${g};`)}
        ${repeat(columns, (c) => `let v${c} = ${value(c)};`)}
        ${repeat(groups, (g) => moments.map((moment, i) => `block_sum${g}_${i} += ${weighed(moment, g)};`).join("\n"))}
        #if ${track !== undefined}
        ${repeat(groups, near)}
        #endif
      }
      ${eachSum((name) => `${above}${name} += block_${name};`)}
    }`;

  return wgsl`
alias V = ${vectorType(width)};

struct Slice {
  queries: u32,
  keys: u32,
  #if ${culled !== undefined}
  ${culled?.members}
  #else
  keysPerPart: u32,
  firstPart: u32,
  partsBefore: u32,
  #endif
  step: f32,
}

@group(0) @binding(0) var<uniform> slice: Slice;
@group(0) @binding(1) var<storage, read> keys: array<${number}>;
@group(0) @binding(2) var<storage, read> queries: array<${number}>;
@group(0) @binding(3) var<storage, read_write> partials: array<f32>;
${culled?.binding ?? ""}

const keysPerTile = ${u32(keysPerTile)};
const keysPerSum = ${u32(KEYS_PER_SUM)};
const queryLanes = ${u32(queryLanes)};
const keyLanes = ${u32(keyLanes)};
const lanesPerSum = ${u32(Math.min(keyLanes, LANES_PER_SUM))};
const threads = queryLanes * keyLanes;
const vectors = ${u32(layout.vectors)};

#if ${staged}
var<workgroup> tile: array<${record}, keysPerTile * vectors>;
#endif
#if ${keyLanes > 1}
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

  ${eachSum((name) => `var ${name} = V(0.0);`)}
  #if ${isMinimum}
  ${repeat(groups, (g) => `var near${g} = V(${FAR});`)}
  #endif

  #if ${culled !== undefined}
  ${culled?.loop(keysPerTile, { eachSum, fill, weigh })}
  #else
  let part = slice.firstPart + workgroup.y;
  let partStart = part * slice.keysPerPart;
  let partEnd = min(partStart + slice.keysPerPart, slice.keys);
  for (var start = partStart; start < partEnd; start += keysPerTile) {
    let count = min(keysPerTile, partEnd - start);
    ${staged ? fill("start + i") : ""}
    ${weigh("")}
  }
  #endif

  let base = ${culled?.base ?? `(slice.partsBefore + part) * ${u32(rows)} * slice.queries`};
  for (var i = 0u; i < ${u32(groups * rows)}; i++) {
    let row = i % ${u32(rows)};
    var total = V(0.0);
    switch i {
      ${repeat(groups, (g) => repeat(rows, (row) => `case ${u32(g * rows + row)}: { total = ${rowOf(g, row)}; }`))}
      default: {}
    }
    #if ${keyLanes > 1}
    workgroupBarrier();
    shared_sums[thread] = total;
    workgroupBarrier();
    if (keyLane % lanesPerSum == 0u) {
      for (var lane = 1u; lane < lanesPerSum; lane++) {
        total = ${added("total", "shared_sums[thread + lane * queryLanes]")};
      }
      shared_sums[thread] = total;
    }
    ${keyLanes > LANES_PER_SUM ? "workgroupBarrier();" : ""}
    if (keyLane == 0u) {
      for (var lane = lanesPerSum; lane < keyLanes; lane += lanesPerSum) {
        total = ${added("total", "shared_sums[lane * queryLanes + queryLane]")};
      }
    }
    #endif
    let to = base + row * slice.queries;
    let query = firstQuery + i / ${u32(rows)} * ${u32(width * queryLanes)};
    ${repeat(width, (j) => `if (${keyLanes > 1 ? "keyLane == 0u && " : ""}query + ${u32(j * queryLanes)} < slice.queries) { partials[to + query + ${u32(j * queryLanes)}] = ${component("total", j)}; }`)}
  }
}

${kernelFunction(kernel.shader)}
`;
}
