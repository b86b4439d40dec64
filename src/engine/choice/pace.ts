/** How fast dense sums go on an adapter: as measured for problems like this one, else a guess. */
import { outputsOf, type Problem } from "../types.ts";
import { Beliefs, hoped } from "./corrections.ts";

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
  /** How many times longer than guessed pairs took. */
  private readonly slower = new Beliefs();

  constructor(adapter: string) {
    this.software = /swiftshader|llvmpipe|lavapipe|basic render/i.test(adapter);
  }

  /** Milliseconds that m queries of the problem should take; `loaded` where its keys are on the GPU. */
  expect(problem: Problem, m: number, loaded: boolean): number {
    const { factor } = this.slower.of(kindOf(problem, m));
    return overhead(problem, m, loaded) + this.guess(problem, m) * factor;
  }

  /** As `expect`, to choose by. */
  hope(problem: Problem, m: number, loaded: boolean): number {
    return hoped(this.expect(problem, m, loaded), this.slower.of(kindOf(problem, m)).runs);
  }

  /** Milliseconds for the pairs alone. */
  private guess(problem: Problem, m: number): number {
    const { keys, moments } = problem;
    const degrees = (moments ?? []).reduce((sum, { powers }) => sum + degreeOf(powers), 0);
    const instructions = 3 + 2 * keys.dims + outputsOf(problem) + degrees;
    const filled = Math.min(1, m / MANY_QUERIES) ** 0.25;
    return (keys.count * m * instructions) / (GUESS[this.software ? "software" : "hardware"] * filled);
  }

  /** Learns from a run of which enough was expected; what it took does not decide, or only slow ones would count. */
  learn(problem: Problem, m: number, loaded: boolean, milliseconds: number): void {
    const besides = overhead(problem, m, loaded);
    const guess = this.guess(problem, m);
    if (guess < besides || guess < 3 * LATENCY || milliseconds <= besides) return;
    this.slower.learn(kindOf(problem, m), (milliseconds - besides) / guess, milliseconds);
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
