/**
 * Weighted least squares for one query whose keys determine the polynomial barely or not at all: of all best fits the one with the
 * least slopes and curvatures in units of the bandwidth, with a free constant (a ridge's limit). The weighted rows are rotated into a
 * triangle one at a time, whose columns are scaled to length 1 and decomposed into singular values, so that no digits are lost to a Gram
 * matrix, and units do not decide the rank.
 */
import type { Matrix } from "../../data/matrix.ts";
import type { QueryWeights } from "../../problem/problem.ts";
import { rotateInto, singularValues } from "./singular-values.ts";

/** Singular values below this share of the largest are rounding: float64's 1e-16, grown by the rows and rotations. */
const RANK_TOLERANCE = 1e-11;
/** What rounding leaves of a difference, as a share of its terms. */
const ROUNDING = 1e-14;
/** Coordinates that differ by less than this share of themselves are the same. */
const SAME = 2 ** -51;
/** Entries of unit vectors below this are rounding. */
const LEAST_ENTRY = 1e-10;
/** Monomials of bandwidths of 1e150 spreads are no float64. */
const LEAST_UNIT = 1e-300;

/** What the keys in reach determine: the whole polynomial, only its value at the query, or not even that. */
export type Determined = "polynomial" | "mean" | "nothing";

export interface MinimumNormFit {
  /**
   * Fits around `query`. Writes the coefficients of every column (columns × basis) and the first row of the pseudo-inverse (basis), which
   * do not depend on the order of the keys.
   */
  solve(query: Float64Array, found: QueryWeights, coefficients: Float64Array, row: Float64Array): Determined;
  /** Writes the weight of each key's value in the mean of the last fit. They sum to 1, and may be negative. */
  weigh(found: QueryWeights, weights: Float64Array): void;
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
  /** The heaviest key: next to others, rounding of the heaviest key's difference from the centre would count as a direction. */
  const origin = new Float64Array(dims);
  /** How far any key is from it, the unit of s; 0 if all are the same. */
  const spread = new Float64Array(dims);
  /** From the heaviest key to the centre of the keys, and from the query to that, in spreads. */
  const centre = new Float64Array(dims);
  const offset = new Float64Array(dims);
  const squareMeans = new Float64Array(size);
  /** The mean of each monomial around the query, and the size of its terms. */
  const means = new Float64Array(size);
  const meanTerms = new Float64Array(size);
  const valueMeans = new Float64Array(columns);
  /** The root mean square of each centred monomial; 0 for constant ones. */
  const lengths = new Float64Array(size);
  const terms = new Float64Array(size);
  /** A monomial's spreads in bandwidths. */
  const units = new Float64Array(size);
  const s = new Float64Array(dims);
  const right = new Float64Array(size * size);
  const left = new Float64Array(size * size);
  /** The polynomial that multiplies a key's weight in the mean, over the centred monomials in spreads. */
  const inSpreads = new Float64Array(size);
  const vector = new Float64Array(size);
  let total = 0;

  const place = (key: number) => {
    for (let j = 0; j < dims; j++)
      s[j] = spread[j] > 0 ? (keys.data[key * dims + j] - origin[j]) / spread[j] - centre[j] : 0;
  };
  const termsOf = (a: number): number => {
    const [i, j] = factors[a];
    if (j === undefined) return Math.abs(s[i]);
    const square = Math.abs(s[i] * s[j]) + Math.abs(squareMeans[a]);
    return square + Math.abs(offset[i] * s[j]) + Math.abs(offset[j] * s[i]);
  };
  /** t_i t_j or t_i less its weighted mean, from differences to the keys' own centre: exact however far the query is. */
  const centredMonomial = (a: number): number => {
    const [i, j] = factors[a];
    if (j === undefined) return s[i];
    const value = s[i] * s[j] - squareMeans[a] + offset[i] * s[j] + offset[j] * s[i];
    return Math.abs(value) > ROUNDING * termsOf(a) ? value : 0;
  };

  /** Sets the origin, and the keys' spread and centre about it. */
  const measure = (query: Float64Array, { keys: found, weights, count }: QueryWeights) => {
    let heaviest = 0;
    for (let i = 1; i < count; i++)
      if (
        weights[i] > weights[heaviest] ||
        (weights[i] === weights[heaviest] && isBefore(keys, found[i], found[heaviest]))
      )
        heaviest = i;
    for (let j = 0; j < dims; j++) {
      const x = (i: number) => keys.data[found[i] * dims + j];
      origin[j] = x(heaviest);
      let [most, largest, sum] = [0, Math.abs(query[j]), 0];
      for (let i = 0; i < count; i++) {
        most = Math.max(most, Math.abs(x(i) - origin[j]));
        largest = Math.max(largest, Math.abs(x(i)));
      }
      const difference = origin[j] - query[j];
      spread[j] = most > SAME * largest ? most : 0;
      if (spread[j] === 0) {
        centre[j] = 0;
        offset[j] = Math.abs(difference) > SAME * largest ? difference / bandwidth[j] : 0;
        continue;
      }
      for (let i = 0; i < count; i++) sum += weights[i] * ((x(i) - origin[j]) / most);
      centre[j] = sum / total;
      offset[j] = difference / most + centre[j];
    }
    for (let a = 0; a < size; a++) {
      const unit = factors[a].reduce((all, j) => (spread[j] > 0 ? all * (spread[j] / bandwidth[j]) : all), 1);
      units[a] = Math.max(unit, LEAST_UNIT);
    }
  };

  /** Sets the means, and rotates the weighted rows of all keys into the triangle. */
  const triangulate = ({ keys: found, weights, count }: QueryWeights) => {
    squareMeans.fill(0);
    valueMeans.fill(0);
    for (let i = 0; i < count; i++) {
      place(found[i]);
      for (let a = dims; a < size; a++) {
        const [p, q] = factors[a];
        squareMeans[a] += (weights[i] * s[p] * s[q]) / total;
      }
      for (let c = 0; c < columns; c++)
        valueMeans[c] += (weights[i] * values.data[found[i] * columns + c]) / total;
    }
    for (let a = 0; a < size; a++) {
      const [i, j] = factors[a];
      const product = offset[i] * (j === undefined ? 1 : offset[j]);
      means[a] = squareMeans[a] + product;
      meanTerms[a] = Math.abs(squareMeans[a]) + Math.abs(product);
    }
    triangle.fill(0);
    terms.fill(0);
    for (let i = 0; i < count; i++) {
      place(found[i]);
      const root = Math.sqrt(weights[i] / total);
      for (let a = 0; a < size; a++) {
        line[a] = root * centredMonomial(a);
        terms[a] += (root * termsOf(a)) ** 2;
      }
      for (let c = 0; c < columns; c++)
        line[size + c] = root * (values.data[found[i] * columns + c] - valueMeans[c]);
      rotateInto(triangle, line, size, width);
    }
    for (let a = 0; a < size; a++) {
      let square = 0;
      for (let b = 0; b <= a; b++) square += triangle[b * width + a] ** 2;
      lengths[a] = square > 100 * ROUNDING ** 2 * terms[a] ? Math.sqrt(square) : 0;
    }
  };

  /** The directions of coefficients that the keys leave free, in bandwidths: an orthonormal basis. */
  const freeDirections = (isKept: (k: number) => boolean): Float64Array[] => {
    const free: Float64Array[] = [];
    for (let k = 0; k < size; k++)
      if (!isKept(k)) free.push(Float64Array.from({ length: size }, (_, a) => right[a * size + k]));
    if (free.length === 0) return free;
    // In bandwidths they may be almost parallel: first each gets a monomial that no later one has, the dearest one left.
    const unitOf = (a: number) => (lengths[a] || 1) * units[a];
    intoEchelon(
      free,
      [...units.keys()].sort((a, b) => unitOf(a) - unitOf(b)),
    );
    for (const [i, direction] of free.entries()) {
      for (let a = 0; a < size; a++) direction[a] /= unitOf(a);
      normalise(direction);
      for (let pass = 0; pass < 2; pass++) {
        project(direction, free.slice(0, i));
        normalise(direction);
      }
    }
    return free;
  };

  /** Whether all polynomials that fit the keys best have the same value at the query. */
  const isMeanDetermined = (isKept: (k: number) => boolean): boolean => {
    for (let k = 0; k < size; k++) {
      if (isKept(k)) continue;
      let [sum, most] = [0, 0];
      for (let a = 0; a < size; a++) {
        const along = right[a * size + k] / (lengths[a] || 1);
        sum += along * means[a];
        most += Math.abs(along) * meanTerms[a];
      }
      if (Math.abs(sum) > RANK_TOLERANCE * most) return false;
    }
    return true;
  };

  return {
    solve(query, found, coefficients, row) {
      const { weights, count } = found;
      coefficients.fill(count > 0 ? 0 : NaN);
      row.fill(count > 0 ? 0 : NaN);
      if (count === 0) return "nothing";
      total = 0;
      for (let i = 0; i < count; i++) total += weights[i];
      measure(query, found);
      triangulate(found);
      for (let a = 0; a < size; a++)
        for (let b = 0; b < size; b++)
          left[a * size + b] = lengths[b] > 0 ? triangle[a * width + b] / lengths[b] : 0;
      const singular = singularValues(left, right, size);
      const least = RANK_TOLERANCE * singular.reduce((most, value) => Math.max(most, value), 0);
      const isKept = (k: number) => singular[k] > least;
      const free = freeDirections(isKept);
      // Along free directions the polynomial is flat.
      for (let a = 0; a < size; a++) vector[a] = means[a] * units[a];
      project(vector, free);
      const meansInSpreads = vector.map((x, a) => x / units[a]);

      row[0] = 1;
      inSpreads.fill(0);
      for (let c = 0; c < columns; c++) coefficients[c * (size + 1)] = valueMeans[c];
      for (let k = 0; k < size; k++) {
        if (!isKept(k)) continue;
        // Column k of `left` is u·σ.
        let atQuery = 0;
        for (let a = 0; a < size; a++)
          if (lengths[a] > 0) atQuery += (right[a * size + k] * meansInSpreads[a]) / lengths[a];
        atQuery /= singular[k];
        row[0] += atQuery ** 2;
        for (let a = 0; a < size; a++)
          if (lengths[a] > 0) inSpreads[a] -= ((right[a * size + k] / lengths[a]) * atQuery) / singular[k];
        for (let c = 0; c < columns; c++) {
          let projected = 0;
          for (let a = 0; a < size; a++) projected += left[a * size + k] * triangle[a * width + size + c];
          projected /= singular[k];
          coefficients[c * (size + 1)] -= atQuery * projected;
          for (let a = 0; a < size; a++)
            if (lengths[a] > 0)
              coefficients[c * (size + 1) + 1 + a] +=
                (right[a * size + k] * projected) / singular[k] / (lengths[a] * units[a]);
        }
      }
      for (let a = 0; a < size; a++) row[1 + a] = inSpreads[a] / units[a];
      project(row.subarray(1), free);
      for (let c = 0; c < columns; c++)
        project(coefficients.subarray(c * (size + 1) + 1, (c + 1) * (size + 1)), free);
      if (free.length === 0) return "polynomial";
      return isMeanDetermined(isKept) ? "mean" : "nothing";
    },
    weigh({ keys: found, weights, count }, own) {
      for (let i = 0; i < count; i++) {
        place(found[i]);
        let polynomial = 1;
        for (let a = 0; a < size; a++)
          if (inSpreads[a] !== 0) polynomial += inSpreads[a] * centredMonomial(a);
        own[i] = (weights[i] / total) * polynomial;
      }
    },
  };
}

/** Whether a key's coordinates come before another's. */
function isBefore({ data, dims }: Matrix, key: number, other: number): boolean {
  for (let j = 0; j < dims; j++) {
    const difference = data[key * dims + j] - data[other * dims + j];
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** Rotates orthonormal vectors among themselves until each has an entry that all later ones lack, the first of `order` that it can have. */
function intoEchelon(vectors: readonly Float64Array[], order: readonly number[]): void {
  let first = 0;
  for (const a of order) {
    for (let k = first + 1; k < vectors.length; k++) {
      const [x, y] = [vectors[first][a], vectors[k][a]];
      if (y === 0) continue;
      const length = Math.hypot(x, y);
      for (let b = 0; b < vectors[k].length; b++) {
        const [upper, lower] = [vectors[first][b], vectors[k][b]];
        vectors[first][b] = (x * upper + y * lower) / length;
        vectors[k][b] = (x * lower - y * upper) / length;
      }
      vectors[k][a] = 0;
    }
    if (first === vectors.length) return;
    if (Math.abs(vectors[first][a]) > LEAST_ENTRY) first++;
    else vectors[first][a] = 0;
  }
}

/** Takes off a vector its parts along orthonormal directions. */
function project(vector: Float64Array, directions: readonly Float64Array[]): void {
  for (const direction of directions) {
    let along = 0;
    for (let a = 0; a < vector.length; a++) along += vector[a] * direction[a];
    for (let a = 0; a < vector.length; a++) vector[a] -= along * direction[a];
  }
}

function normalise(vector: Float64Array): void {
  const most = vector.reduce((largest, x) => Math.max(largest, Math.abs(x)), 0);
  if (!(most > 0)) return;
  let squares = 0;
  for (const x of vector) squares += (x / most) ** 2;
  const length = most * Math.sqrt(squares);
  for (let a = 0; a < vector.length; a++) vector[a] /= length;
}
