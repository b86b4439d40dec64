/**
 * Tests of faults that are known and not mended yet. Each one is green while the fault is there and red once it is gone, so whoever
 * mends it turns `openFault(…)` into `test(…)`.
 */
import { chai, test } from "vitest";

/** The issue that mends the fault. */
export type Issue = "N" | "O" | "P" | "Q" | "R" | "S" | "X";

/**
 * Declares a test, for example "open N (gpu G2): five million queries are answered", whose body must fail an `expect`. Every other
 * error, a hook's error and a timeout turn the test red: `test.fails` would take them for the fault.
 */
export function openFault(
  issue: Issue,
  finding: string,
  name: string,
  body: () => Promise<void> | void,
): void {
  test(`open ${issue} (${finding}): ${name}`, () =>
    mustFail(body, `the fault is mended: make it a test, and tell issue ${issue}`));
}

/** Throws an Error with the message if the body passes, and the body's own error if it is not an assertion's. */
export async function mustFail(body: () => Promise<void> | void, message: string): Promise<void> {
  try {
    await body();
  } catch (error) {
    if (isAssertion(error)) return;
    throw error;
  }
  throw new Error(message);
}

/** Property tests throw an Error whose cause is the assertion's. */
function isAssertion(error: unknown): boolean {
  if (error instanceof chai.AssertionError) return true;
  return error instanceof Error && error.cause !== undefined && isAssertion(error.cause);
}
