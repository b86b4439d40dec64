/**
 * The keys that may matter to any of some queries, without sorting: a coarse grid says which cells have keys, and from that which cells are in
 * reach of boxes around the queries. Where queries lie at the rim of the data, as those that another method leaves do, it is a small share of the keys.
 */
import { countingSort } from "../../common/counting-sort.ts";
import { type Extent, extentsOf } from "../../data/extents.ts";
import { type Matrix, rowsOf } from "../../data/matrix.ts";
import { CELLS, QUERY_BOXES } from "./cost.ts";

/**
 * The keys' indices in their order.
 * @param reach the largest squared distance in bandwidths that matters where the nearest key's is at most so much
 * @param withoutSelf whether queries are keys, each of which is left out for itself
 */
export function nearKeys(
  keys: Matrix,
  bandwidth: readonly number[],
  queries: Matrix,
  indices: readonly number[],
  reach: (nearest: number) => number,
  withoutSelf = false,
): Uint32Array {
  const { dims } = keys;
  const { axes, cellOf, counts, filled } = cellGridOf(keys);
  const across = axes[0].cells;

  /** Of each filled cell, its place in the tables of an axis. */
  const places = axes.map((_, j) =>
    filled.map((cell) => j * across + (Math.floor(cell / across ** (dims - 1 - j)) % across)),
  );
  const isNear = new Uint8Array(counts.length);
  const [lower, higher] = [new Float64Array(filled.length), new Float64Array(filled.length)];
  const upper = new Float64Array(dims * across);
  const nearest = new Float64Array(dims * across);
  for (const box of boxesOf(rowsOf(queries, indices))) {
    for (const [j, { least, side, slack }] of axes.entries())
      for (let c = 0; c < across; c++) {
        const [from, to] = [least + c * side, least + (c + 1) * side];
        const apart = Math.max(from - box[j].most, box[j].least - to);
        const furthest = Math.max(to - box[j].least, box[j].most - from);
        nearest[j * across + c] = (Math.max(apart - slack, 0) / bandwidth[j]) ** 2;
        upper[j * across + c] = ((furthest + slack) / bandwidth[j]) ** 2;
      }
    lower.fill(0);
    higher.fill(0);
    for (const place of places)
      for (let f = 0; f < place.length; f++) {
        lower[f] += nearest[place[f]];
        higher[f] += upper[place[f]];
      }
    let most = Infinity;
    // A cell of one key may hold none but the query.
    for (let f = 0; f < higher.length; f++)
      if (higher[f] < most && !(withoutSelf && counts[filled[f]] === 1)) most = higher[f];
    const limit = reach(most);
    for (let f = 0; f < filled.length; f++) if (lower[f] <= limit) isNear[filled[f]] = 1;
  }
  let near = 0;
  for (const cell of filled) if (isNear[cell] === 1) near += counts[cell];
  const result = new Uint32Array(near);
  for (let i = 0, at = 0; at < near; i++) if (isNear[cellOf[i]] === 1) result[at++] = i;
  return result;
}

interface CellGrid {
  readonly axes: readonly Axis[];
  /** The cell of each key, and how many keys each cell has. */
  readonly cellOf: Uint16Array;
  readonly counts: Uint32Array;
  /** Cells that have keys. */
  readonly filled: Uint32Array;
}

/** Of keys that were asked for already: a search for bandwidths asks for the same ones again and again. */
const grids = new WeakMap<Matrix, CellGrid>();

function cellGridOf(keys: Matrix): CellGrid {
  const known = grids.get(keys);
  if (known) return known;
  const axes = axesOf(keys, CELLS);
  const cellOf = cellsOf(keys, axes);
  const counts = new Uint32Array(axes[0].cells ** keys.dims);
  for (let i = 0; i < cellOf.length; i++) counts[cellOf[i]]++;
  const filled = Uint32Array.from(counts.keys()).filter((cell) => counts[cell] > 0);
  const grid = { axes, cellOf, counts, filled };
  grids.set(keys, grid);
  return grid;
}

/** Boxes around the points: of each, or of each cell of a grid over them. */
function boxesOf(points: Matrix): readonly (readonly Extent[])[] {
  const { data, dims, count } = points;
  const most = QUERY_BOXES[dims - 1];
  if (count <= most)
    return Array.from({ length: count }, (_, i) =>
      Array.from(data.subarray(i * dims, (i + 1) * dims), (x) => ({ least: x, most: x })),
    );
  const { order, starts } = countingSort(
    Uint32Array.from(cellsOf(points, axesOf(points, QUERY_BOXES))),
    most,
  );
  const boxes: (readonly Extent[])[] = [];
  for (let cell = 0; cell < most; cell++)
    if (starts[cell] < starts[cell + 1])
      boxes.push(extentsOf(rowsOf(points, order.subarray(starts[cell], starts[cell + 1]))));
  return boxes;
}

/** The cells of a grid over some points, along one coordinate. */
interface Axis {
  readonly cells: number;
  readonly least: number;
  /** A cell's extent, and cells per unit of the coordinate: 0 where all points coincide, and are in the first cell. */
  readonly side: number;
  readonly perUnit: number;
  /** What rounding does to places. */
  readonly slack: number;
}

/** Rounding of places on an axis, in units of the largest number on it. */
const ROUNDING = 8 * Number.EPSILON;

/** A grid of so many cells, by coordinates, of as many along each of them. */
const axesOf = (points: Matrix, cells: readonly number[]): Axis[] =>
  extentsOf(points).map(({ least, most }) => {
    const across = Math.floor(cells[points.dims - 1] ** (1 / points.dims) + 1e-9);
    const width = most - least;
    const perUnit = across / width;
    return {
      ...{ cells: across, least, side: width / across, perUnit: perUnit < Infinity ? perUnit : 0 },
      slack: ROUNDING * (Math.max(Math.abs(least), Math.abs(most)) + width),
    };
  });

/** The cell of each point. */
function cellsOf({ data, dims, count }: Matrix, axes: readonly Axis[]): Uint16Array {
  const cellOf = new Uint16Array(count);
  for (const [j, { cells, least, perUnit }] of axes.entries())
    for (let i = 0, at = j; i < count; i++, at += dims)
      cellOf[i] = cellOf[i] * cells + Math.min((data[at] - least) * perUnit, cells - 1);
  return cellOf;
}
