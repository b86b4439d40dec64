/** Chooses a bandwidth by a rule: a rule of thumb, a plug-in, or the least score of a criterion. */
import { NadarayaError } from "../common/errors.ts";
import { extentsOf } from "../data/extents.ts";
import { centred, type Matrix, noColumns, rowsOf, total } from "../data/matrix.ts";
import { isGaussian } from "../kernels/builtin.ts";
import type { RunOptions } from "../problem/problem.ts";
import { type KernelSpec, logMassOf, type Sampling, withProblem } from "../weighting/kernel-spec.ts";
import { correlationWarning, noiseCorrelation } from "./autocorrelation.ts";
import { byCriterion, byThumb, type ScoreOf, thumb } from "./by-criterion.ts";
import { copiesWarning, joined } from "./copied-rows.ts";
import { correctedAkaike, leastSquares, looError, meansOfOthers, negativeLogLikelihood } from "./criteria.ts";
import { foldsError, foldsOf, sumsOptions } from "./folds.ts";
import { plugIn } from "./plug-in.ts";
import { DENSITY_RULES, REGRESSION_RULES } from "./rule-names.ts";
import { columnOf, deviation, isRuleOfThumb, powerOfTwo } from "./rules.ts";
import { LOG_RESOLUTION, SQUARES_RESOLUTION } from "./search.ts";
import { searchLimits } from "./search-limits.ts";
import {
  type BandwidthSelection,
  type Given,
  type RegressionRule,
  refuseNeighbours,
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
): Promise<BandwidthSelection> {
  if (isRuleOfThumb(rule)) return byThumb(rule, given);
  const found = await byValues(rule, given, values, options, smoother);
  const copies =
    rule === "loo" && !smoother.gap && !given.categories ? copiesWarning(rule, given, values) : undefined;
  const selection = { ...found, warning: joined(found.warning, copies) };
  if (given.categories || smoother.gap) return selection;
  const correlation = noiseCorrelation(given.keys, values);
  if (correlation === undefined) return selection;
  const warning = correlationWarning(rule, correlation);
  return { ...selection, warning: joined(selection.warning, warning) };
}

async function byValues(
  rule: string,
  given: Given,
  values: Matrix,
  options: RunOptions,
  smoother: Smoother,
): Promise<BandwidthSelection> {
  const { keys, kernel, sampling } = given;
  const { values: scaled, constant, unit } = standardised(values, sampling);
  const leftOut = (spec: KernelSpec, own: Matrix) => smoother.leaveOneOut(spec, own, sumsOptions(options));
  const cross = (score: (own: Matrix, given: Given) => (spec: KernelSpec) => Promise<number>) =>
    constant
      ? widest(rule as RegressionRule, given)
      : byCriterion(
          rule as RegressionRule,
          given,
          options,
          (some, sample) => score(sample ? rowsOf(scaled, sample.rows) : scaled, some),
          rule === "aicc"
            ? { resolution: LOG_RESOLUTION * values.dims, inUnits: (log) => log + 2 * Math.log(unit) }
            : { resolution: SQUARES_RESOLUTION, inUnits: (squares) => squares * unit * unit },
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
      const { bandwidth, step } = plugIn(keys, values);
      const warning =
        bandwidth < step
          ? `bandwidth "plug-in" is ${bandwidth.toPrecision(3)}, narrower than the steps of ${step.toPrecision(3)} to which the rule bins the keys`
          : undefined;
      return { rule, bandwidth: [bandwidth], candidates: [], warning };
    }
    case "loo":
      return cross((own, { sampling }) => {
        const fallback = meansOfOthers(own, sampling);
        return async (spec) => {
          const { meanWithout } = await leftOut(spec, own);
          return looError(own, meanWithout, sampling?.weights, fallback);
        };
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
  throw unknown(rule, "regressions", REGRESSION_RULES);
}

/** Standard deviations below this share of the largest number are rounding. */
const CONSTANT = 4 * Number.EPSILON;

/**
 * Centred columns over their standard deviations, so that their units do not matter; one column over the next power of two, which changes no
 * digit of its scores. Columns that are constant except for rounding are 0. If rows are repeated, the deviations are those of all copies.
 */
function standardised(values: Matrix, sampling?: Sampling) {
  const { dims } = values;
  const { values: own } = centred(values);
  const repeated = sampling?.repeated ? sampling : undefined;
  const extents = extentsOf(values);
  const units = extents.map(({ least, most }, c) => {
    const sd = deviation(columnOf(values, c), repeated);
    if (!(sd > CONSTANT * Math.max(Math.abs(least), Math.abs(most)))) return Infinity;
    return dims === 1 ? powerOfTwo(sd) : sd;
  });
  const constant = dims > 0 && units.every((unit) => unit === Infinity);
  const data = own.data.map((v, i) => v / units[i % dims]);
  return { values: { ...own, data }, constant, unit: dims === 1 ? units[0] : 1 };
}

/** For values that are all the same: whatever the bandwidth, so is every mean. */
export function widest(rule: RegressionRule, given: Given): BandwidthSelection {
  const limits = searchLimits(rule, given, "values");
  return {
    ...{ rule, candidates: [], bandwidth: limits.map(([, most]) => most) },
    limits: limits.map(() => "widest"),
    warning: `bandwidth "${rule}": the values are all the same, so every bandwidth is as good; the widest was taken`,
  };
}

/** @throws NadarayaError "invalid-bandwidth" for a rule that densities do not know, or that does not suit the kernel. */
export async function selectForDensity(
  rule: string,
  given: Given,
  options: RunOptions,
): Promise<BandwidthSelection> {
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
        { resolution: LOG_RESOLUTION },
      );
    case "lscv": {
      if (given.adaptive) throw unavailable(rule, "adaptive bandwidths");
      if (!isGaussian(kernel) || categories) {
        const what = categories ? "categories" : `"${kernel.name}"`;
        throw new NadarayaError(
          "unsupported",
          `bandwidth "lscv" is available for the kernel "gaussian", not for ${what}`,
        );
      }
      // Densities are relative to one of the rule of thumb: products of small bandwidths may be no float64.
      const unit = integral(thumb("scott", given));
      const relative = (bandwidth: readonly number[]) => integral(bandwidth) - unit;
      const scoreOf: ScoreOf = (some) => async (spec) => {
        // ∫ f̂² of a Gaussian is the mean density of the keys at √2 times the bandwidth.
        const wide = spec.bandwidth.map((h) => Math.SQRT2 * h);
        const { totals } = await withProblem({ ...spec, bandwidth: wide }, noColumns(spec.keys), (problem) =>
          problem.sums(spec.keys, sumsOptions(options), "plain"),
        );
        const roughness = meanDensity(totals!, some.sampling?.weights);
        const left = await leftOut(spec);
        const squares = roughness / Math.exp(relative(wide));
        return leastSquares(left, relative(spec.bandwidth), squares, some.sampling);
      };
      return byCriterion(rule, given, options, scoreOf, { inUnits: (score) => score / Math.exp(unit) });
    }
  }
  throw unknown(rule, "densities", DENSITY_RULES);
}

/** Σ w x / (Σ w)². */
function meanDensity(numbers: Float64Array, weights?: Float64Array): number {
  const all = weights ? total(weights) : numbers.length;
  return numbers.reduce((sum, x, i) => sum + (weights ? weights[i] / all : 1 / all) * (x / all), 0);
}
