/** The rows of a fit: keys with what belongs to each. Rows in which something is missing are refused, or dropped together. */

import { NadarayaError, show } from "../common/errors.ts";
import { isWhole, listOf, refuseTransferred } from "../common/options.ts";
import { didYouMean } from "../common/suggestions.ts";
import type { TypedArray } from "../common/typed-arrays.ts";
import {
  type GappyPoints,
  isOnGpu,
  type Matrix,
  noColumns,
  type Places,
  type Points,
  readKeys,
  readLeniently,
  readRowsFor,
  readValues,
  rowsOf,
} from "./matrix.ts";

/** One number a key; null and undefined only where `missing: "drop"` is asked for. */
export type SampleWeights = TypedArray | readonly (number | null | undefined)[];

export interface RowsInput {
  readonly keys: GappyPoints;
  readonly values?: GappyPoints;
  readonly labels?: ArrayLike<unknown>;
  readonly sampleWeights?: SampleWeights;
  readonly missing?: "error" | "drop";
}

export interface Rows {
  readonly keys: Matrix;
  readonly values: Matrix;
  readonly labels: readonly unknown[];
  readonly sampleWeights: Float64Array | undefined;
  /** How many rows were dropped. */
  readonly dropped: number;
  /** Where rows were dropped, the indices that those left had; for messages. */
  readonly places?: Places;
}

/** What numbers a sample weight may be. */
const WEIGHTS = [1e-150, 1e150] as const;

/** Reads points that lie on a GPU back to the CPU: an engine. */
export interface PointSource {
  fetch<P extends GappyPoints>(points: P, name: string): Promise<P | Points>;
}

/** @throws NadarayaError "invalid-input" that says where, by the rows as they were given. */
export async function readRows(input: RowsInput, source: PointSource | Promise<PointSource>): Promise<Rows> {
  const { missing = "error" } = input;
  if (missing !== "error" && missing !== "drop") {
    throw new NadarayaError(
      "invalid-input",
      `missing is ${show(missing)}, expected "error" or "drop"${didYouMean(missing, ["error", "drop"])}`,
    );
  }
  // Arrays are read before anything is awaited: the caller may do with them what it likes afterwards.
  if (!isOnGpu(input.keys) && !isOnGpu(input.values)) return readArrays(input, missing);
  const copyOf = <T>(array: T): T => {
    try {
      return isOnGpu(array) ? array : structuredClone(array);
    } catch {
      return array; // what cannot be copied is no array of numbers, and refused below
    }
  };
  const copied = {
    ...input,
    keys: copyOf(input.keys),
    values: copyOf(input.values),
    sampleWeights: copyOf(input.sampleWeights),
    labels: input.labels && listOf(input.labels, "labels"),
  };
  const keys = await (await source).fetch(copied.keys, "keys");
  const values = copied.values && (await (await source).fetch(copied.values, "values"));
  return readArrays({ ...copied, keys, values }, missing);
}

function readArrays(input: RowsInput, missing: "error" | "drop"): Rows {
  const { places, dropped, ...complete } =
    missing === "drop" ? withoutMissing(input) : { ...input, dropped: 0, places: undefined };
  const keys = readKeys(complete.keys);
  const { values, sampleWeights, labels = [] } = complete;
  return {
    keys,
    values: values === undefined ? noColumns(keys) : readValues(values, keys),
    labels: listOf(labels, "labels"),
    sampleWeights: sampleWeights === undefined ? undefined : readSampleWeights(sampleWeights, keys, places),
    dropped,
    places,
  };
}

/** These rows, then those; where only some have weights, the others weigh 1. */
export function joinRows(a: Rows, b: Rows): Rows {
  const join = (x: Matrix, y: Matrix, name: string): Matrix => {
    if (y.dims === 0 && x.dims > 0)
      throw new NadarayaError("invalid-input", `${name} is undefined, expected one row for each key`);
    if (x.dims !== y.dims)
      throw new NadarayaError(
        "invalid-input",
        `${name} have ${y.dims} columns, expected ${x.dims} as before`,
      );
    return { data: concatenated(x.data, y.data), count: x.count + y.count, dims: x.dims };
  };
  const weights = ({ sampleWeights, keys }: Rows) => sampleWeights ?? new Float64Array(keys.count).fill(1);
  const weighted = a.sampleWeights || b.sampleWeights;
  return {
    keys: join(a.keys, b.keys, "keys"),
    values: join(a.values, b.values, "values"),
    labels: [...a.labels, ...b.labels],
    sampleWeights: weighted && concatenated(weights(a), weights(b)),
    dropped: a.dropped + b.dropped,
  };
}

/** All rows but those with these indices. @throws NadarayaError "invalid-input" for an index that there is not. */
export function leaveOut(rows: Rows, indices: readonly number[]): Rows {
  const n = rows.keys.count;
  const gone = new Uint8Array(n);
  for (const [at, i] of indices.entries()) {
    if (!isWhole(i, 0, n - 1))
      throw new NadarayaError(
        "invalid-input",
        `indices[${at}] is ${show(i)}, expected one from 0 to ${n - 1}`,
      );
    gone[i] = 1;
  }
  const kept: number[] = [];
  for (let i = 0; i < n; i++) if (gone[i] === 0) kept.push(i);
  const { labels, sampleWeights } = rows;
  return {
    dropped: rows.dropped,
    keys: rowsOf(rows.keys, kept),
    values: rowsOf(rows.values, kept),
    labels: labels.length > 0 ? kept.map((i) => labels[i]) : labels,
    sampleWeights: sampleWeights && Float64Array.from(kept, (i) => sampleWeights[i]),
  };
}

function concatenated(a: Float64Array, b: Float64Array): Float64Array {
  const both = new Float64Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** Missing: NaN, null or undefined, in any column of the row. */
function withoutMissing(input: RowsInput): RowsInput & { dropped: number; places: readonly number[] } {
  const keys = readLeniently(input.keys, "keys");
  const columns: Record<string, Matrix> = { keys };
  if (input.values !== undefined) columns.values = readLeniently(input.values, "values");
  if (input.sampleWeights !== undefined)
    columns.sampleWeights = readLeniently(input.sampleWeights, "sampleWeights");
  const counts = Object.entries(columns).map(([name, { count }]) => [name, count] as const);
  refuseTransferred(input.labels, "labels");
  if (input.labels !== undefined) counts.push(["labels", input.labels.length]);
  for (const [name, count] of counts) {
    if (count !== keys.count)
      throw new NadarayaError(
        "invalid-input",
        `${name} has ${count} rows, expected ${keys.count}, one for each key`,
      );
  }
  const gap = new Uint8Array(keys.count);
  for (const { data, dims } of Object.values(columns))
    for (let i = 0; i < data.length; i++) if (Number.isNaN(data[i])) gap[Math.floor(i / dims)] = 1;
  for (let i = 0; input.labels && i < keys.count; i++) if (isMissing(input.labels[i])) gap[i] = 1;
  const kept: number[] = [];
  for (let i = 0; i < keys.count; i++) if (gap[i] === 0) kept.push(i);
  if (kept.length === 0 && keys.count > 0)
    throw new NadarayaError("invalid-input", `every one of the ${keys.count} rows has something missing`);
  const of = (name: string) => columns[name] && rowsOf(columns[name], kept);
  return {
    keys: of("keys"),
    values: of("values"),
    sampleWeights: of("sampleWeights")?.data,
    labels: input.labels && kept.map((i) => input.labels![i]),
    dropped: keys.count - kept.length,
    places: kept,
  };
}

const isMissing = (label: unknown) => label === undefined || label === null || Number.isNaN(label);

/** One positive number a key. */
function readSampleWeights(input: SampleWeights, keys: Matrix, places: Places): Float64Array {
  const { data: weights } = readRowsFor(keys, input, "sampleWeights", { most: 1, gaps: "droppable" });
  const [least, most] = WEIGHTS;
  for (let i = 0; i < weights.length; i++) {
    if (weights[i] >= least && weights[i] <= most) continue;
    const expected =
      weights[i] > 0
        ? `a number from ${least} to ${most}; rescale the weights`
        : "a positive number; leave out rows that weigh nothing";
    throw new NadarayaError(
      "invalid-input",
      `sampleWeights[${places ? places[i] : i}] is ${weights[i]}, expected ${expected}`,
    );
  }
  return weights;
}
