/**
 * Combinations of features that are not answered: refused, as documented; impossible, as no call takes them together; or answered
 * wrongly today, an open fault. All other combinations have to equal the reference.
 */
import type { ErrorCode } from "../../index.ts";
import type { Issue } from "../open-faults.ts";
import { CRITERIA, type Feature, featureNames, features, type ValueOf, type Values } from "./features.ts";

/** Holds of the cases that have, for each of these features, one of these values. */
export type When = { readonly [F in Feature]?: readonly ValueOf<F>[] };

export interface Refusal {
  readonly kind: "refused";
  readonly when: When;
  readonly code: ErrorCode;
  /** Whether a fit refuses, before it is known what is asked of the model. */
  readonly byTheFit?: boolean;
}

export interface Impossible {
  readonly kind: "impossible";
  readonly when: When;
  readonly why: string;
}

export interface Fault {
  readonly kind: "fault";
  readonly when: When;
  /** One of the combinations that is faulty, if not each of them is. */
  readonly example?: Values;
  readonly issue: Issue;
  readonly finding: string;
  readonly what: string;
}

export type Combination = Refusal | Impossible | Fault;

/** All values of a feature except these. */
function not<F extends Feature>(feature: F, ...values: ValueOf<F>[]): ValueOf<F>[] {
  return (features[feature] as readonly ValueOf<F>[]).filter((value) => !values.includes(value));
}

const REGRESSIONS = not("asked", "density", "merged densities", "classes", "classes with priors");
const DENSITIES = ["density", "merged densities"] as const;
const CLASSES = ["classes", "classes with priors"] as const;
const MERGED = ["merged partials", "merged errors", "merged densities"] as const;
/** What is computed from the residuals. */
const RESIDUALS = ["standard error", "confidence band", "bootstrap", "diagnostics"] as const;
const OF_WEIGHTS = ["quantiles", "weights", "top weights", "weight statistics"] as const;
const LOCAL_POLYNOMIAL = ["1", "2"] as const;
const POLYNOMIAL_KERNELS = ["laplace", "epanechnikov", "boxcar", "tricube"] as const;
const COMPACT = ["epanechnikov", "boxcar", "tricube"] as const;
const CATEGORIES = not("category", "none");
const DENSITY_RULES = ["sheather-jones", "likelihood", "lscv"] as const;

const refused = (when: When, code: ErrorCode = "unsupported"): Refusal => ({ kind: "refused", when, code });
/** Refused by the fit of a regression, which is named in place of the call that would have followed. */
const byTheFit = (when: When, code: ErrorCode): Refusal => ({ ...refused(when, code), byTheFit: true });
const impossible = (why: string, when: When): Impossible => ({ kind: "impossible", when, why });

const refusals: readonly Refusal[] = [
  // What has no such option.
  refused({ asked: [...DENSITIES, ...CLASSES], degree: LOCAL_POLYNOMIAL }, "invalid-input"),
  refused({ asked: DENSITIES, columns: ["3"] }, "invalid-input"),
  refused({ asked: [...OF_WEIGHTS, "diagnostics"], method: not("method", "auto") }, "invalid-input"),
  // Rules of other estimators.
  byTheFit({ asked: REGRESSIONS, rule: DENSITY_RULES }, "invalid-bandwidth"),
  refused({ asked: DENSITIES, rule: ["loo", "kfold", "aicc", "plug-in"] }, "invalid-bandwidth"),
  refused({ asked: CLASSES, rule: ["kfold", "aicc", "plug-in", ...DENSITY_RULES] }, "invalid-bandwidth"),
  // Rules and what they do not take.
  refused({ rule: ["plug-in"], kernel: not("kernel", "gaussian") }),
  refused({ rule: ["plug-in"], dims: not("dims", "1") }),
  refused({ rule: ["plug-in"], weights: not("weights", "none") }),
  refused({ rule: ["plug-in"], category: CATEGORIES }),
  refused({ rule: [...CRITERIA, "plug-in", "sheather-jones"], width: ["neighbours"] }),
  refused({ rule: ["kfold", "lscv"], width: ["adaptive"] }),
  refused({ rule: ["loo", "kfold", "aicc"], kernel: ["constant", "von-mises-fisher"] }),
  refused({ rule: ["likelihood", "lscv"], kernel: ["von-mises-fisher"] }),
  refused({ rule: ["lscv"], kernel: not("kernel", "gaussian", "constant", "von-mises-fisher") }),
  refused({ rule: ["lscv"], category: CATEGORIES }),
  refused({ rule: ["sheather-jones"], weights: not("weights", "none") }),
  refused({ rule: ["sheather-jones"], dims: not("dims", "1") }, "invalid-bandwidth"),
  refused({ rule: ["sheather-jones"], category: CATEGORIES }),
  // Categories.
  refused({ category: CATEGORIES, kernel: not("kernel", "gaussian") }),
  refused({ category: CATEGORIES, width: ["adaptive"] }),
  refused({ category: CATEGORIES, degree: LOCAL_POLYNOMIAL }),
  refused({ category: CATEGORIES, asked: ["gradient", "conditional density"] }),
  refused({ category: CATEGORIES, method: ["expand"] }),
  // Widths.
  refused({ width: ["neighbours"], asked: RESIDUALS }),
  refused({ width: ["neighbours"], asked: ["weights"] }),
  refused({ width: ["neighbours"], method: ["dense", "expand"] }),
  refused({ width: ["adaptive"], method: ["expand"] }),
  refused({ width: not("width", "fixed"), asked: MERGED }),
  refused({ width: not("width", "fixed"), asked: ["gradient"], degree: ["0"] }),
  refused({ width: ["adaptive"], kernel: ["constant", "von-mises-fisher"] }),
  // Kernels.
  refused({ kernel: not("kernel", "gaussian"), asked: ["gradient"], degree: ["0"] }),
  refused({ kernel: ["von-mises-fisher"], degree: LOCAL_POLYNOMIAL }),
  refused({ kernel: ["von-mises-fisher"], asked: ["conditional density"] }),
  refused({
    kernel: not("kernel", "gaussian", "von-mises-fisher"),
    asked: ["conditional density"],
    shape: ["radial"],
  }),
  refused({ kernel: ["constant"], asked: [...DENSITIES, "conditional density"] }),
  // Rules of thumb give one bandwidth for each coordinate.
  refused(
    { kernel: ["von-mises-fisher"], rule: ["scott", "silverman"], dims: not("dims", "1") },
    "invalid-bandwidth",
  ),
  refused({ kernel: ["own"], history: ["saved"] }),
  refused({ kernel: ["cauchy", "constant", "von-mises-fisher", "own"], method: ["expand"] }),
  refused({ kernel: POLYNOMIAL_KERNELS, method: ["expand"], dims: not("dims", "1") }),
  refused({ kernel: POLYNOMIAL_KERNELS, method: ["expand"], asked: ["conditional density"] }),
  refused({ kernel: ["gaussian"], method: ["expand"], dims: ["many"] }),
  refused({ asked: ["conditional density"], method: ["expand"], dims: ["3"] }),
  refused({ kernel: ["cauchy", "own"], asked: DENSITIES, shape: ["radial"], dims: not("dims", "1") }),
  // Degrees.
  refused({ degree: LOCAL_POLYNOMIAL, asked: ["quantiles", "distribution", "conditional density"] }),
  refused({ degree: LOCAL_POLYNOMIAL, asked: ["merged partials", "merged errors", "means on the GPU"] }),
  // The GPU.
  refused({ backend: ["cpu"], queries: ["buffer"] }),
  refused({ backend: ["cpu"], asked: ["means on the GPU"] }),
  // Limits of numbers: 32-bit ones have no room for such means, or for their differences.
  refused({ asked: ["means on the GPU"], scale: not("scale", "plain") }),
  refused({ scale: ["tiny"], asked: ["conditional density"] }, "invalid-bandwidth"),
];

const impossibles: readonly Impossible[] = [
  impossible("it takes minutes: each score solves systems of 45 unknowns for each key, twice", {
    rule: CRITERIA,
    degree: LOCAL_POLYNOMIAL,
    dims: ["many"],
  }),
  impossible("it takes seconds: each score solves systems of 10 unknowns for each key, twice", {
    rule: CRITERIA,
    degree: ["2"],
    dims: ["3"],
  }),
  impossible("it takes seconds: each replicate solves systems of 9 or 45 unknowns", {
    asked: ["bootstrap"],
    degree: LOCAL_POLYNOMIAL,
    dims: ["many"],
  }),
  impossible("scores have no digits if the keys that are left nearly coincide: 0.05 or 2e8 by the last bit", {
    rule: ["loo", "kfold", "aicc"],
    degree: LOCAL_POLYNOMIAL,
    kernel: COMPACT,
  }),
  impossible("a shard has fewer than the 20 keys that the rule needs", {
    asked: ["merged partials", "merged errors"],
    rule: ["plug-in"],
  }),
  impossible("copies of rows have no least score, and the narrowest bandwidth has too large a grid", {
    method: ["expand"],
    dims: ["3"],
    weights: ["frequency"],
    rule: ["likelihood", "lscv"],
  }),
  impossible("rows in one place have no least score, and the narrowest bandwidth has too large a grid", {
    method: ["expand"],
    dims: ["3"],
    rows: ["tied"],
    rule: ["likelihood", "lscv"],
  }),
  impossible("rows that will be removed again are copies, which have no least score", {
    method: ["expand"],
    dims: ["3"],
    history: ["removed"],
    rule: ["likelihood", "lscv"],
  }),
  impossible("a narrow bandwidth, as copies predict themselves, and a grid for each column and threshold", {
    asked: ["distribution"],
    method: ["expand"],
    dims: ["3"],
    weights: ["frequency"],
    rule: ["loo"],
  }),
  impossible("32-bit numbers end at 3e38 and at 1e-45", { queries: ["buffer"], scale: ["tiny", "huge"] }),
];

export const faults: readonly Fault[] = [];

/** Faults of single cases of the wide ring, whose causes are not known: these cases are open faults, and no others avoid them. */
export const found: readonly Fault[] = [];

export const combinations: readonly Combination[] = [...impossibles, ...refusals, ...faults];

/** Whether the case has the combination. A case without a value for one of its features has not. */
export function isIn(combination: Combination, given: Values): boolean {
  return partsOf.get(combination)!.every(([feature, values]) => values.has(given[feature]));
}

const partsOf = new Map(
  [...combinations, ...found].map((combination) => [
    combination,
    featureNames.flatMap((feature): [Feature, ReadonlySet<string | undefined>][] => {
      const values = combination.when[feature];
      return values ? [[feature, new Set<string>(values)]] : [];
    }),
  ]),
);

/** Every choice of one value for each feature of a combination. */
export function tuplesOf({ when }: Combination): Values[] {
  const named = featureNames.filter((feature) => when[feature]);
  return named.reduce<Values[]>(
    (tuples, feature) =>
      tuples.flatMap((tuple) => when[feature]!.map((value) => ({ ...tuple, [feature]: value }))),
    [{}],
  );
}

/** The values of a combination in words. */
export function wordsOfAll({ when }: Combination): string {
  return featureNames
    .flatMap((feature) => (when[feature] ? [`${feature} ${when[feature].join(" or ")}`] : []))
    .join(" and ");
}
