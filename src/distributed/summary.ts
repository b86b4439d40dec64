/** What a shard is like: how many rows, their ranges, and a sample of them, by which bandwidths are chosen. */
import { NadarayaError } from "../common/errors.ts";
import { isRecord, isWhole } from "../common/options.ts";
import { type Matrix, rowsOf } from "../data/matrix.ts";
import { readRows } from "../data/rows.ts";
import { load } from "../estimators/model/load.ts";
import { save } from "../estimators/model/saved.ts";
import type { ShardInput } from "../partials/compute.ts";
import { boxOf, rangesOf, type ShardBox } from "./reach.ts";
import type { ShardRows } from "./shard-rows.ts";

export interface Summary {
  readonly rows: number;
  /** Rows with a missing cell, which were dropped; `rows` are the others. */
  readonly dropped: number;
  readonly box: ShardBox;
  /** The least and the largest finite number of each coordinate, also in rows that were dropped. */
  readonly ranges: readonly (readonly [number, number])[];
  readonly dates: readonly string[];
  /** Some rows, evenly spaced; all of them where they are few. */
  readonly sample: { readonly keys: Matrix; readonly values: Matrix; readonly weights: Float64Array };
}

/** The rows of a sample of so many, among all. */
export const sampledRow = (i: number, sampled: number, rows: number): number =>
  Math.floor(((i + 0.5) * rows) / sampled);

/** @param most rows of the sample */
export async function summaryOf(
  rows: ShardRows,
  missing: ShardInput["missing"],
  most: number,
): Promise<Summary> {
  const { keys, values, dropped, sampleWeights } = await readRows(
    { keys: rows.keys, values: rows.values, sampleWeights: rows.sampleWeights, missing },
    { fetch: async (points) => points },
  );
  const { count } = keys;
  const sampled = Math.min(most, count);
  const indices = Array.from({ length: sampled }, (_, i) => sampledRow(i, sampled, count));
  const weights = Float64Array.from(indices, (row) => (sampleWeights ? sampleWeights[row] : 1));
  const sample = { keys: rowsOf(keys, indices), values: rowsOf(values, indices), weights };
  return {
    rows: count,
    dropped,
    box: boxOf(keys, sampleWeights),
    ranges: rangesOf(rows.keys),
    dates: rows.dates,
    sample,
  };
}

const KIND = "ShardSummary";

export function encodeSummary({
  rows,
  dropped,
  box,
  ranges,
  dates,
  sample,
}: Summary): Uint8Array<ArrayBuffer> {
  const { keys, values, weights } = sample;
  return save({
    kind: KIND,
    settings: { rows, dropped, box, ranges, dates },
    arrays: { keys, values, weights: { data: weights, dims: 1 } },
  });
}

export function decodeSummary(bytes: Uint8Array): Summary {
  const { settings, arrays } = load(bytes, KIND, "the summary of a shard", ["keys", "values", "weights"]);
  const matrix = (name: string): Matrix => {
    const { data, dims } = arrays.get(name)!;
    return { data, dims, count: arrays.get("weights")!.data.length };
  };
  const arraysOf = ["keys", "values", "weights"].map((name) => arrays.get(name));
  if (!areDetails(settings) || !arraysOf.every((array) => array?.data.every(Number.isFinite)))
    throw new NadarayaError("invalid-input", "the summary of a shard is damaged");
  const sample = { keys: matrix("keys"), values: matrix("values"), weights: arrays.get("weights")!.data };
  const isComplete = [sample.keys, sample.values].every(
    ({ data, dims, count }) => data.length === dims * count,
  );
  if (!isComplete || !sample.weights.every((weight) => weight > 0))
    throw new NadarayaError("invalid-input", "the summary of a shard is damaged");
  return { ...settings, sample };
}

const isRange = (value: unknown): value is [number, number] =>
  Array.isArray(value) && value.length === 2 && value.every(Number.isFinite) && value[0] <= value[1];

/** Whether settings can be those of a summary: a queue may hold anything. */
function areDetails(
  given: Readonly<Record<string, unknown>>,
): given is Omit<Summary, "sample"> & Readonly<Record<string, unknown>> {
  const { rows, dropped, box, ranges, dates } = given;
  return (
    isWhole(rows, 1) &&
    isWhole(dropped, 0) &&
    isRecord(box) &&
    box.rows === rows &&
    [box.ranges, ranges].every((list) => Array.isArray(list) && list.every(isRange)) &&
    isRange(box.weights) &&
    box.weights[0] > 0 &&
    Array.isArray(dates) &&
    dates.every((name) => typeof name === "string")
  );
}
