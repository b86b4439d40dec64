/**
 * Searches for the bandwidths with the least score. Everything happens in logarithms, so that no bandwidth can be 0 or negative,
 * and within limits, so that none is absurd.
 */

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
}

/** The golden section. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;
/** A bandwidth is known when it is known to this share of itself. */
const PRECISION = 0.003;
/** Most rounds over the coordinates. */
const ROUNDS = 12;

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
 * A grid over the whole range finds the valleys, a golden section the bottom of the deepest (Kiefer 1953); with several
 * coordinates, one after the other, in rounds, until none moves. What is sought is the least interior minimum: towards the narrowest,
 * scores may fall without bound where keys or rows coincide. The widest, where all keys count alike, is an answer if nothing is
 * better; the narrowest only if there is no minimum at all.
 * @param noise scores that differ by no more than this share of their spread are equal
 */
export async function search(
  { limits, grid }: SearchSpace,
  score: (bandwidth: readonly number[]) => Promise<number>,
  noise = 1e-7,
): Promise<Found> {
  const tried: Candidate[] = [];
  const low = limits.map(([least]) => Math.log(least));
  const high = limits.map(([, largest]) => Math.log(largest));
  const evaluate = async (logs: readonly number[]) => {
    const bandwidth = logs.map(Math.exp);
    const scored = await score(bandwidth);
    const value = Number.isNaN(scored) ? Infinity : scored;
    tried.push({ bandwidth, score: value });
    return value;
  };

  // All coordinates together, from the narrowest to the widest.
  const along = (share: number) => low.map((least, j) => least + share * (high[j] - least));
  const scores: number[] = [];
  for (let i = 0; i < grid; i++) scores.push(await evaluate(along(i / (grid - 1))));
  const finite = scores.filter(Number.isFinite);
  const equal = noise * (Math.max(...finite) - Math.min(...finite));
  const best = valleyOf(scores, equal);
  let at = along(best / (grid - 1));
  let least = scores[best];
  let result = tried[best];

  /** The bottom between two points, for a function of one number. */
  const section = async (from: number, to: number, precision: number, f: (x: number) => Promise<number>) => {
    let [a, b] = [from, to];
    let [c, d] = [b - GOLDEN * (b - a), a + GOLDEN * (b - a)];
    let [fc, fd] = [await f(c), await f(d)];
    while (b - a > precision) {
      if (fc <= fd) {
        [b, d, fd] = [d, c, fc];
        c = b - GOLDEN * (b - a);
        fc = await f(c);
      } else {
        [a, c, fc] = [c, d, fd];
        d = a + GOLDEN * (b - a);
        fd = await f(d);
      }
    }
    return fc <= fd ? { x: c, score: fc } : { x: d, score: fd };
  };

  const step = 1 / (grid - 1);
  const span = Math.max(...high.map((most, j) => most - low[j]));
  const bottom = await section(-step, step, PRECISION / span, (shift) => {
    const share = Math.min(Math.max(best * step + shift, 0), 1);
    return evaluate(along(share));
  });
  const take = (logs: readonly number[], score: number) => {
    at = [...logs];
    least = score;
    result = { bandwidth: logs.map(Math.exp), score };
  };
  if (bottom.score < least) take(along(Math.min(Math.max(best * step + bottom.x, 0), 1)), bottom.score);

  let reach = 1.5;
  for (let round = 0; round < ROUNDS && limits.length > 1; round++) {
    let moved = 0;
    for (let j = 0; j < limits.length; j++) {
      const from = Math.max(at[j] - reach, low[j]);
      const to = Math.min(at[j] + reach, high[j]);
      const { x, score: lower } = await section(from, to, PRECISION, (log) => evaluate(replaced(at, j, log)));
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
