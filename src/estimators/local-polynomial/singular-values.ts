/** A triangle of rotated rows (Golub and Van Loan 2013, §5.1.8, §6.5) and its singular values by one-sided Jacobi rotations (Hestenes 1958). */

/** Columns whose cosine is below this are orthogonal. */
const ORTHOGONAL = 1e-15;
/** Columns shorter than this share of the longest are rounding, whose angles with others never settle. */
const ROUNDING = 1e-14;
/** Jacobi sweeps, at most; the convergence is quadratic. */
const MAX_SWEEPS = 60;

/** Givens rotations that take a row into the triangle of `size` rows; the row is overwritten. */
export function rotateInto(triangle: Float64Array, row: Float64Array, size: number, width: number): void {
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
export function singularValues(a: Float64Array, v: Float64Array, size: number): Float64Array {
  v.fill(0);
  for (let i = 0; i < size; i++) v[i * size + i] = 1;
  for (let sweep = 0, moved = true; moved && sweep < MAX_SWEEPS; sweep++) {
    moved = false;
    const least = (ROUNDING * Math.max(...lengthsOf(a, size))) ** 2;
    for (let p = 0; p < size - 1; p++) {
      for (let q = p + 1; q < size; q++) {
        let [pp, qq, pq] = [0, 0, 0];
        for (let i = 0; i < size; i++) {
          const [x, y] = [a[i * size + p], a[i * size + q]];
          pp += x * x;
          qq += y * y;
          pq += x * y;
        }
        if (Math.min(pp, qq) <= least || Math.abs(pq) <= ORTHOGONAL * Math.sqrt(pp * qq)) continue;
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
  return lengthsOf(a, size);
}

/** The lengths of the columns of a square matrix. */
function lengthsOf(a: Float64Array, size: number): Float64Array {
  return Float64Array.from({ length: size }, (_, k) => {
    let sum = 0;
    for (let i = 0; i < size; i++) sum += a[i * size + k] ** 2;
    return Math.sqrt(sum);
  });
}
