/**
 * Property tests. `npm test` draws the same cases every time, and takes all counterexamples that were ever found; `npm run fuzz` draws
 * other ones, from a seed that it prints.
 */
import fc from "fast-check";

/** Of `npm test`. */
const SEED = 20261125;

interface Runs<T> {
  /** Cases that are drawn. */
  readonly runs: number;
  /** Cases for which the property did not hold once. */
  readonly found?: readonly T[];
}

export async function always<T>(
  cases: fc.Arbitrary<T>,
  { runs, found: counterexamples = [] }: Runs<T>,
  property: (drawn: T) => Promise<void>,
): Promise<void> {
  const fuzz = process.env.NADARAYA_FUZZ_SEED;
  await fc.assert(fc.asyncProperty(cases, property), {
    seed: fuzz === undefined ? SEED : Number(fuzz),
    numRuns: runs + counterexamples.length,
    examples: counterexamples.map((each): [T] => [each]),
    endOnFailure: fuzz === undefined,
  });
}
