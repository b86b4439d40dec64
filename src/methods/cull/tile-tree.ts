/**
 * Points sorted so that neighbours lie together, in tiles of a few dozen, all full but the last, with the boxes of tiles and
 * of groups of tiles: a k-d tree (Bentley 1975) in float64.
 */
import type { Matrix } from "../../data/matrix.ts";

export class TileTree {
  readonly count: number;
  readonly dims: number;
  /** The points' indices in the tree's order. */
  readonly order: Uint32Array;
  /** Their coordinates in that order, one array a coordinate. */
  readonly coordinates: readonly Float64Array[];
  /** For node i (children 2i + 1 and 2i + 2): the least, then the largest coordinates of its points. */
  readonly boxes: Float64Array;
  readonly tile: number;
  private readonly bandwidth: readonly number[];

  /** Only the points with these indices, where they are given. */
  constructor(
    { data, dims, count }: Matrix,
    bandwidth: readonly number[],
    tile: number,
    indices?: ArrayLike<number>,
  ) {
    this.dims = dims;
    this.bandwidth = bandwidth;
    this.tile = tile;
    this.order = new Uint32Array(indices?.length ?? count);
    for (let i = 0; i < this.order.length; i++) this.order[i] = indices ? indices[i] : i;
    this.count = this.order.length;
    this.coordinates = Array.from({ length: dims }, (_, j) => {
      const x = new Float64Array(this.count);
      for (let i = 0; i < x.length; i++) x[i] = data[this.order[i] * dims + j];
      return x;
    });
    let nodes = 1;
    for (let tiles = Math.ceil(this.count / tile); tiles > 1; tiles = Math.ceil(tiles / 2))
      nodes = 2 * nodes + 1;
    this.boxes = new Float64Array(nodes * 2 * dims);
    if (this.count > 0) this.build(0, 0, this.count);
  }

  /** The tree of which this is a copy that has lost its methods. */
  static deserialise(copy: TileTree): TileTree {
    return Object.assign(Object.create(TileTree.prototype), copy);
  }

  private build(node: number, from: number, to: number): void {
    const { dims, coordinates, bandwidth, boxes } = this;
    const box = node * 2 * dims;
    let widest = 0;
    let width = -1;
    for (let j = 0; j < dims; j++) {
      const x = coordinates[j];
      let least = Infinity;
      let largest = -Infinity;
      for (let i = from; i < to; i++) {
        if (x[i] < least) least = x[i];
        if (x[i] > largest) largest = x[i];
      }
      boxes[box + j] = least;
      boxes[box + dims + j] = largest;
      if ((largest - least) / bandwidth[j] > width) [widest, width] = [j, (largest - least) / bandwidth[j]];
    }
    if (to - from <= this.tile) return;
    const midpoint = this.middleOf(from, to);
    if (width > 0) this.select(from, to - 1, midpoint, coordinates[widest]);
    this.build(2 * node + 1, from, midpoint);
    this.build(2 * node + 2, midpoint, to);
  }

  /** Where a node is cut: on the border of two tiles, so that every tile but the last is full. */
  private middleOf(from: number, to: number): number {
    const tiles = Math.ceil((to - from) / this.tile);
    return from + Math.ceil(tiles / 2) * this.tile;
  }

  /** Quickselect (Hoare): after it, the points from … k − 1 lie at or below k … to in the coordinate x. */
  private select(from: number, to: number, k: number, x: Float64Array): void {
    const { order, coordinates } = this;
    while (from < to) {
      const pivot = pivotOf(x, from, to);
      let left = from;
      let right = to;
      while (left <= right) {
        while (x[left] < pivot) left++;
        while (x[right] > pivot) right--;
        if (left > right) break;
        const swap = order[left];
        order[left] = order[right];
        order[right] = swap;
        for (let j = 0; j < coordinates.length; j++) {
          const y = coordinates[j];
          const number = y[left];
          y[left] = y[right];
          y[right] = number;
        }
        left++;
        right--;
      }
      if (k <= right) to = right;
      else if (k >= left) from = left;
      else return;
    }
  }

  /** Visits nodes from the root down, into the children of those for which `enter` says so; tiles have no children. */
  descend(enter: (node: number, from: number, to: number, isTile: boolean) => boolean): void {
    const visit = (node: number, from: number, to: number): void => {
      const isTile = to - from <= this.tile;
      if (!enter(node, from, to, isTile) || isTile) return;
      const midpoint = this.middleOf(from, to);
      visit(2 * node + 1, from, midpoint);
      visit(2 * node + 2, midpoint, to);
    };
    if (this.count > 0) visit(0, 0, this.count);
  }

  /**
   * Enters tiles, the more promising child first; `tile` reads the places from … to − 1 and says which bound a node must
   * exceed from then on.
   */
  nearestFirst(bound: (node: number) => number, tile: (from: number, to: number) => number): void {
    let least = -Infinity;
    const visit = (node: number, from: number, to: number, most: number): void => {
      if (!(most > least)) return;
      if (to - from <= this.tile) {
        least = tile(from, to);
        return;
      }
      const midpoint = this.middleOf(from, to);
      const left = bound(2 * node + 1);
      const right = bound(2 * node + 2);
      if (right <= left) visit(2 * node + 1, from, midpoint, left);
      visit(2 * node + 2, midpoint, to, right);
      if (right > left) visit(2 * node + 1, from, midpoint, left);
    };
    if (this.count > 0) visit(0, 0, this.count, Infinity);
  }

  /**
   * The place in the tree's order of the point with the largest score, by depth first into the more promising child;
   * `bound` is no less than the score of any point of a node. Of equals, the one with the least index.
   * @param tiles the search ends after this number of tiles, with the best of these
   */
  best(
    bound: (node: number) => number,
    score: (place: number) => number,
    tiles = Infinity,
  ): { place: number; score: number } {
    let remaining = tiles;
    const nearest = { place: -1, score: -Infinity };
    const visit = (node: number, from: number, to: number, most: number): void => {
      if (most < nearest.score || remaining === 0) return;
      if (to - from <= this.tile) {
        remaining--;
        for (let place = from; place < to; place++) {
          const placeScore = score(place);
          if (placeScore < nearest.score) continue;
          if (
            placeScore === nearest.score &&
            nearest.place >= 0 &&
            this.order[place] > this.order[nearest.place]
          )
            continue;
          nearest.place = place;
          nearest.score = placeScore;
        }
        return;
      }
      const midpoint = this.middleOf(from, to);
      const left = bound(2 * node + 1);
      const right = bound(2 * node + 2);
      if (right > left) {
        visit(2 * node + 2, midpoint, to, right);
        visit(2 * node + 1, from, midpoint, left);
      } else {
        visit(2 * node + 1, from, midpoint, left);
        visit(2 * node + 2, midpoint, to, right);
      }
    };
    if (this.count > 0) visit(0, 0, this.count, Infinity);
    return nearest;
  }
}

/** The median of three medians of three, so that parts are nearly halves. */
function pivotOf(x: Float64Array, from: number, to: number): number {
  const step = (to - from) >> 3;
  const medianAt = (i: number) => median(x[i], x[i + step], x[i + 2 * step]);
  return median(medianAt(from), medianAt(from + 3 * step), medianAt(to - 2 * step));
}

const median = (a: number, b: number, c: number): number =>
  Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
