/** What a caller probably meant by a name: the nearest spelling, or the word that another library has for it. */
import { show } from "./errors.ts";

// cspell:disable
/** Words of scikit-learn, statsmodels, R, SciPy, d3 and others for options, in lower case without marks. */
const OPTIONS: Readonly<Record<string, string>> = {
  keys: "x xs xy xtrain points data features samples tdat",
  values: "y ys ytrain target targets response labels tydat z",
  labels: "y ys ytrain target targets class classes values",
  queries: "x xs q query points exdat newdata xnew",
  sampleWeights: "w weight weights sampleweight obsweights",
  weightType: "weighttypes weightkind",
  bandwidth: "bw bws h width sigma gamma span lengthscale scale radius bwmethod lambda",
  kernel: "kern ckertype kerneltype",
  coordinates: "vartype columns types",
  neighbours: "k knn nneighbors nneighbours",
  degree: "deg order polynomial regtype",
  adaptive: "variable abramson",
  missing: "narm naaction nan dropna",
  priors: "prior",
  confidence: "level alpha conf conflevel ci interval",
  standardError: "se sefit stderr stderror returnstd std",
  gradient: "gradients grad derivative deriv",
  replicates: "b r n nboot nbootstrap bootstrap samples iterations",
  seed: "randomstate randomseed rng",
  tolerance: "rtol tol eps epsilon precision",
  absoluteTolerance: "atol",
  method: "algorithm algo",
  empty: "fill fillvalue fillna",
  backend: "gpu compute",
  workers: "njobs threads nthreads cores parallel",
  signal: "abort abortsignal abortcontroller controller",
  onProgress: "progress callback verbose",
  steps: "epochs iterations niter maxiter",
  learningRate: "lr rate",
  batch: "batchsize",
  heads: "numheads nhead",
  temperature: "temp tau",
  mask: "attnmask attentionmask causal iscausal",
  memoryBudget: "memory maxmemory",
};

/** The same for values of options. */
const VALUES: Readonly<Record<string, string>> = {
  gaussian: "rbf normal gauss norm gau squaredexponential",
  boxcar: "tophat uniform rectangular rectangle box rect square",
  epanechnikov: "epan epa parabolic",
  biweight: "quartic bisquare bi",
  triangular: "linear tri triangle",
  laplace: "exponential exp laplacian",
  cosine: "cos",
  tricube: "tricubic loess lowess",
  "rational-quadratic": "rq",
  "von-mises-fisher": "vmf vonmises softmax dot",
  scott: "nrd bwnrd normalreference auto default rot",
  silverman: "nrd0 bwnrd0",
  "sheather-jones": "sj bwsj sjste sjdpi isj botev improvedsheatherjones",
  "plug-in": "plugin dpill rsw",
  loo: "cv cvls cvloo leaveoneout loocv gcv",
  likelihood: "cv cvml ml mlcv loo",
  lscv: "cvls ucv bcv",
  aicc: "aic cvaic",
  kfold: "kfolds crossvalidation",
  dense: "exact brute bruteforce naive direct gpu",
  cull: "tree kdtree balltree",
  expand: "fft binned fgt fastgauss nufft",
  webgpu: "gpu cuda webgl metal",
  cpu: "wasm js node",
  radial: "isotropic spherical euclidean",
  product: "separable",
  drop: "omit skip ignore exclude naomit remove",
  error: "raise throw fail nafail",
  frequency: "freq fweight fweights count counts",
  precision: "aweight inversevariance analytic",
  importance: "pweight sampling probability",
  nan: "na null none undefined",
  "li-racine": "unordered factor categorical u nominal c",
  "wang-van-ryzin": "ordered ordinal o",
  continuous: "numeric number float",
  "aitchison-aitken": "discrete",
  causal: "autoregressive",
  adam: "adamw rmsprop",
};

// cspell:enable

const plain = (word: string) => word.toLowerCase().replace(/[^a-z0-9]/g, "");

/** The known name that this one stands for. */
function meant(
  given: string,
  known: readonly string[],
  synonyms: Readonly<Record<string, string>>,
): string | undefined {
  const word = plain(given);
  return (
    known.find((each) => plain(each) === word) ??
    known.find((each) => Object.hasOwn(synonyms, each) && synonyms[each].split(" ").includes(word)) ??
    nearestOf(given, known)
  );
}

export const meantOption = (given: string, known: readonly string[]): string | undefined =>
  meant(given, known, OPTIONS);

/** `; did you mean "boxcar"?` for a value that is not known, or nothing. */
export function didYouMean(given: unknown, known: readonly string[]): string {
  const found = typeof given === "string" ? meant(given, known, VALUES) : undefined;
  return found === undefined ? "" : `; did you mean ${show(found)}?`;
}

/** The known name with the fewest edits, where those are few. */
export function nearestOf(name: string, known: readonly string[]): string | undefined {
  const scored = known.map((each) => ({ each, edits: editDistance(name.toLowerCase(), each.toLowerCase()) }));
  const best = scored.reduce((a, b) => (b.edits < a.edits ? b : a), { each: "", edits: Infinity });
  return best.edits <= Math.max(2, name.length / 3) ? best.each : undefined;
}

/** Insertions, deletions and substitutions from one word to another (Levenshtein 1965). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + Number(a[i - 1] !== b[j - 1]));
    row = next;
  }
  return row[b.length];
}
