/** Finds where the valleys of a score are: by grids over all bandwidths together, and over each coordinate. */
import { minimumBetween } from "./minimum.ts";
import { type Axis, lowestOfPlane } from "./plane.ts";
import {
  type CloseLine,
  isClose,
  type Place,
  PRECISION,
  replaced,
  SAMPLE_PRECISION,
  type ScoreAt,
  type SearchSpace,
  type Until,
} from "./search-space.ts";
import { type IsAsGood, minimaOf } from "./valleys.ts";

const FROM_NARROWEST: Until = { alone: 0, together: 0 };

/** The longest step of the grid, in logarithms: of all coordinates together, and of one after the other. */
const GRID_STEP = 0.5;
const COARSE_STEP = 0.9;

/** Points of the plane of two coordinates around which its grid is finer, by default. */
const REFINED = 16;

/** Starts from which coordinates are varied, up to 4, 16 and more of them, and rounds in which each is over its whole range. */
const STARTS = [3, 2, 1];
const SCANS = 3;

/** Finds the valleys by a grid. */
export class Explorer {
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
    const { together } = space.close?.until ?? FROM_NARROWEST;
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
    const starts =
      d === 2
        ? await lowestOfPlane(
            [this.axis(0), this.axis(1)],
            COARSE_STEP,
            this.space.refined ?? REFINED,
            places,
            f,
          )
        : await this.byCoordinates(places, f);
    const sum = ({ logs }: Place) => logs.reduce((all, log) => all + log, 0);
    starts.sort((a, b) => a.score - b.score);
    const equals = starts.filter(({ score }) => isAsGood(score, starts[0].score));
    return [...equals.sort((a, b) => sum(b) - sum(a)), ...starts.slice(equals.length)].filter(isFirst);
  }

  /** A coordinate from its narrowest bandwidth, or where close rows end, to its widest, in coarse steps. */
  private axis(j: number): Axis {
    const { high, space } = this;
    const { alone } = space.close?.until ?? FROM_NARROWEST;
    const least = space.shares?.[j] ? 0 : Math.min(alone, high[j]);
    const intervals = Math.max(1, Math.ceil((high[j] - least) / COARSE_STEP));
    return { least, most: high[j], intervals };
  }

  private coarse(j: number): number[] {
    const { least, most, intervals } = this.axis(j);
    return Array.from({ length: intervals + 1 }, (_, i) =>
      i === intervals ? most : least + ((most - least) * i) / intervals,
    );
  }

  /** Some starts, from which each coordinate is varied over its whole range, one after the other. */
  private async byCoordinates(places: Place[], f: ScoreAt): Promise<Place[]> {
    const { high, isAsGood } = this;
    const d = high.length;
    const scan = async ({ logs, score }: Place, j: number): Promise<Place> => {
      let best: Place = { logs, score };
      for (const x of this.coarse(j)) {
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
    return starts;
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
