/**
 * Looks for the bandwidths with the least score. Everything happens in logarithms, so that no width can be 0 or negative,
 * and within limits, so that none is absurd.
 */

export interface Candidate {
  /** One number per coordinate. */
  readonly bandwidth: readonly number[];
  readonly score: number;
}

export interface SearchSpace {
  /** For each coordinate the least and the largest width, both positive. */
  readonly limits: readonly (readonly [number, number])[];
  /** Widths that are tried first, all coordinates in the same proportion to their limits. */
  readonly grid: number;
}

/** The golden section. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;
/** A width is known when it is known to this share of itself. */
const PRECISION = 0.003;
/** Most rounds over the coordinates. */
const ROUNDS = 12;

/**
 * A grid over the whole range finds the valley, a golden section its bottom (Kiefer 1953); with several coordinates, one
 * after the other, in rounds, until none moves. Returns every candidate that was tried, in that order.
 */
export async function search(
  { limits, grid }: SearchSpace,
  score: (bandwidth: readonly number[]) => Promise<number>,
): Promise<Candidate[]> {
  const tried: Candidate[] = [];
  const low = limits.map(([least]) => Math.log(least));
  const high = limits.map(([, largest]) => Math.log(largest));
  const evaluate = async (logs: readonly number[]) => {
    const bandwidth = logs.map(Math.exp);
    const found = await score(bandwidth);
    const value = Number.isNaN(found) ? Infinity : found;
    tried.push({ bandwidth, score: value });
    return value;
  };

  // All coordinates together, from the narrowest to the widest.
  const along = (share: number) => low.map((least, j) => least + share * (high[j] - least));
  const scores: number[] = [];
  for (let i = 0; i < grid; i++) scores.push(await evaluate(along(i / (grid - 1))));
  const best = scores.indexOf(Math.min(...scores));
  let at = along(best / (grid - 1));
  let least = scores[best];

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
  if (bottom.score < least) {
    at = along(Math.min(Math.max(best * step + bottom.x, 0), 1));
    least = bottom.score;
  }
  if (limits.length === 1) return tried;

  let reach = 1.5;
  for (let round = 0; round < ROUNDS; round++) {
    let moved = 0;
    for (let j = 0; j < limits.length; j++) {
      const from = Math.max(at[j] - reach, low[j]);
      const to = Math.min(at[j] + reach, high[j]);
      const { x, score: found } = await section(from, to, PRECISION, (log) => evaluate(replaced(at, j, log)));
      if (!(found < least)) continue;
      moved = Math.max(moved, Math.abs(x - at[j]));
      at = replaced(at, j, x);
      least = found;
    }
    if (moved < PRECISION) break;
    reach = Math.max(2 * moved, 4 * PRECISION);
  }
  return tried;
}

/** The candidate with the least score; the widest of equals. */
export function bestOf(candidates: readonly Candidate[]): Candidate {
  return candidates.reduce((best, each) => (each.score <= best.score ? each : best));
}

const replaced = (list: readonly number[], j: number, x: number) => list.map((old, i) => (i === j ? x : old));
