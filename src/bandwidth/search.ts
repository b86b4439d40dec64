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
  /** Bandwidths that are tried first, all coordinates in the same proportion to their limits. */
  readonly grid: number;
  /** Where these are first tried on a sample of the rows. */
  readonly sample?: Sample;
}

export interface Sample {
  readonly score: Score;
  /** The logarithm of how much wider the sample's best is than that of all rows. */
  readonly wider: number;
}

type Score = (bandwidth: readonly number[]) => Promise<number>;

/** A bandwidth is known when it is known to this share of itself. */
const PRECISION = 0.003;
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

/** Where the least score lies along the line on which all coordinates move together, as shares of it. */
interface Valley {
  readonly bottom: Point;
  readonly ends: readonly [number, number];
  /** Scores that differ by no more are equal. */
  readonly equal: number;
}

/**
 * A grid over the whole range finds the valleys, a minimiser the bottom of the deepest; with several coordinates, one after the other, in
 * rounds, until none moves. What is sought is the least interior minimum: towards the narrowest,
 * scores may fall without bound where keys or rows coincide. The widest, where all keys count alike, is an answer if nothing is
 * better; the narrowest only if there is no minimum at all. Where a sample of many rows shows the valley, it is confirmed by all of them.
 * @param noise scores that differ by no more than this share of their spread are equal
 */
export async function search(
  { limits, grid, sample }: SearchSpace,
  score: Score,
  noise = 1e-7,
): Promise<Found> {
  const tried: Candidate[] = [];
  const low = limits.map(([least]) => Math.log(least));
  const high = limits.map(([, largest]) => Math.log(largest));
  const evaluate = async (logs: readonly number[]) => {
    const bandwidth = logs.map(Math.exp);
    const value = await scoreAt(score, bandwidth);
    tried.push({ bandwidth, score: value });
    return value;
  };
  /** All coordinates together, from the narrowest to the widest. */
  const along = (share: number) => low.map((least, j) => least + share * (high[j] - least));
  const evaluateAlong = (share: number) => evaluate(along(share));
  const span = Math.max(...high.map((most, j) => most - low[j]));

  const onGrid = (f: (share: number) => Promise<number>) => valleyOnGrid(grid, noise, f);
  const onSample = async ({ score, wider }: Sample) => {
    const f = (share: number) => scoreAt(score, along(share).map(Math.exp));
    const { bottom, ends, equal } = await onGrid(f);
    if (ends[0] === bottom.x || ends[1] === bottom.x) return undefined; // no valley
    const { x } = await minimumBetween(ends, bottom, SAMPLE_PRECISION / span, f);
    return confirmed(x - wider / span, span, equal, evaluateAlong);
  };
  const valley = (sample && (await onSample(sample))) ?? (await onGrid(evaluateAlong));
  const { equal } = valley;
  const lowest = await minimumBetween(valley.ends, valley.bottom, PRECISION / span / 2, evaluateAlong);
  const bottom = lowest.score < valley.bottom.score ? lowest : valley.bottom;
  let at = along(bottom.x);
  let least = bottom.score;
  let result: Candidate = { bandwidth: at.map(Math.exp), score: least };
  const take = (logs: readonly number[], score: number) => {
    at = [...logs];
    least = score;
    result = { bandwidth: logs.map(Math.exp), score };
  };

  let reach = 1.5;
  for (let round = 0; round < ROUNDS && limits.length > 1; round++) {
    let moved = 0;
    for (let j = 0; j < limits.length; j++) {
      const from = Math.max(at[j] - reach, low[j]);
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
      // A coordinate that tells nothing is as good at the widest, where it is left out.
      const widest = replaced(at, j, high[j]);
      const without = await evaluate(widest);
      if (!(without <= least + equal)) continue;
      moved = Math.max(moved, Math.abs(high[j] - at[j]));
      take(widest, without);
    }
    if (moved < PRECISION) break;
    reach = Math.max(2 * moved, 4 * PRECISION);
  }
  const near = (x: number, end: number) => Math.abs(x - end) < 3 * PRECISION;
  return {
    best: result,
    limits: at.map((x, j) => (near(x, low[j]) ? "narrowest" : near(x, high[j]) ? "widest" : undefined)),
    candidates: tried,
  };
}

async function scoreAt(score: Score, bandwidth: readonly number[]): Promise<number> {
  const value = await score(bandwidth);
  return Number.isNaN(value) ? Infinity : value;
}

async function valleyOnGrid(
  grid: number,
  noise: number,
  f: (share: number) => Promise<number>,
): Promise<Valley> {
  const shareOf = (i: number) => Math.min(Math.max(i / (grid - 1), 0), 1);
  const scores: number[] = [];
  for (let i = 0; i < grid; i++) scores.push(await f(shareOf(i)));
  const finite = scores.filter(Number.isFinite);
  const equal = noise * (Math.max(...finite) - Math.min(...finite));
  const best = valleyOf(scores, equal);
  const ends = [shareOf(best - 1), shareOf(best + 1)] as const;
  return { bottom: { x: shareOf(best), score: scores[best] }, ends, equal };
}

/** The valley of all rows about where a sample shows one; undefined if it is not there, or something much narrower is better. */
async function confirmed(
  start: number,
  span: number,
  equal: number,
  f: (share: number) => Promise<number>,
): Promise<Valley | undefined> {
  const step = CONFIRMED_WITHIN / span;
  const scores = new Map<number, number>();
  const at = async (steps: number) => {
    const score = scores.get(steps) ?? (await f(start + steps * step));
    scores.set(steps, score);
    return score;
  };
  for (let middle = 0, moves = 0; moves <= MOST_MOVES; moves++) {
    const x = start + middle * step;
    const narrow = x - MUCH_NARROWER / span;
    if (narrow < 0 || x + step > 1) return undefined;
    const [left, here, right] = [await at(middle - 1), await at(middle), await at(middle + 1)];
    if (left <= here && left <= right) middle--;
    else if (right < here) middle++;
    else if ((await f(narrow)) < here) return undefined;
    else return { bottom: { x, score: here }, ends: [x - step, x + step], equal };
  }
  return undefined;
}

/** The index of the deepest valley of scores from the narrowest to the widest; an end only where there is nothing better. */
function valleyOf(scores: readonly number[], equal: number): number {
  const last = scores.length - 1;
  let best = -1;
  for (let i = 1; i < last; i++) {
    const isValley = scores[i] < scores[i - 1] && scores[i] <= scores[i + 1] && scores[i] < Infinity;
    if (isValley && (best < 0 || scores[i] < scores[best])) best = i;
  }
  if (best >= 0 && scores[best] < scores[last] - equal) return best;
  if (best >= 0 || scores[last] <= scores[0] + equal) return last;
  return 0;
}

/** The candidate with the least score; the widest of equals. */
export function bestOf(candidates: readonly Candidate[]): Candidate {
  return candidates.reduce((best, each) => (each.score <= best.score ? each : best));
}

const replaced = (list: readonly number[], j: number, x: number) => list.map((old, i) => (i === j ? x : old));
