/**
 * Multiplier bootstrap of a smoother (Wu 1986; Mammen 1993): residuals with random signs are smoothed as the values were, many
 * replicates at once as value columns, and the spread of what comes out is the spread of the estimate. Residuals are those without the
 * key itself, scaled to the variance of the noise.
 */

import { quantile } from "../../bandwidth/rules.ts";
import { NadarayaError, show } from "../../common/errors.ts";
import { isWhole } from "../../common/options.ts";
import { randomFrom } from "../../common/random.ts";
import { MAX_COLUMNS, type Matrix } from "../../data/matrix.ts";
import { type KeyFit, standardisedErrors } from "./standard-error.ts";

/** Pointwise and simultaneous bootstrap bands at each query. */
export interface Bands {
  /** m × columns, row-major: each holds the truth's smooth with the level's probability, at one query. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** The same for all queries of a column together (the largest deviation in units of the local spread). */
  readonly simultaneousLower: Float64Array;
  readonly simultaneousUpper: Float64Array;
  /** The replicates' standard deviation, m × columns. */
  readonly standardError: Float64Array;
}

export interface BandsRequest {
  readonly values: Matrix;
  readonly fitted: KeyFit;
  /** How many equal rows each key stands for. */
  readonly copies?: Float64Array;
  /** m × columns. */
  readonly mean: Float64Array;
  readonly replicates: number;
  readonly level: number;
  readonly seed: number;
  /** Smooths columns of values at the queries: m × columns. */
  readonly smooth: (values: Matrix) => Promise<Float64Array>;
}

/** Replicates of a bootstrap: fewer have no quantiles, and these need no more. */
const [LEAST_REPLICATES, MOST_REPLICATES] = [20, 1e6];

/** @throws NadarayaError "invalid-input" */
export function checkBootstrap(replicates: unknown, seed: unknown): void {
  if (typeof seed !== "number")
    throw new NadarayaError("invalid-input", `seed is ${show(seed)}, expected a number`);
  if (!isWhole(replicates, LEAST_REPLICATES, MOST_REPLICATES))
    throw new NadarayaError(
      "invalid-input",
      `replicates is ${show(replicates)}, expected a whole number from ${LEAST_REPLICATES} to ${MOST_REPLICATES}`,
    );
}

export async function bootstrapBands(request: BandsRequest): Promise<Bands> {
  const { values, fitted, copies, mean, replicates, level, seed, smooth } = request;
  const { count: n, dims: columns } = values;
  const residuals = standardisedErrors(values, fitted);
  const m = mean.length / columns;
  const random = randomFrom(seed);
  const result = {
    lower: new Float64Array(mean.length),
    upper: new Float64Array(mean.length),
    simultaneousLower: new Float64Array(mean.length),
    simultaneousUpper: new Float64Array(mean.length),
    standardError: new Float64Array(mean.length),
  };
  for (let c = 0; c < columns; c++) {
    // deviations[q * replicates + r]
    const deviations = new Float64Array(m * replicates);
    for (let first = 0; first < replicates; first += MAX_COLUMNS) {
      const width = Math.min(MAX_COLUMNS, replicates - first);
      const data = new Float64Array(n * width);
      for (let i = 0; i < n; i++)
        for (let r = 0; r < width; r++)
          data[i * width + r] = meanSign(random, copies ? copies[i] : 1) * residuals[i * columns + c];
      const smoothed = await smooth({ data, count: n, dims: width });
      for (let q = 0; q < m; q++)
        for (let r = 0; r < width; r++) deviations[q * replicates + first + r] = smoothed[q * width + r];
    }
    const largest = new Float64Array(replicates);
    for (let q = 0; q < m; q++) {
      const queryDeviations = deviations.slice(q * replicates, (q + 1) * replicates);
      const at = q * columns + c;
      const spread = Math.sqrt(queryDeviations.reduce((sum, d) => sum + d * d, 0) / replicates);
      result.standardError[at] = spread;
      for (let r = 0; r < replicates && spread > 0; r++)
        largest[r] = Math.max(largest[r], Math.abs(queryDeviations[r]) / spread);
      queryDeviations.sort();
      result.lower[at] = mean[at] - quantile(queryDeviations, (1 + level) / 2);
      result.upper[at] = mean[at] - quantile(queryDeviations, (1 - level) / 2);
    }
    const critical = quantile(largest.sort(), level);
    for (let q = 0; q < m; q++) {
      const at = q * columns + c;
      result.simultaneousLower[at] = mean[at] - critical * result.standardError[at];
      result.simultaneousUpper[at] = mean[at] + critical * result.standardError[at];
    }
  }
  return result;
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
