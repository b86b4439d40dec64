/** What a mean is where no key is in the kernel's reach: the caller chooses. */

import { NadarayaError, show } from "../../common/errors.ts";
import { didYouMean } from "../../common/suggestions.ts";
import type { Matrix } from "../../data/matrix.ts";
import type { LoadedProblem } from "../../problem/problem.ts";

/** "nan" (the default), the "nearest" key's value, the "mean" of all values, or an "error". */
export type EmptyPolicy = "nan" | "nearest" | "mean" | "error";

const policies: readonly string[] = ["nan", "nearest", "mean", "error"];

export function checkEmptyPolicy(policy: EmptyPolicy = "nan"): EmptyPolicy {
  if (policies.includes(policy)) return policy;
  throw new NadarayaError(
    "invalid-input",
    `empty is ${show(policy)}, expected ${policies.join(", ")}${didYouMean(policy, policies)}`,
  );
}

/**
 * Calls `write` with what the policy says for each of the empty queries.
 * @throws NadarayaError "empty-window" where the policy is "error".
 */
export function fillEmptyWindows(
  policy: EmptyPolicy,
  problem: LoadedProblem,
  queries: Matrix,
  empty: readonly number[],
  write: (query: number, row: ArrayLike<number>) => void,
  rowOfKey: (key: number) => ArrayLike<number>,
  meanRow: ArrayLike<number>,
): void {
  if (empty.length === 0 || policy === "nan") return;
  if (policy === "error") {
    const first = `queries[${empty.reduce((a, b) => Math.min(a, b))}]`;
    const others = empty.length - 1;
    const which =
      others === 0 ? `${first} has` : `${first} and ${others} ${others === 1 ? "other" : "others"} have`;
    throw new NadarayaError("empty-window", `${which} no key within the kernel's reach`);
  }
  const nearest = policy === "nearest" ? problem.nearest(queries, empty) : undefined;
  empty.forEach((q, i) => {
    write(q, nearest ? rowOfKey(nearest[i]) : meanRow);
  });
}
