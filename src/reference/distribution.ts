/**
 * What the weights of a query say besides the mean. Quantiles, distributions and densities are of degree 0, whatever the degree of the problem: a
 * polynomial's weights may be negative, and are no distribution.
 */
import { logIntegral } from "./density.ts";
import { logAlpha, logKernelOf } from "./kernels.ts";
import { logSumOf } from "./pairs.ts";
import { prepare, type ReferenceProblem, type Rows, scaledLogWeights, sharesAt } from "./problem.ts";
import { smootherAt } from "./regression.ts";

/** Sums of weights are rounded: a share is reached from this much of it on. */
const ROUNDING = 1 - 1e-12;
/** Negative weights below this are rounding errors. */
const NEGLIGIBLE = 1e-12;

/** The least value at or below which rows of at least each share of the weight lie (Stone 1977), for 1 the largest of all rows with a weight: m × c × probabilities. */
export function quantiles(
  problem: ReferenceProblem,
  queries: Rows,
  probabilities: readonly number[],
): number[][][] {
  const prepared = prepare(problem);
  const { values } = prepared;
  return queries.map((query) => {
    const shares = sharesAt(prepared, query);
    return values[0].map((_, c) => {
      const ascending = [...values.keys()]
        .filter((i) => shares[i] > 0)
        .sort((a, b) => values[a][c] - values[b][c]);
      return probabilities.map((probability) => {
        let below = 0;
        for (const i of ascending) {
          below += shares[i];
          const isAll = i === ascending[ascending.length - 1];
          if (isAll || (probability < 1 && below >= probability * ROUNDING)) return values[i][c];
        }
        return NaN;
      });
    });
  });
}

/** P(v ≤ t | q): m × c × thresholds. */
export function distribution(
  problem: ReferenceProblem,
  queries: Rows,
  thresholds: readonly number[],
): number[][][] {
  const prepared = prepare(problem);
  return queries.map((query) => {
    const shares = sharesAt(prepared, query);
    const below = (c: number, threshold: number) =>
      shares.reduce((sum, share, i) => (prepared.values[i][c] <= threshold ? sum + share : sum), 0);
    return prepared.values[0].map((_, c) =>
      thresholds.map((threshold) => (Number.isNaN(shares[0]) ? NaN : below(c, threshold))),
    );
  });
}

/**
 * log p(v | q) of the first column, of each query at each value: m × values. p = Σ w α(q, k) α((v − vᵢ) / h) / (h ∫ α · Σ w α(q, k)) (Rosenblatt
 * 1969), with the same kernel along the values.
 */
export function conditionalDensity(
  problem: ReferenceProblem,
  queries: Rows,
  at: readonly number[],
  valueBandwidth: number,
): number[][] {
  const prepared = prepare(problem);
  const kernel = logKernelOf(problem.kernel);
  const norm = logIntegral(problem.kernel, "radial", [valueBandwidth]);
  return queries.map((query) => {
    const { logs } = scaledLogWeights(prepared, query);
    const all = logSumOf(logs);
    return at.map((v) => {
      const joint = logs.map(
        (log, i) => log + logAlpha(kernel, Math.abs(v - prepared.values[i][0]) / valueBandwidth),
      );
      return logSumOf(joint) - all - norm;
    });
  });
}

/** 1 / Σ w² (Kish 1965) and −Σ w log w, in nats, of the weights w of the rows in the mean; 0 if no key is in reach, and NaN for negative ones. */
export function weightStatistics(
  problem: ReferenceProblem,
  queries: Rows,
): { effectiveSampleSize: number[]; entropy: number[] } {
  const prepared = prepare(problem);
  const rows = queries.map((query) =>
    [...smootherAt(prepared, query).mean].filter((w) => w !== 0 && !Number.isNaN(w)),
  );
  return {
    effectiveSampleSize: rows.map((row) =>
      row.length > 0 ? 1 / row.reduce((sum, w) => sum + w ** 2, 0) : 0,
    ),
    entropy: rows.map((row) =>
      row.some((w) => w < -NEGLIGIBLE)
        ? NaN
        : row.reduce((sum, w) => (w > 0 ? sum - w * Math.log(w) : sum), 0),
    ),
  };
}

/**
 * The heaviest keys of each query by the size of their weights in the mean, of equals the one with the least index, and these weights; −1 and 0 if
 * fewer are in reach.
 */
export function topWeights(
  problem: ReferenceProblem,
  queries: Rows,
  count: number,
): { keys: number[][]; weights: number[][] } {
  const prepared = prepare(problem);
  const rows = queries.map((query) => {
    const weights = problem.keys.map(() => 0);
    for (const [k, w] of smootherAt(prepared, query).mean.entries()) weights[prepared.origin[k]] += w;
    const heaviest = [...weights.keys()]
      .filter((i) => Math.abs(weights[i]) > 0)
      .sort((a, b) => Math.abs(weights[b]) - Math.abs(weights[a]) || a - b);
    return Array.from({ length: count }, (_, place) => heaviest[place] ?? -1).map((key) => ({
      key,
      weight: key < 0 ? 0 : weights[key],
    }));
  });
  return {
    keys: rows.map((row) => row.map(({ key }) => key)),
    weights: rows.map((row) => row.map(({ weight }) => weight)),
  };
}
