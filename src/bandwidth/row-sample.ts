/** Some of many rows, on which a search first looks where the least score may lie. */
import { randomFrom } from "../common/random.ts";
import { specOfRows } from "../weighting/kernel-spec.ts";
import { quantile, sortedColumnOf } from "./rules.ts";
import type { Given } from "./selection.ts";

/** Fewest rows of a sample, what share they are of many, and how many times as many there must be for it to be worth while; of several coordinates. */
const ROWS = 2 ** 13;
const SHARE = 1 / 64;
const TIMES = 4;
const SEVERAL = { rows: 2 ** 12, times: 2 };
const SEED = 1;
/** Close rows, the places where they are, and keys by which their distances are estimated. */
const CLOSE_ROWS = 2 ** 12;
const PLACES = 8;
const PROBES = 2 ** 14;

export interface RowSample {
  readonly given: Given;
  /** The indices of its rows, in their order. */
  readonly rows: Uint32Array;
  /** Whether they are drawn from all rows alike, as close rows are not. */
  readonly isRandom: boolean;
}

/** A sample without replacement (Knuth 1997, §3.4.2, algorithm S), the same every time; undefined where there are few rows, or each key has a bandwidth. */
export function sampleOf(given: Given): RowSample | undefined {
  const { keys, adaptive } = given;
  const { rows: fewest, times } = keys.dims > 1 ? SEVERAL : { rows: ROWS, times: TIMES };
  if (adaptive || keys.count < times * fewest) return undefined;
  const random = randomFrom(SEED);
  const count = Math.max(fewest, Math.floor(keys.count * SHARE));
  const rows = new Uint32Array(count);
  for (let i = 0, chosen = 0; chosen < count; i++)
    if (random() * (keys.count - i) < count - chosen) rows[chosen++] = i;
  return samplesOf(given, rows, true);
}

/** Whether narrow bandwidths are first tried on close rows: not worth it for few rows. */
export const hasCloseRows = ({ keys, adaptive }: Given): boolean => !adaptive && keys.count > 2 * CLOSE_ROWS;

/** The rows near some places: their keys are as close to each other as all keys are, along a column or in all of them. */
export function closeRowsOf(given: Given, column?: number): RowSample {
  const { keys } = given;
  const each = CLOSE_ROWS / PLACES;
  const isClose =
    column === undefined && keys.dims > 1 ? inBalls(given, each) : inRuns(given, column ?? 0, each);
  const rows: number[] = [];
  for (let i = 0; i < keys.count; i++) if (isClose(i)) rows.push(i);
  return samplesOf(given, Uint32Array.from(rows), false);
}

/** Runs of a number of keys that follow each other in a column. */
function inRuns({ keys }: Given, column: number, length: number): (row: number) => boolean {
  const sorted = sortedColumnOf(keys, column);
  const firstOf = (place: number) => Math.floor(((place + 0.5) / PLACES) * keys.count - length / 2);
  const runs = Array.from({ length: PLACES }, (_, place) => {
    const first = Math.max(0, firstOf(place));
    return [sorted[first], sorted[Math.min(keys.count - 1, Math.ceil(first + length) - 1)]] as const;
  });
  return (row) => {
    const x = keys.data[row * keys.dims + column];
    return runs.some(([low, high]) => x >= low && x <= high);
  };
}

/** Balls around keys that hold about a number of keys; distances are in units of the columns' middle halves. */
function inBalls({ keys }: Given, size: number): (row: number) => boolean {
  const { data, dims, count } = keys;
  const units = Array.from({ length: dims }, (_, j) => {
    const sorted = sortedColumnOf(keys, j);
    return quantile(sorted, 0.75) - quantile(sorted, 0.25) || sorted[count - 1] - sorted[0] || 1;
  });
  const squared = (a: number, b: number) => {
    let sum = 0;
    for (let j = 0; j < dims; j++) sum += ((data[a * dims + j] - data[b * dims + j]) / units[j]) ** 2;
    return sum;
  };
  const random = randomFrom(SEED);
  const balls = Array.from({ length: PLACES }, () => {
    const centre = Math.floor(random() * count);
    const probes = Float64Array.from({ length: Math.min(PROBES, count) }, (_, i) =>
      squared(centre, Math.floor((i * count) / Math.min(PROBES, count))),
    ).sort();
    return { centre, reach: quantile(probes, size / count) };
  });
  return (row) => balls.some(({ centre, reach }) => squared(row, centre) <= reach);
}

function samplesOf(given: Given, rows: Uint32Array, isRandom: boolean): RowSample {
  const { withBandwidth: _, ...spec } = given;
  const some = specOfRows(spec, rows);
  return { rows, isRandom, given: { ...some, withBandwidth: async (bandwidth) => ({ ...some, bandwidth }) } };
}
