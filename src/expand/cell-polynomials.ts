/**
 * In one coordinate, windows are polynomials on each cell of the grid: keys of a cell are known to the grid by their
 * moments Σ charge·sᵏ alone, and queries see the grid as a polynomial in s. So a point costs one Horner scheme.
 */
import type { Window } from "./window.ts";

export class CellPolynomials {
  private readonly charges: number;
  private readonly points: number;
  /** Powers s⁰ … of a moment or polynomial. */
  private readonly terms: number;
  /** windows[j] are the coefficients of the window at the cell's grid point `first + j`. */
  private readonly windows: Float64Array[];
  private readonly first: number;
  /** Moments while keys are added, polynomials afterwards: [cell][charge][power]. */
  private readonly numbers: Float64Array;

  constructor({ width, polynomials }: Window, points: number, charges: number) {
    this.charges = charges;
    this.points = points;
    this.terms = polynomials[0].length;
    this.first = 1 - width / 2;
    const mirrored = polynomials.map((p) => p.map((c, k) => (k % 2 === 0 ? c : -c)));
    this.windows = [...mirrored.reverse(), ...polynomials];
    this.numbers = new Float64Array(points * charges * this.terms);
  }

  /** Adds a key with charge 1 for Σ α and these for its columns. */
  add(position: number, columns: Float64Array): void {
    const { numbers, terms, charges } = this;
    const cell = Math.floor(position);
    const s = position - cell - 0.5;
    const at = cell * charges * terms;
    let power = 1;
    if (charges === 2) {
      const value = columns[0];
      for (let k = at; k < at + terms; k++) {
        numbers[k] += power;
        numbers[k + terms] += value * power;
        power *= s;
      }
      return;
    }
    for (let k = at; k < at + terms; k++) {
      numbers[k] += power;
      for (let c = 1; c < charges; c++) numbers[k + c * terms] += columns[c - 1] * power;
      power *= s;
    }
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
    numbers.fill(0);
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

  /** The sum `charge` at a position; even and odd powers apart, so that a processor can do both at once. */
  at(position: number, charge: number): number {
    const { numbers, terms, charges } = this;
    const cell = Math.floor(position);
    const s = position - cell - 0.5;
    const t = s * s;
    const from = (cell * charges + charge) * terms;
    let even = 0;
    let odd = 0;
    let k = from + terms - 1;
    if (terms % 2 === 1) even = numbers[k--];
    for (; k > from; k -= 2) {
      odd = odd * t + numbers[k];
      even = even * t + numbers[k - 1];
    }
    return even + s * odd;
  }
}
