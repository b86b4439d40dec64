/** Which method serves a call fastest, by what each is expected to take. */
import { NadarayaError } from "../common/errors.ts";
import type { Method } from "../problem/problem.ts";

/** Expected milliseconds, or why the method cannot serve this problem. */
export type Costs = Record<Method, number | string>;

export interface Choice {
  readonly method: Method;
  /** In words, for the report. */
  readonly reason: string;
}

/** Why only "cull" serves queries with bandwidths. */
export const OWN_QUERY_BANDWIDTHS = "each query has its own bandwidth";

/** Below so many milliseconds, dense needs no comparing. */
const AT_ONCE = 0.1;

/** `costs` of the other methods are only asked for where they matter. @throws NadarayaError "unsupported" */
export async function chooseMethod(
  wanted: Method | "auto",
  dense: number | string,
  others: () => Promise<Omit<Costs, "dense">>,
): Promise<Choice> {
  if (wanted === "dense" && typeof dense === "number") return { method: "dense", reason: "as asked" };
  if (wanted === "auto" && typeof dense === "number" && dense < AT_ONCE)
    return { method: "dense", reason: "so few pairs that nothing is faster" };
  const costs: Costs = { dense, ...(await others()) };
  if (wanted !== "auto") {
    const cost = costs[wanted];
    if (typeof cost === "string")
      throw new NadarayaError("unsupported", `method "${wanted}" cannot be used here: ${cost}`);
    return { method: wanted, reason: "as asked" };
  }
  const all = Object.entries(costs) as [Method, number | string][];
  const able = all.filter((entry): entry is [Method, number] => typeof entry[1] === "number");
  able.sort((a, b) => a[1] - b[1]);
  const expected = able.map(([method, ms]) => `${method} ${ms.toPrecision(2)} ms`).join(", ");
  return { method: able[0]?.[0] ?? "dense", reason: `expected: ${expected}` };
}
