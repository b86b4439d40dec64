/** How fast dense sums go on an adapter: as measured for problems like this one, else a guess. */
import { outputsOf, type Problem } from "./types.ts";

/** Instructions per millisecond assumed before the first measurement: of a processor, and of a GPU. */
const GUESS = { software: 2e6, hardware: 1e9 } as const;
/** Milliseconds that any run takes. */
const LATENCY = 1.5;
/**
 * Nanoseconds beside the pairs: for a query and each of its coordinates, from encoding it to judging its sums, and for each
 * coordinate of a key that is not on the GPU yet.
 */
const NS = { query: 120, queryCoordinate: 30, keyCoordinate: 15 } as const;
/** From so many queries on they fill workgroups; fewer share theirs with more and more keys, at a slower pace. */
const MANY_QUERIES = 1024;

export class Pace {
  /** Whether the adapter is a processor, by its name. */
  readonly software: boolean;
  private readonly measured = new Map<string, number>();

  constructor(adapter: string) {
    this.software = /swiftshader|llvmpipe|lavapipe|basic render/i.test(adapter);
  }

  /** Milliseconds that m queries of the problem should take; `loaded` where its keys are on the GPU. */
  expect(problem: Problem, m: number, loaded: boolean): number {
    const { keys, moments } = problem;
    const sums = outputsOf(problem) + (moments ?? []).reduce((sum, { powers }) => sum + degreeOf(powers), 0);
    const guess = (this.software ? GUESS.software : GUESS.hardware) / (3 + 2 * keys.dims + sums);
    const filled = Math.min(1, m / MANY_QUERIES) ** 0.25;
    return (
      overhead(problem, m, loaded) +
      (keys.count * m) / (this.measured.get(kindOf(problem, m)) ?? guess * filled)
    );
  }

  /**
   * Learns from a run that was long enough to tell. A slow one may have been disturbed, and dense would not soon be tried again:
   * it counts less than half.
   */
  learn(problem: Problem, m: number, loaded: boolean, milliseconds: number): void {
    const besides = overhead(problem, m, loaded);
    if (milliseconds < 5 * LATENCY || milliseconds < 2 * besides) return;
    const pairs = problem.keys.count * m;
    const before = pairs / (this.expect(problem, m, loaded) - besides);
    const rate = pairs / (milliseconds - besides);
    this.measured.set(kindOf(problem, m), rate > before ? rate : rate ** 0.4 * before ** 0.6);
  }
}

function overhead({ keys: { count, dims } }: Problem, m: number, loaded: boolean): number {
  const queries = m * (NS.query + NS.queryCoordinate * dims);
  return LATENCY + (queries + (loaded ? 0 : count * dims * NS.keyCoordinate)) / 1e6;
}

const degreeOf = (powers: readonly number[]) => powers.reduce((sum, power) => sum + power, 0);

function kindOf(problem: Problem, m: number): string {
  const { kernel, shape, keys, values } = problem;
  const filled = Math.ceil(Math.log2(Math.min(m, MANY_QUERIES)));
  return [kernel.name, shape, keys.dims, values.dims, outputsOf(problem), filled].join();
}
