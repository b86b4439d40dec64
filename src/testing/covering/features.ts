/** The features of the library, each with its values: what a covering array combines. */
import { isWideRing } from "../ring.ts";

/** Coordinates of the cases of many: a search in eight takes as long as ten others. */
export const MANY_DIMS = isWideRing ? 8 : 5;

/** For every feature its values; the first one is the default, which changes nothing. */
export const features = {
  asked: [
    "mean",
    "gradient",
    "standard error",
    "confidence band",
    "bootstrap",
    "quantiles",
    "distribution",
    "conditional density",
    "weights",
    "top weights",
    "weight statistics",
    "diagnostics",
    "means on the GPU",
    "merged partials",
    "merged errors",
    "density",
    "merged densities",
    "classes",
    "classes with priors",
  ],
  backend: ["cpu", "webgpu"],
  method: ["auto", "dense", "cull", "expand"],
  /** "many" are `MANY_DIMS`. */
  dims: ["1", "2", "3", "many"],
  kernel: [
    "gaussian",
    "laplace",
    "epanechnikov",
    "boxcar",
    "tricube",
    "cauchy",
    "constant",
    "von-mises-fisher",
    "own",
  ],
  shape: ["radial", "product"],
  degree: ["0", "1", "2"],
  weights: ["none", "importance", "frequency"],
  width: ["fixed", "adaptive", "neighbours"],
  category: ["none", "aitchison-aitken", "li-racine", "wang-van-ryzin"],
  /** Value columns; of a classifier 2 or 20 classes. */
  columns: ["1", "3"],
  rows: ["distinct", "tied"],
  /** Whether every query has many keys in reach, or some few or none. */
  windows: ["full", "sparse"],
  scale: ["plain", "epoch", "tiny", "huge"],
  missing: ["none", "drop"],
  rule: [
    "number",
    "scott",
    "silverman",
    "loo",
    "kfold",
    "aicc",
    "plug-in",
    "sheather-jones",
    "likelihood",
    "lscv",
  ],
  history: ["fresh", "added", "removed", "saved"],
  queries: ["array", "buffer"],
  /** Whether the caller writes to its arrays as soon as a call has returned a promise. */
  caller: ["waits", "reuses arrays"],
} as const;

export type Features = typeof features;
export type Feature = keyof Features;
export type ValueOf<F extends Feature> = Features[F][number];

/** One value for each feature. */
export type Case = { readonly [F in Feature]: ValueOf<F> };

/** The rules that search for the least score of a criterion. */
export const CRITERIA = [
  "loo",
  "kfold",
  "aicc",
  "likelihood",
  "lscv",
] as const satisfies readonly Case["rule"][];
export const isCriterion = (rule: Case["rule"]): boolean => CRITERIA.some((each) => each === rule);

/** Values for some of the features. */
export type Values = Partial<Case>;

export const featureNames = Object.keys(features) as Feature[];

/** What no feature changes. */
export const PLAIN = Object.fromEntries(
  featureNames.map((feature) => [feature, features[feature][0]]),
) as unknown as Case;

/** The ten features whose triples the wide ring covers. */
export const TEN = [
  "asked",
  "backend",
  "method",
  "dims",
  "kernel",
  "degree",
  "weights",
  "width",
  "category",
  "history",
] as const satisfies readonly Feature[];

/** A case in words: what differs from the default. */
export function wordsOf(given: Partial<Case>): string {
  const changed = featureNames.filter(
    (feature) => given[feature] !== undefined && (given[feature] !== PLAIN[feature] || feature === "asked"),
  );
  return changed
    .map((feature) => (feature === "asked" ? `${given[feature]}` : `${feature} ${given[feature]}`))
    .join(", ");
}
