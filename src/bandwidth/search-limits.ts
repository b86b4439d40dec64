/** The narrowest and the widest bandwidth that a search tries, for each coordinate. */
import type { Matrix } from "../data/matrix.ts";
import { effectiveNumber, quantile, robustBandwidth, sortedColumnOf } from "./rules.ts";
import type { Limits } from "./search-space.ts";
import type { Given } from "./selection.ts";

/** The widest, in robust standard deviations of the keys, and in their ranges: all keys within reach count alike there. */
const WIDEST = 100;
const RANGES = 10;

/** Keys that are no more apart than this share of usual ones, the quartiles, coincide except for rounding. */
const SAME = 16 * Number.EPSILON;

/**
 * The narrowest bandwidth is a share of a quantile of the distances of keys to their second-nearest one: the nearest one predicts alone there. Compact
 * kernels reach no further than they are wide: theirs is the median of the distances to the nearest one, or most windows would be empty.
 */
const OF_SECOND = { share: 1 / 5, quantile: 0.25 };
const OF_NEAREST = { share: 1.001, quantile: 0.5 };
/** Keys whose nearest ones are sought in one coordinate, and in several, and among how many there. */
const COLUMN_QUERIES = 2 ** 14;
const QUERIES = 2 ** 8;
const CANDIDATES = 2 ** 17;

/** Which ties spoil a score: the density of keys that coincide has no bound, means of their values have. */
export type Resolved = "keys" | "values";

/**
 * From the distances that the keys resolve to a hundred standard deviations, or ten ranges. If rows coincide and scores have no bound for it, the
 * narrowest is never finer than the steps of the keys.
 */
export function searchLimits(rule: string, given: Given, resolved: Resolved): Limits[] {
  const { keys, categories, copies, sampling, kernel } = given;
  const resolvedBy = (nearest: Nearest) => {
    const { share, quantile: p } = kernel.tail === "compact" ? OF_NEAREST : OF_SECOND;
    const distances = kernel.tail === "compact" ? nearest.first : nearest.second;
    const finite = distances.filter((each) => each < Infinity);
    return finite.length > 0 ? share * quantile(finite.sort(), p) : 0;
  };
  const usual = ofContinuous(given, (continuous) => {
    const widths = robustBandwidth(continuous, rule, sampling);
    const nearest = continuous.dims > 1 ? resolvedBy(nearestOf(continuous, widths)) : 0;
    return widths.map((width) => ({ width, together: width * nearest }));
  });
  return usual.map((each, j) => {
    if (!each) return categories!.limits(j)!;
    const { width, together } = each;
    const column = sortedColumnOf(keys, categories?.place(j) ?? j);
    const range = column[column.length - 1] - column[0];
    const factor = effectiveNumber(keys.count, sampling) ** (1 / (usual.length + 4));
    // A key far from all others has a density only by bandwidths that reach from one to the other.
    const reached = resolved === "keys" ? range : 0;
    const most = Math.min(RANGES * range, Math.max(WIDEST * width * factor, reached));
    const places = distinct(column);
    // A row that stands for several coincides with itself.
    const ties = places.length < column.length || (copies?.some((count) => count > 1) ?? false);
    const finest = ties && resolved === "keys" ? leastGap(places) : 0;
    const least = Math.min(Math.max(resolvedBy(nearestInColumn(places)), finest), most / 10);
    return [least, most, Math.min(Math.max(least, together), most / 10)];
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

/** The numbers of a rising column, each once; those that differ by rounding only are one. */
function distinct(column: Float64Array): Float64Array {
  const last = column.length - 1;
  const magnitude = (low: number, high: number) => Math.max(Math.abs(low), Math.abs(high));
  // Not by the largest key: beside a fill value of 1e20 all others would be one.
  const usual =
    magnitude(quantile(column, 0.25), quantile(column, 0.75)) || magnitude(column[0], column[last]);
  const rounding = isExact(column, usual) ? 0 : SAME * usual;
  const places = new Float64Array(column.length);
  let count = 0;
  for (let i = 0, next = 0; i <= last; i = next) {
    for (next = i + 1; next <= last && column[next] - column[next - 1] <= rounding; ) next++;
    // A run that is longer than rounding, or all there is, is one of steps: times in nanoseconds since 1970 follow each other so.
    const isOne = column[next - 1] - column[i] <= rounding && (i > 0 || next <= last);
    for (let k = i; k < (isOne ? i + 1 : next); k++)
      if (k === i || column[k] > column[k - 1]) places[count++] = column[k];
  }
  return places.slice(0, count);
}

/** Whether no number has the last bit of the usual ones, as half of all numbers have that are rounded. Microseconds since 1970 have not. */
function isExact(column: Float64Array, usual: number): boolean {
  const step = 2 ** (Math.floor(Math.log2(usual)) - 51);
  return column.every((x) => Number.isInteger(x / step));
}

function leastGap(places: Float64Array): number {
  let least = Infinity;
  for (let i = 1; i < places.length; i++) least = Math.min(least, places[i] - places[i - 1]);
  return least;
}

/** The distances of keys to the nearest and the second-nearest one that differs, ∞ if there is none. */
interface Nearest {
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/** Of rising numbers that differ, or some of them, so that a row that stands for several counts as they do; of two numbers, the second-nearest is the nearest. */
function nearestInColumn(places: Float64Array): Nearest {
  const count = Math.min(places.length, COLUMN_QUERIES);
  const first = new Float64Array(count);
  const second = new Float64Array(count);
  for (let query = 0; query < count; query++) {
    const place = Math.floor((query * places.length) / count);
    const to = (other: number) => Math.abs((places[other] ?? Infinity) - places[place]);
    const [left, right] = [to(place - 1), to(place + 1)];
    first[query] = Math.min(left, right);
    second[query] = left < right ? Math.min(right, to(place - 2)) : Math.min(left, to(place + 2));
  }
  return places.length > 2 ? { first, second } : { first, second: first };
}

/** Of some keys among many, in bandwidths. */
function nearestOf({ data, dims, count }: Matrix, widths: readonly number[]): Nearest {
  const scaled = data.map((x, i) => x / widths[i % dims]);
  const among = Math.min(count, CANDIDATES);
  const queries = Math.min(count, QUERIES);
  // All keys are as much nearer to each other as they are more numerous.
  const closer = (among / count) ** (1 / dims);
  const [first, second] = [new Float64Array(queries), new Float64Array(queries)];
  for (let q = 0; q < queries; q++) {
    const key = Math.floor((q * count) / queries) * dims;
    let [least, next] = [Infinity, Infinity];
    for (let i = 0; i < among; i++) {
      const other = Math.floor((i * count) / among) * dims;
      let squared = 0;
      for (let j = 0; j < dims && squared < next; j++) squared += (scaled[key + j] - scaled[other + j]) ** 2;
      if (!(squared > 0 && squared < next)) continue;
      [least, next] = squared < least ? [squared, least] : [least, squared];
    }
    first[q] = closer * Math.sqrt(least);
    second[q] = closer * Math.sqrt(next);
  }
  return second.some((each) => each < Infinity) ? { first, second } : { first, second: first };
}
