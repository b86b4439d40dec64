/**
 * Local polynomials (Fan and Gijbels 1996): the β₀ of the least Σ w α (v − β₀ − β·t − …)², t = (key − query) / bandwidth. If the keys in reach do
 * not determine it, of all best fits the one with the least slopes and curvatures in units of the bandwidth (docs/accuracy.md).
 */
import { scaledPseudoInverse } from "./least-squares.ts";
import { shares } from "./pairs.ts";
import {
  type Prepared,
  prepare,
  type ReferenceProblem,
  type Rows,
  scaledLogWeights,
  sharesAt,
} from "./problem.ts";

/**
 * Keys lighter than this share of the heaviest, over n, are left out of polynomials. They are below what rounding leaves of the sums, and would
 * decide the slopes far from all keys, where they are all that the nearest key is compared with.
 */
const NEGLIGIBLE = 1e-14;

/** In more spreads of the keys units of slopes and curvatures differ too much for float64. */
const WIDEST = 1e4;

/** What rounding leaves of a difference, as a share of its terms. */
const ROUNDING = 1e-14;

/** The mean is Σ mean[i] vᵢ, its slope along coordinate j Σ slopes[j][i] vᵢ. */
export interface Smoother {
  readonly mean: Float64Array;
  readonly slopes: readonly Float64Array[];
}

/** The mean at every query: m × c, NaN if no key is in reach. `without` leaves out one key, or one copy of it. */
export function mean(problem: ReferenceProblem, queries: Rows, without?: number): number[][] {
  const prepared = prepare(problem);
  const left = without === undefined ? undefined : prepared.first[without];
  return queries.map((query) => meanAt(prepared, query, left));
}

/** How the mean changes along each coordinate: m × c × d. Of degree 0 for the Gaussian of one width only. */
export function gradient(problem: ReferenceProblem, queries: Rows): number[][][] {
  const prepared = prepare(problem);
  return queries.map((query) => {
    const slopes = smootherAt(prepared, query).slopes.map((slope) => combine(prepared.values, slope, 0));
    return prepared.values[0].map((_, c) => slopes.map((slope) => slope[c]));
  });
}

/** The prediction of each row by all others: n × c. */
export function leaveOneOut(problem: ReferenceProblem): number[][] {
  const prepared = prepare(problem);
  return problem.keys.map((key, i) => meanAt(prepared, key, prepared.first[i]));
}

/** How far each row's prediction moves when its own value moves by 1: it is fitted again with that value, all others 0. */
export function leverages(problem: ReferenceProblem): number[] {
  const prepared = prepare(problem);
  return problem.keys.map((key, i) => {
    const values = prepared.keys.map((_, k) => [k === prepared.first[i] ? 1 : 0]);
    return meanAt({ ...prepared, values }, key)[0];
  });
}

export function meanAt(prepared: Prepared, query: readonly number[], without?: number): number[] {
  return combine(prepared.values, smootherAt(prepared, query, without).mean, 1);
}

/** Σ wᵢ vᵢ of each column for weights of a known sum, as differences from one value, so that a large offset costs no digits. */
export function combine(values: Rows, weights: ArrayLike<number>, total: 0 | 1): number[] {
  let heaviest = 0;
  for (let i = 0; i < weights.length; i++)
    if (Math.abs(weights[i]) > Math.abs(weights[heaviest])) heaviest = i;
  return values[heaviest].map((origin, c) => {
    let sum = 0;
    for (let i = 0; i < weights.length; i++)
      if (weights[i] !== 0) sum += weights[i] * (values[i][c] - origin);
    return total * origin + sum;
  });
}

/** The weights of the values in the mean and in its slopes. */
export function smootherAt(prepared: Prepared, query: readonly number[], without?: number): Smoother {
  return prepared.degree === 0
    ? localMean(prepared, query, without)
    : localPolynomial(prepared, query, prepared.degree, without);
}

/** The slope of Σ w v / Σ w is Σ w (v − mean) (key − query) / h² / Σ w for the Gaussian. */
function localMean(prepared: Prepared, query: readonly number[], without?: number): Smoother {
  const { keys, bandwidth, widths, neighbours, kernel, continuous } = prepared;
  const weights = sharesAt(prepared, query, without);
  const simple = kernel.curvature > 0 && !widths && neighbours === undefined;
  if (!simple || continuous.length < bandwidth.length) return { mean: weights, slopes: [] };
  const slopes = bandwidth.map((h, j) => {
    // Σ w (v − Σ w v) (k − q) is Σ w (k − Σ w k) v.
    const centre = combine(keys, weights, 1)[j];
    return weights.map((w, i) => (w * (keys[i][j] - centre)) / h ** 2);
  });
  return { mean: weights, slopes };
}

function localPolynomial(
  prepared: Prepared,
  query: readonly number[],
  degree: 1 | 2,
  without?: number,
): Smoother {
  const { keys, widths, categories } = prepared;
  if (categories.length > 0) throw new Error("polynomials are for numbers, not for categories");
  const { logs } = scaledLogWeights(prepared, query, without);
  const heaviest = logs.reduce((most, log) => Math.max(most, log), -Infinity);
  const least = heaviest + Math.log(NEGLIGIBLE / keys.length);
  const used = [...keys.keys()].filter((i) => logs[i] >= least && logs[i] > -Infinity);
  const nothing = (fill: number) => new Float64Array(keys.length).fill(fill);
  if (used.length === 0) return { mean: nothing(NaN), slopes: query.map(() => nothing(NaN)) };
  const weights = shares(used.map((i) => logs[i]));
  const narrowest = widths ? Math.min(...widths) : 1;
  const rows = used.map((i) => keys[i]);
  const unit = atMost(
    prepared.bandwidth.map((h) => h * narrowest),
    rows,
  );
  const { columns, means } = centredMonomials(rows, weights, query, unit, degree);

  // With a free constant, v − v̄ is fitted by the centred monomials; the constant is v̄ less what these are at the query.
  const roots = weights.map(Math.sqrt);
  const monomials = columns.map((column) => column.map((x, r) => roots[r] * x));
  const inverse = withoutConstant(scaledPseudoInverse(monomials), monomials, roots);
  const mean = new Float64Array(keys.length);
  const slopes = query.map(() => new Float64Array(keys.length));
  for (const [r, i] of used.entries()) {
    const atQuery = inverse.reduce((sum, row, a) => sum + means[a] * row[r], 0);
    mean[i] = weights[r] - roots[r] * atQuery;
    for (const [j, slope] of slopes.entries()) slope[i] = (roots[r] * inverse[j][r]) / unit[j];
  }
  return { mean, slopes };
}

/**
 * One step of 2P − P A P (Ben-Israel 1965) for the monomials and the constant, which are orthogonal except for rounding: where one key of 1e-14 of the others'
 * weight decides a slope, a rounding of theirs would be divided by the square of the least singular value.
 */
function withoutConstant(
  inverse: readonly Float64Array[],
  columns: readonly Float64Array[],
  roots: Float64Array,
): Float64Array[] {
  const dot = (x: Float64Array, y: Float64Array) => x.reduce((sum, each, r) => sum + each * y[r], 0);
  const total = dot(roots, roots);
  return inverse.map((row) => {
    const constant = dot(row, roots) / total;
    const products = columns.map((column) => dot(row, column));
    return row.map((x, r) =>
      products.reduce((rest, own, k) => rest - own * inverse[k][r], 2 * x - constant * roots[r]),
    );
  });
}

/**
 * Units in which the keys spread by at least 1/WIDEST along some coordinate. In wider ones curvatures are so much dearer than slopes that the least
 * ones are the same, except for rounding.
 */
function atMost(unit: readonly number[], keys: Rows): number[] {
  const spread = unit.map(
    (h, j) => keys.reduce((most, key) => Math.max(most, Math.abs(key[j] - keys[0][j])), 0) / h,
  );
  const widest = WIDEST * Math.max(...spread);
  return unit.map((h) => (widest > 0 && widest < 1 ? h * widest : h));
}

/**
 * The monomials t_j, and of degree 2 t_i t_j (i ≤ j), less their weighted means, and these means. With t = o + s, o the centre of the keys from
 * the query and s a key from that centre, t_i t_j − o_i o_j = s_i s_j + o_i s_j + o_j s_i, which keeps its digits far from the keys.
 */
function centredMonomials(
  keys: Rows,
  weights: Float64Array,
  query: readonly number[],
  unit: readonly number[],
  degree: 1 | 2,
): { columns: Float64Array[]; means: number[] } {
  // All differences are from the heaviest key: next to it the centre itself would be rounded.
  const origin = keys[weights.indexOf(weights.reduce((most, w) => Math.max(most, w), 0))];
  const fromOrigin = keys.map((key) => key.map((x, j) => (x - origin[j]) / unit[j]));
  const centre = unit.map((_, j) => fromOrigin.reduce((sum, x, r) => sum + weights[r] * x[j], 0));
  const offset = unit.map((h, j) => (origin[j] - query[j]) / h + centre[j]);
  const linear = unit.map((_, j) => Float64Array.from(fromOrigin, (x) => x[j] - centre[j]));
  if (degree === 1) return { columns: linear, means: offset };
  const [columns, means] = [[...linear], [...offset]];
  for (let i = 0; i < unit.length; i++)
    for (let j = i; j < unit.length; j++) {
      const square = linear[i].map((s, r) => s * linear[j][r]);
      const average = square.reduce((sum, x, r) => sum + weights[r] * x, 0);
      const shifted = square.map((x, r) => x - average + offset[i] * linear[j][r] + offset[j] * linear[i][r]);
      // What is less than the rounding of these terms is 0, so that a monomial that is constant over the keys is so.
      const most = square.reduce(
        (m, x, r) => Math.max(m, Math.abs(x), Math.abs(offset[i] * linear[j][r])),
        0,
      );
      columns.push(shifted.map((x) => (Math.abs(x) > ROUNDING * most ? x : 0)));
      means.push(average + offset[i] * offset[j]);
    }
  return { columns, means };
}
