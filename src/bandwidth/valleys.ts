/** The minima of a score along a line, on which a grid shows the valleys and a minimiser their bottoms. */
import { minimumBetween, type Point } from "./minimum.ts";

export interface Line {
  readonly from: number;
  readonly to: number;
  /** Evenly spaced points that are tried first, at least 2. */
  readonly points: number;
  /** The distance to which bottoms are sought. */
  readonly precision: number;
  /** Whether the narrowest point is a minimum if no other point is lower, and not only if there is no other minimum. */
  readonly isNarrowestFound: boolean;
  readonly f: (x: number) => Promise<number>;
}

/** Whether a score is no worse than the best one, except for noise. */
export type IsAsGood = (score: number, best: number) => boolean;

/** Most valleys whose bottoms are sought. */
const VALLEYS = 4;

/** A point of the grid that is lower than those beside it. */
interface Valley {
  readonly index: number;
  readonly score: number;
  /** No lower than this is the bottom between the points beside it, if the score has a bounded curvature. */
  readonly bound: number;
}

/** The minima of a line, the lowest first, of equals the widest; the ends are among them. Empty if no score is finite. */
export async function minimaOf(line: Line, isAsGood: IsAsGood): Promise<Point[]> {
  const { from, to, points, precision, isNarrowestFound, f } = line;
  const last = points - 1;
  const at = (i: number) => (i >= last ? to : from + ((to - from) * Math.max(i, 0)) / last);
  const scores: number[] = [];
  for (let i = 0; i <= last; i++) scores.push(await f(at(i)));
  const minima: Point[] = [];
  let lowest = Infinity;
  const add = (point: Point) => {
    minima.push(point);
    lowest = Math.min(lowest, point.score);
  };
  if (scores[last] < Infinity) add({ x: to, score: scores[last] });
  const inner = valleysOf(scores).filter(({ index }) => index > 0 || isNarrowestFound);
  for (const { index, score, bound } of inner.slice(0, VALLEYS)) {
    if (score > lowest && bound > lowest) continue;
    const ends = [at(index - 1), at(index + 1)] as const;
    const found = await minimumBetween(ends, { x: at(index), score }, precision, f);
    add(found.score < score ? found : { x: at(index), score });
  }
  if (!isNarrowestFound && inner.length === 0 && scores[0] < Infinity && !isAsGood(scores[last], scores[0]))
    add({ x: from, score: scores[0] });
  minima.sort((a, b) => a.score - b.score);
  const widest = Math.max(...minima.filter(({ score }) => isAsGood(score, lowest)).map(({ x }) => x));
  return minima.sort((a, b) => Number(b.x === widest) - Number(a.x === widest));
}

/** The points that are lower than the wider one beside them and not above the narrower one, the lowest first, without the last. */
function valleysOf(scores: readonly number[]): Valley[] {
  const valleys: Valley[] = [];
  for (let index = 0; index < scores.length - 1; index++) {
    const [left, score, right] = [scores[index - 1] ?? scores[index + 1], scores[index], scores[index + 1]];
    if (!(score < right && score <= left)) continue;
    // Of a parabola through the three the bottom is at most an eighth of this lower; scores are no parabolas.
    const curvature = left - 2 * score + right;
    valleys.push({ index, score, bound: curvature < Infinity ? score - curvature / 2 : -Infinity });
  }
  return valleys.sort((a, b) => a.score - b.score);
}
