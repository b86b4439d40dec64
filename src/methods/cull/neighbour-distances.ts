/** Distances to the k-th nearest key, if keys may stand for several rows each. */
import type { Matrix } from "../../data/matrix.ts";
import type { Problem } from "../../problem/problem.ts";
import { scores } from "./nearest.ts";
import type { TileTree } from "./tile-tree.ts";

/** The distance from every query to the row that has `rank` − 1 nearer ones: see `LoadedProblem.distances`. */
export function neighbourDistances(
  { bandwidth, stretched, keyWeights }: Problem,
  tree: TileTree,
  queries: Matrix,
  rank: number,
): Float64Array {
  const { dims, order } = tree;
  const copies = keyWeights?.copies;
  const point = new Float64Array(dims);
  // Along the other coordinates nothing is apart.
  const units = stretched ? bandwidth.map((h, j) => (stretched[j] ? h : Infinity)) : bandwidth;
  const { bound, score } = scores(tree, units, point);
  const nearest = new NearestRows(Math.min(rank, tree.count), rank);
  return Float64Array.from({ length: queries.count }, (_, query) => {
    point.set(queries.data.subarray(query * dims, (query + 1) * dims));
    nearest.clear();
    tree.nearestFirst(bound, (from, to) => {
      for (let place = from; place < to; place++)
        nearest.add(score(place), copies ? copies[order[place]] : 1);
      return nearest.least;
    });
    return Math.sqrt(-nearest.least);
  });
}

/** The keys with the best scores that stand for `rank` rows together: a heap, the worst of them on top. */
class NearestRows {
  /** The worst score that is among the best `rank` rows; −∞ while there are fewer rows. */
  least = -Infinity;
  private readonly scores: Float64Array;
  private readonly copies: Float64Array;
  private readonly rank: number;
  private size = 0;
  private rows = 0;

  /** @param capacity the most keys that are needed */
  constructor(capacity: number, rank: number) {
    this.scores = new Float64Array(capacity + 1);
    this.copies = new Float64Array(capacity + 1);
    this.rank = rank;
  }

  clear(): void {
    [this.least, this.size, this.rows] = [-Infinity, 0, 0];
  }

  add(score: number, copies: number): void {
    if (!(score > this.least)) return;
    this.rows += copies;
    let at = this.size++;
    for (let up = (at - 1) >> 1; at > 0 && score < this.scores[up]; up = (at - 1) >> 1) {
      this.move(up, at);
      at = up;
    }
    this.scores[at] = score;
    this.copies[at] = copies;
    while (this.rows - this.copies[0] >= this.rank) this.removeTop();
    if (this.rows >= this.rank) this.least = this.scores[0];
  }

  private removeTop(): void {
    this.rows -= this.copies[0];
    const last = --this.size;
    const score = this.scores[last];
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= last) break;
      if (child + 1 < last && this.scores[child + 1] < this.scores[child]) child++;
      if (this.scores[child] >= score) break;
      this.move(child, at);
      at = child;
    }
    this.move(last, at);
  }

  private move(from: number, to: number): void {
    this.scores[to] = this.scores[from];
    this.copies[to] = this.copies[from];
  }
}
