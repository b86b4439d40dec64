/** Chooses a classifier's bandwidth: a rule of thumb, or the least Brier score of leaving one out. */
import { MAX_COLUMNS, type Matrix, rowsOf } from "../data/matrix.ts";
import type { RunOptions } from "../problem/problem.ts";
import { byCriterion, byThumb, type ScoreOf } from "./by-criterion.ts";
import { copiesWarning, joined } from "./copied-rows.ts";
import { looError, meansOfOthers } from "./criteria.ts";
import { sumsOptions } from "./folds.ts";
import { CLASS_RULES } from "./rule-names.ts";
import { isRuleOfThumb } from "./rules.ts";
import { SQUARES_RESOLUTION } from "./search.ts";
import { type BandwidthSelection, type Given, unknown } from "./selection.ts";
import { localMean } from "./smoother.ts";
import { priorsWithoutRow } from "./without-row.ts";

/** Classes of the keys. */
export interface Classes {
  /** For each key the index of its class. */
  readonly codes: Uint32Array;
  /** The share of each class in the keys' weights. */
  readonly shares: Float64Array;
  /** One a class, if they are other than the shares of whatever rows there are. */
  readonly priors?: Float64Array;
  /** Of a number of classes from the first one, which of them each key has: a column of 0 and 1 for each. */
  readonly oneHot: (first: number, columns: number) => Matrix;
}

/**
 * For classes: "loo" is the Brier score (1950) of leaving one out, with the priors of predictions.
 * @throws NadarayaError "invalid-bandwidth" for a rule that classifiers do not know
 */
export async function selectForClasses(
  rule: string,
  given: Given,
  classes: Classes,
  options: RunOptions,
): Promise<BandwidthSelection> {
  if (isRuleOfThumb(rule)) return byThumb(rule, given);
  if (rule !== "loo") throw unknown(rule, "classifiers", CLASS_RULES);
  const scoreOf = brierScoreOf(given, classes, options);
  const selection = await byCriterion(rule, given, options, scoreOf, { resolution: SQUARES_RESOLUTION });
  // Rows of few keys and classes are often equal; it matters only if a search is led to the narrowest.
  if (given.categories || !selection.limits?.includes("narrowest")) return selection;
  const { codes } = classes;
  const labels = { data: Float64Array.from(codes), count: codes.length, dims: 1 };
  return { ...selection, warning: joined(selection.warning, copiesWarning(rule, given, labels)) };
}

/** The Brier score of leaving one out. */
export function brierScoreOf(given: Given, classes: Classes, options: RunOptions): ScoreOf {
  const { codes, shares, priors, oneHot } = classes;
  const count = shares.length;
  const groups = Array.from({ length: Math.ceil(count / MAX_COLUMNS) }, (_, group) => {
    const first = group * MAX_COLUMNS;
    return oneHot(first, Math.min(MAX_COLUMNS, count - first));
  });
  const asked = sumsOptions(options);
  const withoutRow = priors && priorsWithoutRow({ codes, shares, priors }, given.sampling);
  return ({ sampling }, sample) => {
    const own = sample ? groups.map((values) => rowsOf(values, sample.rows)) : groups;
    const weighing = withoutRow?.(sample);
    return async (spec) => {
      const weighed = weighing ? { ...spec, keyWeights: weighing.keyWeights(spec) } : spec;
      const posteriors: Float64Array[] = [];
      for (const values of own) {
        const { meanWithout } = await localMean.leaveOneOut(weighed, values, asked);
        const fallback = meansOfOthers(values, sampling, weighed.keyWeights);
        posteriors.push(
          meanWithout.map((p, i) =>
            Number.isNaN(p) ? fallback(Math.floor(i / values.dims))[i % values.dims] : p,
          ),
        );
      }
      await weighing?.correct(posteriors, weighed, own, asked);
      return own.reduce((score, values, g) => score + looError(values, posteriors[g], sampling?.weights), 0);
    };
  };
}
