/** Chooses the bandwidth by a rule: of thumb, or by the least score of a criterion. */

import { NadarayaError, show } from "../common/errors.ts";
import { centred, MAX_COLUMNS, type Matrix, noColumns, rowsOf, total } from "../data/matrix.ts";
import { isGaussian } from "../kernels/builtin.ts";
import type { LeaveOneOutSums, LoadedProblem, RunOptions, SumsOptions } from "../problem/problem.ts";
import { type KernelSpec, logMassOf, problemOf, type SelectionRequest } from "../weighting/kernel-spec.ts";
import { correctedAkaike, leastSquares, looError, negativeLogLikelihood } from "./criteria.ts";
import { plugIn } from "./plug-in.ts";
import {
  bandwidthByRule,
  columnOf,
  deviation,
  isRuleOfThumb,
  type RuleOfThumb,
  robustBandwidth,
} from "./rules.ts";
import { type Candidate, type Limit, search } from "./search.ts";
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
  /** For each coordinate, where cross-validation found no minimum between the narrowest and the widest that it reads. */
  readonly limits?: readonly Limit[];
  /** What should be known of the choice, in words. */
  readonly warning?: string;
}

/** Keys for which a bandwidth is chosen. */
type Given = SelectionRequest;

/** Bandwidths tried over the whole range before the best is refined. */
const GRID = 24;
const FOLDS = 10;
/** What the sums may be off by; scores are compared, and differ by more. */
const TOLERANCE = 1e-6;

/** A way to predict values by keys. */
export interface Smoother {
  /** At the keys, each with and without itself. */
  leaveOneOut(
    spec: KernelSpec,
    values: Matrix,
    options: SumsOptions,
  ): Promise<Pick<LeaveOneOutSums, "mean" | "meanWithout" | "leverage">>;
  /** The means at queries, row-major. */
  at(spec: KernelSpec, values: Matrix, queries: Matrix, options: SumsOptions): Promise<Float64Array>;
}

const localMean: Smoother = {
  leaveOneOut: (spec, values, options) => loaded(spec, values, (problem) => problem.leaveOneOut(options)),
  at: (spec, values, queries, options) =>
    loaded(spec, values, async (problem) => (await problem.sums(queries, options, "none")).mean),
};

/**
 * Scores are those of Härdle and Marron (1985) in the values' units, or for several columns sums of each column's over its variance.
 * @throws NadarayaError "invalid-bandwidth" for a rule that regression does not know.
 */
export async function selectForRegression(
  rule: string,
  given: Given,
  values: Matrix,
  options: RunOptions,
  smoother: Smoother = localMean,
): Promise<Selection> {
  if (isRuleOfThumb(rule)) return byThumb(rule, given);
  const { keys, kernel, sampling } = given;
  const weights = sampling?.weights;
  const { values: scaled, constant } = standardised(values);
  const leftOut = (spec: KernelSpec) => smoother.leaveOneOut(spec, scaled, sumsOptions(options));
  const cross = (score: (spec: KernelSpec) => Promise<number>) =>
    constant
      ? widest(rule as RegressionRule, given)
      : byCriterion(rule as RegressionRule, given, options, score);
  switch (rule) {
    case "plug-in": {
      refuseNeighbours(rule, given);
      if (!isGaussian(kernel) || keys.dims > 1 || weights) {
        throw new NadarayaError(
          "unsupported",
          `bandwidth "plug-in" is available for the kernel "gaussian" in 1 coordinate without sample weights, not for "${kernel.name}" in ${keys.dims}${weights ? " with them" : ""}`,
        );
      }
      return { rule, bandwidth: [plugIn(keys, values)], candidates: [] };
    }
    case "loo":
      return cross(async (spec) => looError(scaled, (await leftOut(spec)).meanWithout, weights));
    case "aicc":
      return cross(async (spec) => correctedAkaike(scaled, await leftOut(spec), sampling));
    case "kfold": {
      if (given.adaptive) throw unavailable(rule, "adaptive bandwidths");
      const folds = foldsOf(given, scaled);
      return cross((spec) => foldsError(spec, folds, smoother, options));
    }
  }
  throw unknown(rule, ["scott", "silverman", "plug-in", "loo", "kfold", "aicc"]);
}

/** Centred columns; where there are several, each over its standard deviation, so that their units do not matter. */
function standardised(values: Matrix): { values: Matrix; constant: boolean } {
  const { dims, count } = values;
  const { values: own } = centred(values);
  const deviations = Array.from({ length: dims }, (_, c) => deviation(columnOf(values, c)));
  const constant = dims > 0 && deviations.every((sd) => !(sd > 0));
  if (dims < 2) return { values: own, constant };
  const data = own.data.map((v, i) => v / (deviations[i % dims] || 1));
  return { values: { data, dims, count }, constant };
}

/** For values that are all the same: whatever the bandwidth, so is every mean. */
function widest(rule: RegressionRule, given: Given): Selection {
  const limits = cutoffRadii(rule, given, "values");
  return {
    ...{ rule, candidates: [], bandwidth: limits.map(([, most]) => most) },
    limits: limits.map(() => "widest"),
    warning: `bandwidth "${rule}": the values are all the same, so every bandwidth is as good; the widest was taken`,
  };
}

/** For classes, as columns of 0 and 1: "loo" is then the Brier score (1950) of leaving one out. */
export async function selectForClasses(
  rule: string,
  given: Given,
  classes: number,
  oneHot: () => Matrix,
  options: RunOptions,
): Promise<Selection> {
  if (isRuleOfThumb(rule)) return byThumb(rule, given);
  if (rule !== "loo") throw unknown(rule, ["scott", "silverman", "loo"]);
  if (classes > MAX_COLUMNS)
    throw new NadarayaError(
      "unsupported",
      `bandwidth "loo" takes up to ${MAX_COLUMNS} classes, there are ${classes}`,
    );
  const values = oneHot();
  return byCriterion(rule, given, options, async (spec) => {
    const { meanWithout } = await localMean.leaveOneOut(spec, values, sumsOptions(options));
    return looError(values, meanWithout, given.sampling?.weights);
  });
}

/** @throws NadarayaError "invalid-bandwidth" for a rule that densities do not know, or that does not suit the kernel. */
export async function selectForDensity(rule: string, given: Given, options: RunOptions): Promise<Selection> {
  if (isRuleOfThumb(rule)) return byThumb(rule, given);
  const { keys, kernel, sampling, categories } = given;
  const none = noColumns(keys);
  const leftOut = (spec: KernelSpec) =>
    loaded(spec, none, (problem) => problem.leaveOneOut(sumsOptions(options)));
  const integral = (bandwidth: readonly number[]) => logMassOf({ ...given, bandwidth });
  switch (rule) {
    case "sheather-jones":
      refuseNeighbours(rule, given);
      if (sampling)
        throw new NadarayaError("unsupported", 'bandwidth "sheather-jones" takes no sample weights');
      return { rule, bandwidth: [sheatherJones(keys)], candidates: [] };
    case "likelihood":
      return byCriterion(rule, given, options, async (spec) =>
        negativeLogLikelihood(await leftOut(spec), integral(spec.bandwidth), sampling),
      );
    case "lscv":
      if (given.adaptive) throw unavailable(rule, "adaptive bandwidths");
      if (!isGaussian(kernel) || categories) {
        const what = categories ? "categories" : `"${kernel.name}"`;
        throw new NadarayaError(
          "unsupported",
          `bandwidth "lscv" is available for the kernel "gaussian", not for ${what}`,
        );
      }
      return byCriterion(rule, given, options, async (spec) => {
        // ∫ f̂² of a Gaussian is the mean density of the keys at √2 times the bandwidth.
        const wide = spec.bandwidth.map((h) => Math.SQRT2 * h);
        const { totals } = await loaded({ ...spec, bandwidth: wide }, none, (problem) =>
          problem.sums(keys, sumsOptions(options), "plain"),
        );
        const [mass, all] = weightedTotal(totals!, sampling?.weights);
        const roughness = mass / all ** 2;
        const left = await leftOut(spec);
        const squares = roughness / Math.exp(integral(wide));
        return leastSquares(left, integral(spec.bandwidth), squares, sampling);
      });
  }
  throw unknown(rule, ["scott", "silverman", "sheather-jones", "likelihood", "lscv"]);
}

const unavailable = (rule: string, what: string) =>
  new NadarayaError(
    "unsupported",
    `bandwidth ${show(rule)} is not available with ${what}: give a number, "scott" or "silverman"`,
  );

/** The nearest keys decide how wide a query's window is; what a rule scores would be something else. */
function refuseNeighbours(rule: string, { neighbours }: Given): void {
  if (neighbours !== undefined) throw unavailable(rule, "neighbours");
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

const thumb = (rule: RuleOfThumb, given: Given): number[] =>
  forContinuous(given, (keys) => bandwidthByRule(rule, keys, given.sampling));

/** One number a coordinate: an estimate from the continuous ones, and a rule of thumb for λ of the others. */
function forContinuous({ keys, categories }: Given, estimate: (keys: Matrix) => number[]): number[] {
  if (!categories) return estimate(keys);
  const { continuous } = categories;
  const columns = continuous.map((j) => categories.place(j));
  const data = new Float64Array(keys.count * columns.length);
  for (let i = 0; i < keys.count; i++)
    for (const [c, column] of columns.entries())
      data[i * columns.length + c] = keys.data[i * keys.dims + column];
  const widths = columns.length > 0 ? estimate({ data, count: keys.count, dims: columns.length }) : [];
  return Array.from(
    { length: categories.count },
    (_, j) => categories.thumb(j, keys.count) ?? widths[continuous.indexOf(j)],
  );
}

const sumsOptions = ({ signal }: RunOptions) => ({ method: "auto", tolerance: TOLERANCE, signal }) as const;

/** Asks a problem that is held for as long as that takes. */
async function loaded<T>(
  spec: KernelSpec,
  values: Matrix,
  ask: (problem: LoadedProblem) => Promise<T>,
): Promise<T> {
  const problem = await spec.engine.load(problemOf(spec, values));
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

/** One fold: what is held out, and the rest that predicts it. */
interface Fold {
  readonly held: Part;
  readonly rest: Part;
}

/** Every tenth key is in the same fold. */
function foldsOf({ keys, sampling }: Given, values: Matrix): Fold[] {
  const keyWeights = sampling?.weights;
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

/** The mean squared error of predicting each fold by the others. */
async function foldsError(
  spec: KernelSpec,
  folds: readonly Fold[],
  smoother: Smoother,
  options: RunOptions,
): Promise<number> {
  let [sum, all] = [0, 0];
  for (const { held, rest } of folds) {
    const { keys, keyWeights } = rest;
    const own = { ...spec, keys, keyWeights, copies: undefined };
    const mean = await smoother.at(own, rest.values, held.keys, sumsOptions(options));
    const mass = held.keyWeights ? total(held.keyWeights) : held.values.count;
    sum += looError(held.values, mean, held.keyWeights) * mass;
    all += mass;
  }
  return sum / all;
}

/** The widest that is tried, in robust standard deviations of the keys: all keys within reach count alike there. */
const WIDEST = 100;
/** Keys that are no more apart than this share of their range coincide but for rounding. */
const SAME = 1e-9;

/** What ties in the data spoil: the density of keys that coincide grows without bound, regressions may take them for what they are. */
type Resolved = "keys" | "values";

/**
 * Where a search looks, for each coordinate: from a hundredth of a robust rule of thumb, but no finer than the data's own resolution, to
 * a hundred times their spread, or ten times their range.
 */
function cutoffRadii(rule: string, given: Given, resolved: Resolved): (readonly [number, number])[] {
  const { keys, categories, sampling } = given;
  const usual = forContinuous(given, (continuous) => robustBandwidth(continuous, rule, sampling));
  return usual.map((width, j) => {
    const lambda = categories?.limits(j);
    if (lambda) return lambda;
    const column = columnOf(keys, categories?.place(j) ?? j).sort();
    const range = column[column.length - 1] - column[0];
    let [step, ties] = [Infinity, false];
    for (let i = 1; i < column.length; i++) {
      const apart = column[i] - column[i - 1];
      if (apart > SAME * range) step = Math.min(step, apart);
      else ties = true;
    }
    const factor = keys.count ** (1 / (usual.length + 4));
    const most = Math.min(10 * range, WIDEST * width * factor);
    const finest = ties ? Math.min(step / (resolved === "keys" ? 1 : 10), most / 10) : 0;
    return [Math.max(width / 100, finest), most] as const;
  });
}

async function byCriterion(
  rule: BandwidthRule,
  given: Given,
  options: RunOptions,
  score: (spec: KernelSpec) => Promise<number>,
): Promise<Selection> {
  const { keys, kernel } = given;
  refuseNeighbours(rule, given);
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
  const density = rule === "likelihood" || rule === "lscv";
  const range = cutoffRadii(rule, given, density ? "keys" : "values");
  const pairs = keys.count ** 2;
  const expected = GRID + 14 + (range.length > 1 ? 3 * 14 * range.length : 0);
  let done = 0;
  const { best, limits, candidates } = await search({ limits: range, grid: GRID }, async (bandwidth) => {
    options.signal?.throwIfAborted();
    const value = await score(await given.withBandwidth(bandwidth));
    done++;
    options.onProgress?.({ done: done * pairs, total: Math.max(expected, done) * pairs });
    return value;
  });
  if (!Number.isFinite(best.score)) {
    throw new NadarayaError(
      "invalid-bandwidth",
      `bandwidth ${show(rule)}: no bandwidth from ${range[0][0]} to ${range[0][1]} has a finite score`,
    );
  }
  const { bandwidth } = best;
  const warning = warningOf(rule, best.bandwidth, limits);
  return { rule, bandwidth, candidates, limits, warning };
}

function warningOf(rule: string, bandwidth: readonly number[], limits: readonly Limit[]): string | undefined {
  const ends = limits.flatMap((limit, j) => {
    if (!limit) return [];
    const of = limits.length > 1 ? ` for coordinate ${j}` : "";
    const why =
      limit === "widest"
        ? "the coordinate tells nothing of the values, or of their density"
        : "the score falls towards ever narrower ones, as it does where rows coincide or values have no noise";
    return [`the ${limit} that was tried${of}, ${bandwidth[j].toPrecision(3)}, is the best: ${why}`];
  });
  return ends.length > 0 ? `bandwidth "${rule}" found no minimum: ${ends.join("; ")}` : undefined;
}

function unknown(rule: string, expected: readonly string[]): NadarayaError {
  return new NadarayaError(
    "invalid-bandwidth",
    `bandwidth ${show(rule)} is no rule here; expected ${expected.join(", ")} or a number`,
  );
}
