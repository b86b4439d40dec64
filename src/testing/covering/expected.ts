/** What the independent reference answers to a case, as plain numbers, with what the library may be off by: docs/accuracy.md. */

import type { ReferenceProblem } from "../../reference/index.ts";
import * as reference from "../../reference/index.ts";
import { logKernelOf } from "../../reference/kernels.ts";
import { CONFIDENCE, PRIORS, PROBABILITIES, THRESHOLDS, TOP, VALUE_WIDTH } from "./ask.ts";
import type { CaseData, Table } from "./data.ts";
import type { Case } from "./features.ts";

/** Weights of local polynomials below this are roundings. */
const ROUNDED_WEIGHT = 1e-12;

/** Numbers, row-major, and the absolute errors that are within bounds: one for all, or one for each. */
export interface Bounded {
  readonly numbers: readonly number[];
  readonly error: number | readonly number[];
}

export type Expected = Readonly<Record<string, Bounded>>;

/** The problem of all rows that are left after a case's history. @param bandwidth as plain numbers */
export function problemOf(given: Case, data: CaseData, bandwidth: readonly number[]): ReferenceProblem {
  const { keys, values, sampleWeights, coordinates, adaptive, neighbours } = data;
  return {
    ...{ keys, values, bandwidth, sampleWeights, coordinates, adaptive, neighbours },
    kernel: given.kernel === "own" ? "rational-quadratic" : given.kernel,
    shape: given.shape,
    degree: Number(given.degree) as 0 | 1 | 2,
    weightType: given.weights === "frequency" ? "frequency" : "importance",
  };
}

/** What means may be off by, as a share of the values' range, and log densities. */
export function boundOf({ backend, method }: Case): number {
  if (backend === "webgpu") return 1e-5;
  return method === "dense" ? 1e-8 : 1e-6;
}
/** The same for results at the keys, whose method is always "auto". */
const boundAtKeys = (given: Case) => Math.max(boundOf(given), 1e-6);
/** Rounding of float64, and of the single precision of weights. */
const [EXACT, SINGLE] = [1e-10, 2 ** -23];
/**
 * How much larger than their means' errors those of results derived from them may be: differences of means over a bandwidth, and sums of
 * squared residuals, which are of the order of the range.
 */
const DERIVED = 10;

export function expectedOf(given: Case, data: CaseData, bandwidth: readonly number[]): Expected {
  const problem = problemOf(given, data, bandwidth);
  const { queries } = data;
  const range = rangeOf(data.values);
  const error = boundOf(given) * range;
  const derived = DERIVED * boundAtKeys(given) * range;
  const within = (numbers: readonly number[], most: Bounded["error"]): Bounded => ({ numbers, error: most });
  switch (given.asked) {
    case "mean":
      return { mean: within(reference.mean(problem, queries).flat(), error) };
    case "means on the GPU": {
      const rounding = SINGLE * (Math.abs(data.valueUnit.offset) / data.valueUnit.unit + 4);
      return { mean: within(reference.mean(problem, queries).flat(), error + rounding) };
    }
    case "gradient":
      return {
        mean: within(reference.mean(problem, queries).flat(), error),
        gradient: within(
          reference.gradient(problem, queries).flat(2),
          (DERIVED * error) / Math.min(...bandwidth),
        ),
      };
    case "standard error":
      return {
        mean: within(reference.mean(problem, queries).flat(), error),
        standardError: within(reference.standardError(problem, queries).flat(), derived),
      };
    case "confidence band": {
      const { lower, upper } = reference.band(problem, queries, CONFIDENCE);
      return {
        mean: within(reference.mean(problem, queries).flat(), error),
        lower: within(lower.flat(), 3 * derived),
        upper: within(upper.flat(), 3 * derived),
      };
    }
    case "quantiles":
      return {
        quantiles: within(reference.quantiles(problem, queries, PROBABILITIES).flat(2), EXACT * range),
      };
    case "distribution":
      return {
        distribution: within(reference.distribution(problem, queries, THRESHOLDS).flat(2), boundOf(given)),
      };
    case "conditional density": {
      const logs = reference
        .conditionalDensity(problem, queries, data.at, VALUE_WIDTH)
        .map((row, q) => row[q]);
      // With widths of single keys or queries it is a sum over the keys that can matter, whatever the method.
      const bound = given.width === "fixed" ? boundOf(given) : boundAtKeys(given);
      return { logDensity: within(logs, 2 * bound) };
    }
    case "weights":
      return {
        weights: within(
          transposed(reference.mean(withIdentity(problem), queries)).flat(),
          given.backend === "cpu" ? SINGLE : 1e-5,
        ),
      };
    case "weight statistics": {
      const { effectiveSampleSize, entropy } = reference.weightStatistics(problem, queries);
      return {
        effectiveSampleSize: within(effectiveSampleSize, 1e-6 * data.keys.length),
        entropy: within(entropy, 1e-6),
      };
    }
    case "top weights": {
      const top = reference.topWeights(problem, queries, TOP);
      // Keys whose share is no float64 have names too, except for kernels with an end.
      const { compact } = logKernelOf(problem.kernel);
      const isNamed = (weight: number) =>
        given.degree === "0" ? weight > 0 || compact : Math.abs(weight) > ROUNDED_WEIGHT;
      const named = top.weights.flat().map((weight) => (isNamed(weight) ? 0 : Infinity));
      return { keys: within(top.keys.flat(), named), weights: within(top.weights.flat(), 1e-8) };
    }
    case "bootstrap": {
      const { lower, upper } = reference.band(problem, queries, CONFIDENCE);
      return {
        standardError: within(reference.standardError(problem, queries).flat(), derived),
        lower: within(lower.flat(), 3 * derived),
        upper: within(upper.flat(), 3 * derived),
      };
    }
    case "diagnostics": {
      const found = reference.diagnostics(problem);
      const { residuals, leaveOneOutResiduals, effectiveParameters, residualDegreesOfFreedom } = found;
      const ofParameters = data.keys.length * boundAtKeys(given);
      return {
        rSquared: within(found.rSquared, derived),
        leaveOneOutRSquared: within(found.leaveOneOutRSquared, 10 * derived),
        effectiveParameters: within([effectiveParameters], ofParameters),
        residualDegreesOfFreedom: within([residualDegreesOfFreedom], ofParameters),
        residualStandardError: within(found.residualStandardError, derived),
        residuals: within(residuals.flat(), boundAtKeys(given) * range),
        leaveOneOutResiduals: within(leaveOneOutResiduals.flat(), derived),
        leverages: within(found.leverages, DERIVED * boundAtKeys(given)),
      };
    }
    case "merged partials": {
      const logWeights = queries.map((query) => logSum(reference.logWeights(problem, query)));
      return {
        mean: within(reference.mean(problem, queries).flat(), error),
        logWeights: within(logWeights, boundOf(given)),
      };
    }
    case "merged errors":
      return {
        mean: within(reference.mean(problem, queries).flat(), error),
        mergedError: within(mergedErrors(problem, queries).flat(), derived),
      };
    case "density":
    case "merged densities":
      return { logDensity: within(reference.density(problem, queries).logDensity, boundOf(given)) };
    case "classes":
    case "classes with priors": {
      const priors = given.asked === "classes" ? "shares" : priorsOf(data.labels);
      const { probability } = reference.classes(problem, data.labels, queries, priors);
      return { probability: within(probability.flat(), boundOf(given)) };
    }
  }
}

export function priorsOf(labels: readonly string[]): number[] {
  return Array.from(new Set(labels), (_, c) => PRIORS[Math.min(c, 1)]);
}

const logSum = (logs: readonly number[]): number => {
  const most = Math.max(...logs);
  return most === -Infinity
    ? most
    : most + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - most), 0));
};

/** Each row a separate column: means of it are the weights of the fit. */
const withIdentity = (problem: ReferenceProblem): ReferenceProblem => ({
  ...problem,
  values: problem.keys.map((_, i) => problem.keys.map((_, j) => (i === j ? 1 : 0))),
});

/** √(s² r) with r = Σ α² / (Σ α)² and s² = (Σ α v² / Σ α − f̂²) / (1 − r), as merged sums have it; repeated rows count one by one. */
function mergedErrors(problem: ReferenceProblem, queries: Table): number[][] {
  const { keys, values = [], sampleWeights, weightType } = problem;
  const copies = (i: number) => (weightType === "frequency" && sampleWeights ? sampleWeights[i] : 1);
  return reference.weights(problem, queries).map((row) => {
    const share = row.reduce((sum, w, i) => sum + w ** 2 / copies(i), 0);
    return values[0].map((_, c) => {
      const mean = keys.reduce((sum, _, i) => sum + row[i] * values[i][c], 0);
      const variance = keys.reduce((sum, _, i) => sum + row[i] * (values[i][c] - mean) ** 2, 0);
      return 1 - share > 1e-6 ? Math.sqrt((variance / (1 - share)) * share) : NaN;
    });
  });
}

export function rangeOf(rows: Table): number {
  const all = rows.flat();
  return Math.max(...all) - Math.min(...all);
}

const transposed = (rows: Table): number[][] => rows[0].map((_, j) => rows.map((row) => row[j]));
