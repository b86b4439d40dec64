/** Local means. */
import { type Prepared, prepare, type ReferenceProblem, type Rows, sharesAt } from "./problem.ts";

/** The mean at every query: m × c, NaN if no key is in reach. `without` leaves out one key. */
export function mean(problem: ReferenceProblem, queries: Rows, without?: number): number[][] {
  const prepared = prepare(problem);
  const left = without === undefined ? undefined : prepared.first[without];
  return queries.map((query) => meanAt(prepared, query, left));
}

function meanAt(prepared: Prepared, query: readonly number[], without?: number): number[] {
  return combine(prepared.values, sharesAt(prepared, query, without));
}

/** Σ wᵢ vᵢ of each column for weights that sum to 1, as differences from one value, so that a large offset costs no digits. */
export function combine(values: Rows, weights: ArrayLike<number>): number[] {
  let heaviest = 0;
  for (let i = 0; i < weights.length; i++)
    if (Math.abs(weights[i]) > Math.abs(weights[heaviest])) heaviest = i;
  return values[heaviest].map((origin, c) => {
    let sum = 0;
    for (let i = 0; i < weights.length; i++)
      if (weights[i] !== 0) sum += weights[i] * (values[i][c] - origin);
    return origin + sum;
  });
}
