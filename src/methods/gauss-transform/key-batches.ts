/** Gives points to kernels in batches. */

import { countingSort } from "../../common/counting-sort.ts";
import type { Matrix } from "../../data/matrix.ts";
import { type Axis, positions } from "../transform/axis.ts";
import type { Yielder } from "../transform/transform.ts";
import { fillCoordinates, placesOf } from "./places.ts";

/** Points between two readings of the clock. */
export const KEYS_PER_BATCH = 4096;
/** Grids beyond this many bytes are visited in an order that keeps the cache warm. */
const CACHE_BYTES = 2 ** 23;
/** Grid points on a side of the blocks that are visited one after the other. */
const SIDE = 8;

/** Where a kernel takes a batch of points from. */
interface Destination {
  readonly coordinates: Float64Array;
  readonly places: Float64Array;
}

export class KeyBatches {
  private readonly axes: readonly Axis[];
  private readonly to: Destination;
  private readonly inBlocks: boolean;

  /**
   * For a kernel of a grid of these axes, so many numbers a point, or of its rows from grid point `from` of the first axis on. Whether points are
   * visited in blocks, and in which order, depends on the whole grid alone: so the sums at a grid point are the same
   * numbers, whichever worker computes which part.
   */
  constructor(axes: readonly Axis[], numbers: number, to: Destination, from = 0) {
    this.axes = axes;
    this.to = to;
    to.places.set(placesOf(axes, from));
    const bytes = axes.reduce((product, { length }) => product * length, 8 * numbers);
    this.inBlocks = axes.length > 1 && bytes > CACHE_BYTES;
  }

  /** Visits points from … to − 1 of an order, or of themselves, which the kernel has then. */
  async each(
    points: Matrix,
    yieldToEventLoop: Yielder,
    visit: (from: number, to: number, order: Uint32Array | undefined) => void,
  ): Promise<void> {
    const order = this.inBlocks ? this.orderOf(points) : undefined;
    for (let from = 0; from < points.count; from += KEYS_PER_BATCH) {
      const to = Math.min(from + KEYS_PER_BATCH, points.count);
      fillCoordinates(this.axes, points, from, to, order, this.to.coordinates);
      visit(from, to, order);
      await yieldToEventLoop();
    }
  }

  /** The points' indices by blocks of columns of the whole grid. */
  private orderOf(points: Matrix): Uint32Array {
    const [rows, columns] = this.axes;
    const [x, y] = [0, 1].map(() => new Float64Array(KEYS_PER_BATCH));
    const across = Math.ceil(columns.length / SIDE) + 1;
    const blockOf = new Uint32Array(points.count);
    for (let from = 0; from < points.count; from += KEYS_PER_BATCH) {
      const to = Math.min(from + KEYS_PER_BATCH, points.count);
      positions(rows, points, 0, from, to, undefined, x);
      positions(columns, points, 1, from, to, undefined, y);
      // Those that have no place are in the first block.
      for (let b = 0; b < to - from; b++)
        blockOf[from + b] = ((x[b] / SIDE) | 0) * across + ((y[b] / SIDE) | 0);
    }
    return countingSort(blockOf, (Math.ceil(rows.length / SIDE) + 1) * across).order;
  }
}
