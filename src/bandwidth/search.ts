/**
 * Searches for the bandwidths with the least score. Everything happens in logarithms, so that no bandwidth can be 0 or negative,
 * and within limits, so that none is absurd.
 */

import { Explorer } from "./explorer.ts";
import { minimumBetween, type Point } from "./minimum.ts";
import {
  isClose,
  type Place,
  PRECISION,
  replaced,
  SAMPLE_PRECISION,
  type Sample,
  type Score,
  type ScoreAt,
  type SearchSpace,
} from "./search-space.ts";
import type { IsAsGood } from "./valleys.ts";

/** A bandwidth that was tried, and its score, the lower the better. */
export interface Candidate {
  /** One number per coordinate. */
  readonly bandwidth: readonly number[];
  readonly score: number;
}

/** Mean squares of standardised values, and logarithms, that differ by no more are equal: sums are right to 1e-6. */
export const SQUARES_RESOLUTION = 1e-12;
export const LOG_RESOLUTION = 1e-7;

/** Most rounds over the coordinates. */
const ROUNDS = 12;
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

/**
 * A grid over the whole range of all coordinates together, then of two at once or of each of more, finds the valleys, a minimiser the bottoms of the
 * deepest; with several coordinates, one after the other, in rounds, until none moves. The least score wins, the widest bandwidth among equals.
 * If scores have no bound, the narrowest is an answer only if there is no minimum at all. Where a sample of many rows shows the valley, it is
 * confirmed by all of them.
 * @param noise scores that differ by no more than this share of the better one are equal
 */
export async function search(space: SearchSpace, score: Score, noise = 1e-7): Promise<Found> {
  const { limits, resolution = 0, sample, close } = space;
  const tried: Candidate[] = [];
  // Relative to the narrowest, so that a change of units by a power of two changes no digit.
  const high = limits.map(([least, largest]) => Math.log(largest / least));
  const bandwidthAt = (logs: readonly number[]) =>
    logs.map((log, j) =>
      log < high[j] ? Math.min(limits[j][0] * Math.exp(log), limits[j][1]) : limits[j][1],
    );
  const scoreOf = async (f: Score, bandwidth: readonly number[]) => {
    const value = await f(bandwidth);
    return Number.isNaN(value) ? Infinity : value;
  };
  const remembered =
    (f: Score): ScoreAt =>
    async (logs) => {
      const key = logs.join();
      const known = scores.get(f)?.get(key);
      if (known !== undefined) return known;
      const bandwidth = bandwidthAt(logs);
      const value = await scoreOf(f, bandwidth);
      scores.set(f, (scores.get(f) ?? new Map()).set(key, value));
      if (f === score) tried.push({ bandwidth, score: value });
      return value;
    };
  const scores = new Map<Score, Map<string, number>>();
  const evaluate = remembered(score);
  const isAsGood: IsAsGood = (one, best) => one === best || one <= best + noise * Math.abs(best) + resolution;
  const explorer = new Explorer(space, high, isAsGood);

  const widest = { logs: high, score: Infinity };
  const found = sample && (await onSample(sample, explorer, remembered(sample.score), evaluate, isAsGood));
  const starts = found ? [found] : await explorer.explore(evaluate);
  let { logs: at, score: least } = starts[0] ?? widest;
  for (const line of close?.lines ?? []) {
    const narrower = await explorer.narrower(line, remembered(line.score), evaluate, least);
    if (narrower) ({ logs: at, score: least } = narrower);
  }
  if (limits.length > 1) {
    const others = starts.slice(1).filter(({ score }) => isClose(score, least));
    ({ logs: at, score: least } = await inRounds(at, least, high, evaluate, isAsGood));
    for (const { logs, score } of others) {
      const other = await inRounds(logs, score, high, evaluate, isAsGood);
      if (!isAsGood(least, other.score)) ({ logs: at, score: least } = other);
    }
  }
  const near = (x: number, end: number) => Math.abs(x - end) < 3 * PRECISION;
  return {
    best: { bandwidth: bandwidthAt(at), score: least },
    limits: at.map((x, j) => (near(x, 0) ? "narrowest" : near(x, high[j]) ? "widest" : undefined)),
    candidates: tried,
  };
}

/** The minimum of all rows near one of a sample; undefined if there is none, or something much narrower is better. */
async function onSample(
  { wider }: Sample,
  explorer: Explorer,
  onRows: ScoreAt,
  evaluate: ScoreAt,
  isAsGood: IsAsGood,
): Promise<Place | undefined> {
  const { high, span, hasCloseRows } = explorer;
  const [first, second] = await explorer.explore(onRows, SAMPLE_PRECISION);
  if (!first) return undefined;
  let best: Place | undefined;
  for (const start of second && isClose(second.score, first.score) ? [first, second] : [first]) {
    const isMoving = start.logs.map((log, j) => log < high[j]);
    if (!isMoving.includes(true)) continue;
    const line = (x: number) =>
      start.logs.map((log, j) => (isMoving[j] ? Math.min(Math.max(log + x, 0), high[j]) : log));
    const lowest = Math.min(...start.logs);
    const ends = [-lowest, span] as const;
    const found = await confirmed(-wider, ends, !hasCloseRows, (x) => evaluate(line(x)));
    if (found && !(best && isAsGood(best.score, found.score)))
      best = { logs: line(found.x), score: found.score };
  }
  return best;
}

/** The minimum of all rows about where a sample shows one; undefined if it is not there, or something much narrower is better. */
async function confirmed(
  start: number,
  [least, most]: readonly [number, number],
  isNarrowerTried: boolean,
  f: (log: number) => Promise<number>,
): Promise<Point | undefined> {
  const xOf = (steps: number) => start + steps * CONFIRMED_WITHIN;
  const at = (steps: number) => f(xOf(steps));
  for (let middle = 0, moves = 0; moves <= MOST_MOVES; moves++) {
    const x = xOf(middle);
    if (x - CONFIRMED_WITHIN < least || x + CONFIRMED_WITHIN > most) return undefined;
    const [left, score, right] = [await at(middle - 1), await at(middle), await at(middle + 1)];
    if (left <= score && left <= right) middle--;
    else if (right < score) middle++;
    else {
      const narrow = x - MUCH_NARROWER;
      if (isNarrowerTried && (narrow < least || (await f(narrow)) < score)) return undefined;
      const ends = [xOf(middle - 1), xOf(middle + 1)] as const;
      const found = await minimumBetween(ends, { x, score }, PRECISION / 2, f);
      return found.score < score ? found : { x, score };
    }
  }
  return undefined;
}

/** From a place on, all moving coordinates together and then one after the other, until none moves. */
async function inRounds(
  start: readonly number[],
  first: number,
  high: readonly number[],
  evaluate: ScoreAt,
  isAsGood: IsAsGood,
): Promise<Place> {
  let [at, least] = [[...start], first];
  const take = (logs: readonly number[], score: number) => {
    at = [...logs];
    least = score;
  };
  let reach = 1.5;
  for (let round = 0; round < ROUNDS; round++) {
    let moved = 0;
    // A valley that is narrow across both coordinates is long along them.
    const moving = at.map((log, j) => log < high[j]);
    if (round > 0 && moving.filter(Boolean).length > 1) {
      const narrowest = Math.min(...at.filter((_, j) => moving[j]));
      const room = Math.min(...at.flatMap((log, j) => (moving[j] ? [high[j] - log] : [])));
      const along = (x: number) => at.map((log, j) => (moving[j] ? log + x : log));
      const ends = [Math.max(-reach, -narrowest), Math.min(reach, room)] as const;
      const known = { x: 0, score: least };
      const { x, score: lower } = await minimumBetween(ends, known, PRECISION / 2, (log) =>
        evaluate(along(log)),
      );
      if (lower < least) {
        moved = Math.abs(x);
        take(along(x), lower);
      }
    }
    for (let j = 0; j < high.length; j++) {
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
  return { logs: at, score: least };
}

/** The candidate with the least score; the widest of equals. */
export function bestOf(candidates: readonly Candidate[]): Candidate {
  return candidates.reduce((best, each) => (each.score <= best.score ? each : best));
}
