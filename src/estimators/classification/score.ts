/** How well a classifier predicts known labels. */
import { NadarayaError } from "../../common/errors.ts";
import type { Whole } from "../../common/progress.ts";
import { type Matrix, noColumns, rowsOf } from "../../data/matrix.ts";
import type { LoadedProblem, SumsOptions } from "../../problem/problem.ts";
import { type KernelSpec, specOfRows, withProblem } from "../../weighting/kernel-spec.ts";

/** How well a classifier predicts known labels. */
export interface ClassifierScore {
  /** The share of queries whose most probable class is the right one; a label that is no class, also undefined, is never right. */
  readonly accuracy: number;
  /**
   * The mean of −log of the right class's probability, in nats. Each logarithm has its digits, also of the smallest probabilities, by whatever
   * method; 0, and all below 2^−52 (2.2e-16), count as that, as in scikit-learn's `log_loss`.
   */
  readonly logLoss: number;
  /** Queries that no key reaches: they count as wrong, with the classes' priors for probabilities. */
  readonly emptyQueries: number;
}

/** The probability that one of 0 counts as: float64's epsilon, as in scikit-learn's `log_loss`. */
const LEAST_PROBABILITY = Number.EPSILON;
/**
 * Posteriors are known to an absolute error, which is a share of at most twice as much for one above this. The logarithms of smaller ones are
 * differences of two log sums, each of which has its digits.
 */
const LARGE_PROBABILITY = 0.5;

/** log Σ α below which a difference of two has lost digits, 1e-16 of each; and the share of Σ α that is left out where weights are summed instead. */
const FURTHEST_LOG = -1e8;
const LEFT_OUT = 1e-22;

/** What a classifier finds at queries. */
interface Found<L> {
  /** One a query; undefined where no key is in reach. */
  readonly labels: readonly (L | undefined)[];
  /** m × classes, row-major; NaN where no key is in reach. */
  readonly probability: Float64Array;
  /** log Σ α of every query. */
  readonly logSums: Float64Array;
  readonly emptyQueries: number;
}

/** A classifier at one time: its classes, and keys that weigh as posteriors need it. */
interface Classifier<L> {
  /** The keys with their weights: of up to 16 classes each. */
  readonly problems: readonly Pick<LoadedProblem, "eachQuery">[];
  readonly classes: readonly L[];
  readonly codes: Uint32Array;
  readonly priors: Float64Array;
  readonly weighed: KernelSpec;
}

export async function scoreOf<L>(
  classifier: Classifier<L>,
  queries: Matrix,
  truth: readonly L[],
  { labels, probability, logSums, emptyQueries }: Found<L>,
  requested: SumsOptions,
  part: Whole["part"],
): Promise<ClassifierScore> {
  const { classes, codes, priors } = classifier;
  const m = queries.count;
  if (truth.length !== m)
    throw new NadarayaError(
      "invalid-input",
      `labels has ${truth.length} entries, expected ${m}, one for each query`,
    );
  let right = 0;
  const logs = new Float64Array(m).fill(-Infinity);
  const codeOf = new Map(classes.map((label, code) => [label, code]));
  /** For each class the queries of its label for which it is improbable; those far from all keys are in a separate list. */
  const improbable: number[][] = classes.map(() => []);
  const far: number[] = [];
  for (let q = 0; q < m; q++) {
    const code = codeOf.get(truth[q]);
    if (code === undefined) continue;
    if (labels[q] === truth[q]) right++;
    const predicted = probability[q * classes.length + code];
    if (Number.isNaN(predicted)) logs[q] = Math.log(priors[code]);
    else if (predicted > LARGE_PROBABILITY) logs[q] = Math.log(predicted);
    else (logSums[q] < FURTHEST_LOG ? far : improbable[code]).push(q);
  }
  for (const [code, indices] of improbable.entries()) {
    if (indices.length === 0) continue;
    const share = indices.length / m / 2;
    const options = { ...requested, ...part(share), method: "auto" } as const;
    const ofClass = await logSumsOfClass(classifier, code, rowsOf(queries, indices), options);
    for (const [i, q] of indices.entries()) logs[q] = Math.min(ofClass[i] - logSums[q], 0);
  }
  if (far.length > 0) {
    const options = { ...part(far.length / m / 2), tolerance: LEFT_OUT, indices: far };
    await classifier.problems[0].eachQuery(queries, options, (q, { keys, weights, count }) => {
      let [own, all] = [0, 0];
      for (let i = 0; i < count; i++) {
        if (classes[codes[keys[i]]] === truth[q]) own += weights[i];
        all += weights[i];
      }
      logs[q] = Math.log(own / all);
    });
  }
  const least = Math.log(LEAST_PROBABILITY);
  const loss = logs.reduce((sum, log) => sum - Math.max(log, least), 0);
  return { accuracy: right / m, logLoss: loss / m, emptyQueries };
}

/** log Σ α over the keys of one class, for every query. */
async function logSumsOfClass(
  { weighed, codes }: Pick<Classifier<unknown>, "weighed" | "codes">,
  code: number,
  queries: Matrix,
  options: SumsOptions,
): Promise<Float64Array> {
  const indices = Uint32Array.from(codes.keys()).filter((i) => codes[i] === code);
  const spec = specOfRows(weighed, indices);
  const { totals } = await withProblem(spec, noColumns(spec.keys), (problem) =>
    problem.sums(queries, options, "log"),
  );
  return totals!;
}
