/** Reproducible data for tests. */
import { randomLcg, randomNormal, randomUniform } from "d3-random";

export { largestDifference } from "../common/difference.ts";

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
