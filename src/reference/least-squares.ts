/** Least squares by singular values, from one-sided Jacobi rotations (Hestenes 1958): no digits are lost to a Gram matrix. */

/** Singular values below this share of the largest count as 0. */
const RANK_TOLERANCE = 1e-11;
/** Columns whose cosine is below this are orthogonal. */
const ORTHOGONAL = 1e-15;
/** Columns shorter than this share of the longest are rounding, whose angles with others never settle. */
const ROUNDING = 1e-14;
const MAX_SWEEPS = 60;

type Columns = readonly Float64Array[];

/** The rows of the pseudo-inverse A⁺ of a matrix given by its columns: A⁺ b is the shortest of the vectors with least |A x − b|. */
export const pseudoInverse = (columns: Columns): Float64Array[] => inverseOf(rotated(columns));

/** A⁺ = Σ over the singular values of v uᵀ / σ, and a = u σ. */
const inverseOf = ({ a, v, squares, kept }: Rotated): Float64Array[] =>
  v.map((_, i) => {
    const row = new Float64Array(a[0].length);
    for (const [k, own] of v.entries())
      if (kept[k]) for (let r = 0; r < row.length; r++) row[r] += (own[i] * a[k][r]) / squares[k];
    return row;
  });

/**
 * The pseudo-inverse of columns that may be of very different sizes: whether they determine x is decided after each is scaled to length 1, so that
 * it does not depend on their units. Of several x the shortest in the given units is taken.
 */
export function scaledPseudoInverse(columns: Columns): Float64Array[] {
  const lengths = columns.map((column) => Math.sqrt(dot(column, column)) || 1);
  const scaled = columns.map((column, i) => column.map((x) => x / lengths[i]));
  const turned = rotated(scaled);
  const some = inverseOf(turned).map((row, i) => row.map((x) => x / lengths[i]));
  const { v, kept } = turned;
  const free = v.filter((_, k) => !kept[k]).map((direction) => direction.map((x, i) => x / lengths[i]));
  // The shortest x is any of them less its projection on the directions that are free.
  const projections = pseudoInverse(free).map((row) =>
    columns[0].map((_, r) => some.reduce((sum, own, i) => sum + row[i] * own[r], 0)),
  );
  return some.map((row, i) =>
    row.map((x, r) => projections.reduce((rest, along, k) => rest - free[k][i] * along[r], x)),
  );
}

/** A V = U Σ: the columns turned until they are orthogonal, U Σ, and those of V, with the squares of Σ and which of them count. */
interface Rotated {
  readonly a: Columns;
  readonly v: Columns;
  readonly squares: readonly number[];
  readonly kept: readonly boolean[];
}

function rotated(columns: Columns): Rotated {
  const size = columns.length;
  const a = columns.map((column) => column.slice());
  const v = columns.map((_, i) => Float64Array.from({ length: size }, (_, j) => (i === j ? 1 : 0)));
  for (let sweep = 0, turned = true; turned && sweep < MAX_SWEEPS; sweep++) {
    turned = false;
    const least = ROUNDING ** 2 * Math.max(...a.map((column) => dot(column, column)));
    for (let p = 0; p < size - 1; p++)
      for (let q = p + 1; q < size; q++) {
        const [pp, qq, pq] = [dot(a[p], a[p]), dot(a[q], a[q]), dot(a[p], a[q])];
        if (Math.min(pp, qq) <= least || Math.abs(pq) <= ORTHOGONAL * Math.sqrt(pp) * Math.sqrt(qq)) continue;
        turned = true;
        const angle = Math.atan2(2 * pq, pp - qq) / 2;
        turn(a[p], a[q], angle);
        turn(v[p], v[q], angle);
      }
  }
  const squares = a.map((column) => dot(column, column));
  const least = RANK_TOLERANCE ** 2 * Math.max(...squares, 0);
  return { a, v, squares, kept: squares.map((square) => square > least) };
}

function dot(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * y[i];
  return sum;
}

/** x′ = x cos + y sin and y′ = y cos − x sin. */
function turn(x: Float64Array, y: Float64Array, angle: number): void {
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  for (let i = 0; i < x.length; i++) {
    const [before, other] = [x[i], y[i]];
    x[i] = cosine * before + sine * other;
    y[i] = cosine * other - sine * before;
  }
}
