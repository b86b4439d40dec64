/** What each rule for the bandwidth minimises, at the bandwidth of the problem. */
import { classesOf, probabilityAt, type ReferencePriors } from "./classes.ts";
import { logNormOf } from "./density.ts";
import { logSumOf } from "./pairs.ts";
import { logWeightsOf, type Prepared, prepare, type ReferenceProblem, type Rows } from "./problem.ts";
import { leaveOneOut, leverages, mean, meanAt } from "./regression.ts";
import { weightedMeans } from "./uncertainty.ts";

export type Criterion = "loo" | "kfold" | "aicc" | "likelihood" | "lscv";

const FOLDS = 10;
/** What rounding leaves of n − tr H − 2, as a share of n. */
const TRACE_ROUNDING = 1e-6;

/** Several value columns count alike: each is divided by its standard deviation. */
export function score(problem: ReferenceProblem, criterion: Criterion): number {
  switch (criterion) {
    case "loo":
      return squaredError(standardised(problem), leaveOneOut);
    case "kfold":
      return kfold(standardised(problem));
    case "aicc":
      return correctedAkaike(standardised(problem));
    case "likelihood":
      return -logLikelihood(problem);
    case "lscv":
      return leastSquares(problem);
  }
}

function standardised(problem: ReferenceProblem): ReferenceProblem {
  const { values = [] } = problem;
  if (values[0].length < 2) return problem;
  const rows = prepare(problem).values;
  const centre = weightedMeans(
    rows,
    rows.map(() => 1),
  );
  const deviations = centre.map((middle, c) =>
    Math.sqrt(rows.reduce((sum, row) => sum + (row[c] - middle) ** 2, 0) / (rows.length - 1)),
  );
  return {
    ...problem,
    values: values.map((row) => row.map((v, c) => (v - centre[c]) / (deviations[c] || 1))),
  };
}

/** Σ w (v − prediction)² / Σ w, summed over the columns; a row without prediction is predicted by the mean of all others. */
function squaredError(problem: ReferenceProblem, predict: (problem: ReferenceProblem) => Rows): number {
  const { values = [], sampleWeights = values.map(() => 1), weightType } = problem;
  const predictions = predict(problem);
  const centreWithout = (i: number) =>
    weightedMeans(
      values,
      sampleWeights.map((w, k) => (k !== i ? w : weightType === "frequency" ? w - 1 : 0)),
    );
  const sum = values.reduce(
    (all, row, i) =>
      all +
      row.reduce((squares, v, c) => {
        const guess = predictions[i][c];
        return squares + sampleWeights[i] * (v - (Number.isNaN(guess) ? centreWithout(i)[c] : guess)) ** 2;
      }, 0),
    0,
  );
  return sum / sampleWeights.reduce((all, w) => all + w, 0);
}

/**
 * Each row is predicted by the rows of the other nine folds. If weights are frequencies, these are the repeated rows. A row without prediction is
 * predicted by the mean of those rows.
 */
function kfold(problem: ReferenceProblem): number {
  const prepared = prepare(problem);
  const { keys, values, sampleWeights } = prepared;
  const count = Math.min(FOLDS, keys.length);
  const folds = keys.map((_, i) => foldOf(i, count));
  let [sum, total] = [0, 0];
  for (let fold = 0; fold < count; fold++) {
    const held = [...keys.keys()].filter((i) => folds[i] === fold);
    const rest = without(prepared, (i) => folds[i] === fold);
    const centre = weightedMeans(rest.values, rest.sampleWeights);
    for (const i of held) {
      const guess = meanAt(rest, keys[i]);
      total += sampleWeights[i];
      for (const [c, v] of values[i].entries())
        sum += sampleWeights[i] * (v - (Number.isNaN(guess[c]) ? centre[c] : guess[c])) ** 2;
    }
  }
  return sum / total;
}

/**
 * The fold of a row: each `count` rows in a row are a permutation of the folds, by the shuffle of Fisher and Yates (from the first to the
 * last) with mulberry32 (T. Ettinger 2017), whose seed is the number of such rows before.
 */
function foldOf(row: number, count: number): number {
  let state = Math.floor(row / count);
  const places: number[] = [];
  for (let i = 0; i < count; i++) {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    const other = Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * (i + 1));
    places[i] = places[other];
    places[other] = i;
  }
  return places.indexOf(row % count);
}

function without(prepared: Prepared, held: (i: number) => boolean): Prepared {
  const rest = <T>(list: readonly T[]) => list.filter((_, i) => !held(i));
  const { keys, values, sampleWeights, widths } = prepared;
  return {
    ...prepared,
    keys: rest(keys),
    values: rest(values),
    sampleWeights: rest(sampleWeights),
    widths: widths && rest(widths),
  };
}

/**
 * log σ̂² + (1 + tr H / n) / (1 − (tr H + 2) / n) (Hurvich, Simonoff and Tsai 1998), summed over the columns that are not constant; ∞ if tr H + 2 ≥ n, except for rounding. A σ̂ below a
 * millionth of the column's range is rounding, and counts as that.
 */
function correctedAkaike(problem: ReferenceProblem): number {
  const { keys, values = [], sampleWeights = keys.map(() => 1), weightType } = problem;
  const total = sampleWeights.reduce((sum, w) => sum + w, 0);
  const repeated = weightType === "frequency";
  const count = repeated ? total : keys.length;
  const trace = leverages(problem).reduce((sum, h, i) => sum + (repeated ? sampleWeights[i] : 1) * h, 0);
  if (count - trace - 2 <= TRACE_ROUNDING * count) return Infinity;
  const fitted = mean(problem, keys);
  const penalty = (1 + trace / count) / (1 - (trace + 2) / count);
  return values[0].reduce((sum, _, c) => {
    const squares = values.reduce((all, row, i) => all + sampleWeights[i] * (row[c] - fitted[i][c]) ** 2, 0);
    const column = values.map((row) => row[c]);
    const range = Math.max(...column) - Math.min(...column);
    return range > 0 ? sum + Math.log(Math.max(squares / total, (1e-6 * range) ** 2)) + penalty : sum;
  }, 0);
}

/** The mean log density of each row by the others, by weight (Habbema, Hermans and van den Broek 1974; Duin 1976). */
function logLikelihood(problem: ReferenceProblem): number {
  return meanOverRows(problem, (logDensity) => logDensity);
}

/** The weighted mean over the rows of a function of the log density of the others there. */
function meanOverRows(problem: ReferenceProblem, of: (logDensity: number) => number): number {
  const prepared = prepare(problem);
  const { keys, sampleWeights } = prepared;
  const total = sampleWeights.reduce((sum, w) => sum + w, 0);
  const logIntegral = logNormOf(problem) - Math.log(total);
  const sum = keys.reduce((all, key, i) => {
    const others =
      logSumOf(logWeightsOf(prepared, key, i)) - Math.log(total - sampleWeights[i]) - logIntegral;
    return all + sampleWeights[i] * of(others);
  }, 0);
  return sum / total;
}

/** ∫ f̂² − 2 Σ w f̂₋ᵢ(kᵢ) / Σ w (Rudemo 1982; Bowman 1984) of the Gaussian: ∫ f̂² is f̂ at its own rows with √2 times the bandwidth. */
function leastSquares(problem: ReferenceProblem): number {
  if (problem.kernel !== "gaussian") throw new Error('"lscv" is for the Gaussian');
  const wide = { ...problem, bandwidth: problem.bandwidth.map((h) => Math.SQRT2 * h) };
  const prepared = prepare(wide);
  const { keys, sampleWeights } = prepared;
  const total = sampleWeights.reduce((sum, w) => sum + w, 0);
  const norm = logNormOf(wide);
  const roughness = keys.reduce(
    (sum, key, i) =>
      sum + (sampleWeights[i] / total) * Math.exp(logSumOf(logWeightsOf(prepared, key)) - norm),
    0,
  );
  return roughness - 2 * meanOverRows(problem, Math.exp);
}

/**
 * The Brier score of leaving one out: Σ w Σ over the classes (P(c) − [c is the label])² / Σ w, with the priors that predictions will have and the
 * densities of the rows that are left. A row that no other reaches is predicted by all others, which count alike.
 */
export function brierScore<L extends string | number | boolean>(
  problem: ReferenceProblem,
  labels: readonly L[],
  priors: ReferencePriors = "shares",
): number {
  const { keys, sampleWeights = keys.map(() => 1) } = problem;
  const prepared = prepare(problem);
  const names = classesOf(labels);
  const total = sampleWeights.reduce((sum, w) => sum + w, 0);
  const alike = prepare({ ...problem, kernel: "constant", bandwidth: problem.bandwidth });
  const sum = keys.reduce((score, key, i) => {
    const [found, all] = [prepared, alike].map((each) => probabilityAt(each, labels, key, priors, i));
    const squares = names.map((name, c) => {
      const probability = Number.isNaN(found[c]) ? all[c] : found[c];
      return (probability - (labels[i] === name ? 1 : 0)) ** 2;
    });
    return score + sampleWeights[i] * squares.reduce((a, b) => a + b);
  }, 0);
  return sum / total;
}
