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
 */
export function nearKeys(
  keys: Matrix,
  bandwidth: readonly number[],
  queries: Matrix,
  indices: readonly number[],
  reach: (nearest: number) => number,
): Uint32Array {
  const { dims, count } = keys;
  const axes = axesOf(keys, CELLS, bandwidth);
  const across = axes[0].cells;
  const cellOf = cellsOf(keys, axes);
  const cells = across ** dims;
  const counts = new Uint32Array(cells);
  for (let i = 0; i < count; i++) counts[cellOf[i]]++;
  const filled = Uint32Array.from(counts.keys()).filter((cell) => counts[cell] > 0);

  /** Of each filled cell, its place in the tables of an axis. */
  const places = axes.map((_, j) =>
    filled.map((cell) => j * across + (Math.floor(cell / across ** (dims - 1 - j)) % across)),
  );
  const isNear = new Uint8Array(cells);
  const [lower, higher] = [new Float64Array(filled.length), new Float64Array(filled.length)];
  const upper = new Float64Array(dims * across);
  const nearest = new Float64Array(dims * across);
  for (const box of boxesOf(rowsOf(queries, indices), bandwidth)) {
    for (const [j, { least, perUnit, slack }] of axes.entries())
      for (let c = 0; c < across; c++) {
        const [from, to] = [least + c / perUnit, least + (c + 1) / perUnit];
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
    for (let f = 0; f < higher.length; f++) if (higher[f] < most) most = higher[f];
    const limit = reach(most);
    for (let f = 0; f < filled.length; f++) if (lower[f] <= limit) isNear[filled[f]] = 1;
  }
  let near = 0;
  for (const cell of filled) if (isNear[cell] === 1) near += counts[cell];
  const result = new Uint32Array(near);
  for (let i = 0, at = 0; at < near; i++) if (isNear[cellOf[i]] === 1) result[at++] = i;
  return result;
}

/** Boxes around the points of each cell of a grid over them. */
function boxesOf(points: Matrix, bandwidth: readonly number[]): readonly (readonly Extent[])[] {
  const { data, dims } = points;
  const cellOf = Uint32Array.from(cellsOf(points, axesOf(points, QUERY_BOXES, bandwidth)));
  const { order, starts } = countingSort(cellOf, QUERY_BOXES[dims - 1]);
  const boxes: Extent[][] = [];
  for (let cell = 0; cell + 1 < starts.length; cell++) {
    if (starts[cell] === starts[cell + 1]) continue;
    const own = rowsOf({ data, dims, count: points.count }, order.subarray(starts[cell], starts[cell + 1]));
    boxes.push([...extentsOf(own)]);
  }
  return boxes;
}

/** The cells of a grid over some points, along one coordinate. */
interface Axis {
  readonly cells: number;
  readonly least: number;
  /** Cells per unit of the coordinate. */
  readonly perUnit: number;
  /** What rounding does to places. */
  readonly slack: number;
}

/** Rounding of places on an axis, in units of the largest number on it. */
const ROUNDING = 8 * Number.EPSILON;

/** A grid of so many cells, by coordinates, of as many along each of them. */
const axesOf = (points: Matrix, cells: readonly number[], bandwidth: readonly number[]): Axis[] =>
  extentsOf(points).map(({ least, most }, j) => {
    const across = Math.floor(cells[points.dims - 1] ** (1 / points.dims) + 1e-9);
    const width = most - least || bandwidth[j]; // where points coincide
    return {
      ...{ cells: across, least, perUnit: across / width },
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
