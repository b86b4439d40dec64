/** Classes: each one's share of a query's weights, or its density times its prior. */
import { type Prepared, prepare, type ReferenceProblem, type Rows, sharesAt } from "./problem.ts";

/** "shares" (the default): a class is as probable beforehand as its rows weigh; "equal"; or a number for each class. */
export type ReferencePriors = "shares" | "equal" | readonly number[];

type Label = string | number | boolean;

/** The distinct labels: numbers and strings ascending, others in the order of their rows. */
export function classesOf<L extends Label>(labels: readonly L[]): L[] {
  const distinct = [...new Set(labels)];
  if (distinct.every((label) => typeof label === "number")) return distinct.sort((a, b) => +a - +b);
  return distinct.every((label) => typeof label === "string") ? distinct.sort() : distinct;
}

/** The probability of each class at each query, m × classes, NaN if no key is in reach; and the most probable label. */
export function classes<L extends Label>(
  problem: ReferenceProblem,
  labels: readonly L[],
  queries: Rows,
  priors: ReferencePriors = "shares",
): { classes: L[]; labels: (L | undefined)[]; probability: number[][] } {
  const names = classesOf(labels);
  const prepared = prepare(problem);
  const probability = queries.map((query) => probabilityAt(prepared, labels, query, priors));
  const best = probability.map((row) => names[row.indexOf(row.reduce((a, b) => Math.max(a, b)))]);
  return { classes: names, labels: best, probability };
}

/**
 * By Bayes: the class's density at the query, which is its sum of weights over its mass, times its prior, over the sum of all these. The row
 * `without` counts in neither; the prior "shares" is that of all rows but it. A class without rows has a probability of 0.
 */
export function probabilityAt<L extends Label>(
  prepared: Prepared,
  labels: readonly L[],
  query: readonly number[],
  priors: ReferencePriors,
  without?: number,
): number[] {
  const names = classesOf(labels);
  const left = without === undefined ? undefined : prepared.first[without];
  const shares = sharesAt(prepared, query, left);
  const masses = names.map((name) =>
    prepared.origin.reduce(
      (sum, row, k) => sum + (labels[row] === name && k !== left ? prepared.sampleWeights[k] : 0),
      0,
    ),
  );
  const all = masses.reduce((sum, mass) => sum + mass, 0);
  const scores = names.map((name, c) => {
    const sum = prepared.origin.reduce((total, row, k) => total + (labels[row] === name ? shares[k] : 0), 0);
    const prior = priors === "shares" ? masses[c] / all : priors === "equal" ? 1 : priors[c];
    if (Number.isNaN(shares[0])) return NaN;
    return masses[c] > 0 ? (sum / masses[c]) * prior : 0;
  });
  const total = scores.reduce((sum, each) => sum + each, 0);
  return scores.map((each) => each / total);
}
