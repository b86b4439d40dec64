/**
 * Which queries a shard matters for: where rows are in order, as in time, few. A query's sum over all shards is at least what any one
 * of them adds if all its rows lay in the furthest corner of its box; a shard that adds next to nothing to that, though all its rows lay at the
 * nearest point of its own box, is left out there.
 */
import type { Matrix } from "../data/matrix.ts";
import type { KernelName } from "../kernels/builtin.ts";
import { resolveKernel } from "../kernels/define.ts";
import type { Shape } from "../kernels/kernel.ts";

/** Where the keys of a shard lie, and what each weighs. */
export interface ShardBox {
  readonly rows: number;
  /** The least and the largest of each coordinate. */
  readonly ranges: readonly (readonly [number, number])[];
  /** The least and the largest sample weight. */
  readonly weights: readonly [number, number];
}

export interface Weighting {
  readonly kernel: KernelName;
  readonly shape: Shape;
  readonly bandwidth: readonly number[];
}

/** All that is left out together, of a sum, over the tolerance of its parts. */
const SHARE = 1e-3;

/** A lower bound for each query's log Σ α over all shards, leaving out one row; −Infinity where none is known. */
export function logFloors(
  queries: Float64Array,
  boxes: readonly ShardBox[],
  weighting: Weighting,
): Float64Array {
  const dims = weighting.bandwidth.length;
  const furthest = logWeightOf(weighting, (q, least, largest) =>
    Math.max(Math.abs(q - least), Math.abs(largest - q)),
  );
  const floors = new Float64Array(queries.length / dims).fill(-Infinity);
  for (const { rows, ranges, weights } of boxes) {
    const scale = Math.log(rows - 1) + Math.log(weights[0]);
    for (let q = 0; q < floors.length; q++)
      floors[q] = Math.max(floors[q], scale + furthest(queries, q, ranges));
  }
  return floors;
}

/** The indices of the queries for which a shard matters, of so many shards. */
export function reachedQueries(
  queries: Float64Array,
  floors: Float64Array,
  { rows, ranges, weights }: ShardBox,
  weighting: Weighting,
  { shards, tolerance }: { readonly shards: number; readonly tolerance: number },
): Uint32Array {
  const nearest = logWeightOf(weighting, (q, least, largest) => Math.max(least - q, q - largest, 0));
  const scale = Math.log(rows) + Math.log(weights[1]) - Math.log((SHARE * tolerance) / shards);
  const reached = new Uint32Array(floors.length);
  let count = 0;
  for (let q = 0; q < floors.length; q++) {
    const most = scale + nearest(queries, q, ranges);
    if (most > -Infinity && !(most < floors[q])) reached[count++] = q;
  }
  return reached.subarray(0, count);
}

/** log α at a distance from a box, which is found for each coordinate. */
function logWeightOf(
  { kernel: name, shape, bandwidth }: Weighting,
  distance: (q: number, least: number, largest: number) => number,
) {
  const kernel = resolveKernel(name);
  const isProduct = shape === "product";
  return (queries: Float64Array, query: number, ranges: ShardBox["ranges"]): number => {
    let sum = 0;
    for (const [j, [least, largest]] of ranges.entries()) {
      const u = distance(queries[query * bandwidth.length + j], least, largest) / bandwidth[j];
      sum += isProduct ? kernel.logAlpha(u) : u * u;
    }
    return isProduct ? sum : kernel.logAlpha(Math.sqrt(sum));
  };
}

/** The least and the largest finite number of each coordinate. */
export function rangesOf({ data, dims }: Pick<Matrix, "data" | "dims">): [number, number][] {
  return Array.from({ length: dims }, (_, j): [number, number] => {
    let [least, largest] = [Infinity, -Infinity];
    for (let i = j; i < data.length; i += dims)
      if (Number.isFinite(data[i])) [least, largest] = [Math.min(least, data[i]), Math.max(largest, data[i])];
    return [least, largest];
  });
}

/** The box of rows. */
export function boxOf(keys: Matrix, weights: Float64Array | undefined): ShardBox {
  let [light, heavy] = weights ? [Infinity, 0] : [1, 1];
  for (const weight of weights ?? []) [light, heavy] = [Math.min(light, weight), Math.max(heavy, weight)];
  return { rows: keys.count, ranges: rangesOf(keys), weights: [light, heavy] };
}

/** From the least to the largest of all. */
export const unionOfRanges = (ranges: readonly (readonly [number, number])[]): readonly [number, number] => [
  ranges.reduce((least, [each]) => Math.min(least, each), Infinity),
  ranges.reduce((largest, [, each]) => Math.max(largest, each), -Infinity),
];

/** The box around others. */
export const unionOf = (boxes: readonly ShardBox[]): ShardBox => ({
  rows: boxes.reduce((sum, { rows }) => sum + rows, 0),
  ranges: boxes[0].ranges.map((_, j) => unionOfRanges(boxes.map(({ ranges }) => ranges[j]))),
  weights: [
    Math.min(...boxes.map(({ weights }) => weights[0])),
    Math.max(...boxes.map(({ weights }) => weights[1])),
  ],
});

/** Whether rows lie in a box that was claimed of them. */
export const liesIn = (own: ShardBox, claimed: ShardBox): boolean =>
  own.rows === claimed.rows &&
  own.weights[0] >= claimed.weights[0] &&
  own.ranges.every(([least, largest], j) => least >= claimed.ranges[j][0] && largest <= claimed.ranges[j][1]);
