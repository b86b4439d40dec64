/** Chooses a bandwidth by a rule: a rule of thumb, a plug-in, or the least score of a criterion. */
import { NadarayaError } from "../common/errors.ts";
import { centred, MAX_COLUMNS, type Matrix, noColumns, rowsOf } from "../data/matrix.ts";
import { isGaussian } from "../kernels/builtin.ts";
import type { RunOptions } from "../problem/problem.ts";
import { type KernelSpec, logMassOf, type Sampling, withProblem } from "../weighting/kernel-spec.ts";
import { byCriterion, byThumb, searchLimits } from "./by-criterion.ts";
import { correctedAkaike, leastSquares, looError, negativeLogLikelihood } from "./criteria.ts";
import { foldsError, foldsOf, sumsOptions } from "./folds.ts";
import { plugIn } from "./plug-in.ts";
import { columnOf, deviation, isRuleOfThumb } from "./rules.ts";
import {
  type Given,
  type RegressionRule,
  refuseNeighbours,
  type Selection,
  unavailable,
  unknown,
} from "./selection.ts";
import { sheatherJones } from "./sheather-jones.ts";
import { localMean, type Smoother } from "./smoother.ts";

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
  const { values: scaled, constant } = standardised(values, sampling?.repeated ? sampling : undefined);
  const leftOut = (spec: KernelSpec, own: Matrix) => smoother.leaveOneOut(spec, own, sumsOptions(options));
  const cross = (score: (own: Matrix, given: Given) => (spec: KernelSpec) => Promise<number>) =>
    constant
      ? widest(rule as RegressionRule, given)
      : byCriterion(rule as RegressionRule, given, options, (some, rows) =>
          score(rows ? rowsOf(scaled, rows) : scaled, some),
        );
  switch (rule) {
    case "plug-in": {
      refuseNeighbours(rule, given);
      if (given.categories) throw unavailable(rule, "categories");
      if (!isGaussian(kernel) || keys.dims > 1 || sampling) {
        throw new NadarayaError(
          "unsupported",
          `bandwidth "plug-in" is available for the kernel "gaussian" in 1 coordinate without sample weights, not for "${kernel.name}" in ${keys.dims}${sampling ? " with them" : ""}`,
        );
      }
      return { rule, bandwidth: [plugIn(keys, values)], candidates: [] };
    }
    case "loo":
      return cross((own, some) => async (spec) => {
        const { meanWithout } = await leftOut(spec, own);
        return looError(own, meanWithout, some.sampling?.weights);
      });
    case "aicc":
      return cross(
        (own, some) => async (spec) => correctedAkaike(own, await leftOut(spec, own), some.sampling),
      );
    case "kfold": {
      if (given.adaptive) throw unavailable(rule, "adaptive bandwidths");
      return cross((own, some) => {
        const folds = foldsOf(some, own);
        return (spec) => foldsError(spec, folds, smoother, options);
      });
    }
  }
  throw unknown(rule, "regressions", ["scott", "silverman", "plug-in", "loo", "kfold", "aicc"]);
}

/** Centred columns; where there are several, each over the standard deviation of its rows, so that their units do not matter. */
function standardised(values: Matrix, repeated?: Sampling): { values: Matrix; constant: boolean } {
  const { dims, count } = values;
  const { values: own } = centred(values);
  const deviations = Array.from({ length: dims }, (_, c) => deviation(columnOf(values, c), repeated));
  const constant = dims > 0 && deviations.every((sd) => !(sd > 0));
  if (dims < 2) return { values: own, constant };
  const data = own.data.map((v, i) => v / (deviations[i % dims] || 1));
  return { values: { data, dims, count }, constant };
}

/** For values that are all the same: whatever the bandwidth, so is every mean. */
export function widest(rule: RegressionRule, given: Given): Selection {
  const limits = searchLimits(rule, given, "values");
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
  if (rule !== "loo") throw unknown(rule, "classifiers", ["scott", "silverman", "loo"]);
  if (classes > MAX_COLUMNS)
    throw new NadarayaError(
      "unsupported",
      `bandwidth "loo" takes up to ${MAX_COLUMNS} classes, there are ${classes}`,
    );
  const values = oneHot();
  return byCriterion(rule, given, options, ({ sampling }, rows) => {
    const own = rows ? rowsOf(values, rows) : values;
    return async (spec) => {
      const { meanWithout } = await localMean.leaveOneOut(spec, own, sumsOptions(options));
      return looError(own, meanWithout, sampling?.weights);
    };
  });
}

/** @throws NadarayaError "invalid-bandwidth" for a rule that densities do not know, or that does not suit the kernel. */
export async function selectForDensity(rule: string, given: Given, options: RunOptions): Promise<Selection> {
  if (isRuleOfThumb(rule)) return byThumb(rule, given);
  const { keys, kernel, sampling, categories } = given;
  const leftOut = (spec: KernelSpec) =>
    withProblem(spec, noColumns(spec.keys), (problem) => problem.leaveOneOut(sumsOptions(options)));
  const integral = (bandwidth: readonly number[]) => logMassOf({ ...given, bandwidth });
  switch (rule) {
    case "sheather-jones":
      refuseNeighbours(rule, given);
      if (categories) throw unavailable(rule, "categories");
      if (sampling)
        throw new NadarayaError("unsupported", 'bandwidth "sheather-jones" takes no sample weights');
      return { rule, bandwidth: [sheatherJones(keys)], candidates: [] };
    case "likelihood":
      return byCriterion(
        rule,
        given,
        options,
        (some) => async (spec) =>
          negativeLogLikelihood(await leftOut(spec), integral(spec.bandwidth), some.sampling),
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
      return byCriterion(rule, given, options, (some) => async (spec) => {
        // ∫ f̂² of a Gaussian is the mean density of the keys at √2 times the bandwidth.
        const wide = spec.bandwidth.map((h) => Math.SQRT2 * h);
        const { totals } = await withProblem({ ...spec, bandwidth: wide }, noColumns(spec.keys), (problem) =>
          problem.sums(spec.keys, sumsOptions(options), "plain"),
        );
        const [mass, all] = weightedTotal(totals!, some.sampling?.weights);
        const roughness = mass / all ** 2;
        const left = await leftOut(spec);
        const squares = roughness / Math.exp(integral(wide));
        return leastSquares(left, integral(spec.bandwidth), squares, some.sampling);
      });
  }
  throw unknown(rule, "densities", ["scott", "silverman", "sheather-jones", "likelihood", "lscv"]);
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
