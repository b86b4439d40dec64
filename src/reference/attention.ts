/** Dot-product attention (Vaswani et al. 2017). */
import { shares } from "./pairs.ts";
import type { Rows } from "./problem.ts";

export interface ReferenceAttention {
  readonly queries: Rows;
  readonly keys: Rows;
  readonly values: Rows;
  /** Coordinates and columns are cut into this many equal parts, each of which attends by itself; 1 by default. */
  readonly heads?: number;
  /** "causal": a query sees keys with an index no greater than its own; or m × n, true if the query sees the key. */
  readonly mask?: "causal" | readonly (readonly boolean[])[];
  /** τ of exp(q·k / τ), √(d / heads) by default. */
  readonly temperature?: number;
}

/** softmax(q·k / τ) applied to the values: m × c, NaN if a query sees no key. */
export function attention({
  queries,
  keys,
  values,
  heads = 1,
  mask,
  temperature = Math.sqrt(keys[0].length / heads),
}: ReferenceAttention): number[][] {
  const sees = (q: number, k: number) => (mask === "causal" ? k <= q : (mask?.[q][k] ?? true));
  const part = (row: readonly number[], head: number) =>
    row.slice((head * row.length) / heads, ((head + 1) * row.length) / heads);
  return queries.map((query, q) =>
    Array.from({ length: heads }, (_, head) => head).flatMap((head) => {
      const own = part(query, head);
      const logs = keys.map((key, k) =>
        sees(q, k) ? part(key, head).reduce((dot, x, j) => dot + x * own[j], 0) / temperature : -Infinity,
      );
      const softmax = shares(logs);
      return part(values[0], head).map((_, c) =>
        values.reduce((sum, row, k) => (softmax[k] === 0 ? sum : sum + softmax[k] * part(row, head)[c]), 0),
      );
    }),
  );
}
