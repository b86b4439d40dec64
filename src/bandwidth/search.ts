/**
 * Searches for the bandwidths with the least score. Everything happens in logarithms, so that no bandwidth can be 0 or negative,
 * and within limits, so that none is absurd.
 */

import { minimumBetween, type Point } from "./minimum.ts";

/** A bandwidth that was tried, and its score, the lower the better. */
export interface Candidate {
  /** One number per coordinate. */
  readonly bandwidth: readonly number[];
  readonly score: number;
}

export interface SearchSpace {
  /** For each coordinate the least and the largest bandwidth, both positive. */
  readonly limits: readonly (readonly [number, number])[];
  /** Fewest bandwidths that are tried first, all coordinates wider and wider. */
  readonly grid: number;
  /** For each coordinate whether its bandwidth is a share, as λ is: such ones reach their limits together with the widest range. */
  readonly shares?: readonly boolean[];
  /** Scores that differ by no more are equal, besides those that differ by the search's `noise`; 0 by default. */
  readonly resolution?: number;
  /** Where these are first tried on a sample of the rows. */
  readonly sample?: Sample;
}

export interface Sample {
  readonly score: Score;
  /** The logarithm of how much wider the sample's best is than that of all rows. */
  readonly wider: number;
}

type Score = (bandwidth: readonly number[]) => Promise<number>;

/** Mean squares of standardised values, and logarithms, that differ by no more are equal: sums are right to 1e-6. */
export const SQUARES_RESOLUTION = 1e-12;
export const LOG_RESOLUTION = 1e-7;

/** A bandwidth is known when it is known to this share of itself. */
const PRECISION = 0.003;
/** The longest step of the grid, in logarithms. */
const GRID_STEP = 0.55;
/** Most rounds over the coordinates. */
const ROUNDS = 12;
/** To this share it is sought on a sample. */
const SAMPLE_PRECISION = 0.05;
/** All rows are asked at this distance, in logarithms, from what the sample says, at most so many times further on. */
const CONFIRMED_WITHIN = 0.2;
const MOST_MOVES = 6;
/** And this much narrower, where nothing may be better. */
const MUCH_NARROWER = 1.2;

/** Where a search ended: at the narrowest or widest that it tries, or between. */
export type Limit = "narrowest" | "widest" | undefined;

export interface Found {
  readonly best: Candidate;
  /** One a coordinate. */
  readonly limits: readonly Limit[];
  /** Every candidate that was tried, in that order. */
  readonly candidates: readonly Candidate[];
}

/** The bottom of the least scores along the line on which all coordinates widen together, and points on either side. */
interface Valley {
  readonly bottom: Point;
  readonly ends: readonly [number, number];
}

/**
 * A grid over the whole range finds the valleys, a minimiser the bottom of the deepest; with several coordinates, one after the other, in
 * rounds, until none moves. What is sought is the least interior minimum: towards the narrowest,
 * scores may fall without bound where keys or rows coincide. The widest, where all keys count alike, is an answer if nothing is
 * better; the narrowest only if there is no minimum at all. Where a sample of many rows shows the valley, it is confirmed by all of them.
 * @param noise scores that differ by no more than this share of the better one are equal
 */
export async function search(
  { limits, grid, shares, resolution = 0, sample }: SearchSpace,
  score: Score,
  noise = 1e-7,
): Promise<Found> {
  const tried: Candidate[] = [];
  // Relative to the narrowest, so that a change of units by a power of two changes no digit.
  const high = limits.map(([least, largest]) => Math.log(largest / least));
  const span = Math.max(...high);
  const bandwidthAt = (logs: readonly number[]) =>
    logs.map((log, j) =>
      log < high[j] ? Math.min(limits[j][0] * Math.exp(log), limits[j][1]) : limits[j][1],
    );
  const evaluate = async (logs: readonly number[]) => {
    const bandwidth = bandwidthAt(logs);
    const value = await scoreAt(score, bandwidth);
    tried.push({ bandwidth, score: value });
    return value;
  };
  const isAsGood = (one: number, best: number) =>
    one === best || one <= best + noise * Math.abs(best) + resolution;
  /** All coordinates together, from the narrowest to the widest: equal factors, until one is at its widest. */
  const along = (log: number) =>
    high.map((most, j) => (shares?.[j] ? (log / span) * most : Math.min(log, most)));
  const evaluateAlong = (log: number) => evaluate(along(log));

  const points = Math.max(grid, Math.ceil(span / GRID_STEP) + 1);
  const onGrid = (f: (log: number) => Promise<number>) => valleyOnGrid(points, span, isAsGood, f);
  const onSample = async ({ score, wider }: Sample) => {
    const f = (log: number) => scoreAt(score, bandwidthAt(along(log)));
    const { bottom, ends } = await onGrid(f);
    if (ends[0] === bottom.x || ends[1] === bottom.x) return undefined; // no valley
    const { x } = await minimumBetween(ends, bottom, SAMPLE_PRECISION, f);
    return confirmed(x - wider, span, evaluateAlong);
  };
  const valley = (sample && (await onSample(sample))) ?? (await onGrid(evaluateAlong));
  const lowest = await minimumBetween(valley.ends, valley.bottom, PRECISION / 2, evaluateAlong);
  const bottom = lowest.score < valley.bottom.score ? lowest : valley.bottom;
  let at = along(bottom.x);
  let least = bottom.score;
  let result: Candidate = { bandwidth: bandwidthAt(at), score: least };
  const take = (logs: readonly number[], score: number) => {
    at = [...logs];
    least = score;
    result = { bandwidth: bandwidthAt(logs), score };
  };

  let reach = 1.5;
  for (let round = 0; round < ROUNDS && limits.length > 1; round++) {
    let moved = 0;
    for (let j = 0; j < limits.length; j++) {
      const from = Math.max(at[j] - reach, 0);
      const to = Math.min(at[j] + reach, high[j]);
      const known = { x: at[j], score: least };
      const { x, score: lower } = await minimumBetween([from, to], known, PRECISION / 2, (log) =>
        evaluate(replaced(at, j, log)),
      );
      if (lower < least) {
        moved = Math.max(moved, Math.abs(x - at[j]));
        take(replaced(at, j, x), lower);
      }
      if (at[j] === high[j]) continue;
      // A coordinate without which the score is as good is left out: at its widest.
      const widest = replaced(at, j, high[j]);
      const without = await evaluate(widest);
      if (!isAsGood(without, least)) continue;
      moved = Math.max(moved, Math.abs(high[j] - at[j]));
      take(widest, without);
    }
    if (moved < PRECISION) break;
    reach = Math.max(2 * moved, 4 * PRECISION);
  }
  const near = (x: number, end: number) => Math.abs(x - end) < 3 * PRECISION;
  return {
    best: result,
    limits: at.map((x, j) => (near(x, 0) ? "narrowest" : near(x, high[j]) ? "widest" : undefined)),
    candidates: tried,
  };
}

async function scoreAt(score: Score, bandwidth: readonly number[]): Promise<number> {
  const value = await score(bandwidth);
  return Number.isNaN(value) ? Infinity : value;
}

type IsAsGood = (score: number, best: number) => boolean;

async function valleyOnGrid(
  points: number,
  span: number,
  isAsGood: IsAsGood,
  f: (log: number) => Promise<number>,
): Promise<Valley> {
  const logOf = (i: number) => span * Math.min(Math.max(i / (points - 1), 0), 1);
  const scores: number[] = [];
  for (let i = 0; i < points; i++) scores.push(await f(logOf(i)));
  const best = valleyOf(scores, isAsGood);
  return { bottom: { x: logOf(best), score: scores[best] }, ends: [logOf(best - 1), logOf(best + 1)] };
}

/** The valley of all rows about where a sample shows one; undefined if it is not there, or something much narrower is better. */
async function confirmed(
  start: number,
  span: number,
  f: (log: number) => Promise<number>,
): Promise<Valley | undefined> {
  const scores = new Map<number, number>();
  const at = async (steps: number) => {
    const score = scores.get(steps) ?? (await f(start + steps * CONFIRMED_WITHIN));
    scores.set(steps, score);
    return score;
  };
  for (let middle = 0, moves = 0; moves <= MOST_MOVES; moves++) {
    const x = start + middle * CONFIRMED_WITHIN;
    const narrow = x - MUCH_NARROWER;
    if (narrow < 0 || x + CONFIRMED_WITHIN > span) return undefined;
    const [left, here, right] = [await at(middle - 1), await at(middle), await at(middle + 1)];
    if (left <= here && left <= right) middle--;
    else if (right < here) middle++;
    else if ((await f(narrow)) < here) return undefined;
    else return { bottom: { x, score: here }, ends: [x - CONFIRMED_WITHIN, x + CONFIRMED_WITHIN] };
  }
  return undefined;
}

/** The index of the deepest valley of scores from the narrowest to the widest; an end only where there is nothing better. */
function valleyOf(scores: readonly number[], isAsGood: IsAsGood): number {
  const last = scores.length - 1;
  let best = -1;
  for (let i = 1; i < last; i++) {
    const isValley = scores[i] < scores[i - 1] && scores[i] <= scores[i + 1] && scores[i] < Infinity;
    if (isValley && (best < 0 || scores[i] < scores[best])) best = i;
  }
  if (best >= 0 && !isAsGood(scores[last], scores[best])) return best;
  if (best >= 0 || isAsGood(scores[last], scores[0])) return last;
  return 0;
}

/** The candidate with the least score; the widest of equals. */
export function bestOf(candidates: readonly Candidate[]): Candidate {
  return candidates.reduce((best, each) => (each.score <= best.score ? each : best));
}

const replaced = (list: readonly number[], j: number, x: number) => list.map((old, i) => (i === j ? x : old));
