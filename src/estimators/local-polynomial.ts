/**
 * Local polynomials: at every query the polynomial of degree 0, 1 or 2 that fits the values best, by weighted least squares
 * (Fan and Gijbels 1996, ch. 3). Its constant is the mean, its slopes are the gradient. The sums it needs are weighted means
 * of monomials of t = (k − q) / h, beside α and beside α·v.
 */
import type { Moment } from "../moments.ts";

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

/** How much of a basis function may be explained by those before it until the system counts as singular. */
const SINGULAR = 1e-12;

export interface Solver {
  /**
   * Solves for the coefficients of every column, from the weighted means of the moments; writes them to `coefficients`
   * (columns × basis) and returns the least pivot, as a share of its diagonal: how far from singular the system is. Where it
   * is singular, the basis functions that add nothing get the coefficient 0: a ridge's limit. `row` takes the first row of the
   * inverse.
   */
  solve(means: Float64Array, coefficients: Float64Array, row: Float64Array): number;
}

/** Cholesky's decomposition of the matrix of the basis' moments, with singular directions left out. */
export function solver({ basis, product, value }: FitMoments): Solver {
  const size = basis.length;
  const lower = new Float64Array(size * size);
  const left = new Uint8Array(size);
  const y = new Float64Array(size);
  return {
    solve(means, coefficients, row) {
      let least = 1;
      for (let a = 0; a < size; a++) {
        for (let b = 0; b <= a; b++) {
          const index = product[a][b];
          let sum = index < 0 ? 1 : means[index];
          const diagonal = sum;
          for (let k = 0; k < b; k++) sum -= lower[a * size + k] * lower[b * size + k];
          if (a > b) {
            lower[a * size + b] = left[b] ? 0 : sum / lower[b * size + b];
            continue;
          }
          const pivot = diagonal > 0 ? sum / diagonal : 0;
          least = Math.min(least, pivot);
          left[a] = pivot > SINGULAR ? 0 : 1;
          lower[a * size + a] = left[a] ? 1 : Math.sqrt(sum);
          if (left[a]) for (let k = 0; k < a; k++) lower[a * size + k] = 0;
        }
      }
      /** Solves for one right-hand side. */
      const substitute = (right: (a: number) => number, solution: Float64Array, at: number) => {
        for (let a = 0; a < size; a++) {
          let sum = left[a] ? 0 : right(a);
          for (let k = 0; k < a; k++) sum -= lower[a * size + k] * y[k];
          y[a] = left[a] ? 0 : sum / lower[a * size + a];
        }
        for (let a = size - 1; a >= 0; a--) {
          let sum = y[a];
          for (let k = a + 1; k < size; k++) sum -= lower[k * size + a] * solution[at + k];
          solution[at + a] = left[a] ? 0 : sum / lower[a * size + a];
        }
      };
      for (let c = 0; c < value.length; c++) substitute((a) => means[value[c][a]], coefficients, c * size);
      substitute((a) => (a === 0 ? 1 : 0), row, 0);
      return least;
    },
  };
}
