/**
 * Weighted least squares for one query where the keys in reach determine the polynomial barely or not at all: of all best fits
 * the one whose slopes and curvatures are least, in units of the bandwidth, with a free constant (a ridge's limit). The
 * weighted rows are rotated into a triangle one at a time (Golub and Van Loan 2013, §5.1.8, §6.5), and the triangle is decomposed into singular
 * values by one-sided Jacobi rotations (Hestenes 1958), so that no digits are lost to a Gram matrix.
 */
import type { Matrix } from "../../data/matrix.ts";
import type { QueryWeights } from "../../problem/problem.ts";

/** Singular values below this share of the largest are rounding: float64's 1e-16, grown by the rows and rotations. */
const RANK_TOLERANCE = 1e-11;
/** Jacobi sweeps, at most; the convergence is quadratic. */
const MAX_SWEEPS = 60;

export interface MinimumNormFit {
  /**
   * Fits around `query`. Writes the coefficients of every column (columns × basis) and the first row of the pseudo-inverse (basis).
   * @returns whether the keys determine the polynomial.
   */
  solve(query: Float64Array, found: QueryWeights, coefficients: Float64Array, row: Float64Array): boolean;
}

/**
 * @param basis monomials of degree 0 to 2, the constant first
 * @param values columns that are centred already
 */
export function minimumNormFit(
  basis: readonly (readonly number[])[],
  keys: Matrix,
  values: Matrix,
  bandwidth: readonly number[],
): MinimumNormFit {
  const { dims } = keys;
  const columns = values.dims;
  const size = basis.length - 1;
  const width = size + columns;
  /** The coordinates that each monomial multiplies: 0, 2 for t₀ t₂. */
  const factors = basis.slice(1).map((powers) => powers.flatMap((p, j) => new Array<number>(p).fill(j)));
  const triangle = new Float64Array(size * width);
  const line = new Float64Array(width);
  /** One of the keys, and from it to their centre: their sum would be rounded where keys lie far from the origin. */
  const first = new Float64Array(dims);
  const centre = new Float64Array(dims);
  /** From the query to the centre of the keys, in bandwidths. */
  const offset = new Float64Array(dims);
  const squareMeans = new Float64Array(size);
  const basisMeans = new Float64Array(size);
  const valueMeans = new Float64Array(columns);
  const s = new Float64Array(dims);
  const right = new Float64Array(size * size);
  const left = new Float64Array(size * size);

  const scaled = (key: number) => {
    for (let j = 0; j < dims; j++) s[j] = (keys.data[key * dims + j] - first[j] - centre[j]) / bandwidth[j];
  };
  /** t_i t_j or t_i less its weighted mean, from differences to the keys' own centre: exact however far the query is. */
  const centredMonomial = (a: number): number => {
    const [i, j] = factors[a];
    if (j === undefined) return s[i];
    return s[i] * s[j] - squareMeans[a] + offset[i] * s[j] + offset[j] * s[i];
  };

  return {
    solve(query, { keys: found, weights, count }, coefficients, row) {
      coefficients.fill(count > 0 ? 0 : NaN);
      row.fill(count > 0 ? 0 : NaN);
      if (count === 0) return true;
      let total = 0;
      for (let i = 0; i < count; i++) total += weights[i];
      for (let j = 0; j < dims; j++) {
        first[j] = keys.data[found[0] * dims + j];
        let sum = 0;
        for (let i = 0; i < count; i++) sum += weights[i] * (keys.data[found[i] * dims + j] - first[j]);
        centre[j] = sum / total;
        offset[j] = (first[j] - query[j] + centre[j]) / bandwidth[j];
      }
      squareMeans.fill(0);
      valueMeans.fill(0);
      for (let i = 0; i < count; i++) {
        scaled(found[i]);
        for (let a = 0; a < size; a++) {
          const [p, q] = factors[a];
          if (q !== undefined) squareMeans[a] += (weights[i] * s[p] * s[q]) / total;
        }
        for (let c = 0; c < columns; c++)
          valueMeans[c] += (weights[i] * values.data[found[i] * columns + c]) / total;
      }
      for (let a = 0; a < size; a++) {
        const [i, j] = factors[a];
        basisMeans[a] = j === undefined ? offset[i] : squareMeans[a] + offset[i] * offset[j];
      }

      triangle.fill(0);
      for (let i = 0; i < count; i++) {
        scaled(found[i]);
        const root = Math.sqrt(weights[i] / total);
        for (let a = 0; a < size; a++) line[a] = root * centredMonomial(a);
        for (let c = 0; c < columns; c++)
          line[size + c] = root * (values.data[found[i] * columns + c] - valueMeans[c]);
        rotateInto(triangle, line, size, width);
      }
      for (let a = 0; a < size; a++)
        for (let b = 0; b < size; b++) left[a * size + b] = triangle[a * width + b];
      const singular = singularValues(left, right, size);

      let rank = 0;
      const least = RANK_TOLERANCE * Math.max(...singular, 0);
      for (let k = 0; k < size; k++) {
        if (!(singular[k] > least)) continue;
        rank++;
        // Column k of `left` is u·σ.
        let along = 0;
        for (let a = 0; a < size; a++) along += right[a * size + k] * basisMeans[a];
        for (let a = 0; a < size; a++) row[1 + a] -= (right[a * size + k] * along) / singular[k] ** 2;
        for (let c = 0; c < columns; c++) {
          let projected = 0;
          for (let a = 0; a < size; a++) projected += left[a * size + k] * triangle[a * width + size + c];
          for (let a = 0; a < size; a++)
            coefficients[c * (size + 1) + 1 + a] += (right[a * size + k] * projected) / singular[k] ** 2;
        }
      }
      row[0] = 1;
      for (let a = 0; a < size; a++) row[0] -= row[1 + a] * basisMeans[a];
      for (let c = 0; c < columns; c++) {
        let constant = valueMeans[c];
        for (let a = 0; a < size; a++) constant -= coefficients[c * (size + 1) + 1 + a] * basisMeans[a];
        coefficients[c * (size + 1)] = constant;
      }
      return rank === size;
    },
  };
}

/** Givens rotations that take a row into the triangle of `size` rows; the row is overwritten. */
function rotateInto(triangle: Float64Array, row: Float64Array, size: number, width: number): void {
  for (let j = 0; j < size; j++) {
    const below = row[j];
    if (below === 0) continue;
    const at = j * width;
    const above = triangle[at + j];
    const length = Math.hypot(above, below);
    const [cosine, sine] = [above / length, below / length];
    for (let k = j; k < width; k++) {
      const [upper, lower] = [triangle[at + k], row[k]];
      triangle[at + k] = cosine * upper + sine * lower;
      row[k] = cosine * lower - sine * upper;
    }
  }
}

/** Rotates the columns of a square matrix until they are orthogonal: A V = U Σ. A becomes U Σ; returns Σ, in no order. */
function singularValues(a: Float64Array, v: Float64Array, size: number): Float64Array {
  v.fill(0);
  for (let i = 0; i < size; i++) v[i * size + i] = 1;
  for (let sweep = 0, moved = true; moved && sweep < MAX_SWEEPS; sweep++) {
    moved = false;
    for (let p = 0; p < size - 1; p++) {
      for (let q = p + 1; q < size; q++) {
        let [pp, qq, pq] = [0, 0, 0];
        for (let i = 0; i < size; i++) {
          const [x, y] = [a[i * size + p], a[i * size + q]];
          pp += x * x;
          qq += y * y;
          pq += x * y;
        }
        if (Math.abs(pq) <= 1e-16 * Math.sqrt(pp * qq)) continue;
        moved = true;
        const zeta = (qq - pp) / (2 * pq);
        const tangent = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
        const cosine = 1 / Math.sqrt(1 + tangent * tangent);
        const sine = cosine * tangent;
        for (const matrix of [a, v])
          for (let i = 0; i < size; i++) {
            const [x, y] = [matrix[i * size + p], matrix[i * size + q]];
            matrix[i * size + p] = cosine * x - sine * y;
            matrix[i * size + q] = sine * x + cosine * y;
          }
      }
    }
  }
  return Float64Array.from({ length: size }, (_, k) => {
    let sum = 0;
    for (let i = 0; i < size; i++) sum += a[i * size + k] ** 2;
    return Math.sqrt(sum);
  });
}
