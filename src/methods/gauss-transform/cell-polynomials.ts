/**
 * In one coordinate, windows are polynomials on each cell of the grid: keys of a cell are known to the grid by their
 * moments Σ charge·sᵏ alone, and queries see the grid as a polynomial in s. So a point costs one Horner scheme.
 */
import type { Window } from "../transform/window.ts";

export class CellPolynomials {
  private readonly charges: number;
  private readonly points: number;
  /** Powers s⁰ … of a moment or polynomial. */
  private readonly terms: number;
  /** windows[j] are the coefficients of the window at the cell's grid point `first + j`. */
  private readonly windows: Float64Array[];
  private readonly first: number;
  /** Moments while keys are added, polynomials afterwards: [cell][charge][power]. */
  readonly numbers: Float64Array;

  /** Without numbers, there are no keys yet. */
  constructor({ width, polynomials }: Window, points: number, charges: number, numbers?: Float64Array) {
    this.charges = charges;
    this.points = points;
    this.terms = polynomials[0].length;
    this.first = 1 - width / 2;
    const mirrored = polynomials.map((p) => p.map((c, k) => (k % 2 === 0 ? c : -c)));
    this.windows = [...mirrored.reverse(), ...polynomials];
    this.numbers = numbers ?? new Float64Array(points * charges * this.terms);
  }

  /**
   * Adds keys at these positions with their charges, count × charges. Even and odd powers apart, so that a processor can do
   * both at once.
   */
  add(positions: Float64Array, count: number, charged: Float64Array): void {
    const { numbers, terms, charges } = this;
    if (terms === 8) {
      this.addEight(positions, count, charged);
      return;
    }
    for (let i = 0; i < count; i++) {
      const position = positions[i];
      const cell = Math.floor(position);
      const s = position - cell - 0.5;
      const t = s * s;
      let at = cell * charges * terms;
      for (let c = 0; c < charges; c++) {
        let even = charged[i * charges + c];
        let odd = even * s;
        const end = at + terms - 1;
        for (; at < end; at += 2) {
          numbers[at] += even;
          numbers[at + 1] += odd;
          even *= t;
          odd *= t;
        }
        if (at === end) numbers[at++] += even;
      }
    }
  }

  /** As `add`, written out for the usual window. */
  private addEight(positions: Float64Array, count: number, charged: Float64Array): void {
    const { numbers: n, charges } = this;
    for (let i = 0, from = 0; i < count; i++) {
      const position = positions[i];
      const cell = Math.floor(position);
      const s = position - cell - 0.5;
      const t = s * s;
      let k = cell * charges * 8;
      for (let c = 0; c < charges; c++, k += 8) {
        const even = charged[from++];
        const odd = even * s;
        const even2 = even * t;
        const odd3 = odd * t;
        const even4 = even2 * t;
        const odd5 = odd3 * t;
        n[k] += even;
        n[k + 1] += odd;
        n[k + 2] += even2;
        n[k + 3] += odd3;
        n[k + 4] += even4;
        n[k + 5] += odd5;
        n[k + 6] += even4 * t;
        n[k + 7] += odd5 * t;
      }
    }
  }

  /** What the keys of each cell weigh together. */
  counts(): Float64Array {
    const { numbers, terms, charges, points } = this;
    return Float64Array.from({ length: points }, (_, cell) => numbers[cell * charges * terms]);
  }

  /** Moments → grids. */
  spread(grids: Float64Array): void {
    const { numbers, terms, charges, points, windows, first } = this;
    for (let cell = -first; cell < points + first - 1; cell++) {
      if (numbers[cell * charges * terms] === 0) continue; // no keys
      for (let c = 0; c < charges; c++) {
        const at = (cell * charges + c) * terms;
        for (let j = 0; j < windows.length; j++) {
          let sum = 0;
          for (let k = 0; k < terms; k++) sum += windows[j][k] * numbers[at + k];
          grids[c * points + cell + first + j] += sum;
        }
      }
    }
  }

  /** Grids → polynomials. */
  read(grids: Float64Array): void {
    const { numbers, terms, charges, points, windows, first } = this;
    for (let cell = -first; cell < points + first - 1; cell++) {
      for (let c = 0; c < charges; c++) {
        const at = (cell * charges + c) * terms;
        for (let j = 0; j < windows.length; j++) {
          const value = grids[c * points + cell + first + j];
          for (let k = 0; k < terms; k++) numbers[at + k] += windows[j][k] * value;
        }
      }
    }
  }

  /** Writes the sums at these positions in these cells, count × charges; where a cell is −1 they are of no use. */
  at(cells: Int32Array, positions: Float64Array, count: number, sums: Float64Array): void {
    const { numbers, terms, charges } = this;
    if (terms === 8) {
      this.atEight(cells, positions, count, sums);
      return;
    }
    const last = terms - 1 - (terms % 2);
    for (let i = 0; i < count; i++) {
      const cell = Math.max(cells[i], 0);
      const s = positions[i] - cell - 0.5;
      const t = s * s;
      let from = cell * charges * terms;
      for (let c = 0; c < charges; c++) {
        let even = terms % 2 === 1 ? numbers[from + terms - 1] : 0;
        let odd = 0;
        for (let k = from + last; k > from; k -= 2) {
          odd = odd * t + numbers[k];
          even = even * t + numbers[k - 1];
        }
        sums[i * charges + c] = even + s * odd;
        from += terms;
      }
    }
  }

  /** As `at`, written out for the usual window. */
  private atEight(cells: Int32Array, positions: Float64Array, count: number, sums: Float64Array): void {
    const { numbers: n, charges } = this;
    for (let i = 0, to = 0; i < count; i++) {
      const cell = Math.max(cells[i], 0);
      const s = positions[i] - cell - 0.5;
      const t = s * s;
      let k = cell * charges * 8;
      for (let c = 0; c < charges; c++, k += 8) {
        const even = ((n[k + 6] * t + n[k + 4]) * t + n[k + 2]) * t + n[k];
        const odd = ((n[k + 7] * t + n[k + 5]) * t + n[k + 3]) * t + n[k + 1];
        sums[to++] = even + s * odd;
      }
    }
  }
}
