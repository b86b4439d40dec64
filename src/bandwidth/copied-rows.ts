/** Rows that are exact copies of others: left out, each is predicted by its copy. */
import type { Matrix } from "../data/matrix.ts";
import { sortedColumnOf } from "./rules.ts";
import type { Given } from "./selection.ts";

/** Warnings are raised from this share of the rows on; fewer copies, such as ties of rounded data, decide nothing. */
const MANY = 0.5;

/**
 * A warning if many rows are exact copies, in their keys and values. Leave-one-out leaves out one row, not all that are equal (Stone 1974), so copies
 * predict each other, and narrow bandwidths score well.
 */
export function copiesWarning(
  rule: string,
  { keys, sampling }: Pick<Given, "keys" | "sampling">,
  values?: Matrix,
): string | undefined {
  const timesOf = (row: number) => (sampling?.repeated ? sampling.weights[row] : 1);
  if (!sampling?.repeated && !hasManyTies(keys)) return undefined;
  const counts = new Map<string, number>();
  let rows = 0;
  for (let i = 0; i < keys.count; i++) {
    const row = textOf(keys, i) + (values ? `;${textOf(values, i)}` : "");
    counts.set(row, (counts.get(row) ?? 0) + timesOf(i));
    rows += timesOf(i);
  }
  let copies = 0;
  for (const count of counts.values()) if (count > 1) copies += count;
  if (copies < MANY * rows) return undefined;
  return `bandwidth "${rule}": ${copies} of ${rows} rows are exact copies of others, which predict them, so narrow bandwidths score well; if they are no observations of their own, leave them out`;
}

/** Whether keys are tied in the first coordinate as often as copies would be. */
function hasManyTies(keys: Matrix): boolean {
  const column = sortedColumnOf(keys, 0);
  let tied = 0;
  for (let i = 0; i < column.length; i++)
    if (column[i] === column[i - 1] || column[i] === column[i + 1]) tied++;
  return tied >= MANY * column.length;
}

const textOf = ({ data, dims }: Matrix, row: number) => data.subarray(row * dims, (row + 1) * dims).join();

/** Two warnings as one. */
export const joined = (one: string | undefined, other: string | undefined): string | undefined =>
  one && other ? `${one}; ${other}` : (one ?? other);
