/**
 * Bands by a bootstrap of studentised deviations (Efron 1982, §10.10; for maxima over a curve Hall 1991): residuals over their local standard deviation are
 * drawn again for every key, times the standard deviation there, and smoothed as the values were, many replicates at once as value columns. Each replicate
 * is divided by the standard error that its own residuals give, and the largest of these over all queries is what simultaneous bands have to reach.
 */

import { NadarayaError, show } from "../../common/errors.ts";
import { checkSeed, isWhole } from "../../common/options.ts";
import { randomFrom } from "../../common/random.ts";
import { MAX_COLUMNS, type Matrix } from "../../data/matrix.ts";
import type { SumsOptions } from "../../problem/problem.ts";
import { meansOf } from "../../weighting/column-means.ts";
import type { KernelSpec } from "../../weighting/kernel-spec.ts";
import {
  type Errors,
  type KeyFit,
  noiseSpec,
  PRIOR,
  type StandardErrors,
  standardisedErrors,
} from "./standard-error.ts";

/** Pointwise and simultaneous bands at each query. */
export interface Bands {
  /** m × columns, row-major: each holds the true mean with the level's probability, at one query. The band of `predict` with `confidence`. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** For all queries of a column together: as much wider as the largest studentised deviation of the replicates is. */
  readonly simultaneousLower: Float64Array;
  readonly simultaneousUpper: Float64Array;
  /** The standard error of `predict`, m × columns. */
  readonly standardError: Float64Array;
}

export interface BandsRequest {
  readonly spec: KernelSpec;
  readonly values: Matrix;
  readonly fitted: KeyFit;
  readonly errors: StandardErrors;
  readonly queries: Matrix;
  /** σ̂ at the keys, n × columns. */
  readonly noise: Float64Array;
  /** At the queries: the fit, m × columns, its errors, √(se² + (1.5 bias)²), and half the pointwise band. */
  readonly mean: Float64Array;
  readonly spread: Errors;
  readonly deviations: Float64Array;
  readonly halfWidths: Float64Array;
  readonly replicates: number;
  readonly level: number;
  readonly seed: number;
  readonly nextPart: () => SumsOptions;
  /** Smooths columns of values at the queries and then the keys: rows × columns. */
  readonly smooth: (values: Matrix) => Promise<Float64Array>;
}

/** Replicates of a bootstrap: fewer have no quantiles, and these need no more. */
const [LEAST_REPLICATES, MOST_REPLICATES] = [20, 1e6];
const DEFAULT_REPLICATES = 400;

/** The place of the level's quantile among sorted replicates (Davison and Hinkley 1997, §5.2.3): beyond the last where they are too few. */
const placeOf = (replicates: number, level: number) => Math.ceil((replicates + 1) * level - 1e-9) - 1;

/** @throws NadarayaError "invalid-input" */
export function readReplicates(replicates: unknown, level: number, seed: unknown): number {
  checkSeed(seed);
  const least = Math.max(LEAST_REPLICATES, Math.ceil(level / (1 - level) - 1e-6));
  if (least > MOST_REPLICATES)
    throw new NadarayaError(
      "invalid-input",
      `confidence is ${level}, expected at most ${MOST_REPLICATES / (MOST_REPLICATES + 1)} for a bootstrap`,
    );
  if (replicates === undefined) return Math.max(DEFAULT_REPLICATES, least);
  if (isWhole(replicates, least, MOST_REPLICATES)) return replicates;
  throw new NadarayaError(
    "invalid-input",
    `replicates is ${show(replicates)}, expected a whole number from ${least} to ${MOST_REPLICATES} for confidence ${level}`,
  );
}

export async function bootstrapBands(request: BandsRequest): Promise<Bands> {
  const { mean, spread, deviations, halfWidths, replicates, level, seed } = request;
  const { dims: columns } = request.values;
  const random = randomFrom(seed);
  const simultaneous = new Float64Array(mean.length);
  for (let column = 0; column < columns; column++) {
    const largest = await largestDeviations(request, column, random);
    const critical = largest.sort()[placeOf(replicates, level)];
    // No narrower than the band at one query.
    for (let at = column; at < mean.length; at += columns)
      simultaneous[at] = Math.max(critical * deviations[at], halfWidths[at]);
  }
  return {
    lower: mean.map((each, at) => each - halfWidths[at]),
    upper: mean.map((each, at) => each + halfWidths[at]),
    simultaneousLower: mean.map((each, at) => each - simultaneous[at]),
    simultaneousUpper: mean.map((each, at) => each + simultaneous[at]),
    standardError: spread.standardError,
  };
}

/** The largest studentised deviation over the queries, of every replicate. */
async function largestDeviations(
  request: BandsRequest,
  column: number,
  random: () => number,
): Promise<Float64Array> {
  const { spec, values, errors, queries, spread, replicates, nextPart, smooth } = request;
  const { count: n } = values;
  const { copies, precisions } = spec;
  const noise = columnOf(request.noise, column, values.dims);
  const draw = drawsOf(request, noise, column, random);
  const unit = noise.reduce((most, sd) => (sd > most ? sd : most), 0);
  const largest = new Float64Array(replicates);
  if (!(unit > 0)) return largest; // no key says anything of the noise
  for (let first = 0; first < replicates; first += MAX_COLUMNS) {
    const width = Math.min(MAX_COLUMNS, replicates - first);
    const data = new Float64Array(n * width);
    const squares = new Float64Array(n * width);
    for (let at = 0; at < data.length; at++) {
      const i = Math.floor(at / width);
      if (!(errors.shares[i] > 0)) continue;
      const size = noise[i] / unit / Math.sqrt(precisions ? precisions[i] : 1);
      const { mean, square } = draw(copies ? copies[i] : 1);
      data[at] = size * mean;
      squares[at] = size ** 2 * square;
    }
    const smoothed = await smooth({ data, count: n, dims: width });
    const ofKeys = smoothed.subarray(queries.count * width);
    const pooled = new Float64Array(width);
    for (let at = 0; at < data.length; at++) {
      const i = Math.floor(at / width);
      if (!(errors.shares[i] > 0)) continue;
      // The mean of (e − f)² over a row's copies.
      const residual = squares[at] - 2 * data[at] * ofKeys[at] + ofKeys[at] ** 2;
      squares[at] = (precisions ? precisions[i] : 1) * residual;
      pooled[at % width] += ((copies ? copies[i] : 1) * squares[at]) / errors.freedom;
    }
    const { mean } = await meansOf(
      noiseSpec(spec),
      { data: squares, count: n, dims: width },
      queries,
      nextPart(),
    );
    for (let q = 0; q < queries.count; q++)
      for (let r = 0; r < width; r++) {
        const variance =
          (spread.keys[q] * Math.max(mean[q * width + r], 0) + PRIOR * pooled[r]) / spread.freedom[q];
        const deviation = Math.abs(smoothed[q * width + r]) / Math.sqrt(variance * spread.squares[q]);
        if (deviation > largest[first + r]) largest[first + r] = deviation;
      }
  }
  return largest;
}

/** The mean of a number of draws, and the mean of their squares. */
type Draw = (count: number) => { mean: number; square: number };

/**
 * Draws among the residuals over their standard deviations, each as probable as its degrees of freedom, with a mean of 0 and a variance of 1; with a little normal
 * noise, as few residuals would be drawn alike too often (a smoothed bootstrap, Silverman and Young 1987).
 */
function drawsOf(
  { spec, values, fitted, errors: { shares } }: BandsRequest,
  noise: Float64Array,
  column: number,
  random: () => number,
): Draw {
  const { copies, precisions } = spec;
  const residuals = columnOf(standardisedErrors(values, fitted, precisions), column, values.dims);
  const pool: { readonly residual: number; readonly upTo: number }[] = [];
  let [total, sum, squares] = [0, 0, 0];
  for (const [i, e] of residuals.entries()) {
    if (!(shares[i] > 0 && noise[i] > 0)) continue;
    const weight = (copies ? copies[i] : 1) * shares[i];
    const residual = (e * Math.sqrt(precisions ? precisions[i] : 1)) / noise[i];
    total += weight;
    sum += weight * residual;
    squares += weight * residual ** 2;
    pool.push({ residual, upTo: total });
  }
  const centre = sum / total;
  const deviation = Math.sqrt(Math.max(squares / total - centre ** 2, 0)) || 1;
  const smoothing = 1 / Math.sqrt(pool.length);
  const scale = deviation * Math.sqrt(1 + smoothing ** 2);
  const one = () => {
    const { residual } = pool[placeIn(pool, total * random())];
    return (residual - centre + smoothing * deviation * normal(random)) / scale;
  };
  return (count) => {
    if (count > MANY) return { mean: normal(random) / Math.sqrt(count), square: 1 };
    let [mean, square] = [0, 0];
    for (let k = 0; k < count; k++) {
      const each = one();
      mean += each / count;
      square += each ** 2 / count;
    }
    return { mean, square };
  };
}

/** The first place whose `upTo` is above a number. */
function placeIn(pool: readonly { readonly upTo: number }[], number: number): number {
  let [low, high] = [0, pool.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (pool[middle].upTo > number) high = middle;
    else low = middle + 1;
  }
  return low;
}

const columnOf = (rows: Float64Array, column: number, columns: number): Float64Array =>
  rows.filter((_, at) => at % columns === column);

/** The mean of more draws than this is as good as normal. */
const MANY = 64;

/** Box and Muller 1958. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
