/** The narrowest and the widest bandwidth that a search tries, for each coordinate. */
import type { Matrix } from "../data/matrix.ts";
import { effectiveNumber, quantile, robustBandwidth, sortedColumnOf } from "./rules.ts";
import type { Given } from "./selection.ts";

/** The widest, in robust standard deviations of the keys, and in their ranges: all keys within reach count alike there. */
const WIDEST = 100;
const RANGES = 10;
/** The narrowest, as a share of a rule of thumb. */
const NARROWEST = 1 / 100;

/** Keys that are no more apart than this share of the largest coincide except for rounding. */
const SAME = 16 * Number.EPSILON;

/** Gaps between neighbouring keys are taken at this quantile; of keys without groups their mean is gap / −log(1 − QUANTILE). */
const QUANTILE = 0.25;
/** Keys without groups extend at least this number of standard deviations. */
const EXTENT = 2;
/** The narrowest bandwidth, as a share of the distance to the nearest key. */
const NEAREST = 1 / 4;
/** Keys whose nearest one is sought, and among how many. */
const QUERIES = 2 ** 8;
const CANDIDATES = 2 ** 17;

/** Which ties spoil a score: the density of keys that coincide has no bound, means of their values have. */
export type Resolved = "keys" | "values";

/**
 * From a hundredth of a robust rule of thumb to a hundred standard deviations, or ten ranges. If the keys lie in groups, whose distances say nothing of
 * what happens inside, the narrowest follows the distances of neighbouring keys; it is never finer than the steps of rounded keys.
 */
export function searchLimits(rule: string, given: Given, resolved: Resolved): (readonly [number, number])[] {
  const { keys, categories, copies, sampling } = given;
  const usual = ofContinuous(given, (continuous) => {
    const widths = robustBandwidth(continuous, rule, sampling);
    const nearest = continuous.dims > 1 ? nearestDistance(continuous, widths) : Infinity;
    return widths.map((width) => ({ width, nearest: width * nearest }));
  });
  return usual.map((each, j) => {
    if (!each) return categories!.limits(j)!;
    const { width, nearest } = each;
    const column = sortedColumnOf(keys, categories?.place(j) ?? j);
    const range = column[column.length - 1] - column[0];
    const gaps = gapsOf(column);
    const factor = effectiveNumber(keys.count, sampling) ** (1 / (usual.length + 4));
    const spread = width * factor;
    const most = Math.min(RANGES * range, WIDEST * spread);
    // A row that stands for several coincides with itself.
    const ties = gaps.length < column.length - 1 || (copies?.some((count) => count > 1) ?? false);
    const step = gaps[0] / (resolved === "keys" ? 1 : 10);
    const finest = ties ? Math.min(step, most / 10) : 0;
    const least = Math.min(narrowest(gaps, width, spread), NEAREST * nearest);
    return [Math.max(least, finest), most] as const;
  });
}

/** One estimate a continuous coordinate, and undefined for each category. */
export function ofContinuous<T>(
  { keys, categories }: Given,
  estimate: (keys: Matrix) => T[],
): (T | undefined)[] {
  if (!categories) return estimate(keys);
  const { continuous } = categories;
  const columns = continuous.map((j) => categories.place(j));
  const data = new Float64Array(keys.count * columns.length);
  for (let i = 0; i < keys.count; i++)
    for (const [c, column] of columns.entries())
      data[i * columns.length + c] = keys.data[i * keys.dims + column];
  const estimates = columns.length > 0 ? estimate({ data, count: keys.count, dims: columns.length }) : [];
  return Array.from({ length: categories.count }, (_, j) => estimates[continuous.indexOf(j)]);
}

/** Differences of neighbours in a rising column, without those of rounding, in rising order. */
function gapsOf(column: Float64Array): Float64Array {
  const least = SAME * Math.max(Math.abs(column[0]), Math.abs(column[column.length - 1]));
  const gaps = column.subarray(1).map((x, i) => x - column[i]);
  return gaps.filter((gap) => gap > least).sort();
}

/** A share of the rule of thumb, or less if the keys, one typical gap apart, would extend over a small part of their spread. */
function narrowest(gaps: Float64Array, width: number, spread: number): number {
  const usual = NARROWEST * width;
  const gap = quantile(gaps, QUANTILE);
  const extent = (gap * gaps.length) / -Math.log1p(-QUANTILE) / (EXTENT * spread);
  return extent < 1 ? Math.max(Math.min(gap, usual), extent ** 2 * usual) : usual;
}

/** A quantile of the distances of keys to their nearest distinct one, in bandwidths. */
function nearestDistance({ data, dims, count }: Matrix, widths: readonly number[]): number {
  const scaled = data.map((x, i) => x / widths[i % dims]);
  const among = Math.min(count, CANDIDATES);
  const distances = Float64Array.from({ length: Math.min(count, QUERIES) }, (_, q) => {
    const key = Math.floor((q * count) / Math.min(count, QUERIES)) * dims;
    let least = Infinity;
    for (let i = 0; i < among; i++) {
      const other = Math.floor((i * count) / among) * dims;
      let squared = 0;
      for (let j = 0; j < dims && squared < least; j++) squared += (scaled[key + j] - scaled[other + j]) ** 2;
      if (squared > 0 && squared < least) least = squared;
    }
    return Math.sqrt(least);
  }).sort();
  // All keys are as much nearer to each other as they are more numerous.
  return quantile(distances, QUANTILE) * (among / count) ** (1 / dims);
}
