/**
 * Local polynomials: at every query the polynomial of degree 0, 1 or 2 that fits the values best, by weighted least squares
 * (Fan and Gijbels 1996, ch. 3). Its constant is the mean, its slopes are the gradient. The sums it needs are weighted means
 * of monomials of t = (k − q) / h, besides α and α·v.
 */
import type { Moment } from "../../problem/moments.ts";

/** Monomials as exponents, one per coordinate, of total degree up to `degree`; the constant first, then the coordinates. */
export function monomials(dims: number, degree: number): number[][] {
  const result: number[][] = [];
  const extend = (powers: number[], left: number, exact: number) => {
    if (powers.length === dims) {
      if (left === 0) result.push(powers);
      return;
    }
    for (let p = left; p >= 0; p--) extend([...powers, p], left - p, exact);
  };
  for (let total = 0; total <= degree; total++) extend([], total, total);
  return result;
}

/** The moments of a fit: those of the keys up to twice the degree, then those of each value column. */
export interface FitMoments {
  readonly basis: readonly (readonly number[])[];
  readonly moments: readonly Moment[];
  /** For basis functions a and b, the index of their product among the keys' moments; −1 for the constant 1. */
  readonly product: readonly (readonly number[])[];
  /** For value column c and basis function a, the index of its moment. */
  readonly value: readonly (readonly number[])[];
}

/** @param slopes also the values' moments of degree 1 where the fit itself needs none: for the gradient of a local mean. */
export function fitMoments(dims: number, degree: number, columns: number, slopes: boolean): FitMoments {
  const basis = monomials(dims, degree);
  const valued = monomials(dims, Math.max(degree, slopes ? 1 : 0));
  const keyed = monomials(dims, Math.max(2 * degree, slopes ? 1 : 0)).slice(1);
  const moments: Moment[] = keyed.map((powers) => ({ column: undefined, powers }));
  const nameOf = (powers: readonly number[]) => powers.join();
  const indexOf = new Map(keyed.map((powers, i) => [nameOf(powers), i]));
  const value = Array.from({ length: columns }, (_, column) =>
    valued.map((powers) => moments.push({ column, powers }) - 1),
  );
  const product = basis.map((a) => basis.map((b) => indexOf.get(nameOf(a.map((p, j) => p + b[j]))) ?? -1));
  return { basis, moments, product, value };
}

/** How far a system is from singular: its least pivot. */
export interface Pivots {
  /** As a share of its diagonal. */
  readonly ofDiagonal: number;
  /** As a share of its basis function's size. */
  readonly ofScale: number;
}

export interface Solver {
  /**
   * Solves for the coefficients of every column, from the weighted means of the moments; writes them to `coefficients`
   * (columns × basis) and the first row of the inverse to `row`. If the least pivot is almost zero, these are of no use.
   */
  solve(means: Float64Array, coefficients: Float64Array, row: Float64Array): Pivots;
}

const SINGULAR: Pivots = { ofDiagonal: 0, ofScale: 0 };

/**
 * Cholesky's decomposition of the matrix of the basis' moments.
 * @param scale the size of each basis function
 */
export function solver({ basis, product, value }: FitMoments, scale: Float64Array): Solver {
  const size = basis.length;
  const lower = new Float64Array(size * size);
  const y = new Float64Array(size);
  return {
    solve(means, coefficients, row) {
      let [ofDiagonal, ofScale] = [1, 1];
      for (let a = 0; a < size; a++) {
        for (let b = 0; b <= a; b++) {
          const index = product[a][b];
          const diagonal = index < 0 ? 1 : means[index];
          let sum = diagonal;
          for (let k = 0; k < b; k++) sum -= lower[a * size + k] * lower[b * size + k];
          if (a > b) lower[a * size + b] = sum / lower[b * size + b];
          else {
            const pivot = diagonal > 0 ? sum / diagonal : 0;
            if (!(pivot > 0)) return SINGULAR;
            ofDiagonal = Math.min(ofDiagonal, pivot);
            ofScale = Math.min(ofScale, scale[a] > 0 ? sum / scale[a] ** 2 : 0);
            lower[a * size + a] = Math.sqrt(sum);
          }
        }
      }
      /** Solves for one right-hand side. */
      const substitute = (right: (a: number) => number, solution: Float64Array, at: number) => {
        for (let a = 0; a < size; a++) {
          let sum = right(a);
          for (let k = 0; k < a; k++) sum -= lower[a * size + k] * y[k];
          y[a] = sum / lower[a * size + a];
        }
        for (let a = size - 1; a >= 0; a--) {
          let sum = y[a];
          for (let k = a + 1; k < size; k++) sum -= lower[k * size + a] * solution[at + k];
          solution[at + a] = sum / lower[a * size + a];
        }
      };
      for (let c = 0; c < value.length; c++) substitute((a) => means[value[c][a]], coefficients, c * size);
      substitute((a) => (a === 0 ? 1 : 0), row, 0);
      return { ofDiagonal, ofScale };
    },
  };
}
