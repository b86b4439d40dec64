/** Positions on the grid as shaders take them: u32 counts of a fraction of a cell, whose differences are exact. */
import { INTEGER_BITS } from "../../../../shaders/locate.ts";
import { OUTSIDE } from "../../../../shaders/window.ts";
import type { Matrix } from "../../../data/matrix.ts";
import { type Axis, positions } from "../../transform/axis.ts";

/** Bits of the fraction, at most, and at least: 2^−18 cells are some 1e-6 bandwidths. */
const MOST_BITS = 22;
const LEAST_BITS = 18;
const POINTS_PER_BATCH = 4096;
/** Of an axis in `locate`. */
const AXIS_BYTES = 24;

export class FixedPositions {
  readonly bits: number;
  private readonly axes: readonly Axis[];

  constructor(axes: readonly Axis[]) {
    this.axes = axes;
    const length = Math.max(...axes.map((axis) => axis.length));
    this.bits = Math.min(MOST_BITS, Math.floor(31 - Math.log2(length)));
  }

  /** Whether positions are fine enough. */
  get fine(): boolean {
    return this.bits >= LEAST_BITS;
  }

  /** Of the points from … to − 1: one row an axis. Those that the grid has no place for have OUTSIDE in the first row. */
  of(points: Matrix, from: number, to: number): Uint32Array<ArrayBuffer> {
    const { axes } = this;
    const count = to - from;
    const fixed = new Uint32Array(axes.length * count);
    // The first axis last, as what is outside is written there.
    for (let a = axes.length - 1; a >= 0; a--) {
      const row = fixed.subarray(a * count, (a + 1) * count);
      if (axes[a].runs.length === 1) this.ofRun(points, a, from, row, fixed);
      else this.ofRuns(points, a, from, row, fixed);
    }
    return fixed;
  }

  /** @param first the row of the first axis */
  private ofRun({ data, dims }: Matrix, a: number, from: number, row: Uint32Array, first: Uint32Array): void {
    const { runs, perUnit, pad } = this.axes[a];
    const [{ from: low, to: high, start }] = runs;
    const scale = 2 ** this.bits;
    const most = (high - low) * perUnit + pad;
    for (let i = 0, at = from * dims + a; i < row.length; i++, at += dims) {
      const position = (data[at] - low) * perUnit;
      if (position < -pad || position > most) first[i] = OUTSIDE;
      else if (a > 0 || first[i] !== OUTSIDE) row[i] = (position + start) * scale + 0.5;
    }
  }

  private ofRuns(points: Matrix, a: number, from: number, row: Uint32Array, first: Uint32Array): void {
    const scale = 2 ** this.bits;
    const batch = new Float64Array(POINTS_PER_BATCH);
    for (let start = 0; start < row.length; start += POINTS_PER_BATCH) {
      const end = Math.min(start + POINTS_PER_BATCH, row.length);
      positions(this.axes[a], points, a, from + start, from + end, batch);
      for (let i = start; i < end; i++) {
        const position = batch[i - start];
        if (position < 0) first[i] = OUTSIDE;
        else if (a > 0 || first[i] !== OUTSIDE) row[i] = position * scale + 0.5;
      }
    }
  }

  /** How `locate` places f32 on each axis, as it takes them; undefined where its integers do not suffice. */
  get ofFloats(): ArrayBuffer | undefined {
    const numbers = new ArrayBuffer(this.axes.length * AXIS_BYTES);
    const view = new DataView(numbers);
    for (const [a, { runs, perUnit, pad }] of this.axes.entries()) {
      if (runs.length !== 1) return undefined;
      const [{ from, to, start }] = runs;
      const margin = pad / perUnit;
      const exponent = Math.ceil(Math.log2(Math.max(Math.abs(from - margin), Math.abs(to + margin)))) + 1;
      const scale = 2 ** (INTEGER_BITS - exponent);
      const perInteger = (perUnit / scale) * 2 ** this.bits;
      const shift = 31 - Math.floor(Math.log2(perInteger));
      if (!(Math.fround(scale) === scale && scale >= 2 ** -126 && shift >= 0 && shift < 64)) return undefined;
      const base = Math.ceil((from - margin) * scale);
      const origin = Math.round((start + (base / scale - from) * perUnit) * 2 ** this.bits);
      const most = Math.floor((to + margin) * scale) - base;
      const at = a * AXIS_BYTES;
      view.setInt32(at, base, true);
      for (const [i, number] of [most, origin, Math.floor(perInteger * 2 ** shift), shift].entries())
        view.setUint32(at + 4 * (i + 1), number, true);
      view.setFloat32(at + 20, scale, true);
    }
    return numbers;
  }
}
