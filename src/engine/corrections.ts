/** What expectations are off by on the machine at hand, learned from how they turned out. */
import { outputsOf, type Problem } from "./types.ts";

/** Expectations of one kind are at most this many times too low or too high, or something else went wrong. */
const MOST = 8;
/** A slow run may have been disturbed, or was the first of its code, and what it speaks against is not soon tried again. */
const WEIGHT_OF_SLOW = 0.4;

export class Corrections {
  /** By kinds, and for kinds not met before by methods. */
  private readonly factors = new Map<string, number>();

  /** Milliseconds, from those expected by constants. */
  correct(method: string, problem: Problem, expected: number): number {
    const factor = this.factors.get(kindOf(method, problem, expected)) ?? this.factors.get(method) ?? 1;
    return expected * factor;
  }

  learn(method: string, problem: Problem, expected: number, milliseconds: number): void {
    const found = Math.min(Math.max(milliseconds / expected, 1 / MOST), MOST);
    for (const name of [kindOf(method, problem, expected), method]) {
      const before = this.factors.get(name) ?? 1;
      const weight = found > before || name === method ? WEIGHT_OF_SLOW : 1;
      this.factors.set(name, found ** weight * before ** (1 - weight));
    }
  }
}

/** Problems of one kind cost alike: the same sums, and about as many of them. */
function kindOf(method: string, { kernel, shape, keys, moments, values }: Problem, expected: number): string {
  const size = Math.round(Math.log2(expected) / 2);
  return [method, kernel.name, shape, keys.dims, outputsOf({ moments, values }), size].join();
}
