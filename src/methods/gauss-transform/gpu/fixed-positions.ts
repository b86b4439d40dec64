/** Positions on the grid as shaders take them: u32 counts of a fraction of a cell, whose differences are exact. */
import type { Matrix } from "../../../data/matrix.ts";
import { type Axis, positions } from "../../transform/axis.ts";

/** Bits of the fraction, at most, and at least: 2^−18 cells are some 1e-6 bandwidths. */
const MOST_BITS = 22;
const LEAST_BITS = 18;
const KEYS_PER_BATCH = 4096;

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

  /**
   * Of the points from … to − 1: one row an axis. Calls `outside` with points that the grid has no place for; they lie in
   * its first cell that has all its grid points, `inside`.
   */
  of(
    points: Matrix,
    from: number,
    to: number,
    inside: number,
    outside: (point: number) => void,
  ): Uint32Array<ArrayBuffer> {
    const { axes, bits } = this;
    const count = to - from;
    const fixed = new Uint32Array(axes.length * count);
    const batch = new Float64Array(KEYS_PER_BATCH);
    const scale = 2 ** bits;
    for (const [a, axis] of axes.entries()) {
      for (let start = from; start < to; start += KEYS_PER_BATCH) {
        const end = Math.min(start + KEYS_PER_BATCH, to);
        positions(axis, points, a, start, end, undefined, batch);
        const at = a * count + start - from;
        for (let b = 0; b < end - start; b++) {
          if (batch[b] < 0) outside(start + b);
          fixed[at + b] = Math.round((batch[b] < 0 ? inside : batch[b]) * scale);
        }
      }
    }
    return fixed;
  }
}
