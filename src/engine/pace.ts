/** How fast dense sums go on an adapter: as measured for problems like this one, else a guess. */
import { outputsOf, type Problem } from "./types.ts";

/** Instructions per millisecond assumed before the first measurement: of a processor, and of a GPU. */
const GUESS = { software: 2e6, hardware: 1e9 } as const;
/** Milliseconds that any run takes. */
const LATENCY = 2;

export class Pace {
  /** Whether the adapter is a processor, by its name. */
  readonly software: boolean;
  private readonly measured = new Map<string, number>();

  constructor(adapter: string) {
    this.software = /swiftshader|llvmpipe|lavapipe|basic render/i.test(adapter);
  }

  /** Milliseconds that m queries of the problem should take. */
  expect(problem: Problem, m: number): number {
    const { keys, moments } = problem;
    const sums = outputsOf(problem) + (moments ?? []).reduce((sum, { powers }) => sum + degreeOf(powers), 0);
    const guess = (this.software ? GUESS.software : GUESS.hardware) / (3 + 2 * keys.dims + sums);
    return LATENCY + (keys.count * m) / (this.measured.get(kindOf(problem)) ?? guess);
  }

  /**
   * Learns from a run that was long enough to tell. A slow one may have been disturbed, and dense would not soon be tried again:
   * it counts a quarter.
   */
  learn(problem: Problem, m: number, milliseconds: number): void {
    if (milliseconds < 5 * LATENCY) return;
    const pairs = problem.keys.count * m;
    const before = pairs / (this.expect(problem, m) - LATENCY);
    const rate = pairs / (milliseconds - LATENCY);
    this.measured.set(kindOf(problem), rate > before ? rate : rate ** 0.25 * before ** 0.75);
  }
}

const degreeOf = (powers: readonly number[]) => powers.reduce((sum, power) => sum + power, 0);

const kindOf = (problem: Problem) =>
  [problem.kernel.name, problem.shape, problem.keys.dims, problem.values.dims, outputsOf(problem)].join();
