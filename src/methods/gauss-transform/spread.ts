/**
 * Keys → grid and grid → queries, through the window, in 1 to 3 coordinates: stages one and three. By WebAssembly where there is any, and here in
 * TypeScript, with the same operations in the same order.
 */
import type { Window } from "../transform/window.ts";
import { KEYS_PER_BATCH } from "./key-batches.ts";
import { locatePoint, PER_AXIS } from "./places.ts";
import { type GridKernels, wasmPointKernels } from "./wasm/point-kernels.ts";

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

/** Kernels for a grid of these lengths. */
export function pointKernels(window: Window, charges: number, lengths: readonly number[]): GridKernels {
  try {
    return wasmPointKernels(window, charges, lengths);
  } catch {
    // No WebAssembly, or a page whose policy forbids it.
  }
  return new PointLoops(window, charges, lengths);
}

/** The kernels in TypeScript. */
export class PointLoops implements GridKernels {
  readonly coordinates: Float64Array;
  readonly places: Float64Array;
  readonly cells = new Int32Array(KEYS_PER_BATCH);
  readonly charged: Float64Array;
  readonly grid: Float64Array;
  readonly counts: Float64Array;
  private readonly charges: number;
  private readonly lengths: readonly number[];
  private readonly axisWindows: readonly WindowWeights[];
  /** The last axis' weights, each as often as there are charges; times the charges, or sums over the lines. */
  private readonly row: Float64Array;
  private readonly held: Float64Array;
  private readonly positions: Float64Array;

  constructor(window: Window, charges: number, lengths: readonly number[]) {
    this.charges = charges;
    this.lengths = lengths;
    this.axisWindows = lengths.map(() => new WindowWeights(window));
    this.coordinates = new Float64Array(KEYS_PER_BATCH * lengths.length);
    this.places = new Float64Array(PER_AXIS * lengths.length);
    this.positions = new Float64Array(lengths.length);
    this.charged = new Float64Array(KEYS_PER_BATCH * charges);
    this.counts = new Float64Array(lengths.reduce((product, length) => product * length, 1));
    this.grid = new Float64Array(this.counts.length * charges);
    this.row = new Float64Array(window.width * charges);
    this.held = new Float64Array(this.row.length);
  }

  spread(count: number): void {
    const { grid, row, held, charges, charged } = this;
    const single = this.lengths.length === 1;
    for (let b = 0; b < count; b++) {
      this.place(b);
      const cell = this.cell();
      if (cell >= 0 && cell < this.counts.length) this.counts[cell] += charged[b * charges];
      for (let e = 0; e < held.length; e++) held[e] = row[e] * charged[b * charges + (e % charges)];
      if (single) {
        const { first } = this.axisWindows[0];
        const from = Math.max(-first, 0) * charges;
        const to = Math.min(held.length, (this.lengths[0] - first) * charges);
        for (let e = from; e < to; e++) grid[first * charges + e] += held[e];
      } else
        this.eachLine((at, weight) => {
          for (let e = 0; e < held.length; e++) grid[at + e] += weight * held[e];
        });
    }
  }

  read(count: number): void {
    const { grid, row, held, charges, charged } = this;
    const single = this.lengths.length === 1;
    const sums = new Float64Array(2 * charges);
    for (let b = 0; b < count; b++) {
      const isPlaced = this.place(b, true);
      this.cells[b] = isPlaced ? this.cell() : -1;
      if (single) {
        const at = this.axisWindows[0].first * charges;
        for (let e = 0; e < held.length; e++) held[e] = grid[at + e];
      } else {
        held.fill(0);
        this.eachLine((at, weight) => {
          for (let e = 0; e < held.length; e++) held[e] += weight * grid[at + e];
        });
      }
      // Even and odd places apart.
      sums.fill(0);
      for (let e = 0; e < held.length; e++) sums[e % sums.length] += held[e] * row[e];
      for (let c = 0; c < charges; c++) charged[b * charges + c] = sums[c] + sums[charges + c];
    }
  }

  /** The point's cell; below 0, or beyond all of them, where that is beyond the first axis. */
  private cell(): number {
    const { axisWindows, lengths } = this;
    const [row, ...others] = axisWindows.map(({ first, width }) => first + width / 2 - 1);
    return others.reduce((at, own, a) => at * lengths[a + 1] + own, row);
  }

  /** The window's weights around a point of the batch; of one that is read and has no place, around any place, and false. */
  private place(b: number, isRead = false): boolean {
    const { axisWindows, coordinates, places, positions, charges, row } = this;
    const isPlaced = locatePoint(coordinates, places, b, positions);
    if (isRead && !isPlaced) positions.fill(axisWindows[0].width);
    for (let a = 0; a < axisWindows.length; a++) axisWindows[a].set(positions[a]);
    const { weights } = axisWindows[axisWindows.length - 1];
    for (let e = 0; e < row.length; e++) row[e] = weights[Math.floor(e / charges)];
    return isPlaced;
  }

  /** The lines that the windows touch: where they begin in the grid, and the product of the other axes' weights. */
  private eachLine(visit: (at: number, weight: number) => void): void {
    const { axisWindows, lengths, charges } = this;
    const [outer, column, line = column] = axisWindows;
    const length = lengths[lengths.length - 1];
    const from = Math.max(0, -outer.first);
    const to = Math.min(outer.width, lengths[0] - outer.first);
    for (let i = from; i < to; i++) {
      const row = outer.first + i;
      if (lengths.length === 2) {
        visit((row * length + column.first) * charges, outer.weights[i]);
        continue;
      }
      for (let j = 0; j < column.width; j++) {
        const at = ((row * lengths[1] + column.first + j) * length + line.first) * charges;
        visit(at, outer.weights[i] * column.weights[j]);
      }
    }
  }
}

/** From the charges of each point side by side to a grid for each charge. */
export function planesOf(grid: Float64Array, charges: number): Float64Array {
  const points = grid.length / charges;
  const planes = new Float64Array(grid.length);
  for (let c = 0; c < charges; c++)
    for (let i = 0, at = c; i < points; i++, at += charges) planes[c * points + i] = grid[at];
  return planes;
}

/** The other way round, into `grid`, which is returned. */
export function sideBySide(planes: Float64Array, charges: number, grid: Float64Array): Float64Array {
  const points = grid.length / charges;
  for (let c = 0; c < charges; c++)
    for (let i = 0, at = c; i < points; i++, at += charges) grid[at] = planes[c * points + i];
  return grid;
}
