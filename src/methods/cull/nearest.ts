/** The keys nearest to a point, in units of the bandwidth (radial). */
import type { Matrix } from "../../data/matrix.ts";
import type { TileTree } from "./tile-tree.ts";

/** Minus squared distances from a point: from its nearest point of a box, and from a key. */
export function scores(
  { dims, coordinates, boxes }: TileTree,
  bandwidth: readonly number[],
  point: Float64Array,
) {
  const bound = (node: number) => {
    let squared = 0;
    for (let j = 0; j < dims; j++) {
      const low = boxes[node * 2 * dims + j];
      const high = boxes[node * 2 * dims + dims + j];
      squared += (Math.max(low - point[j], point[j] - high, 0) / bandwidth[j]) ** 2;
    }
    return -squared;
  };
  const score = (place: number) => {
    let squared = 0;
    for (let j = 0; j < dims; j++) squared += ((point[j] - coordinates[j][place]) / bandwidth[j]) ** 2;
    return -squared;
  };
  return { bound, score };
}

/** The index of the key nearest to each of the queries, the first of equals. */
export function nearestKeys(
  tree: TileTree,
  bandwidth: readonly number[],
  queries: Matrix,
  indices: readonly number[],
): number[] {
  const { dims } = tree;
  const point = new Float64Array(dims);
  const { bound, score } = scores(tree, bandwidth, point);
  return indices.map((query) => {
    point.set(queries.data.subarray(query * dims, (query + 1) * dims));
    return tree.order[tree.best(bound, score).place];
  });
}
