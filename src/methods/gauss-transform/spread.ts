/** Keys → grid and grid → queries, through the window, in 1 to 3 coordinates: stages one and three. */
import type { Window } from "../transform/window.ts";

/** A point's place on one axis: the window's weights at the grid points that it touches. */
export class WindowWeights {
  /** The first grid point that the window touches. */
  first = 0;
  /** How many it touches. */
  readonly width: number;
  readonly weights: Float64Array;
  /** For each pair of mirrored grid points the even and the odd coefficients, from the highest down. */
  private readonly even: Float64Array;
  private readonly odd: Float64Array;
  private readonly half: number;

  constructor({ width, polynomials }: Window) {
    this.half = width / 2;
    this.width = width;
    this.weights = new Float64Array(width);
    const part = (parity: number) =>
      Float64Array.from(polynomials.flatMap((p) => [...p].filter((_, k) => k % 2 === parity).reverse()));
    this.even = part(0);
    this.odd = part(1);
  }

  /** Moves to a position on the axis. w(p + ½ − s) and its mirror are the sum and the difference of two parts. */
  set(position: number): void {
    const { half, weights, even, odd } = this;
    const evenTerms = even.length / half;
    const oddTerms = odd.length / half;
    const cell = Math.floor(position);
    const s = position - cell - 0.5;
    const t = s * s;
    this.first = cell - half + 1;
    let e = 0;
    let o = 0;
    for (let pair = 0; pair < half; pair++) {
      let a = 0;
      for (let k = 0; k < evenTerms; k++) a = a * t + even[e++];
      let b = 0;
      for (let k = 0; k < oddTerms; k++) b = b * t + odd[o++];
      b *= s;
      weights[half + pair] = a + b;
      weights[half - 1 - pair] = a - b;
    }
  }
}

/** A point on a grid of one to three axes. */
export interface GridPosition {
  /** Grid points on each axis. */
  readonly lengths: readonly number[];
  readonly axisWindows: readonly WindowWeights[];
}

/** Adds `charge` times the product of the windows to the grid that begins at `offset`; what reaches beyond its first axis is left out. */
export function spreadPoint(
  grid: Float64Array,
  offset: number,
  { lengths, axisWindows }: GridPosition,
  charge: number,
): void {
  const axes = lengths.length;
  const row = axisWindows[axes - 1];
  const outer = axisWindows[0];
  const { width } = outer;
  const from = Math.max(0, -outer.first);
  const to = Math.min(width, lengths[0] - outer.first);
  if (axes === 1) {
    addRow(grid, offset + row.first, row.weights, charge, from, to);
    return;
  }
  const column = axisWindows[axes - 2];
  const length = lengths[axes - 1];
  if (axes === 2) {
    addRows(grid, offset + column.first * length + row.first, length, column, row, charge, from, to);
    return;
  }
  const plane = lengths[1] * length;
  for (let i = from; i < to; i++) {
    const at = offset + (outer.first + i) * plane + column.first * length + row.first;
    addRows(grid, at, length, column, row, charge * outer.weights[i], 0, width);
  }
}

/** The value at the point: the sum over the grid of its values times the product of the windows. */
export function readPoint(
  grid: Float64Array,
  offset: number,
  { lengths, axisWindows }: GridPosition,
): number {
  const axes = lengths.length;
  const row = axisWindows[axes - 1];
  if (axes === 1) return readRow(grid, offset + row.first, row.weights);
  const column = axisWindows[axes - 2];
  const length = lengths[axes - 1];
  if (axes === 2) return readRows(grid, offset + column.first * length + row.first, length, column, row);
  const outer = axisWindows[0];
  const plane = lengths[1] * length;
  let sum = 0;
  for (let i = 0; i < outer.weights.length; i++) {
    const at = offset + (outer.first + i) * plane + column.first * length + row.first;
    sum += outer.weights[i] * readRows(grid, at, length, column, row);
  }
  return sum;
}

function addRow(
  grid: Float64Array,
  at: number,
  weights: Float64Array,
  factor: number,
  from: number,
  to: number,
): void {
  for (let k = from; k < to; k++) grid[at + k] += factor * weights[k];
}

function readRow(grid: Float64Array, at: number, weights: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < weights.length; k++) sum += weights[k] * grid[at + k];
  return sum;
}

/** Rows from … to − 1 of those that the window touches; the width of 8, the usual one, is written out: three times as fast. */
function addRows(
  grid: Float64Array,
  corner: number,
  length: number,
  column: WindowWeights,
  { weights: w }: WindowWeights,
  factor: number,
  from: number,
  to: number,
): void {
  const { weights } = column;
  let at = corner + from * length;
  if (w.length !== 8) {
    for (let j = from; j < to; j++, at += length) addRow(grid, at, w, factor * weights[j], 0, w.length);
    return;
  }
  const [w0, w1, w2, w3, w4, w5, w6, w7] = [w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7]];
  for (let j = from; j < to; j++) {
    const f = factor * weights[j];
    grid[at] += f * w0;
    grid[at + 1] += f * w1;
    grid[at + 2] += f * w2;
    grid[at + 3] += f * w3;
    grid[at + 4] += f * w4;
    grid[at + 5] += f * w5;
    grid[at + 6] += f * w6;
    grid[at + 7] += f * w7;
    at += length;
  }
}

function readRows(
  grid: Float64Array,
  at: number,
  length: number,
  column: WindowWeights,
  { weights: w }: WindowWeights,
): number {
  const { weights } = column;
  let sum = 0;
  if (w.length !== 8) {
    for (let j = 0; j < weights.length; j++) sum += weights[j] * readRow(grid, at + j * length, w);
    return sum;
  }
  const [w0, w1, w2, w3, w4, w5, w6, w7] = [w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7]];
  for (let j = 0; j < 8; j++) {
    const left = w0 * grid[at] + w1 * grid[at + 1] + w2 * grid[at + 2] + w3 * grid[at + 3];
    const right = w4 * grid[at + 4] + w5 * grid[at + 5] + w6 * grid[at + 6] + w7 * grid[at + 7];
    sum += weights[j] * (left + right);
    at += length;
  }
  return sum;
}
