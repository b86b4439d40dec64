/** Positions on the grid as shaders take them: u32 counts of a fraction of a cell, whose differences are exact. */
import { OUTSIDE } from "../../../../shaders/window.ts";
import type { Matrix } from "../../../data/matrix.ts";
import { type Axis, positions } from "../../transform/axis.ts";

/** Bits of the fraction, at most, and at least: 2^−18 cells are some 1e-6 bandwidths. */
const MOST_BITS = 22;
const LEAST_BITS = 18;
const POINTS_PER_BATCH = 4096;

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
    const { axes, bits } = this;
    const count = to - from;
    const fixed = new Uint32Array(axes.length * count);
    const batch = new Float64Array(POINTS_PER_BATCH);
    const scale = 2 ** bits;
    for (let start = from; start < to; start += POINTS_PER_BATCH) {
      const end = Math.min(start + POINTS_PER_BATCH, to);
      const at = start - from;
      // The first axis last, as what is outside is written there.
      for (let a = axes.length - 1; a >= 0; a--) {
        positions(axes[a], points, a, start, end, undefined, batch);
        const row = a * count + at;
        for (let b = 0; b < end - start; b++) {
          const position = batch[b];
          if (a > 0 && position < 0) fixed[at + b] = OUTSIDE;
          else fixed[row + b] = position < 0 || fixed[row + b] === OUTSIDE ? OUTSIDE : position * scale + 0.5;
        }
      }
    }
    return fixed;
  }
}
