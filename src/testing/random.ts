/** Reproducible data for tests. */
import { randomLcg, randomNormal, randomUniform } from "d3-random";

export interface Draw {
  uniform(from: number, to: number): number;
  normal(): number;
  /** An integer from … to − 1. */
  integer(from: number, to: number): number;
}

export function draw(seed: number): Draw {
  const source = randomLcg(seed);
  const normal = randomNormal.source(source)();
  return {
    uniform: (from, to) => randomUniform.source(source)(from, to)(),
    normal,
    integer: (from, to) => Math.floor(from + (to - from) * source()),
  };
}

export const rangeOf = (values: ArrayLike<number>): number => {
  let least = Infinity;
  let largest = -Infinity;
  for (let i = 0; i < values.length; i++) {
    least = Math.min(least, values[i]);
    largest = Math.max(largest, values[i]);
  }
  return largest - least;
};

/** The largest |a − b|; Infinity where one is NaN and the other is not. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} numbers against ${b.length}`);
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    if (Number.isNaN(a[i]) && Number.isNaN(b[i])) continue;
    if (a[i] === b[i]) continue;
    const difference = Math.abs(a[i] - b[i]);
    largest = Math.max(largest, Number.isNaN(difference) ? Infinity : difference);
  }
  return largest;
}
