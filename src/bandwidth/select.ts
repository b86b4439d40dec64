/** Chooses the bandwidth by a rule: of thumb, or by the least score of a criterion. */
import { type Matrix, noColumns, rowsOf, total } from "../data.ts";
import type { LeftOut, LoadedProblem, RunOptions, SumsOptions } from "../engine/types.ts";
import { NadarayaError, show } from "../errors.ts";
import { logMassOf, problemOf, type Weighing } from "../weighing.ts";
import { correctedAkaike, foretellingError, leastSquares, negativeLogLikelihood } from "./criteria.ts";
import { plugIn } from "./plug-in.ts";
import { bandwidthByRule, isRuleOfThumb, type RuleOfThumb } from "./rules.ts";
import { bestOf, type Candidate, search } from "./search.ts";
import { sheatherJones } from "./sheather-jones.ts";

export type RegressionRule = RuleOfThumb | "plug-in" | "loo" | "kfold" | "aicc";
export type DensityRule = RuleOfThumb | "sheather-jones" | "likelihood" | "lscv";
export type BandwidthRule = RegressionRule | DensityRule;

export interface Selection {
  readonly rule: BandwidthRule;
  /** One number per coordinate. */
  readonly bandwidth: readonly number[];
  /** Every bandwidth that was tried, with its score, the lower the better; none for rules of thumb. */
  readonly candidates: readonly Candidate[];
}

type Given = Omit<Weighing, "bandwidth">;

/** Bandwidths tried over the whole range before the best is refined. */
const GRID = 24;
const FOLDS = 10;
/** What the sums may be off by; scores are compared, and differ by more. */
const TOLERANCE = 1e-6;

/** A way to foretell values by keys. */
export interface Smoother {
  /** At the keys, each with and without itself. */
  leaveOneOut(
    weighing: Weighing,
    values: Matrix,
    options: SumsOptions,
  ): Promise<Pick<LeftOut, "mean" | "meanWithout" | "leverage">>;
  /** The means at queries, row-major. */
  at(weighing: Weighing, values: Matrix, queries: Matrix, options: SumsOptions): Promise<Float64Array>;
}

const localMean: Smoother = {
  leaveOneOut: (weighing, values, options) =>
    loaded(weighing, values, (problem) => problem.leaveOneOut(options)),
  at: (weighing, values, queries, options) =>
    loaded(weighing, values, async (problem) => (await problem.sums(queries, options, "none")).mean),
};

/** @throws NadarayaError "invalid-bandwidth" for a rule that regression does not know. */
export async function selectForRegression(
  rule: string,
  given: Given,
  values: Matrix,
  options: RunOptions,
  smoother: Smoother = localMean,
): Promise<Selection> {
  const leftOut = (weighing: Weighing) => smoother.leaveOneOut(weighing, values, sumsOptions(options));
  if (isRuleOfThumb(rule)) return byThumb(rule, given);
  switch (rule) {
    case "plug-in": {
      const { keys, kernel, keyWeights } = given;
      if (kernel.name !== "gaussian" || keys.dims > 1 || keyWeights) {
        throw new NadarayaError(
          "unsupported",
          `bandwidth "plug-in" is available for the kernel "gaussian" in 1 coordinate without sample weights, not for "${kernel.name}" in ${keys.dims}${keyWeights ? " with them" : ""}`,
        );
      }
      return { rule, bandwidth: [plugIn(keys, values)], candidates: [] };
    }
    case "loo":
      return byCriterion(rule, given, options, async (weighing) =>
        foretellingError(values, (await leftOut(weighing)).meanWithout, given.keyWeights),
      );
    case "aicc":
      return byCriterion(rule, given, options, async (weighing) =>
        correctedAkaike(values, await leftOut(weighing), given.keyWeights),
      );
    case "kfold": {
      const folds = foldsOf(given, values);
      return byCriterion(rule, given, options, (weighing) => foldsError(weighing, folds, smoother, options));
    }
  }
  throw unknown(rule, ["scott", "silverman", "plug-in", "loo", "kfold", "aicc"]);
}

/** For classes, as columns of 0 and 1: "loo" is then the Brier score (1950) of leaving one out. */
export function selectForClasses(
  rule: string,
  given: Given,
  oneHot: () => Matrix,
  options: RunOptions,
): Promise<Selection> {
  if (isRuleOfThumb(rule) || rule === "loo")
    return selectForRegression(rule, given, rule === "loo" ? oneHot() : noColumns(given.keys), options);
  throw unknown(rule, ["scott", "silverman", "loo"]);
}

/** @throws NadarayaError "invalid-bandwidth" for a rule that densities do not know, or that does not suit the kernel. */
export async function selectForDensity(rule: string, given: Given, options: RunOptions): Promise<Selection> {
  if (isRuleOfThumb(rule)) return byThumb(rule, given);
  const { keys, kernel, keyWeights, categories } = given;
  const none = noColumns(keys);
  const leftOut = (weighing: Weighing) =>
    loaded(weighing, none, (problem) => problem.leaveOneOut(sumsOptions(options)));
  const integral = (bandwidth: readonly number[]) => logMassOf({ ...given, bandwidth });
  switch (rule) {
    case "sheather-jones":
      if (keyWeights)
        throw new NadarayaError("unsupported", 'bandwidth "sheather-jones" takes no sample weights');
      return { rule, bandwidth: [sheatherJones(keys)], candidates: [] };
    case "likelihood":
      return byCriterion(rule, given, options, async (weighing) =>
        negativeLogLikelihood(await leftOut(weighing), integral(weighing.bandwidth), keyWeights),
      );
    case "lscv":
      if (kernel.name !== "gaussian" || categories) {
        const what = categories ? "categories" : `"${kernel.name}"`;
        throw new NadarayaError(
          "unsupported",
          `bandwidth "lscv" is available for the kernel "gaussian", not for ${what}`,
        );
      }
      return byCriterion(rule, given, options, async (weighing) => {
        // ∫ f̂² of a Gaussian is the mean density of the keys at √2 times the width.
        const wide = weighing.bandwidth.map((h) => Math.SQRT2 * h);
        const { totals } = await loaded({ ...weighing, bandwidth: wide }, none, (problem) =>
          problem.sums(keys, sumsOptions(options), "plain"),
        );
        const [mass, all] = weightedTotal(totals!, keyWeights);
        const roughness = mass / all ** 2;
        const left = await leftOut(weighing);
        const squares = roughness / Math.exp(integral(wide));
        return leastSquares(left, integral(weighing.bandwidth), squares, keyWeights);
      });
  }
  throw unknown(rule, ["scott", "silverman", "sheather-jones", "likelihood", "lscv"]);
}

/** Σ w x and Σ w. */
function weightedTotal(numbers: Float64Array, weights?: Float64Array): [number, number] {
  let [sum, all] = [0, 0];
  for (let i = 0; i < numbers.length; i++) {
    const weight = weights ? weights[i] : 1;
    sum += weight * numbers[i];
    all += weight;
  }
  return [sum, all];
}

const byThumb = (rule: RuleOfThumb, given: Given): Selection => ({
  rule,
  bandwidth: thumb(rule, given),
  candidates: [],
});

function thumb(rule: RuleOfThumb, { keys, keyWeights, categories }: Given): number[] {
  if (!categories) return bandwidthByRule(rule, keys, keyWeights);
  const { continuous } = categories;
  const columns = continuous.map((j) => categories.place(j));
  const data = new Float64Array(keys.count * columns.length);
  for (let i = 0; i < keys.count; i++)
    for (const [c, column] of columns.entries())
      data[i * columns.length + c] = keys.data[i * keys.dims + column];
  const widths =
    columns.length > 0
      ? bandwidthByRule(rule, { data, count: keys.count, dims: columns.length }, keyWeights)
      : [];
  return Array.from(
    { length: categories.count },
    (_, j) => categories.thumb(j, keys.count) ?? widths[continuous.indexOf(j)],
  );
}

const sumsOptions = ({ signal }: RunOptions) => ({ method: "auto", tolerance: TOLERANCE, signal }) as const;

/** Asks a problem that is held for as long as that takes. */
async function loaded<T>(
  weighing: Weighing,
  values: Matrix,
  ask: (problem: LoadedProblem) => Promise<T>,
): Promise<T> {
  const problem = await weighing.engine.load(problemOf(weighing, values));
  try {
    return await ask(problem);
  } finally {
    problem.dispose();
  }
}

interface Part {
  readonly keys: Matrix;
  readonly values: Matrix;
  readonly keyWeights?: Float64Array;
}

/** One fold: what is held out, and the rest that foretells it. */
interface Fold {
  readonly held: Part;
  readonly rest: Part;
}

/** Every tenth key is in the same fold. */
function foldsOf({ keys, keyWeights }: Given, values: Matrix): Fold[] {
  const count = Math.min(FOLDS, keys.count);
  return Array.from({ length: count }, (_, fold) => {
    const parts = { held: [] as number[], rest: [] as number[] };
    for (let i = 0; i < keys.count; i++) parts[i % count === fold ? "held" : "rest"].push(i);
    const of = (indices: readonly number[]) => ({
      keys: rowsOf(keys, indices),
      values: rowsOf(values, indices),
      keyWeights: keyWeights && Float64Array.from(indices, (i) => keyWeights[i]),
    });
    return { held: of(parts.held), rest: of(parts.rest) };
  });
}

/** The mean squared error of foretelling each fold by the others. */
async function foldsError(
  weighing: Weighing,
  folds: readonly Fold[],
  smoother: Smoother,
  options: RunOptions,
): Promise<number> {
  let [sum, all] = [0, 0];
  for (const { held, rest } of folds) {
    const { keys, keyWeights } = rest;
    const own = { ...weighing, keys, keyWeights };
    const mean = await smoother.at(own, rest.values, held.keys, sumsOptions(options));
    const mass = held.keyWeights ? total(held.keyWeights) : held.values.count;
    sum += foretellingError(held.values, mean, held.keyWeights) * mass;
    all += mass;
  }
  return sum / all;
}

/** Searches from a hundredth of Scott's bandwidth to ten times the keys' range. */
async function byCriterion(
  rule: BandwidthRule,
  given: Given,
  options: RunOptions,
  score: (weighing: Weighing) => Promise<number>,
): Promise<Selection> {
  const { keys, kernel, categories } = given;
  if (kernel.sphere || kernel.tail === "flat") {
    throw new NadarayaError(
      "unsupported",
      `bandwidth ${show(rule)} is not available for the kernel "${kernel.name}"; give a number`,
    );
  }
  if (keys.count < 3) {
    throw new NadarayaError(
      "invalid-bandwidth",
      `bandwidth ${show(rule)} needs at least 3 keys, there are ${keys.count}`,
    );
  }
  const limits = thumb("scott", given).map((scott, j) => {
    const lambda = categories?.limits(j);
    if (lambda) return lambda;
    let [least, largest] = [Infinity, -Infinity];
    for (let i = categories?.place(j) ?? j; i < keys.data.length; i += keys.dims) {
      least = Math.min(least, keys.data[i]);
      largest = Math.max(largest, keys.data[i]);
    }
    return [scott / 100, 10 * (largest - least)] as const;
  });
  const pairs = keys.count ** 2;
  const expected = GRID + 14 + (limits.length > 1 ? 3 * 14 * limits.length : 0);
  let done = 0;
  const candidates = await search({ limits, grid: GRID }, async (bandwidth) => {
    options.signal?.throwIfAborted();
    const value = await score({ ...given, bandwidth });
    done++;
    options.onProgress?.({ done: done * pairs, total: Math.max(expected, done) * pairs });
    return value;
  });
  const best = bestOf(candidates);
  if (!Number.isFinite(best.score)) {
    throw new NadarayaError(
      "invalid-bandwidth",
      `bandwidth ${show(rule)}: no width from ${limits[0][0]} to ${limits[0][1]} has a finite score`,
    );
  }
  return { rule, bandwidth: best.bandwidth, candidates };
}

function unknown(rule: string, expected: readonly string[]): NadarayaError {
  return new NadarayaError(
    "invalid-bandwidth",
    `bandwidth ${show(rule)} is no rule here; expected ${expected.join(", ")} or a number`,
  );
}
