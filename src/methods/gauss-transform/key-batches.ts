/** Gives points to kernels in batches, in an order that keeps the cache warm. */

import type { Matrix } from "../../data/matrix.ts";
import { type Axis, positions } from "../transform/axis.ts";
import type { Yielder } from "../transform/transform.ts";
import { fillCoordinates, placesOf } from "./places.ts";

/** Points between two readings of the clock. */
export const KEYS_PER_BATCH = 4096;
/** Grids beyond this many bytes are visited block by block. */
const CACHE_BYTES = 2 ** 23;
/** Grid points on a side of a block, which has all of the last axis. */
const SIDE = 8;

/** Where a kernel takes a batch of points from. */
interface Destination {
  readonly coordinates: Float64Array;
  readonly places: Float64Array;
}

/** Visits points batch by batch, which the kernel of a grid of these axes has then, or that of its rows from grid point `from` of the first axis on. */
export async function eachBatch(
  axes: readonly Axis[],
  to: Destination,
  points: Matrix,
  yieldToEventLoop: Yielder,
  visit: (from: number, to: number) => void,
  from = 0,
): Promise<void> {
  to.places.set(placesOf(axes, from));
  for (let first = 0; first < points.count; first += KEYS_PER_BATCH) {
    const last = Math.min(first + KEYS_PER_BATCH, points.count);
    fillCoordinates(axes, points, first, last, to.coordinates);
    visit(first, last);
    await yieldToEventLoop();
  }
}

/**
 * The place of each point in an order by blocks of a grid of these axes, with so many numbers a grid point; undefined where the cache holds the grid. It depends on the
 * whole grid alone: so the sums at a grid point are the same numbers, whichever worker computes which part.
 */
export async function placesByBlock(
  axes: readonly Axis[],
  numbers: number,
  points: Matrix,
  yieldToEventLoop: Yielder,
): Promise<Uint32Array | undefined> {
  const bytes = axes.reduce((product, { length }) => product * length, 8 * numbers);
  if (axes.length === 1 || bytes <= CACHE_BYTES) return undefined;
  const [rows, columns] = axes;
  const [x, y] = [0, 1].map(() => new Float64Array(KEYS_PER_BATCH));
  const across = Math.ceil(columns.length / SIDE) + 1;
  const next = new Uint32Array((Math.ceil(rows.length / SIDE) + 1) * across + 1);
  const places = new Uint32Array(points.count);
  for (let from = 0; from < points.count; from += KEYS_PER_BATCH) {
    const to = Math.min(from + KEYS_PER_BATCH, points.count);
    positions(rows, points, 0, from, to, x);
    positions(columns, points, 1, from, to, y);
    // Those that have no place on the grid are in the first block.
    for (let b = 0; b < to - from; b++) {
      const block = ((x[b] / SIDE) | 0) * across + ((y[b] / SIDE) | 0);
      places[from + b] = block;
      next[block + 1]++;
    }
    await yieldToEventLoop();
  }
  for (let block = 1; block < next.length; block++) next[block] += next[block - 1];
  for (let i = 0; i < places.length; i++) places[i] = next[places[i]]++;
  return places;
}

/** The rows, each at its place: reading and writing go along few lines of memory at a time, where visits in the blocks' order would jump. */
export async function atPlaces(
  matrix: Matrix,
  places: Uint32Array,
  yieldToEventLoop: Yielder,
): Promise<Matrix> {
  const { data, dims, count } = matrix;
  const sorted = new Float64Array(data.length);
  for (let first = 0; first < count; first += KEYS_PER_BATCH) {
    const last = Math.min(first + KEYS_PER_BATCH, count);
    for (let i = first, from = first * dims; i < last; i++)
      for (let j = 0, to = places[i] * dims; j < dims; j++) sorted[to++] = data[from++];
    await yieldToEventLoop();
  }
  return { data: sorted, dims, count };
}
