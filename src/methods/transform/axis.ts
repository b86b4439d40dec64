/**
 * One coordinate of the grid. The keys' coordinates fall into runs; gaps between runs that no weight crosses are
 * shortened, so that a lone outlier costs a few grid points wherever it lies.
 */
import { extentsOf } from "../../data/extents.ts";
import type { Matrix } from "../../data/matrix.ts";

/** Keys closer together than weights reach, with the grid points around them. */
export interface Run {
  /** The least and the largest coordinate of its keys, in their own units. */
  readonly from: number;
  readonly to: number;
  /** Grid position of `from`. */
  readonly start: number;
}

export interface Axis {
  readonly runs: readonly Run[];
  /** Grid steps per unit of the coordinate. */
  readonly perUnit: number;
  /** Grid points. */
  readonly length: number;
  /** Grid steps beyond a run's keys up to which queries have a position. */
  readonly pad: number;
}

export interface Spacing {
  /** Grid step, in units of the coordinate. */
  readonly step: number;
  /** Grid steps beyond keys for which queries are served. */
  readonly pad: number;
  /** Grid points that a window touches on either side of its point. */
  readonly half: number;
  /** Grid steps beyond which nothing of a key is seen by a query. */
  readonly apart: number;
}

/** Cells that are examined as one when gaps are sought. */
const BLOCK = 32;
/** Keys after which gaps are looked for, and again after four times as many: most keys are close together, which a few tell. */
const SOME = 1024;
/** Most blocks in a table; beyond, the coordinates are sorted. */
const TABLE = 2 ** 24;

export function axisOf(keys: Matrix, coordinate: number, { step, pad, half, apart }: Spacing): Axis {
  const perUnit = 1 / step;
  const margin = pad + half + 1;
  const gap = Math.max(2 * margin, apart + pad) + 1;
  const runs: Run[] = [];
  let end = 0; // grid points so far
  for (const [from, to] of ranges(keys, coordinate, perUnit, gap)) {
    const start = runs.length === 0 ? margin : end + gap;
    end = start + Math.ceil((to - from) * perUnit) + 1;
    runs.push({ from, to, start });
  }
  return { runs, perUnit, length: end + margin, pad };
}

/** Ranges of the coordinate in which no two neighbours are more than about `gap` grid points apart. */
function ranges(
  keys: Matrix,
  coordinate: number,
  perUnit: number,
  gap: number,
): [from: number, to: number][] {
  const { data, dims, count } = keys;
  const { least, most: largest } = extentsOf(keys)[coordinate];
  const perBlock = perUnit / BLOCK;
  const blocks = Math.floor((largest - least) * perBlock) + 1;
  const most = Math.ceil(gap / BLOCK) + 1;
  if (blocks <= most) return [[least, largest]];
  if (blocks > TABLE) return sortedRanges(data, dims, count, coordinate, perUnit, gap);

  const run = new Int32Array(blocks).fill(-1);
  run[blocks - 1] = 0; // the largest
  for (let i = coordinate, some = SOME * dims; i < data.length; some *= 4) {
    for (const end = Math.min(data.length, some); i < end; i += dims)
      run[((data[i] - least) * perBlock) | 0] = 0;
    if (!hasGap(run, most)) return [[least, largest]]; // nor has it with more keys
  }
  let last = -Infinity;
  let runs = 0;
  for (let b = 0; b < blocks; b++) {
    if (run[b] < 0) continue;
    if (b - last > most) runs++;
    run[b] = runs - 1;
    last = b;
  }
  const extents = Array.from({ length: runs }, (): [number, number] => [Infinity, -Infinity]);
  for (let i = coordinate; i < data.length; i += dims) {
    const range = extents[run[Math.floor((data[i] - least) * perBlock)]];
    if (data[i] < range[0]) range[0] = data[i];
    if (data[i] > range[1]) range[1] = data[i];
  }
  return extents;
}

/** Whether more than `most` blocks in a row are empty. */
function hasGap(run: Int32Array, most: number): boolean {
  for (let b = 0, last = 0; b < run.length; b++) {
    if (run[b] < 0) continue;
    if (b - last > most) return true;
    last = b;
  }
  return false;
}

function sortedRanges(
  data: Float64Array,
  dims: number,
  count: number,
  coordinate: number,
  perUnit: number,
  gap: number,
): [number, number][] {
  const sorted = Float64Array.from({ length: count }, (_, i) => data[i * dims + coordinate]).sort();
  const intervals: [number, number][] = [];
  let from = sorted[0];
  for (let i = 1; i < count; i++) {
    if ((sorted[i] - sorted[i - 1]) * perUnit <= gap) continue;
    intervals.push([from, sorted[i - 1]]);
    from = sorted[i];
  }
  intervals.push([from, sorted[count - 1]]);
  return intervals;
}

/** The run that a coordinate falls in, or is next to. */
function runOf({ runs, perUnit, pad }: Axis, x: number): Run {
  let low = 0;
  let high = runs.length - 1;
  while (low < high) {
    const midpoint = (low + high + 1) >> 1;
    if (runs[midpoint].from - pad / perUnit <= x) low = midpoint;
    else high = midpoint - 1;
  }
  return runs[low];
}

/** Writes the grid positions of one coordinate of the points from … to − 1; −1 where the grid has none, as no key is near. */
export function positions(
  axis: Axis,
  { data, dims }: Matrix,
  coordinate: number,
  from: number,
  to: number,
  result: Float64Array,
): void {
  const { perUnit, pad, runs } = axis;
  const count = to - from;
  const first = from * dims + coordinate;
  if (runs.length === 1) {
    const [{ from: low, to: high, start }] = runs;
    const beyond = high + pad / perUnit;
    for (let b = 0, at = first; b < count; b++, at += dims) {
      const position = (data[at] - low) * perUnit;
      result[b] = position < -pad || data[at] > beyond ? -1 : position + start;
    }
    return;
  }
  for (let b = 0, at = first; b < count; b++, at += dims) {
    const run = runOf(axis, data[at]);
    const position = (data[at] - run.from) * perUnit;
    result[b] = position < -pad || (data[at] - run.to) * perUnit > pad ? -1 : position + run.start;
  }
}
