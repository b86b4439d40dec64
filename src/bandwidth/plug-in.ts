/**
 * The direct plug-in bandwidth of local linear regression with a Gaussian (Ruppert, Sheather and Wand 1995), which R calls
 * dpill, step by step as R takes them: quartic fits on blocks give first guesses of the noise and the curvature, local fits
 * by those guesses give better ones, and the formula for the least mean squared error the bandwidth.
 */

import { countingSort } from "../common/counting-sort.ts";
import { NadarayaError } from "../common/errors.ts";
import type { Matrix } from "../data/matrix.ts";
import { columnOf, deviation, powerOfTwo } from "./rules.ts";

/** Points of the grid that data are binned to. */
const GRID = 401;
/** Share of the keys that is cut off at each end, and of the grid where curvature is not examined. */
const TRIM = 0.01;
const EDGE = 0.05;
/** Most blocks, and keys that a block needs. */
const MOST_BLOCKS = 5;
const KEYS_PER_BLOCK = 20;
/** Terms of a quartic. */
const TERMS = 5;

/**
 * Of several value columns, the one bandwidth for which the sum of their mean squared errors, each over the column's variance, is least; and the step of
 * the grid to which keys are binned.
 * @throws NadarayaError "invalid-bandwidth" for fewer than 20 keys, keys without spread, or values without noise or curvature.
 */
export function plugIn(keys: Matrix, values: Matrix): { bandwidth: number; step: number } {
  const order = ascending(keys.data);
  const cut = Math.floor(TRIM * keys.count);
  const kept = order.subarray(cut, keys.count - cut);
  const n = kept.length;
  const [first, last] = [keys.data[kept[0]], keys.data[kept[n - 1]]];
  // The fourth powers of small or large keys are no float64.
  const unit = powerOfTwo(last - first);
  const x = Float64Array.from(kept, (i) => keys.data[i] / unit);
  const range = x[n - 1] - x[0];
  if (n < 20 || !(range > 0)) {
    throw new NadarayaError(
      "invalid-bandwidth",
      `bandwidth "plug-in" needs at least 20 keys that differ, there are ${keys.count}`,
    );
  }
  let [noise, curvature] = [0, 0];
  for (let c = 0; c < values.dims; c++) {
    const column = columnOf(values, c);
    const unit = deviation(column);
    if (!(unit > 0)) continue; // a constant is fitted by any bandwidth
    const centre = column.reduce((sum, v) => sum + (v - column[0]) / column.length, column[0]);
    const functionals = noiseAndCurvature(
      x,
      Float64Array.from(kept, (i) => (column[i] - centre) / unit),
      range,
    );
    noise += functionals.noise;
    curvature += functionals.curvature;
  }
  const bandwidth = ((noise * range) / (2 * Math.sqrt(Math.PI) * curvature * n)) ** 0.2;
  const step = range / (GRID - 1);
  if (!(bandwidth > 0 && bandwidth < Infinity)) {
    const found = `the noise is estimated as ${noise.toPrecision(3)} of the values' variance and the mean squared curvature over the range as ${(curvature * range ** 4).toPrecision(3)}, on a grid of ${GRID} points that are ${(step * unit).toPrecision(3)} apart`;
    throw new NadarayaError("invalid-bandwidth", `bandwidth "plug-in" is ${bandwidth}: ${found}`);
  }
  return { bandwidth: bandwidth * unit, step: step * unit };
}

/** Keys in a bucket, about. */
const PER_BUCKET = 16;

/** The indices of the numbers in their order: by buckets of equal width first, as comparing millions takes long. */
function ascending(numbers: Float64Array): Uint32Array {
  let [least, most] = [Infinity, -Infinity];
  for (const number of numbers) [least, most] = [Math.min(least, number), Math.max(most, number)];
  const buckets = Math.ceil(numbers.length / PER_BUCKET);
  const scale = most > least ? buckets / (most - least) : 0;
  const bucketOf = (number: number) => Math.min(Math.floor((number - least) * scale), buckets - 1);
  const { order, starts } = countingSort(Uint32Array.from(numbers, bucketOf), buckets);
  for (let bucket = 0; bucket < buckets; bucket++)
    order.subarray(starts[bucket], starts[bucket + 1]).sort((a, b) => numbers[a] - numbers[b] || a - b);
  return order;
}

/** The variance of the noise, and θ₂₂ = ∫ m″², of values in units of their standard deviation, at sorted keys. */
function noiseAndCurvature(x: Float64Array, y: Float64Array, range: number) {
  const n = x.length;
  const bins = binned(x, y);
  const { noise, curvatures } = bestBlocks(x, y);

  // A pilot bandwidth for the curvature, from θ₂₄ = ∫ m″ m⁗.
  const factor = curvatures < 0 ? 3 / (8 * Math.sqrt(Math.PI)) : 15 / (16 * Math.sqrt(Math.PI));
  const pilot = ((factor * noise * range) / (Math.abs(curvatures) * n)) ** (1 / 7);
  const second = localPolynomial(bins, pilot, 3).map(({ coefficients }) => 2 * coefficients[2]);
  const edge = Math.floor(EDGE * GRID);
  let curvature = 0;
  for (let g = edge; g < GRID - edge; g++) curvature += second[g] ** 2 * bins.counts[g];
  curvature /= n;

  // The noise again, by the residuals of a local linear fit.
  const constant = (4 * (0.5 + 2 * Math.SQRT2 - (4 / 3) * Math.sqrt(3))) / Math.sqrt(2 * Math.PI);
  const width = constant ** (1 / 9) * ((noise ** 2 * range) / (curvature * n) ** 2) ** (1 / 9);
  let residuals = y.reduce((sum, v) => sum + v * v, 0);
  let freedom = n;
  for (const [g, { coefficients, own, squares }] of localPolynomial(bins, width, 1).entries()) {
    const [mean] = coefficients;
    residuals += mean * mean * bins.counts[g] - 2 * mean * bins.sums[g];
    freedom += (squares - 2 * own) * bins.counts[g];
  }
  return { noise: residuals / freedom, curvature };
}

interface Bins {
  readonly step: number;
  readonly counts: Float64Array;
  readonly sums: Float64Array;
}

/** Each point is shared by the two grid points next to it. */
function binned(x: Float64Array, y: Float64Array): Bins {
  const step = (x[x.length - 1] - x[0]) / (GRID - 1);
  const counts = new Float64Array(GRID);
  const sums = new Float64Array(GRID);
  for (let i = 0; i < x.length; i++) {
    const position = (x[i] - x[0]) / step;
    const g = Math.min(Math.floor(position), GRID - 2);
    const share = position - g;
    counts[g] += 1 - share;
    counts[g + 1] += share;
    sums[g] += (1 - share) * y[i];
    sums[g + 1] += share * y[i];
  }
  return { step, counts, sums };
}

interface LocalFitOnGrid {
  readonly coefficients: readonly number[];
  /** The weight of one key at the grid point in its own mean, and Σ of the squares of all weights. */
  readonly own: number;
  readonly squares: number;
}

/** The local polynomial around every grid point, with a Gaussian that is cut at 4 bandwidths as R's is. */
function localPolynomial({ step, counts, sums }: Bins, bandwidth: number, degree: number): LocalFitOnGrid[] {
  const reach = Math.floor((4 * bandwidth) / step);
  const terms = degree + 1;
  return Array.from({ length: GRID }, (_, g) => {
    const moments = new Float64Array(2 * degree + 1);
    const squared = new Float64Array(2 * degree + 1);
    const right = new Float64Array(terms);
    for (let at = Math.max(0, g - reach); at <= Math.min(GRID - 1, g + reach); at++) {
      const t = (at - g) * step;
      const weight = Math.exp(-((t / bandwidth) ** 2) / 2);
      let power = 1;
      for (let p = 0; p < moments.length; p++) {
        moments[p] += weight * power * counts[at];
        squared[p] += weight * weight * power * counts[at];
        if (p < terms) right[p] += weight * power * sums[at];
        power *= t;
      }
    }
    const matrix = Array.from({ length: terms }, (_, a) => moments.slice(a, a + terms));
    const coefficients = solve(matrix, right);
    const row = solve(
      matrix,
      Float64Array.from({ length: terms }, (_, a) => (a === 0 ? 1 : 0)),
    );
    let squares = 0;
    for (let a = 0; a < terms; a++)
      for (let b = 0; b < terms; b++) squares += row[a] * row[b] * squared[a + b];
    return { coefficients, own: row[0], squares };
  });
}

/** Quartics on as many blocks as Mallows' C_p likes best: σ², and θ₂₄ = Σ m″ m⁗ / n. */
function bestBlocks(x: Float64Array, y: Float64Array): { noise: number; curvatures: number } {
  const n = x.length;
  const most = Math.max(Math.min(Math.floor(n / KEYS_PER_BLOCK), MOST_BLOCKS), 1);
  const fits = Array.from({ length: most }, (_, i) => quarticBlocks(x, y, i + 1));
  const largest = fits[most - 1].residuals;
  const scores = fits.map(
    ({ residuals }, i) => ((n - TERMS * most) * residuals) / largest + 2 * TERMS * (i + 1) - n,
  );
  const best = scores.indexOf(Math.min(...scores));
  return { noise: fits[best].residuals / (n - TERMS * (best + 1)), curvatures: fits[best].curvatures / n };
}

function quarticBlocks(x: Float64Array, y: Float64Array, blocks: number) {
  const size = Math.floor(x.length / blocks);
  let [residuals, curvatures] = [0, 0];
  for (let block = 0; block < blocks; block++) {
    const from = block * size;
    const to = block === blocks - 1 ? x.length : from + size;
    // In units of the block, so that powers stay near 1.
    const centre = (x[from] + x[to - 1]) / 2;
    const unit = (x[to - 1] - x[from]) / 2 || 1;
    const moments = new Float64Array(2 * TERMS - 1);
    const right = new Float64Array(TERMS);
    for (let i = from; i < to; i++) {
      const t = (x[i] - centre) / unit;
      for (let p = 0, power = 1; p < moments.length; p++, power *= t) {
        moments[p] += power;
        if (p < TERMS) right[p] += power * y[i];
      }
    }
    const c = solve(
      Array.from({ length: TERMS }, (_, a) => moments.slice(a, a + TERMS)),
      right,
    );
    for (let i = from; i < to; i++) {
      const t = (x[i] - centre) / unit;
      residuals += (y[i] - (c[0] + t * (c[1] + t * (c[2] + t * (c[3] + t * c[4]))))) ** 2;
      curvatures += ((2 * c[2] + 6 * c[3] * t + 12 * c[4] * t * t) / unit ** 2) * ((24 * c[4]) / unit ** 4);
    }
  }
  return { residuals, curvatures };
}

/** Solves a small symmetric system by elimination with pivots; a singular direction gets 0. */
function solve(matrix: readonly Float64Array[], right: Float64Array): number[] {
  const size = right.length;
  const rows = matrix.map((row, a) => Float64Array.of(...row, right[a]));
  for (let a = 0; a < size; a++) {
    let pivot = a;
    for (let b = a + 1; b < size; b++) if (Math.abs(rows[b][a]) > Math.abs(rows[pivot][a])) pivot = b;
    [rows[a], rows[pivot]] = [rows[pivot], rows[a]];
    if (rows[a][a] === 0) continue;
    for (let b = 0; b < size; b++) {
      if (b === a) continue;
      const factor = rows[b][a] / rows[a][a];
      for (let k = a; k <= size; k++) rows[b][k] -= factor * rows[a][k];
    }
  }
  return rows.map((row, a) => (row[a] === 0 ? 0 : row[size] / row[a]));
}
