/** Computes the sums of one shard at all queries, by any method of the engine. */

import { NadarayaError, show } from "../common/errors.ts";
import { INTERNAL } from "../common/internal.ts";
import { checkInput, checkOptions, listOf, optionNames } from "../common/options.ts";
import { asWhole } from "../common/progress.ts";
import { columnMeans, FURTHEST, isOnGpu, type Points, readPoints, total } from "../data/matrix.ts";
import type { SampleWeights } from "../data/rows.ts";
import {
  type FitOptions,
  type Fitted,
  type KernelInput,
  PREDICT_OPTIONS,
  type PredictOptions,
  readFit,
  readQueriesFor,
  sumsOptions,
  type WeightType,
} from "../estimators/model/fit.ts";
import { squared } from "../estimators/uncertainty/squared-kernel.ts";
import { type KernelName, kernels } from "../kernels/builtin.ts";
import { hashOf } from "./hash.ts";
import { type PartialSettings, PartialSums, type Shard } from "./partial-sums.ts";
import { powersAround, sumsOfRows, type WeightedRows } from "./weighted-sums.ts";

/** The rows of one shard, and how they are weighted: as for `fit`, with a bandwidth in numbers. */
export interface ShardInput
  extends Pick<KernelInput, "keys" | "shape" | "weightType" | "missing" | "bandwidth"> {
  readonly values?: KernelInput["keys"];
  readonly kernel?: KernelName;
  readonly sampleWeights?: SampleWeights;
}

/** Options of `partialSums`. */
export interface PartialOptions extends PredictOptions, Pick<FitOptions, "engine"> {
  /** Names of the keys' columns and of the values'; x1, x2, … and y1, y2, … by default. */
  readonly x?: readonly string[];
  readonly y?: readonly string[];
  /** Those of them that are dates. */
  readonly dates?: readonly string[];
  /** Also the sums from which standard errors are computed. */
  readonly errors?: boolean;
  /** Which keys these are; a hash of their numbers by default. */
  readonly id?: string;
  /** How messages call the shard; its id by default. */
  readonly name?: string;
}

export const OPTIONS = optionNames<PartialOptions>()(
  { engine: true, x: true, y: true, dates: true, errors: true, id: true, name: true },
  PREDICT_OPTIONS,
);
const INPUTS = optionNames<ShardInput>()({
  keys: true,
  values: true,
  kernel: true,
  bandwidth: true,
  shape: true,
  sampleWeights: true,
  weightType: true,
  missing: true,
});

/**
 * The sums of the kernel weights, and of the values weighted by them, of one shard at all queries; without values, for a density.
 * @throws NadarayaError as `KernelRegression.fit` and `predict`; "invalid-bandwidth" for a rule, which would choose differently for each shard
 */
export async function partialSums(
  input: ShardInput,
  queries: Points,
  options: PartialOptions = {},
): Promise<PartialSums> {
  checkInput(input, INPUTS, "partialSums");
  checkOptions(options, OPTIONS, "partialSums");
  const own = { ...options }; // the caller may change his while sums are computed
  return sumsOfShard(input, queries, own, (fitted) => weightedRows(fitted, own.errors === true));
}

/** The rows as they were read, with the powers of their values. */
export function weightedRows({ spec, rows }: Fitted, squares: boolean): WeightedRows {
  const centres = columnMeans(rows.values, rows.sampleWeights);
  return { spec, squaredSpec: squared(spec).spec, centres, ...powersAround(rows.values, centres, squares) };
}

/** The sums of a shard that is fitted as it is given, with the powers of its values from elsewhere. */
export async function sumsOfShard(
  input: ShardInput,
  queries: Points,
  options: PartialOptions,
  rowsOf: (fitted: Fitted) => WeightedRows,
): Promise<PartialSums> {
  const requested = sumsOptions(options);
  const { engine, signal, errors = false } = options;
  if (typeof errors !== "boolean")
    throw new NadarayaError("invalid-input", `errors is ${show(errors)}, expected true or false`);
  for (const text of ["id", "name"] as const)
    if (options[text] !== undefined && typeof options[text] !== "string")
      throw new NadarayaError("invalid-input", `${text} is ${show(options[text])}, expected a string`);
  const { kernel = "gaussian", shape = "radial", weightType = "importance", bandwidth } = input;
  if (typeof kernel !== "string" || !kernels.has(kernel))
    throw new NadarayaError(
      "unsupported",
      `partialSums: kernel is ${show(kernel)}, expected one of the library's by its name: a kernel of your own has none that other shards know`,
    );
  if (bandwidth === undefined || typeof bandwidth === "string") throw noRule(bandwidth);
  refuseErrors(weightType, errors);
  // Arrays are read before anything is awaited.
  const [x, y, dates] = (["x", "y", "dates"] as const).map((list) =>
    options[list] === undefined ? undefined : textsOf(options[list], list),
  );
  const places = isOnGpu(queries)
    ? queries
    : readPoints(queries, "queries", { largest: FURTHEST, canBeEmpty: true });
  const fitted = await readFit(input, { engine, signal }, async (rule) => {
    throw noRule(rule);
  });
  const { spec, rows } = fitted;
  const points = await readQueriesFor(spec, places);
  const settings: PartialSettings = {
    x: namesOr(x, "x", spec.bandwidth.length),
    y: namesOr(y, "y", rows.values.dims),
    dates: dates ?? [],
    ...{ kernel, shape, bandwidth: [...spec.bandwidth], weightType },
    ...{ tolerance: requested.tolerance, errors },
  };
  const sums = await asWhole(options, ({ part }) =>
    sumsOfRows(rowsOf(fitted), points, settings, (share) => ({ ...requested, ...part(share) })),
  );
  const numbers = [rows.keys.data, rows.values.data, rows.sampleWeights ?? new Float64Array(0)];
  const id = options.id ?? (await hashOf(numbers));
  const shard: Shard = {
    ...{ id, name: options.name ?? id, rows: spec.keys.count, dropped: rows.dropped },
    weight: rows.sampleWeights ? total(rows.sampleWeights) : spec.keys.count,
  };
  const at = points.data.slice() as Float64Array<ArrayBuffer>;
  return new PartialSums(INTERNAL, settings, at, await hashOf([at]), [shard], sums);
}

/** Sums keep the squares of values, from which the variance of each row's value cannot be told. @throws NadarayaError "unsupported" */
export function refuseErrors(weightType: WeightType | undefined, errors: boolean | undefined): void {
  if (weightType === "precision" && errors)
    throw new NadarayaError(
      "unsupported",
      'errors of partial sums are not available with weightType "precision"; those of KernelRegression are',
    );
}

/** @throws NadarayaError "invalid-input" for what is no list of texts */
function textsOf(given: unknown, name: string): string[] {
  const texts = listOf<string>(given, name);
  const other = texts.findIndex((text) => typeof text !== "string");
  if (other < 0) return texts;
  throw new NadarayaError("invalid-input", `${name}[${other}] is ${show(texts[other])}, expected a string`);
}

/** The names that were given, or x1, x2, … @throws NadarayaError "invalid-input" for more or fewer of them than columns */
function namesOr(names: readonly string[] | undefined, letter: string, count: number): readonly string[] {
  if (names === undefined) return Array.from({ length: count }, (_, j) => `${letter}${j + 1}`);
  if (names.length === count) return names;
  throw new NadarayaError("invalid-input", `${letter} has ${names.length} names, expected ${count}`);
}

const noRule = (rule: unknown) =>
  new NadarayaError(
    "invalid-bandwidth",
    `bandwidth is ${show(rule)}, expected numbers: all shards have to use the same, and a rule would choose one for each`,
  );
