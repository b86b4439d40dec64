/** Linear maps A of coordinates, as square matrices in rows: a Gaussian of bandwidth 1 in A x is one of the bandwidths 1 / Aⱼⱼ in x if A is diagonal. */
import type { Matrix } from "../../data/matrix.ts";

/** Entries of a symmetric generator G, each by its row and column. */
export type Pairs = readonly (readonly [number, number])[];

/** The diagonal map of bandwidths. */
export function diagonal(bandwidth: readonly number[]): Float64Array {
  const dims = bandwidth.length;
  const map = new Float64Array(dims * dims);
  for (const [j, h] of bandwidth.entries()) map[j * dims + j] = 1 / h;
  return map;
}

/** A D⁻¹ for a diagonal D: the map of coordinates in units. */
export const inUnits = (map: Float64Array, units: readonly number[]): Float64Array =>
  map.map((x, i) => x / units[i % units.length]);

/** A ← e^G A with a symmetric G: for a diagonal A its entries' logarithms move by G's. */
export function moved(map: Float64Array, dims: number, pairs: Pairs, moves: Float64Array): Float64Array {
  const generator = new Float64Array(dims * dims);
  for (const [p, [a, b]] of pairs.entries())
    generator[a * dims + b] = generator[b * dims + a] = a === b ? moves[p] : moves[p] / 2;
  // e^G A = A + G A + G² A / 2 + …: steps are short, so the series is too.
  const result = map.slice();
  let term = map;
  for (let k = 1; k <= 12; k++) {
    term = product(generator, term, dims).map((x) => x / k);
    for (let i = 0; i < result.length; i++) result[i] += term[i];
  }
  return result;
}

function product(a: Float64Array, b: Float64Array, dims: number): Float64Array {
  const result = new Float64Array(dims * dims);
  for (let i = 0; i < dims; i++)
    for (let k = 0; k < dims; k++)
      for (let j = 0; j < dims; j++) result[i * dims + j] += a[i * dims + k] * b[k * dims + j];
  return result;
}

/** A x of every row. */
export function transformed({ data, dims, count }: Matrix, map: Float64Array): Matrix {
  const result = new Float64Array(data.length);
  for (let at = 0; at < data.length; at += dims)
    for (let i = 0; i < dims; i++) {
      let sum = 0;
      for (let j = 0; j < dims; j++) sum += map[i * dims + j] * data[at + j];
      result[at + i] = sum;
    }
  return { data: result, dims, count };
}

/** Cosines of columns that are orthogonal up to rounding. */
const ORTHOGONAL = 1e-15;
const MOST_SWEEPS = 30;

/**
 * 1 over the singular values of A, ascending: the lengths of its columns once rotations have made them orthogonal (Hestenes 1958), which keep
 * their digits however far apart the units of the coordinates are.
 */
export function singularWidths(map: Float64Array, dims: number): number[] {
  const columns = Array.from({ length: dims }, (_, j) =>
    Float64Array.from({ length: dims }, (_, i) => map[i * dims + j]),
  );
  for (let sweep = 0, largest = 1; sweep < MOST_SWEEPS && largest > ORTHOGONAL; sweep++) {
    largest = 0;
    for (let p = 0; p < dims; p++)
      for (let q = p + 1; q < dims; q++) largest = Math.max(largest, makeOrthogonal(columns[p], columns[q]));
  }
  return columns.map((column) => 1 / Math.hypot(...column)).sort((a, b) => a - b);
}

/** Rotates two columns in their plane; returns the size of the cosine that they had. */
function makeOrthogonal(x: Float64Array, y: Float64Array): number {
  const [xLength, yLength] = [Math.hypot(...x), Math.hypot(...y)];
  let cosine = 0;
  for (let i = 0; i < x.length; i++) cosine += (x[i] / xLength) * (y[i] / yLength);
  if (Math.abs(cosine) <= ORTHOGONAL) return 0;
  const zeta = (yLength / xLength - xLength / yLength) / (2 * cosine);
  const tangent = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
  const c = 1 / Math.hypot(1, tangent);
  const s = c * tangent;
  for (let i = 0; i < x.length; i++) [x[i], y[i]] = [c * x[i] - s * y[i], s * x[i] + c * y[i]];
  return Math.abs(cosine);
}
