/** From the engine's means and log sums to sums that merge. */
import { type Matrix, noColumns } from "../data/matrix.ts";
import type { LoadedProblem, SumsOptions } from "../problem/problem.ts";
import { type Means, meansOf } from "../weighting/column-means.ts";
import { type KernelSpec, withProblem } from "../weighting/kernel-spec.ts";
import { type ExactSums, productError } from "./exact-sums.ts";
import { layoutOf, noSums, type PartialSettings } from "./partial-sums.ts";

/** Which of the queries are rows of the shard. */
export interface OwnQueries {
  /** The first of them; they follow each other. */
  readonly first: number;
  /** Which rows they are, of those that are not dropped. */
  readonly rows: ArrayLike<number>;
}

/** Rows with the powers of their values that are summed. */
export interface WeightedRows {
  /** How rows are weighted, and how for Σ α². */
  readonly spec: KernelSpec;
  readonly squaredSpec: KernelSpec;
  /** What was taken off each value column. */
  readonly centres: Float64Array;
  /** The values around their centres and, with errors, the squares of these: one row a key; in units of 2^exponent of their column, and its square. */
  readonly powers: Matrix;
  readonly exponents: readonly number[];
  /** The problem of `spec` and `powers`, if it is loaded already. */
  readonly loaded?: LoadedProblem;
  /** Queries that are rows, and are left out of their own sums; without errors. */
  readonly own?: OwnQueries;
}

/** The sums at all queries: Σ α y of values as they are, from the sums around the centres, without rounding. */
export async function sumsOfRows(
  rows: WeightedRows,
  points: Matrix,
  settings: PartialSettings,
  nextPart: (share: number) => SumsOptions,
): Promise<ExactSums> {
  const { errors } = settings;
  const { centres, powers, exponents, squaredSpec } = rows;
  const columns = centres.length;
  const { mean, logSums } = await meansAt(rows, points, nextPart(errors ? 0.5 : 1));
  const sums = noSums(settings, points.count);
  const layout = layoutOf(settings);
  const width = powers.dims;
  for (let q = 0; q < points.count; q++) {
    if (logSums[q] < LEAST_LOG) continue;
    const { fraction: w, exponent } = exponentialOf(logSums[q]);
    sums.add(layout.weight * points.count + q, w, exponent);
    for (const [c, unscaled] of centres.entries()) {
      // Σ α y = Σ α (y − c) + c Σ α, and Σ α y² = Σ α (y − c)² + 2c Σ α (y − c) + c² Σ α, without rounding.
      const around = mean[q * width + c];
      const first = w * around;
      const at = (layout.values + c) * points.count + q;
      const unit = exponent + exponents[c];
      const centre = timesPower(unscaled, -exponents[c]);
      sums.add(at, first, unit);
      addProduct(sums, at, centre, w, unit);
      if (!errors) continue;
      const square = (layout.squares + c) * points.count + q;
      const squareUnit = unit + exponents[c];
      // A mean of squares is at least the square of the mean; each is to the tolerance.
      sums.add(square, w * Math.max(mean[q * width + columns + c], around * around), squareUnit);
      addProduct(sums, square, 2 * centre, first, squareUnit);
      const centreSquare = centre * centre;
      addProduct(sums, square, centreSquare, w, squareUnit);
      sums.add(square, productError(centre, centre, centreSquare) * w, squareUnit);
    }
  }
  if (errors) {
    for (const [q, log] of (await logSumsOf(squaredSpec, points, nextPart(0.5))).entries()) {
      if (log < 2 * LEAST_LOG) continue;
      const { fraction, exponent } = exponentialOf(log);
      sums.add(layout.squaredWeight * points.count + q, fraction, exponent);
    }
  }
  return sums;
}

/** Means of the powers, and log Σ α, at all queries. */
async function meansAt(
  { spec, powers, loaded, own }: WeightedRows,
  points: Matrix,
  requested: SumsOptions,
): Promise<Pick<Means, "mean" | "logSums">> {
  if (loaded) {
    const { mean, totals } = await loaded.sums(points, requested, "log");
    return { mean, logSums: totals! };
  }
  const { mean, logSums } =
    powers.dims > 0
      ? await meansOf(spec, powers, points, requested)
      : { mean: new Float64Array(0), logSums: await logSumsOf(spec, points, requested) };
  if (!own || own.rows.length === 0) return { mean, logSums };
  const { meanWithout, logSumWithout } = await withProblem(spec, powers, (problem) =>
    problem.leaveOneOut(requested),
  );
  for (let i = 0; i < own.rows.length; i++) {
    const [query, row] = [own.first + i, own.rows[i]];
    logSums[query] = logSumWithout[row];
    const of = meanWithout.subarray(row * powers.dims, (row + 1) * powers.dims);
    mean.set(of, query * powers.dims);
  }
  return { mean, logSums };
}

/** log Σ α of every query. */
const logSumsOf = (spec: KernelSpec, points: Matrix, requested: SumsOptions): Promise<Float64Array> =>
  withProblem(
    spec,
    noColumns(spec.keys),
    async (problem) => (await problem.sums(points, requested, "log")).totals!,
  );

/** Adds a · b without rounding. */
function addProduct(sums: ExactSums, index: number, a: number, b: number, exponent: number): void {
  const product = a * b;
  sums.add(index, product, exponent);
  sums.add(index, productError(a, b, product), exponent);
}

/** The values around their centres, and their squares, in units in which neither underflows. */
export function powersAround(
  { data, dims, count }: Matrix,
  centres: Float64Array,
): Pick<WeightedRows, "powers" | "exponents"> {
  const width = 2 * dims;
  const powers = new Float64Array(count * width);
  const largest = centres.map(Math.abs);
  for (let i = 0; i < data.length; i++) largest[i % dims] = Math.max(largest[i % dims], Math.abs(data[i]));
  const exponents = Array.from(largest, (most) => (most === 0 ? 0 : Math.floor(Math.log2(most))));
  const [halves, rests] = [
    exponents.map((e) => 2 ** -Math.trunc(e / 2)),
    exponents.map((e) => 2 ** (Math.trunc(e / 2) - e)),
  ];
  for (let i = 0; i < count; i++)
    for (let c = 0; c < dims; c++) {
      const difference = (data[i * dims + c] - centres[c]) * halves[c] * rests[c];
      powers[i * width + c] = difference;
      powers[i * width + dims + c] = difference * difference;
    }
  return { powers: { data: powers, count, dims: width }, exponents };
}

/** x · 2^exponent, where 2^exponent alone may be no float64. */
export function timesPower(x: number, exponent: number): number {
  const half = Math.trunc(exponent / 2);
  return x * 2 ** half * 2 ** (exponent - half);
}

/** Below it, some 30 million bandwidths from the nearest row, exponents are no longer told from those beside them: no row is in reach. */
const LEAST_LOG = -(2 ** 49) * Math.LN2;

/** ln 2 in two parts: the first has so few digits that its multiples are exact. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

/** e^log as fraction · 2^exponent, with a fraction near 1. */
function exponentialOf(log: number): { fraction: number; exponent: number } {
  const exponent = Math.round(log / Math.LN2);
  return { fraction: Math.exp(log - exponent * LN2_HIGH - exponent * LN2_LOW), exponent };
}
