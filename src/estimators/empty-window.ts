/** What a mean is where no key is in the kernel's reach: the caller chooses. */
import type { Matrix } from "../data.ts";
import type { LoadedProblem } from "../engine/types.ts";
import { NadarayaError, show } from "../errors.ts";

/** "nan" (the default), the "nearest" key's value, the "mean" of all values, or an "error". */
export type EmptyPolicy = "nan" | "nearest" | "mean" | "error";

const policies: readonly string[] = ["nan", "nearest", "mean", "error"];

export function checkEmptyPolicy(policy: EmptyPolicy = "nan"): EmptyPolicy {
  if (policies.includes(policy)) return policy;
  throw new NadarayaError("invalid-input", `empty is ${show(policy)}, expected ${policies.join(", ")}`);
}

/**
 * Fills the rows of `mean` whose query is empty (log sum −Infinity); returns those queries' indices.
 * @throws NadarayaError "empty-window" where the policy is "error".
 */
export function fillEmptyWindows(
  policy: EmptyPolicy,
  problem: LoadedProblem,
  queries: Matrix,
  logSum: Float64Array,
  mean: Float64Array,
  rowOfKey: (key: number) => ArrayLike<number>,
  meanRow: ArrayLike<number>,
): number[] {
  const empty: number[] = [];
  logSum.forEach((log, q) => {
    if (log === -Infinity) empty.push(q);
  });
  if (empty.length === 0 || policy === "nan") return empty;
  if (policy === "error") {
    throw new NadarayaError(
      "empty-window",
      `queries[${empty[0]}] and ${empty.length - 1} others have no key within the kernel's reach`,
    );
  }
  const columns = meanRow.length;
  const nearest = policy === "nearest" ? problem.nearest(queries, empty) : undefined;
  empty.forEach((q, i) => {
    mean.set(nearest ? rowOfKey(nearest[i]) : meanRow, q * columns);
  });
  return empty;
}
