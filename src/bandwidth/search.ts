/**
 * Searches for the bandwidths with the least score. Everything happens in logarithms, so that no bandwidth can be 0 or negative,
 * and within limits, so that none is absurd.
 */

import { minimumBetween, type Point } from "./minimum.ts";
import { type IsAsGood, minimaOf } from "./valleys.ts";

/** A bandwidth that was tried, and its score, the lower the better. */
export interface Candidate {
  /** One number per coordinate. */
  readonly bandwidth: readonly number[];
  readonly score: number;
}

/** The least and the largest bandwidth of a coordinate, both positive, and the least one while all coordinates widen together. */
export type Limits = readonly [least: number, largest: number, together?: number];

export interface SearchSpace {
  /** One a coordinate. */
  readonly limits: readonly Limits[];
  /** Fewest bandwidths that are tried first, all coordinates wider and wider. */
  readonly grid: number;
  /** For each coordinate whether its bandwidth is a share, as λ is: such ones reach their limits together with the widest range. */
  readonly shares?: readonly boolean[];
  /** Scores that differ by no more are equal, besides those that differ by the search's `noise`; 0 by default. */
  readonly resolution?: number;
  /** Whether the narrowest may be the best though there is a minimum: not if scores fall without bound where keys coincide. */
  readonly isBounded?: boolean;
  /** Where bandwidths are first tried on a sample of the rows. */
  readonly sample?: Sample;
  /** Where narrow bandwidths are first tried on some rows that lie as close to each other as all rows do. */
  readonly close?: CloseRows;
}

export interface Sample {
  readonly score: Score;
  /** The logarithm of how much wider the sample's best is than that of all rows. */
  readonly wider: number;
}

export interface CloseRows {
  /** The logarithms of how much wider than the narrowest these bandwidths are at most, of one coordinate alone and of all together. */
  readonly until: Until;
  readonly lines: readonly CloseLine[];
}

interface Until {
  readonly alone: number;
  readonly together: number;
}

export interface CloseLine {
  readonly score: Score;
  /** The coordinate along which the rows are close, the others having their widest bandwidths; all together by default. */
  readonly coordinate?: number;
}

type Score = (bandwidth: readonly number[]) => Promise<number>;

/** Mean squares of standardised values, and logarithms, that differ by no more are equal: sums are right to 1e-6. */
export const SQUARES_RESOLUTION = 1e-12;
export const LOG_RESOLUTION = 1e-7;

/** A bandwidth is known when it is known to this share of itself. */
const PRECISION = 0.003;
/** The longest step of the grid, in logarithms: of all coordinates together, and of one after the other. */
const GRID_STEP = 0.5;
const COARSE_STEP = 0.9;
/** Most rounds over the coordinates. */
const ROUNDS = 12;
/** To this share it is sought on a sample, and before coordinates are varied one by one. */
const SAMPLE_PRECISION = 0.05;
/** All rows are asked at this distance, in logarithms, from what the sample says, at most so many times further on. */
const CONFIRMED_WITHIN = 0.2;
const MOST_MOVES = 6;
/** And this much narrower, where nothing may be better. */
const MUCH_NARROWER = 1.2;
/** Scores of other rows that are more than this share above the best are no reason to look closer. */
const CLOSE = 0.1;
/** Starts from which single coordinates are varied over their whole range, and rounds of that, up to 4, 16 and more coordinates. */
const STARTS = [3, 2, 1];
const SCANS = 3;

/** Where a search ended: at the narrowest or widest that it tries, or between. */
export type Limit = "narrowest" | "widest" | undefined;

export interface Found {
  readonly best: Candidate;
  /** One a coordinate. */
  readonly limits: readonly Limit[];
  /** Every candidate that was tried, in that order. */
  readonly candidates: readonly Candidate[];
}

/** A place of the search: logarithms of bandwidths over the narrowest ones. */
interface Place {
  readonly logs: readonly number[];
  readonly score: number;
}

type ScoreAt = (logs: readonly number[]) => Promise<number>;

/**
 * A grid over the whole range of all coordinates together, then of each alone and of one after the other, finds the valleys, a minimiser the bottoms of
 * the deepest; with several coordinates, one after the other, in rounds, until none moves. The least score wins, the widest bandwidth among equals.
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
  let { logs: at, score: least } = found ?? (await explorer.explore(evaluate))[0] ?? widest;
  for (const line of close?.lines ?? []) {
    const narrower = await explorer.narrower(line, remembered(line.score), evaluate, least);
    if (narrower) ({ logs: at, score: least } = narrower);
  }
  if (limits.length > 1) ({ logs: at, score: least } = await inRounds(at, least, high, evaluate, isAsGood));
  const near = (x: number, end: number) => Math.abs(x - end) < 3 * PRECISION;
  return {
    best: { bandwidth: bandwidthAt(at), score: least },
    limits: at.map((x, j) => (near(x, 0) ? "narrowest" : near(x, high[j]) ? "widest" : undefined)),
    candidates: tried,
  };
}

const FROM_NARROWEST: Until = { alone: 0, together: 0 };

/** Finds the valleys by a grid. */
class Explorer {
  private readonly space: SearchSpace;
  private readonly isAsGood: IsAsGood;
  private readonly start: readonly number[];
  private readonly step: number;
  /** The logarithms of the widest bandwidths, and how long the line of all together is. */
  readonly high: readonly number[];
  readonly span: number;

  constructor(space: SearchSpace, high: readonly number[], isAsGood: IsAsGood) {
    this.space = space;
    this.high = high;
    this.isAsGood = isAsGood;
    this.start = space.limits.map(([least, , together = least]) => Math.log(together / least));
    this.span = Math.max(...high.map((most, j) => most - this.start[j]));
    this.step = Math.min(GRID_STEP, this.span / (space.grid - 1));
  }

  get hasCloseRows(): boolean {
    return this.space.close !== undefined;
  }

  /** All coordinates together, from the narrowest to the widest: equal factors, until one is at its widest. */
  along(log: number): number[] {
    const { shares } = this.space;
    return this.high.map((most, j) =>
      shares?.[j] ? (log / this.span) * most : Math.min(this.start[j] + log, most),
    );
  }

  /** The minima, the best first, of bandwidths that are not left to close rows. */
  async explore(f: ScoreAt, precision = PRECISION / 2): Promise<Place[]> {
    const { high, span, isAsGood, space } = this;
    const d = high.length;
    const { alone, together } = space.close?.until ?? FROM_NARROWEST;
    const from = Math.min(together, span - this.step);
    const minima = await this.minima(
      (x) => this.along(x),
      [from, span],
      this.step,
      d > 1 ? SAMPLE_PRECISION : precision,
      f,
    );
    if (d === 1) return minima;
    const places = minima.slice(0, 2);
    const coarseStep = Math.max(this.step, COARSE_STEP);
    const scan = async ({ logs, score }: Place, j: number): Promise<Place> => {
      const least = space.shares?.[j] ? 0 : Math.min(alone, high[j]);
      const points = Math.ceil((high[j] - least) / coarseStep) + 1;
      let best: Place = { logs, score };
      for (let i = 0; i < points; i++) {
        const x = i === points - 1 ? high[j] : least + ((high[j] - least) * i) / (points - 1);
        const place = { logs: replaced(logs, j, x), score: await f(replaced(logs, j, x)) };
        if (place.score < best.score) best = place;
      }
      return best;
    };
    const widest: Place = { logs: high, score: Infinity };
    for (let j = 0; j < d; j++) places.push(await scan(widest, j));
    const distinct = places.sort((a, b) => a.score - b.score).filter(isFirst);
    const starts = distinct.slice(0, STARTS[d > 16 ? 2 : d > 4 ? 1 : 0]);
    for (const [s, start] of starts.entries()) {
      let best = start;
      for (let round = 0; round < SCANS; round++) {
        const before = best.score;
        for (let j = 0; j < d; j++) best = await scan(best, j);
        if (isAsGood(before, best.score)) break;
      }
      starts[s] = best;
    }
    const sum = ({ logs }: Place) => logs.reduce((all, log) => all + log, 0);
    starts.sort((a, b) => a.score - b.score);
    const equals = starts.filter(({ score }) => isAsGood(score, starts[0].score));
    return [...equals.sort((a, b) => sum(b) - sum(a)), ...starts.slice(equals.length)].filter(isFirst);
  }

  async minima(
    line: (x: number) => number[],
    [from, to]: readonly [number, number],
    step: number,
    precision: number,
    f: ScoreAt,
  ): Promise<Place[]> {
    const points = Math.max(2, Math.ceil((to - from) / step) + 1);
    const found = await minimaOf(
      {
        ...{ from, to, points, precision, isNarrowestFound: this.space.isBounded ?? false },
        f: (x) => f(line(x)),
      },
      this.isAsGood,
    );
    return found.map(({ x, score }) => ({ logs: line(x), score }));
  }

  /** The minimum of all rows near one of close rows, if it is lower than the best one so far. */
  async narrower(
    { coordinate }: CloseLine,
    onCloseRows: ScoreAt,
    evaluate: ScoreAt,
    best: number,
  ): Promise<Place | undefined> {
    const { high, space } = this;
    const { alone, together } = space.close!.until;
    const [line, until] =
      coordinate === undefined
        ? [(x: number) => this.along(x), together]
        : [(x: number) => replaced(high, coordinate, Math.min(x, high[coordinate])), alone];
    const end = until + GRID_STEP;
    const places = await this.minima(line, [0, end], COARSE_STEP, SAMPLE_PRECISION, onCloseRows);
    let found: Place | undefined;
    for (const { logs, score } of places.slice(0, 2)) {
      if (logs.join() === line(end).join() || !isClose(score, best)) continue;
      const own = await evaluate(logs);
      if (!(own < (found?.score ?? best))) continue;
      const near = (x: number) => logs.map((log, j) => (log < high[j] ? Math.max(log + x, 0) : log));
      const known = { x: 0, score: own };
      const ends = [-COARSE_STEP, COARSE_STEP] as const;
      const bottom = await minimumBetween(ends, known, PRECISION / 2, (x) => evaluate(near(x)));
      found = bottom.score < own ? { logs: near(bottom.x), score: bottom.score } : { logs, score: own };
    }
    return found;
  }
}

const isFirst = ({ logs }: Place, index: number, all: readonly Place[]) =>
  all.findIndex((other) => other.logs.join() === logs.join()) === index;

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

const isClose = (score: number, best: number) => score <= best + CLOSE * Math.abs(best);

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

const replaced = (list: readonly number[], j: number, x: number) => list.map((old, i) => (i === j ? x : old));
