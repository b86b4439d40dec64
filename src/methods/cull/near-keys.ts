/**
 * Queries of which each needs few of the keys, without sorting all of these: a coarse grid says which cells have keys, and from that which cells
 * are in reach of boxes around the queries. Where queries lie at the rim of the data, as those that another method leaves do, few cells are.
 */
import { countingSort } from "../../common/counting-sort.ts";
import { type Extent, extentsOf } from "../../data/extents.ts";
import { type Matrix, rowsOf } from "../../data/matrix.ts";
import { CELLS, QUERY_BOXES } from "./cost.ts";
import type { Near } from "./neighbours.ts";

export interface NearOptions {
  readonly bandwidth: readonly number[];
  /** The largest squared distance in bandwidths that matters where the nearest key's is at most so much. */
  readonly reach: (nearest: number) => number;
  /** Whether queries are keys, each of which is left out for itself. */
  readonly withoutSelf: boolean;
  /** Most pairs of a query and a key that may be looked at. */
  readonly mostPairs: number;
  readonly yieldToEventLoop: () => Promise<void>;
}

/**
 * Calls `found` with the index of each query and the keys that matter to it, in an order that depends on the keys alone. Returns false, with nothing
 * done, where too many pairs would have to be looked at.
 */
export async function eachNear(
  keys: Matrix,
  queries: Matrix,
  indices: readonly number[],
  { bandwidth, reach, withoutSelf, mostPairs, yieldToEventLoop }: NearOptions,
  found: (query: number, near: Near) => void,
): Promise<boolean> {
  const { dims } = keys;
  const grid = cellGridOf(keys);
  const cellsIn = cellsInReach(grid, bandwidth, reach, withoutSelf);
  const points = rowsOf(queries, indices);
  const { counts } = grid;
  const isNear = new Uint8Array(counts.length);
  let pairs = 0;
  const boxes: { readonly queries: ArrayLike<number>; readonly cells: Uint32Array }[] = [];
  for (const { queries: own, extents } of boxesOf(points)) {
    const cells = cellsIn(extents);
    boxes.push({ queries: own, cells });
    for (const cell of cells) {
      isNear[cell] = 1;
      pairs += own.length * counts[cell];
    }
    if (pairs > mostPairs) return false;
    await yieldToEventLoop();
  }

  const candidates = new Candidates(keys, bandwidth, sortedByCell(grid, isNear));
  for (const { queries: own, cells } of boxes) {
    candidates.take(cells);
    for (let b = 0; b < own.length; b++) {
      const query = indices[own[b]];
      const point = points.data.subarray(own[b] * dims, (own[b] + 1) * dims);
      found(query, candidates.near(point, reach, withoutSelf ? query : -1));
    }
    await yieldToEventLoop();
  }
  return true;
}

/** The keys of some of the cells, of keys that lie in the order of their cells. */
class Candidates {
  private readonly order: Uint32Array;
  private readonly starts: Uint32Array;
  /** A list for each of three coordinates; those that keys do not have count for nothing. */
  private readonly coordinates: readonly Float64Array[];
  private readonly perBandwidth: readonly number[];
  /** From which place to which: cells next to each other are one range. */
  private ranges: number[] = [];
  private keys = new Uint32Array();
  private squared = new Float64Array();

  constructor({ data, dims }: Matrix, bandwidth: readonly number[], { order, starts }: SortedByCell) {
    this.order = order;
    this.starts = starts;
    const lists = bandwidth.map((_, j) => {
      const list = new Float64Array(order.length);
      for (let place = 0; place < list.length; place++) list[place] = data[order[place] * dims + j];
      return list;
    });
    this.coordinates = [0, 1, 2].map((j) => lists[j] ?? lists[0]);
    this.perBandwidth = [0, 1, 2].map((j) => (j < dims ? 1 / bandwidth[j] : 0));
  }

  take(cells: Uint32Array): void {
    const { starts } = this;
    const ranges: number[] = [];
    let size = 0;
    for (const cell of cells) {
      const [from, to] = [starts[cell], starts[cell + 1]];
      size += to - from;
      if (ranges[ranges.length - 1] === from) ranges[ranges.length - 1] = to;
      else ranges.push(from, to);
    }
    this.ranges = ranges;
    if (size <= this.keys.length) return;
    this.keys = new Uint32Array(2 * size);
    this.squared = new Float64Array(2 * size);
  }

  /** Those that matter to a point, but for the key `except`. */
  near(point: Float64Array, reach: (nearest: number) => number, except: number): Near {
    const { order, coordinates, perBandwidth, ranges, keys, squared } = this;
    const [x, y, z] = coordinates;
    const [perX, perY, perZ] = perBandwidth;
    const [atX, atY = 0, atZ = 0] = point;
    let [count, nearest] = [0, Infinity];
    for (let r = 0; r < ranges.length; r += 2)
      for (let place = ranges[r], to = ranges[r + 1]; place < to; place++) {
        const u = (atX - x[place]) * perX;
        const v = (atY - y[place]) * perY;
        const w = (atZ - z[place]) * perZ;
        const sum = order[place] === except ? Infinity : u * u + v * v + w * w;
        if (sum < nearest) nearest = sum;
        squared[count] = sum;
        keys[count++] = order[place];
      }
    const limit = Math.min(reach(nearest), Number.MAX_VALUE);
    let kept = 0;
    for (let i = 0; i < count; i++) {
      if (!(squared[i] <= limit)) continue;
      squared[kept] = squared[i];
      keys[kept++] = keys[i];
    }
    return { keys, squared, count: kept };
  }
}

/** A function of a box that returns the cells which may hold a key that matters to a point of it. */
function cellsInReach(
  { axes, counts, filled, rowStarts }: CellGrid,
  bandwidth: readonly number[],
  reach: (nearest: number) => number,
  withoutSelf: boolean,
): (box: readonly Extent[]) => Uint32Array {
  const across = axes[0].cells;
  const last = axes.length - 1;
  const rows = rowStarts.length - 1;
  /** Squared distances of the box from the parts of each axis, and from the rows of cells along the last one. */
  const parts = axes.map(() => ({ least: new Float64Array(across), most: new Float64Array(across) }));
  const [leastOfRows, mostOfRows] = [new Float64Array(rows), new Float64Array(rows)];
  const result = new Uint32Array(filled.length);
  return (box) => {
    for (const [j, { least: start, side, slack }] of axes.entries()) {
      const { least: low, most: high } = box[j];
      const { least, most } = parts[j];
      for (let c = 0; c < across; c++) {
        const [from, to] = [start + c * side, start + (c + 1) * side];
        const apart = Math.max(from - high, low - to, slack) - slack;
        const furthest = Math.max(to - low, high - from) + slack;
        least[c] = (apart / bandwidth[j]) ** 2;
        most[c] = (furthest / bandwidth[j]) ** 2;
      }
    }
    for (let row = 0; row < rows; row++) {
      [leastOfRows[row], mostOfRows[row]] = [0, 0];
      for (let j = last - 1, rest = row; j >= 0; j--, rest = Math.floor(rest / across)) {
        leastOfRows[row] += parts[j].least[rest % across];
        mostOfRows[row] += parts[j].most[rest % across];
      }
    }
    const { least, most } = parts[last];
    let nearest = Infinity;
    for (let row = 0; row < rows; row++) {
      if (mostOfRows[row] >= nearest) continue;
      for (let i = rowStarts[row]; i < rowStarts[row + 1]; i++) {
        const furthest = mostOfRows[row] + most[filled[i] - row * across];
        // A cell of one key may hold none but the query.
        if (furthest < nearest && !(withoutSelf && counts[filled[i]] === 1)) nearest = furthest;
      }
    }
    const limit = reach(nearest);
    let count = 0;
    for (let row = 0; row < rows; row++) {
      if (leastOfRows[row] > limit) continue;
      for (let i = rowStarts[row]; i < rowStarts[row + 1]; i++)
        if (leastOfRows[row] + least[filled[i] - row * across] <= limit) result[count++] = filled[i];
    }
    return result.slice(0, count);
  };
}

/** The keys of some cells, and where those of each cell start. */
interface SortedByCell {
  readonly order: Uint32Array;
  readonly starts: Uint32Array;
}

function sortedByCell({ cellOf, counts }: CellGrid, isNear: Uint8Array): SortedByCell {
  const starts = new Uint32Array(counts.length + 1);
  for (let cell = 0; cell < counts.length; cell++)
    starts[cell + 1] = starts[cell] + (isNear[cell] === 1 ? counts[cell] : 0);
  const order = new Uint32Array(starts[counts.length]);
  const next = starts.slice();
  for (let i = 0; i < cellOf.length; i++) if (isNear[cellOf[i]] === 1) order[next[cellOf[i]]++] = i;
  return { order, starts };
}

interface CellGrid {
  readonly axes: readonly Axis[];
  /** The cell of each key, and how many keys each cell has. */
  readonly cellOf: Uint16Array;
  readonly counts: Uint32Array;
  /** Cells that have keys, and where those of each row along the last axis start among them. */
  readonly filled: Uint32Array;
  readonly rowStarts: Uint32Array;
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
  const across = axes[0].cells;
  const rowStarts = new Uint32Array(counts.length / across + 1);
  for (const cell of filled) rowStarts[Math.floor(cell / across) + 1]++;
  for (let row = 1; row < rowStarts.length; row++) rowStarts[row] += rowStarts[row - 1];
  const grid = { axes, cellOf, counts, filled, rowStarts };
  grids.set(keys, grid);
  return grid;
}

/** Boxes around the points: of each, or of each cell of a grid over them. */
function boxesOf(
  points: Matrix,
): { readonly queries: ArrayLike<number>; readonly extents: readonly Extent[] }[] {
  const { data, dims, count } = points;
  const most = QUERY_BOXES[dims - 1];
  if (count <= most)
    return Array.from({ length: count }, (_, i) => ({
      queries: [i],
      extents: Array.from(data.subarray(i * dims, (i + 1) * dims), (x) => ({ least: x, most: x })),
    }));
  const { order, starts } = countingSort(
    Uint32Array.from(cellsOf(points, axesOf(points, QUERY_BOXES))),
    most,
  );
  return Array.from({ length: most }, (_, cell) => order.subarray(starts[cell], starts[cell + 1]))
    .filter((queries) => queries.length > 0)
    .map((queries) => ({ queries, extents: extentsOf(rowsOf(points, queries)) }));
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
