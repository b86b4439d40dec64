import type { BandwidthRule, BandwidthSelection } from "../../bandwidth/selection.ts";
import { NadarayaError, show } from "../../common/errors.ts";
import { frozen } from "../../common/frozen.ts";
import {
  checkInput,
  checkOptions,
  isWhole,
  listOf,
  optionNames,
  refuseTransferred,
} from "../../common/options.ts";
import { didYouMean } from "../../common/suggestions.ts";
import { copyAsFloat64, isTypedArray, type TypedArray } from "../../common/typed-arrays.ts";
import {
  checkUnitLength,
  FURTHEST as FURTHEST_QUERY,
  type GappyPoints,
  isOnGpu,
  type Matrix,
  type Points,
  readBandwidth,
  readPoints,
  readQueries,
  total,
} from "../../data/matrix.ts";
import { type Rows, type RowsInput, readRows, type SampleWeights } from "../../data/rows.ts";
import { type Engine, engineOf } from "../../engine/engine.ts";
import type { KernelName } from "../../kernels/builtin.ts";
import type { CategoryCoordinate, CoordinateKind } from "../../kernels/categories.ts";
import { resolveKernel } from "../../kernels/define.ts";
import type { Kernel, Shape } from "../../kernels/kernel.ts";
import type { LoadedProblem, Method, RunOptions, Sums, SumsOptions } from "../../problem/problem.ts";
import type { KernelSpec, SelectionRequest } from "../../weighting/kernel-spec.ts";

/** What every estimator is fitted to: keys, kernel, bandwidth, and weights of the keys. */
export interface KernelInput {
  /** n keys of 1 to 64 coordinates. */
  readonly keys: GappyPoints;
  /** A kernel's name or a kernel of your own (`defineKernel`); "gaussian" by default. */
  readonly kernel?: KernelName | Kernel;
  /**
   * What each coordinate is, all "continuous" by default; the others are categories given as numbers, whose bandwidth is λ: see
   * CoordinateKind. For the Gaussian, and degree 0 without gradients. `{ kind, levels }` declares all categories, also those that no
   * key has: by default there are those of the keys.
   */
  readonly coordinates?: readonly (CoordinateKind | CategoryCoordinate)[];
  /**
   * One number for all coordinates, one for each, or a rule; "scott" by default. For "von-mises-fisher" it is the
   * temperature τ of exp(q·k/τ).
   */
  readonly bandwidth?: number | readonly number[] | TypedArray | BandwidthRule;
  /** "radial" (the default): α of the distance; "product": the product of α over the coordinates. */
  readonly shape?: Shape;
  /** One positive number a key, by which its weight is multiplied. */
  readonly sampleWeights?: SampleWeights;
  /**
   * What sample weights mean where it matters, in standard errors, degrees of freedom, cross-validation and rules of thumb:
   * "importance" (the default): each row is one observation, and counts more or less; "frequency": each row stands for so
   * many equal rows, a whole number of them, and all is as if they were repeated; "precision", for regression: each value has a variance of
   * σ² over its weight, as R's `lm` and `loess` take weights.
   */
  readonly weightType?: WeightType;
  /**
   * What a row means in which something is missing (NaN, null or undefined): an "error" (by default), or a row to "drop",
   * counted in the model's `dropped`.
   */
  readonly missing?: "error" | "drop";
  /**
   * Narrower where keys are dense, wider where they are sparse: the bandwidth of key i is h·λᵢ with λᵢ = (f̃(kᵢ) / g)^−s,
   * f̃ the density by h and g its geometric mean over the keys (Abramson 1982; Silverman 1986, §5.3). The number is s, from 0
   * to 1; `true` is ½. Each key's weight is divided by λᵢ^d, so that it stays the mass of one key.
   */
  readonly adaptive?: boolean | number;
  /**
   * The bandwidth of each query reaches to its nearest key but `neighbours` − 1 (distances in units of `bandwidth`, whose
   * proportions alone then matter; Loftsgaarden and Quesenberry 1965). With the boxcar: plain k-nearest-neighbour means.
   */
  readonly neighbours?: number;
}

/** Whether sample weights count a row more or less ("importance"), say how many equal rows it stands for ("frequency"), or are 1 / variance up to a factor ("precision"). */
export type WeightType = "importance" | "frequency" | "precision";

/** Options of every `fit`. */
export interface FitOptions extends RunOptions {
  /** Where to compute; without it, one engine is shared by all calls that bring none. */
  readonly engine?: Engine;
  /** Takes what is not wrong but should be known, such as a bandwidth at the end of what was searched; `console.warn` unless given. */
  readonly onWarning?: (message: string) => void;
}

/** What all fits take in their first argument, and in their second one. */
export const KEY_OPTIONS = optionNames<KernelInput>()({
  keys: true,
  kernel: true,
  coordinates: true,
  bandwidth: true,
  shape: true,
  sampleWeights: true,
  weightType: true,
  missing: true,
  adaptive: true,
  neighbours: true,
});
export const FIT_OPTIONS = optionNames<FitOptions>()({
  engine: true,
  signal: true,
  onProgress: true,
  onWarning: true,
});
export const RUN_OPTIONS = optionNames<RunOptions>()({ signal: true, onProgress: true });
export const PREDICT_OPTIONS = optionNames<PredictOptions>()({ method: true, tolerance: true }, RUN_OPTIONS);

/** @throws NadarayaError "invalid-input" for an option that there is not, or in the wrong argument. */
export function checkFit(where: string, input: unknown, inputs: readonly string[], options: unknown): void {
  checkInput(input, inputs, where, { "the second argument": FIT_OPTIONS });
  checkOptions(options, FIT_OPTIONS, where, { "the first argument": inputs });
}

/** Options of every prediction: method, tolerance, progress, abort signal. */
export interface PredictOptions extends RunOptions {
  /**
   * "dense" weighs every pair, on the GPU where there is one. "cull" weighs the pairs that can matter: exactly those for
   * compact kernels; on the GPU where a tolerance of 1e-5 or more lets it. "expand" is the fast Gauss transform, in time n + m, for the Gaussian in 1 to 3 coordinates.
   * "auto", by default, takes what should be fastest; the report says what that was, and why.
   */
  readonly method?: Method | "auto";
  /**
   * What "cull" and "expand" may be off by for every query: |f̂ − f| ≤ tolerance · (the range of the values), and
   * |log Σ̂α − log Σα| ≤ tolerance for densities; 1e-6 by default. Below that, "auto" stays in double precision.
   * docs/accuracy.md has the bound.
   */
  readonly tolerance?: number;
}

/** How a result was computed. */
export interface RunReport {
  readonly method: Method;
  /** Why that method: the milliseconds that each was expected to take. */
  readonly reason: string;
  /** Pairs (query, key) of the question, and those that were weighed. */
  readonly pairs: number;
  readonly evaluatedPairs: number;
  readonly milliseconds: number;
  /** Queries with no key in the kernel's reach. */
  readonly emptyQueries: number;
  /** Queries recomputed in float64 because their sums were below single precision. */
  readonly fallbackQueries: number;
  /** Of local polynomials: queries around which the keys do not determine one: it was left flat where they do not. */
  readonly singularQueries?: number;
  /** Where standard errors were asked for: queries around which the noise cannot be estimated, whose errors and bands are NaN. */
  readonly withheldErrors?: number;
}

/** Chooses the bandwidth by a rule that an estimator knows. */
export type Select = (
  rule: string,
  given: SelectionRequest,
  rows: Rows,
  options: RunOptions,
) => Promise<BandwidthSelection>;

/** What every fit reads. */
export interface Fitted {
  readonly spec: KernelSpec;
  /** How a rule chose the bandwidth; absent where numbers were given. */
  readonly selection?: BandwidthSelection;
  readonly rows: Rows;
  readonly settings: Settings;
  /** Receives the warnings of later searches, too. */
  readonly onWarning: (message: string) => void;
}

/** The bandwidth of a rule, of keys in whatever units. @throws NadarayaError "invalid-bandwidth" where the keys gave none */
function positive({ rule, bandwidth }: BandwidthSelection): number[] {
  for (const [j, h] of bandwidth.entries())
    if (!(h > 0 && h < Infinity))
      throw new NadarayaError(
        "invalid-bandwidth",
        `bandwidth ${show(rule)}[${j}] is ${show(h)}, expected a positive finite number; give bandwidths as numbers`,
      );
  return [...bandwidth];
}

/** What was asked for besides the data and the bandwidth. */
export type Settings = Pick<
  KernelInput,
  "kernel" | "shape" | "adaptive" | "neighbours" | "coordinates" | "weightType"
>;

/** Of a saved model: how its bandwidth was chosen. */
export const SELECTION = Symbol();

export async function readFit(
  given: KernelInput & RowsInput & { readonly [SELECTION]?: BandwidthSelection },
  options: FitOptions,
  select: Select,
): Promise<Fitted> {
  const { signal, onProgress, onWarning = console.warn } = options;
  signal?.throwIfAborted();
  // Settings and arrays are read before anything is awaited: the caller may change them afterwards.
  const input = { ...given };
  const { bandwidth: rule = "scott", kernel: asked = "gaussian" } = input;
  refuseTransferred(rule, "bandwidth");
  const bandwidth = Array.isArray(rule)
    ? [...rule]
    : isTypedArray(rule)
      ? copyAsFloat64(rule, "bandwidth")
      : rule;
  const coordinates = input.coordinates === undefined ? undefined : copyOfCoordinates(input.coordinates);
  const engineOrPromise = engineOf(options);
  const read = readRows(input, engineOrPromise);
  const [engine, rows] = await Promise.all([engineOrPromise, read]);
  engine.assertNotDisposed();
  const { shape = "radial", weightType = "importance" } = input;
  const { sampleWeights: keyWeights, places } = rows;
  const kernel = resolveKernel(asked);
  const categories =
    coordinates &&
    (await import("../../kernels/categories.ts")).readCategories(
      coordinates,
      kernel,
      rows.keys,
      input.neighbours,
    );
  const keys = categories?.embed(rows.keys, "keys", false, places) ?? rows.keys;
  if (shape !== "radial" && shape !== "product") {
    throw new NadarayaError(
      "invalid-input",
      `shape is ${show(shape)}, expected "radial" or "product"${didYouMean(shape, ["radial", "product"])}`,
    );
  }
  const { copies, precisions } =
    weightType === "importance"
      ? noMeaning
      : (await import("./weight-types.ts")).readWeightType(weightType, rows, input.values !== undefined);
  const neighbours = readNeighbours(input.neighbours, copies ? total(copies) : keys.count);
  const sampling = keyWeights && { weights: keyWeights, repeated: copies !== undefined };
  const specOptions = {
    keys,
    keyWeights,
    copies,
    precisions,
    sampling,
    categories,
    neighbours,
    kernel,
    shape,
    engine,
  };
  const { adaptive } = input;
  const isAdaptive = adaptive !== undefined && adaptive !== false && adaptive !== 0;
  const withBandwidth = async (chosen: readonly number[]): Promise<KernelSpec> => {
    const plain: KernelSpec = { ...specOptions, bandwidth: chosen };
    if (adaptive === undefined || adaptive === false) return plain;
    return (await import("./adaptive-bandwidths.ts")).adapted(plain, adaptive, { signal });
  };
  const whole = onProgress && (await import("../../common/progress.ts")).wholeOf(options);
  const selection = frozen(
    typeof bandwidth === "string"
      ? await select(
          bandwidth,
          { ...specOptions, withBandwidth, adaptive: isAdaptive },
          rows,
          whole?.part(1) ?? { signal },
        )
      : input[SELECTION],
  );
  if (typeof bandwidth === "string" && selection?.warning) onWarning(selection.warning);
  const chosen = selection
    ? positive(selection)
    : readBandwidth(bandwidth as number, rows.keys.dims, (j) => categories?.limits(j) !== undefined);
  categories?.check(chosen);
  if (kernel.sphere) {
    checkUnitLength(keys, "keys", places);
    if (chosen.some((h) => h !== chosen[0])) {
      throw new NadarayaError(
        "invalid-bandwidth",
        `${selection ? `bandwidth ${show(rule)} gives one for each coordinate: ` : ""}kernel "${kernel.name}" has one temperature, not one for each coordinate`,
      );
    }
  }
  const settings = { kernel, shape, adaptive, neighbours, coordinates, weightType };
  const spec = await withBandwidth(Object.freeze(chosen));
  whole?.end(true);
  return { spec, selection, rows, settings, onWarning };
}

/** Importance weights mean nothing else. */
const noMeaning: Pick<KernelSpec, "copies" | "precisions"> = {};

function readNeighbours(neighbours: number | undefined, count: number): number | undefined {
  if (neighbours === undefined) return undefined;
  if (isWhole(neighbours, 1, count)) return neighbours;
  throw new NadarayaError(
    "invalid-input",
    `neighbours is ${show(neighbours)}, expected a whole number from 1 to the number of keys, ${count}`,
  );
}

/** The caller may change its arrays afterwards. */
const copyOfCoordinates = (given: unknown) =>
  listOf<CoordinateKind | CategoryCoordinate>(given, "coordinates").map((each, j) =>
    typeof each === "object" && each
      ? { ...each, levels: listOf<number>(each.levels, `coordinates[${j}].levels`) }
      : each,
  );

/** A bandwidth that reaches only keys in the same place; its square does not underflow. */
const LEAST_FACTOR = 1e-150;

/** The queries with a bandwidth for each, where the nearest keys decide on it. */
export async function reaching(
  { neighbours }: KernelSpec,
  queries: Matrix,
  problem: LoadedProblem,
): Promise<Matrix> {
  if (neighbours === undefined) return queries;
  // A little more, so that rounding does not leave out the furthest of them; and not 0 where keys coincide.
  const distances = await problem.distances(queries, neighbours);
  const bandwidthFactors = distances.map((distance) => Math.max(distance * (1 + 1e-12), LEAST_FACTOR));
  return { ...queries, bandwidthFactors };
}

/** Queries that fit the keys. */
export async function readQueriesFor(spec: KernelSpec, input: Points): Promise<Matrix> {
  return embedQueries(spec, await fetchQueries(spec, input));
}

/** The queries as they are before anything is awaited. */
export const copyOfQueries = (queries: Points): Points =>
  isOnGpu(queries) ? queries : readPoints(queries, "queries", { largest: FURTHEST_QUERY, canBeEmpty: true });

/** Queries as numbers of the caller: of a category its level. */
export async function fetchQueries({ engine, bandwidth }: KernelSpec, input: Points): Promise<Matrix> {
  return readQueries(isOnGpu(input) ? await engine.fetch(input, "queries") : input, bandwidth.length);
}

/** The points of the engine that stand for queries, checked. */
export function embedQueries(spec: KernelSpec, given: Matrix): Matrix {
  const { kernel, categories, bandwidth } = spec;
  const queries = categories?.embed(given, "queries", true) ?? given;
  if (kernel.sphere) checkUnitLength(queries, "queries");
  for (const [j, h] of bandwidth.entries())
    for (let i = j; i < given.data.length && h < SAFE_BANDWIDTH && !categories?.limits(j); i += given.dims)
      if (Math.abs(given.data[i]) / h > FURTHEST)
        throw new NadarayaError(
          "invalid-input",
          `queries[${Math.floor(i / given.dims)}] has ${given.data[i]} for coordinate ${j}, expected at most ${FURTHEST} bandwidths of ${h}`,
        );
  return queries;
}

/** Bandwidths beyond which distances are no longer numbers. */
const FURTHEST = 1e304;
/** With this bandwidth and wider ones no query that is read is so far: they are 1e300 at most. */
const SAFE_BANDWIDTH = 1e-4;

const methods: readonly string[] = ["auto", "dense", "cull", "expand"];

/** The engine's options of a call, checked. */
export function sumsOptions({ method = "auto", tolerance = 1e-6, ...run }: PredictOptions): SumsOptions {
  if (!methods.includes(method)) {
    throw new NadarayaError(
      "invalid-input",
      `method is ${show(method)}, expected ${methods.map(show).join(", ")}${didYouMean(method, methods)}`,
    );
  }
  if (!(typeof tolerance === "number" && tolerance > 0 && tolerance < 1)) {
    throw new NadarayaError(
      "invalid-input",
      `tolerance is ${show(tolerance)}, expected a number between 0 and 1`,
    );
  }
  return { method, tolerance, signal: run.signal, onProgress: run.onProgress };
}

export function reportOf(sums: readonly Omit<Sums, "mean">[], pairs: number, start: number): RunReport {
  const [{ method, reason, empty }] = sums;
  return {
    method,
    reason,
    pairs,
    evaluatedPairs: sums.reduce((sum, each) => sum + each.evaluatedPairs, 0),
    milliseconds: performance.now() - start,
    emptyQueries: empty.length,
    fallbackQueries: Math.max(...sums.map((s) => s.fallbackQueries)),
  };
}
