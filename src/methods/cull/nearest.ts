/** The keys nearest to a point, in units of the bandwidth (radial). */
import type { Matrix } from "../../data/matrix.ts";
import type { TileTree } from "./tile-tree.ts";

/** Minus squared distances from a point: from its nearest point of a box, and from a key. */
function scores({ dims, coordinates, boxes }: TileTree, bandwidth: readonly number[], point: Float64Array) {
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

/** How far from every query the key is that has `rank` − 1 nearer ones. */
export function neighbourDistances(
  tree: TileTree,
  bandwidth: readonly number[],
  queries: Matrix,
  rank: number,
): Float64Array {
  const { dims } = tree;
  const point = new Float64Array(dims);
  const { bound, score } = scores(tree, bandwidth, point);
  const best = new Float64Array(rank);
  return Float64Array.from({ length: queries.count }, (_, query) => {
    point.set(queries.data.subarray(query * dims, (query + 1) * dims));
    // A heap of the best scores, the worst of them on top; nodes are entered nearest first.
    best.fill(-Infinity);
    tree.nearestFirst(bound, (from, to) => {
      for (let place = from; place < to; place++) {
        const placeScore = score(place);
        if (placeScore > best[0]) replaceTop(best, placeScore);
      }
      return best[0];
    });
    return Math.sqrt(-best[0]);
  });
}

/** Puts a number in the place of the least of a heap. */
function replaceTop(heap: Float64Array, number: number): void {
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && heap[child + 1] < heap[child]) child++;
    if (heap[child] >= number) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = number;
}
