/**
 * In one coordinate, windows are polynomials on each cell of the grid: keys of a cell are known to the grid by their
 * moments Σ charge·sᵏ alone, and queries see the grid as a polynomial in s. So a point costs one Horner scheme. Numbers are
 * [cell][charge][power]; windows have an even number of terms.
 */
import type { Window } from "../transform/window.ts";
import { KEYS_PER_BATCH } from "./key-batches.ts";
import { locatePoint, PER_AXIS } from "./places.ts";
import { wasmCellKernels } from "./wasm/cell-kernels.ts";
import type { PointKernels } from "./wasm/point-kernels.ts";

/** Powers s⁰ … of a moment or polynomial. */
const termsOf = ({ polynomials }: Window) => polynomials[0].length;

/** So few points are handled by the loops in TypeScript in the time that memory for WebAssembly takes. */
const FEW = 2 ** 13;

/** Kernels for so many points whose grid is the numbers of cells: `spread` adds to moments, `read` reads polynomials. */
export function cellKernels(window: Window, cells: number, charges: number, points: number): PointKernels {
  if (points > FEW)
    try {
      return wasmCellKernels(termsOf(window), cells, charges);
    } catch {
      // No WebAssembly, or a page whose policy forbids it.
    }
  return new CellLoops(termsOf(window), cells, charges);
}

/** The kernels in TypeScript: even and odd powers side by side. */
export class CellLoops implements PointKernels {
  readonly coordinates = new Float64Array(KEYS_PER_BATCH);
  readonly places = new Float64Array(PER_AXIS);
  readonly cells = new Int32Array(KEYS_PER_BATCH);
  readonly charged: Float64Array;
  readonly grid: Float64Array;
  private readonly charges: number;
  private readonly terms: number;
  private readonly position = new Float64Array(1);

  constructor(terms: number, cells: number, charges: number) {
    this.terms = terms;
    this.charges = charges;
    this.charged = new Float64Array(KEYS_PER_BATCH * charges);
    this.grid = new Float64Array(cells * charges * terms);
  }

  spread(count: number): void {
    const { grid, terms, charges, charged } = this;
    for (let b = 0; b < count; b++) {
      this.locate(b);
      const [position] = this.position;
      const cell = Math.floor(position);
      const s = position - cell - 0.5;
      const t = s * s;
      let at = cell * charges * terms;
      for (let c = 0; c < charges; c++) {
        let even = charged[b * charges + c];
        let odd = even * s;
        for (const end = at + terms; at < end; at += 2) {
          grid[at] += even;
          grid[at + 1] += odd;
          even *= t;
          odd *= t;
        }
      }
    }
  }

  read(count: number): void {
    const { grid, terms, charges, charged, cells } = this;
    for (let b = 0; b < count; b++) {
      const isPlaced = this.locate(b);
      const position = isPlaced ? this.position[0] : 0;
      const cell = Math.floor(position);
      const s = position - cell - 0.5;
      const t = s * s;
      cells[b] = isPlaced ? cell : -1;
      let from = cell * charges * terms;
      for (let c = 0; c < charges; c++) {
        let even = grid[from + terms - 2];
        let odd = grid[from + terms - 1];
        for (let k = from + terms - 4; k >= from; k -= 2) {
          even = even * t + grid[k];
          odd = odd * t + grid[k + 1];
        }
        charged[b * charges + c] = even + s * odd;
        from += terms;
      }
    }
  }

  private locate(b: number): boolean {
    return locatePoint(this.coordinates, this.places, b, this.position);
  }
}

/** What the keys of each cell weigh together. */
export function countsOf(moments: Float64Array, window: Window, charges: number): Float64Array {
  const each = charges * termsOf(window);
  return Float64Array.from({ length: moments.length / each }, (_, cell) => moments[cell * each]);
}

/** Moments of cells → a grid for each charge. */
export function gridsOfMoments(moments: Float64Array, window: Window, charges: number): Float64Array {
  const terms = termsOf(window);
  const points = moments.length / charges / terms;
  const grids = new Float64Array(points * charges);
  const { first, windows } = windowsOf(window);
  for (let cell = -first; cell < points + first - 1; cell++) {
    if (moments[cell * charges * terms] === 0) continue; // no keys
    for (let c = 0; c < charges; c++) {
      const at = (cell * charges + c) * terms;
      for (let j = 0; j < windows.length; j++) {
        let sum = 0;
        for (let k = 0; k < terms; k++) sum += windows[j][k] * moments[at + k];
        grids[c * points + cell + first + j] += sum;
      }
    }
  }
  return grids;
}

/** A grid for each charge → polynomials of cells. */
export function polynomialsOfGrids(grids: Float64Array, window: Window, charges: number): Float64Array {
  const terms = termsOf(window);
  const points = grids.length / charges;
  const polynomials = new Float64Array(points * charges * terms);
  const { first, windows } = windowsOf(window);
  for (let cell = -first; cell < points + first - 1; cell++) {
    for (let c = 0; c < charges; c++) {
      const at = (cell * charges + c) * terms;
      for (let j = 0; j < windows.length; j++) {
        const value = grids[c * points + cell + first + j];
        for (let k = 0; k < terms; k++) polynomials[at + k] += windows[j][k] * value;
      }
    }
  }
  return polynomials;
}

/** windows[j] are the coefficients of the window at the cell's grid point `first + j`. */
function windowsOf({ width, polynomials }: Window) {
  const mirrored = polynomials.map((p) => p.map((c, k) => (k % 2 === 0 ? c : -c)));
  return { first: 1 - width / 2, windows: [...mirrored.reverse(), ...polynomials] };
}
