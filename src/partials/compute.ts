/** Computes the sums of the rows of a fit at all queries, by any method of the engine. */

import { NadarayaError, show } from "../common/errors.ts";
import { INTERNAL } from "../common/internal.ts";
import { asWhole, type Whole } from "../common/progress.ts";
import { columnMeans, type Points, total } from "../data/matrix.ts";
import type { SampleWeights } from "../data/rows.ts";
import type { Engine } from "../engine/engine.ts";
import {
  copyOfQueries,
  embedQueries,
  type Fitted,
  fetchQueries,
  type KernelInput,
  readFit,
  type WeightType,
} from "../estimators/model/fit.ts";
import { squared } from "../estimators/uncertainty/squared-kernel.ts";
import type { Categories } from "../kernels/categories.ts";
import type { LoadedProblem } from "../problem/problem.ts";
import { hashOf } from "./hash.ts";
import { type CheckedOptions, checkPartialOptions, type PartialOptions } from "./partial-options.ts";
import { type PartialSettings, PartialSums, type Shard } from "./partial-sums.ts";
import { powersAround, sumsOfRows, type WeightedRows } from "./weighted-sums.ts";

/** The rows of one shard, weighted as by `fit`, with a bandwidth in numbers; without values, for a density. */
export interface ShardInput
  extends Pick<KernelInput, "keys" | "kernel" | "shape" | "weightType" | "missing" | "bandwidth"> {
  readonly values?: KernelInput["keys"];
  readonly sampleWeights?: SampleWeights;
}

/** Options of sums whose fit is not kept. */
export interface ShardOptions extends PartialOptions {
  readonly engine?: Engine;
}

/** The rows of a fit with their values and, where they are asked for, the squares. */
export function weightedRows({ spec, rows }: Fitted, squares: boolean): WeightedRows {
  const { values, sampleWeights } = rows;
  const squaredSpec = squared(spec).spec;
  if (!squares) {
    const zeros = new Array<number>(values.dims).fill(0);
    return { spec, squaredSpec, centres: Float64Array.from(zeros), powers: values, exponents: zeros };
  }
  const centres = columnMeans(values, sampleWeights);
  return { spec, squaredSpec, centres, ...powersAround(values, centres) };
}

/**
 * The sums of one shard, as `partial` of a model that is fitted to it.
 * @param rowsOf the rows of the fit with the powers of their values
 * @throws NadarayaError as `fit` and `partial`; "invalid-bandwidth" for a rule, which would choose differently for each shard
 */
export async function sumsOfShard(
  input: ShardInput,
  queries: Points,
  { engine, ...options }: ShardOptions = {},
  rowsOf: (fitted: Fitted, squares: boolean) => WeightedRows = weightedRows,
): Promise<PartialSums> {
  const checked = checkPartialOptions(options);
  const { bandwidth } = input;
  if (bandwidth === undefined || typeof bandwidth === "string") throw noRule(bandwidth);
  refuseErrors(input.weightType, checked.errors);
  const points = copyOfQueries(queries);
  const { signal } = options;
  const fitted = await readFit(input, { engine, signal }, async (rule) => {
    throw noRule(rule);
  });
  return asWhole(options, ({ part }) => sumsOfFit(fitted, points, checked, part, rowsOf));
}

/**
 * The sums of the rows of a model of degree 0.
 * @param loaded the problem of the rows and their values
 * @param given m queries that the caller does not change
 * @throws NadarayaError "unsupported" for weights that depend on the rows of other shards
 */
export const sumsOfModel = (
  fitted: Fitted,
  loaded: LoadedProblem,
  given: Points,
  checked: CheckedOptions,
  part: Whole["part"],
): Promise<PartialSums> =>
  sumsOfFit(fitted, given, checked, part, (fit, squares) => {
    const rows = weightedRows(fit, squares);
    return squares ? rows : { ...rows, loaded };
  });

/**
 * The sums of the rows of a fit of degree 0.
 * @param given m queries that the caller does not change
 * @throws NadarayaError "unsupported" for weights that depend on the rows of other shards
 */
async function sumsOfFit(
  fitted: Fitted,
  given: Points,
  { requested, errors, x, y, dates, id, name }: CheckedOptions,
  part: Whole["part"],
  rowsOf: (fitted: Fitted, squares: boolean) => WeightedRows,
): Promise<PartialSums> {
  const { spec, rows, settings: asked } = fitted;
  const { kernel, shape, bandwidth, categories } = spec;
  const { weightType = "importance" } = asked;
  refuseErrors(weightType, errors);
  refuseOtherRows(fitted);
  const places = await fetchQueries(spec, given);
  const settings: PartialSettings = {
    x: namesOr(x, "x", bandwidth.length),
    y: namesOr(y, "y", rows.values.dims),
    dates: dates ?? [],
    ...{ kernel: kernel.name, shape, bandwidth: [...bandwidth], weightType },
    ...{ tolerance: requested.tolerance, errors },
    ...(categories && { coordinates: coordinatesOf(categories) }),
  };
  const points = embedQueries(spec, places);
  const sums = await sumsOfRows(rowsOf(fitted, errors), points, settings, (share) => ({
    ...requested,
    ...part(share),
  }));
  const numbers = [rows.keys.data, rows.values.data, rows.sampleWeights ?? new Float64Array(0)];
  const shardId = id ?? (await hashOf(numbers));
  const shard: Shard = {
    ...{ id: shardId, name: name ?? shardId, rows: spec.keys.count, dropped: rows.dropped },
    weight: rows.sampleWeights ? total(rows.sampleWeights) : spec.keys.count,
  };
  const queries = places.data.slice() as Float64Array<ArrayBuffer>;
  const queriesHash = await hashOf([queries]);
  return new PartialSums(INTERNAL, { settings, kernel, queries, queriesHash, shards: [shard], sums });
}

/** @throws NadarayaError "unsupported" for weights that depend on the rows of other shards */
function refuseOtherRows({ spec, rows }: Fitted): void {
  const { neighbours, keyBandwidthFactors, categories } = spec;
  const refuse = (what: string) =>
    new NadarayaError("unsupported", `partial sums are not available with ${what}`);
  if (neighbours !== undefined) throw refuse("neighbours: the nearest keys may be those of other shards");
  if (keyBandwidthFactors) throw refuse("adaptive bandwidths: the pilot density is that of all keys");
  const isDensity = rows.values.dims === 0;
  const kind = categories?.coordinates.find(
    (coordinate) =>
      typeof coordinate === "string" &&
      (isDensity
        ? coordinate !== "continuous"
        : coordinate === "aitchison-aitken" || coordinate === "wang-van-ryzin"),
  );
  if (kind)
    throw refuse(
      `the categories "${kind}" unless their levels are declared, as each shard would count only its own: { kind: "${kind}", levels: […] } in coordinates`,
    );
}

/** The coordinates, in one form for equal ones: the levels of unordered categories are ascending. */
const coordinatesOf = ({ coordinates }: Categories): PartialSettings["coordinates"] =>
  coordinates.map((each) =>
    typeof each === "string" || each.kind === "wang-van-ryzin"
      ? each
      : { ...each, levels: [...each.levels].sort((a, b) => a - b) },
  );

/** Sums keep the squares of values, which do not determine the variance of each row's value. @throws NadarayaError "unsupported" */
export function refuseErrors(weightType: WeightType | undefined, errors: boolean | undefined): void {
  if (weightType === "precision" && errors)
    throw new NadarayaError(
      "unsupported",
      'errors of partial sums are not available with weightType "precision"; those of predict are',
    );
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
