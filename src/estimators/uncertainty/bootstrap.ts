/**
 * Bands by a multiplier bootstrap (Wu 1986; Mammen 1993) of studentised deviations (Efron 1982, §10.10; for maxima over a curve Hall 1991): errors at the keys
 * get random signs and are smoothed as the values were, many replicates at once as value columns. Each replicate is divided by the standard error
 * that its own residuals give, and the largest of these over all queries is what simultaneous bands have to reach.
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
  /** At the queries: the fit, m × columns, its errors, √(se² + 1.5 bias²), and half the pointwise band. */
  readonly mean: Float64Array;
  readonly spread: Errors;
  readonly deviations: Float64Array;
  readonly halfWidths: Float64Array;
  readonly replicates: number;
  readonly level: number;
  readonly seed: number;
  readonly nextPart: () => SumsOptions;
  /** Smooths columns of values at points: rows × columns. */
  readonly smooth: (values: Matrix, points: Matrix) => Promise<Float64Array>;
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
  { spec, values, fitted, errors, queries, spread, replicates, nextPart, smooth }: BandsRequest,
  column: number,
  random: () => number,
): Promise<Float64Array> {
  const { count: n, dims: columns } = values;
  const { copies, precisions } = spec;
  const residuals = standardisedErrors(values, fitted, precisions);
  const unit = residuals.reduce(
    (most, e, at) => (at % columns === column ? Math.max(most, Math.abs(e)) : most),
    0,
  );
  const points = joined(queries, spec.keys);
  const largest = new Float64Array(replicates);
  for (let first = 0; first < replicates; first += MAX_COLUMNS) {
    const width = Math.min(MAX_COLUMNS, replicates - first);
    const data = new Float64Array(n * width);
    for (let at = 0; at < data.length; at++) {
      const i = Math.floor(at / width);
      if (errors.shares[i] > 0)
        data[at] = (meanSign(random, copies ? copies[i] : 1) * residuals[i * columns + column]) / unit;
    }
    const smoothed = await smooth({ data, count: n, dims: width }, points);
    const ofKeys = smoothed.subarray(queries.count * width);
    const pooled = new Float64Array(width);
    const squares = new Float64Array(n * width);
    for (let at = 0; at < data.length; at++) {
      const i = Math.floor(at / width);
      if (!(errors.shares[i] > 0)) continue;
      // The mean of (e − f)² over a row's copies, whose signs differ.
      const size = residuals[i * columns + column] / unit;
      squares[at] =
        (precisions ? precisions[i] : 1) * (size ** 2 - 2 * data[at] * ofKeys[at] + ofKeys[at] ** 2);
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
        const noise =
          (spread.keys[q] * Math.max(mean[q * width + r], 0) + PRIOR * pooled[r]) / spread.freedom[q];
        const deviation = Math.abs(smoothed[q * width + r]) / Math.sqrt(noise * spread.squares[q]);
        if (deviation > largest[first + r]) largest[first + r] = deviation;
      }
  }
  return largest;
}

/** The rows of one after those of the other. */
function joined(first: Matrix, second: Matrix): Matrix {
  const data = new Float64Array(first.data.length + second.data.length);
  data.set(first.data);
  data.set(second.data, first.data.length);
  return { data, dims: first.dims, count: first.count + second.count };
}

/** More signs than this are as good as normal. */
const MANY = 64;

/** The mean of so many random signs. */
function meanSign(random: () => number, count: number): number {
  if (count > MANY) {
    // Box and Muller 1958
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    return (radius * Math.cos(2 * Math.PI * random())) / Math.sqrt(count);
  }
  let sum = 0;
  for (let i = 0; i < count; i++) sum += random() < 0.5 ? 1 : -1;
  return sum / count;
}
