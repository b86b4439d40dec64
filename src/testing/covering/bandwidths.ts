/** Whether a rule has chosen what it should: rules of thumb by their formulas, criteria by their scores. */
import { brierScore, type ReferenceProblem, score } from "../../reference/index.ts";
import { isWideRing } from "../ring.ts";
import { type CaseData, fittedRows, isMerged, shardsOf } from "./data.ts";
import { priorsOf, problemOf } from "./expected.ts";
import { type Case, isCriterion } from "./features.ts";

/**
 * Scores that differ by no more than this share of themselves are as good: the search goes along one line through all coordinates, then along
 * each of them, and a compact kernel's score has valleys that are narrower than the steps of its grid.
 */
function asGood({ kernel, dims, category }: Case): number {
  if (kernel === "boxcar" || kernel === "epanechnikov" || kernel === "tricube") return 0.15;
  return dims === "1" && category === "none" ? 1e-3 : 0.03;
}
/** The bandwidths of the grid: powers of this times the chosen one, from −STEPS to STEPS. */
const [STEP, STEPS] = isWideRing ? [1.5, 6] : [2.25, 3];

/**
 * What is wrong with a chosen bandwidth, given in plain numbers; undefined if nothing is.
 * The rules "plug-in" and "sheather-jones" have tests with figures of R (src/testing/golden); here they must only not depend on units.
 */
export function faultOfBandwidth(
  given: Case,
  data: CaseData,
  bandwidth: readonly number[],
  inPlainUnits: readonly number[],
  [least, most]: readonly [number, number] = [0, Infinity],
): string | undefined {
  const { rule, asked } = given;
  // The first shard chooses for all.
  const rows = fittedRows(given, isMerged(given) ? shardsOf(given, data)[0] : data);
  const problem = (chosen: readonly number[]): ReferenceProblem => ({
    ...problemOf(given, data, chosen),
    keys: rows.keys,
    values: rows.values,
    sampleWeights: rows.sampleWeights,
  });
  if (!isCriterion(rule) && inPlainUnits.some((h, j) => !(Math.abs(bandwidth[j] / h - 1) < 1e-6)))
    return `${bandwidth} is not ${inPlainUnits}, as in plain units`;
  switch (rule) {
    case "number":
    case "plug-in":
    case "sheather-jones":
      return undefined;
    case "scott":
    case "silverman": {
      const expected = thumb(rule, problem(bandwidth));
      const apart = expected.some((h, j) => !(Math.abs(bandwidth[j] / h - 1) < 1e-9));
      return apart ? `${bandwidth} is not ${expected}` : undefined;
    }
  }
  const isClassifier = asked === "classes" || asked === "classes with priors";
  const priors = asked === "classes" ? "shares" : priorsOf(rows.labels);
  const scoreAt = (chosen: readonly number[]) =>
    isClassifier ? brierScore(problem(chosen), rows.labels, priors) : score(problem(chosen), rule);
  const scoreOf = (factor: number) =>
    scoreAt(bandwidth.map((h, j) => (isCategory(data, j) ? h : h * factor)));
  const grid = Array.from({ length: 2 * STEPS + 1 }, (_, i) => STEP ** (i - STEPS));
  const scores = grid.map(scoreOf);
  const own = scores[STEPS];
  // −∞ is the least there is: "aicc" of a fit that meets every value.
  if (!(own < Infinity) && scores.some((score) => score < Infinity))
    return `${bandwidth} has the score ${own}`;
  const inPlain = inPlainUnits.length > 0 ? scoreAt(inPlainUnits) : own;
  if (Math.abs(own - inPlain) > asGood(given) * Math.abs(own))
    return `${bandwidth} has the score ${own}, ${inPlainUnits}, chosen in plain units, has ${inPlain}`;
  const isValley = (i: number) => scores[i] < scores[i - 1] && scores[i] <= scores[i + 1];
  for (let i = 1; i < 2 * STEPS; i++) {
    const better = own - scores[i] > asGood(given) * Math.abs(own);
    const isSearched = grid[i - 1] >= least && grid[i + 1] <= most;
    if (i !== STEPS && isSearched && isValley(i) && better)
      return `${bandwidth} has the score ${own}, ${grid[i]} times as much has ${scores[i]}`;
  }
  return undefined;
}

const isCategory = ({ coordinates }: CaseData, j: number) =>
  coordinates !== undefined && coordinates[j] !== "continuous";

/** Scott 1992 and Silverman 1986 for the numbers among the coordinates. */
function thumb(
  rule: "scott" | "silverman",
  { keys, coordinates, sampleWeights, weightType }: ReferenceProblem,
): number[] {
  const repeated = weightType === "frequency";
  const weights = sampleWeights ?? keys.map(() => 1);
  const rows = keys.flatMap((key, i) => (repeated ? new Array<typeof key>(weights[i]).fill(key) : [key]));
  const w = repeated ? rows.map(() => 1) : weights;
  const total = w.reduce((a, b) => a + b);
  const n = total ** 2 / w.reduce((sum, x) => sum + x * x, 0);
  const numbers = keys[0].flatMap((_, j) => (coordinates && coordinates[j] !== "continuous" ? [] : [j]));
  const d = numbers.length;
  const factor =
    d === 1 ? { scott: 1.06, silverman: 0.9 }[rule] : rule === "scott" ? 1 : (4 / (d + 2)) ** (1 / (d + 4));
  return numbers.map((j) => {
    const column = rows.map((row) => row[j]);
    const mean = column.reduce((sum, x, i) => sum + w[i] * x, 0) / total;
    const variance = column.reduce((sum, x, i) => sum + w[i] * (x - mean) ** 2, 0) / total;
    const sigma = Math.sqrt((variance * n) / (n - 1));
    const weighted = sampleWeights !== undefined && !repeated;
    const quartile = (p: number) => (weighted ? weightedQuantile(column, w, p) : quantile(column, p));
    const iqr = quartile(0.75) - quartile(0.25);
    const spread = d === 1 && iqr > 0 ? Math.min(sigma, iqr / 1.34) : sigma;
    return factor * spread * n ** (-1 / (d + 4));
  });
}

/** R's type 7. */
function quantile(column: readonly number[], p: number): number {
  const sorted = [...column].sort((a, b) => a - b);
  const at = (sorted.length - 1) * p;
  const low = Math.floor(at);
  return sorted[low] + (at - low) * (sorted[Math.min(low + 1, sorted.length - 1)] - sorted[low]);
}

/** The least number at or below which a share p of the weight lies. */
function weightedQuantile(column: readonly number[], weights: readonly number[], p: number): number {
  const order = [...column.keys()].sort((a, b) => column[a] - column[b]);
  const total = weights.reduce((a, b) => a + b);
  let below = 0;
  for (const i of order) {
    below += weights[i];
    if (below >= p * total) return column[i];
  }
  return column[order[order.length - 1]];
}
