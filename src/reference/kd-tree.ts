/**
 * A k-d tree over the keys in float64, measuring in units of the bandwidth. It answers what single precision cannot:
 * who is nearest, and which keys carry weight for a query that is far from all of them. (Bentley 1975.)
 */
import { type Kernel, logWeight, type Shape } from "../kernels.ts";

const LEAF = 16;

export class KdTree {
  readonly count: number;
  readonly dims: number;
  private readonly points: Float64Array;
  private readonly bandwidth: readonly number[];
  /** Keys' indices, permuted so that every node owns a run of them. */
  private readonly order: Uint32Array;
  /** For node i (children 2i+1, 2i+2): the least, then the largest coordinates of its keys. */
  private readonly boxes: Float64Array;

  constructor(keys: Float64Array, dims: number, bandwidth: readonly number[]) {
    this.dims = dims;
    this.count = keys.length / dims;
    this.points = keys;
    this.bandwidth = bandwidth;
    this.order = Uint32Array.from({ length: this.count }, (_, i) => i);
    let nodes = 1;
    for (let size = this.count; size > LEAF; size = Math.ceil(size / 2)) nodes = 2 * nodes + 1;
    this.boxes = new Float64Array(nodes * 2 * dims);
    this.build(0, 0, this.count);
  }

  private build(node: number, from: number, to: number): void {
    const { dims, points, bandwidth, order, boxes } = this;
    const box = node * 2 * dims;
    let widest = 0;
    let width = -1;
    for (let j = 0; j < dims; j++) {
      let least = Infinity;
      let largest = -Infinity;
      for (let i = from; i < to; i++) {
        const x = points[order[i] * dims + j];
        if (x < least) least = x;
        if (x > largest) largest = x;
      }
      boxes[box + j] = least;
      boxes[box + dims + j] = largest;
      if ((largest - least) / bandwidth[j] > width) [widest, width] = [j, (largest - least) / bandwidth[j]];
    }
    if (to - from <= LEAF) return;
    const middle = (from + to + 1) >> 1;
    this.select(from, to - 1, middle, widest);
    this.build(2 * node + 1, from, middle);
    this.build(2 * node + 2, middle, to);
  }

  /** Quickselect (Hoare): after it, order[from … k−1] lie at or below order[k … to] in coordinate j. */
  private select(from: number, to: number, k: number, j: number): void {
    const { dims, points, order } = this;
    const at = (i: number) => points[order[i] * dims + j];
    while (from < to) {
      const pivot = at((from + to) >> 1);
      let left = from;
      let right = to;
      while (left <= right) {
        while (at(left) < pivot) left++;
        while (at(right) > pivot) right--;
        if (left <= right) {
          const swap = order[left];
          order[left++] = order[right];
          order[right--] = swap;
        }
      }
      if (k <= right) to = right;
      else if (k >= left) from = left;
      else return;
    }
  }

  /**
   * Visits the keys whose log weight may be at least what `least()` says, nearer boxes first; `least` may rise while
   * the visit goes on.
   */
  visit(
    query: Float64Array,
    kernel: Kernel,
    shape: Shape,
    least: () => number,
    found: (key: number, logWeight: number) => void,
  ): void {
    const { dims, points, bandwidth, order, boxes } = this;
    const weigh = (offset: (j: number) => number) => logWeight(kernel, shape, dims, offset);
    const bound = (node: number) => {
      const box = node * 2 * dims;
      return weigh(
        (j) => Math.max(boxes[box + j] - query[j], query[j] - boxes[box + dims + j], 0) / bandwidth[j],
      );
    };
    const descend = (node: number, best: number, from: number, to: number): void => {
      if (best < least() || best === -Infinity) return;
      if (to - from <= LEAF) {
        for (let i = from; i < to; i++) {
          const key = order[i];
          const weight = weigh((j) => (query[j] - points[key * dims + j]) / bandwidth[j]);
          if (weight > -Infinity && weight >= least()) found(key, weight);
        }
        return;
      }
      const middle = (from + to + 1) >> 1;
      const left = bound(2 * node + 1);
      const right = bound(2 * node + 2);
      if (left >= right) {
        descend(2 * node + 1, left, from, middle);
        descend(2 * node + 2, right, middle, to);
      } else {
        descend(2 * node + 2, right, middle, to);
        descend(2 * node + 1, left, from, middle);
      }
    };
    descend(0, bound(0), 0, this.count);
  }

  /** The key nearest to the query in units of the bandwidth (radial), the first of equals. */
  nearest(query: Float64Array): number {
    let best = -Infinity;
    let nearest = -1;
    this.visit(
      query,
      distanceOnly,
      "radial",
      () => best,
      (key, weight) => {
        if (weight > best || key < nearest || nearest < 0) nearest = key;
        best = weight;
      },
    );
    return nearest;
  }
}

/** −u: not a kernel, but it orders keys by distance. */
const distanceOnly = { logAlpha: (u: number) => -u } as Kernel;
