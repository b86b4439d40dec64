/** What expectations are off by on the machine at hand, learned from how they turned out. */
import { outputsOf, type Problem } from "../types.ts";

/** What is expected to be shorter tells more of its first call than of the method, in milliseconds. */
const LEAST = 1;
/** Expectations of one kind are at most this many times too low or too high, or something else went wrong. */
const MOST = 8;
/** What a run counts for: a slow one may have been disturbed, and what it speaks against is not soon tried again. */
const WEIGHTS = { fast: 0.6, slow: 0.3 } as const;
/** The first run of a kind, unless it took so long, tells of the compilation of its code when it is slow. */
const LONG = 500;

/**
 * What has not been tried is hoped to be faster than expected, or a method that constants put a little behind would stay there
 * untried: for so many runs of a kind, and where being wrong costs less than a second.
 */
const HOPE = 0.6;
const TRIES = 2;
const AFFORDABLE = 1000;

/** Milliseconds to choose by, after so many runs of the kind. */
export function hoped(expected: number, runs: number): number {
  return runs < TRIES && expected >= LEAST && expected <= AFFORDABLE ? HOPE * expected : expected;
}

/**
 * What is believed after a run, of what it found and what was believed before it (undefined for the first of its kind): how many
 * times slower than expected things are.
 */
function believe(found: number, before: number | undefined, milliseconds: number): number {
  const known = before ?? 1;
  if (before === undefined && found > known && milliseconds < LONG) return known;
  const weight = found > known ? WEIGHTS.slow : WEIGHTS.fast;
  return found ** weight * known ** (1 - weight);
}

/** What is believed of each kind of run, and after how many. */
export class Beliefs {
  private readonly known = new Map<string, { factor: number; runs: number }>();

  of(kind: string): { readonly factor: number; readonly runs: number } {
    return this.known.get(kind) ?? { factor: 1, runs: 0 };
  }

  learn(kind: string, found: number, milliseconds: number): void {
    const before = this.known.get(kind);
    const factor = believe(found, before?.factor, milliseconds);
    this.known.set(kind, { factor, runs: (before?.runs ?? 0) + 1 });
  }
}

export class Corrections {
  private readonly beliefs = new Beliefs();

  /** Milliseconds to choose by, from those expected by constants. */
  correct(method: string, problem: Problem, expected: number): number {
    const { factor, runs } = this.beliefs.of(kindOf(method, problem, expected));
    return hoped(expected * factor, runs);
  }

  learn(method: string, problem: Problem, expected: number, milliseconds: number): void {
    if (expected < LEAST) return;
    const found = Math.min(Math.max(milliseconds / expected, 1 / MOST), MOST);
    this.beliefs.learn(kindOf(method, problem, expected), found, milliseconds);
  }
}

/** Problems of one kind cost alike: the same sums, and about as many of them. */
function kindOf(method: string, { kernel, shape, keys, moments, values }: Problem, expected: number): string {
  const size = Math.round(Math.log2(expected) / 2);
  return [method, kernel.name, shape, keys.dims, outputsOf({ moments, values }), size].join();
}
