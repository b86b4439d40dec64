/** Visits points in batches, with their positions on a grid. */

import { countingSort } from "../../common/counting-sort.ts";
import type { Matrix } from "../../data/matrix.ts";
import { type Axis, positions } from "../transform/axis.ts";
import type { Yielder } from "../transform/transform.ts";

/** Points between two readings of the clock. */
export const KEYS_PER_BATCH = 4096;
/** Grids beyond this many bytes are visited in an order that keeps the cache warm. */
const CACHE_BYTES = 2 ** 23;
/** Grid points on a side of the blocks that are visited one after the other. */
const SIDE = 8;

export class KeyBatches {
  /** Positions of a batch of points, axis by axis; below 0, or beyond the first axis, where the grid has no such place. */
  readonly at: readonly Float64Array[];
  private readonly axes: readonly Axis[];
  private readonly lengths: readonly number[];
  private readonly from: number;
  private readonly inBlocks: boolean;

  /**
   * For a grid of these axes, so many numbers a point, with room for positions, or for `rows` of its first axis from grid point `from` on. Whether points are
   * visited in blocks, and in which order, depends on the whole grid alone: so the sums at a grid point are the same
   * numbers, whichever worker computes which part.
   */
  constructor(
    axes: readonly Axis[],
    numbers: number,
    at: readonly Float64Array[],
    from = 0,
    rows = axes[0].length,
  ) {
    this.axes = axes;
    this.lengths = [rows, ...axes.slice(1).map(({ length }) => length)];
    this.from = from;
    this.at = at;
    const bytes = axes.reduce((product, { length }) => product * length, 8 * numbers);
    this.inBlocks = axes.length > 1 && bytes > CACHE_BYTES;
  }

  /** Writes the indices of the cells of the batch's first `count` points; −1 where the grid has no such place. */
  cells(count: number, cells: Int32Array): void {
    const { at, lengths } = this;
    const [rows] = lengths;
    const [first] = at;
    for (let b = 0; b < count; b++) cells[b] = first[b] >= 0 && first[b] < rows ? Math.floor(first[b]) : -1;
    for (let a = 1; a < at.length; a++) {
      const length = lengths[a];
      const positions = at[a];
      for (let b = 0; b < count; b++)
        cells[b] = cells[b] >= 0 && positions[b] >= 0 ? cells[b] * length + Math.floor(positions[b]) : -1;
    }
  }

  /** Visits points from … to − 1 of an order, or of themselves, whose positions are in `at`. */
  async each(
    points: Matrix,
    yieldToEventLoop: Yielder,
    visit: (from: number, to: number, order: Uint32Array | undefined) => void,
  ): Promise<void> {
    const order = this.inBlocks ? this.orderOf(points) : undefined;
    for (let from = 0; from < points.count; from += KEYS_PER_BATCH) {
      const to = Math.min(from + KEYS_PER_BATCH, points.count);
      for (let a = 0; a < this.axes.length; a++) this.locate(points, a, from, to, order);
      visit(from, to, order);
      await yieldToEventLoop();
    }
  }

  private locate(points: Matrix, axis: number, from: number, to: number, order?: Uint32Array): void {
    const at = this.at[axis];
    positions(this.axes[axis], points, axis, from, to, order, at);
    if (axis === 0 && this.from > 0) for (let b = 0; b < to - from; b++) at[b] -= this.from;
  }

  /** The points' indices by blocks of columns of the whole grid. */
  private orderOf(points: Matrix): Uint32Array {
    const { axes, at, from: firstRow } = this;
    const lengths = axes.map(({ length }) => length);
    const across = Math.ceil(lengths[1] / SIDE) + 1;
    const blockOf = new Uint32Array(points.count);
    for (let from = 0; from < points.count; from += KEYS_PER_BATCH) {
      const to = Math.min(from + KEYS_PER_BATCH, points.count);
      for (const a of [0, 1]) this.locate(points, a, from, to);
      for (let b = 0; b < to - from; b++) {
        const x = Math.min(Math.max(at[0][b] + firstRow, 0), lengths[0]);
        const y = Math.max(at[1][b], 0);
        blockOf[from + b] = Math.floor(x / SIDE) * across + Math.floor(y / SIDE);
      }
    }
    return countingSort(blockOf, (Math.ceil(lengths[0] / SIDE) + 1) * across).order;
  }
}
