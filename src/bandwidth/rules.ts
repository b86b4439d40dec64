/** Bandwidths by rules of thumb: one formula each, from the spread of the keys and their number. */

import { NadarayaError } from "../common/errors.ts";
import { type Matrix, total } from "../data/matrix.ts";
import type { Sampling } from "../weighting/kernel-spec.ts";

export type RuleOfThumb = "scott" | "silverman";

const factors: Record<RuleOfThumb, { one: number; several: (d: number) => number }> = {
  /** Scott 1992; R's bw.nrd in one coordinate. */
  scott: { one: 1.06, several: () => 1 },
  /** Silverman 1986, (3.31) and (4.14); R's bw.nrd0 in one coordinate. */
  silverman: { one: 0.9, several: (d) => (4 / (d + 2)) ** (1 / (d + 4)) },
};

export const isRuleOfThumb = (name: string): name is RuleOfThumb => Object.hasOwn(factors, name);

/**
 * One bandwidth per coordinate. One coordinate: factor · min(σ, IQR / 1.34) · n^(−1/5). Several:
 * factor · σⱼ · n^(−1/(d+4)). With sample weights σ and the quartiles are weighted, and n is Kish's effective number
 * (Σ w)² / Σ w², or Σ w where rows are repeated.
 * @throws NadarayaError "invalid-bandwidth" for fewer than 2 keys, or keys without spread.
 */
export function bandwidthByRule(rule: RuleOfThumb, keys: Matrix, sampling?: Sampling): number[] {
  const { dims } = keys;
  const { one, several } = factors[rule];
  return Array.from({ length: dims }, (_, j) => {
    const spread = dims === 1 ? robustSpread(keys, j, sampling) : deviation(columnOf(keys, j), sampling);
    if (!(spread > 0)) throw noSpread(rule, keys.count, j);
    const factor = dims === 1 ? one : several(dims);
    return factor * spread * effectiveNumber(keys.count, sampling) ** (-1 / (dims + 4));
  });
}

/** The order of magnitude of the bandwidths for keys: as Scott's, but by spreads that outliers leave alone. */
export function robustBandwidth(keys: Matrix, rule: string, sampling?: Sampling): number[] {
  const n = effectiveNumber(keys.count, sampling);
  return Array.from({ length: keys.dims }, (_, j) => {
    const spread = robustSpread(keys, j, sampling);
    if (!(spread > 0)) throw noSpread(rule, keys.count, j);
    return spread * n ** (-1 / (keys.dims + 4));
  });
}

const noSpread = (rule: string, count: number, j: number) =>
  new NadarayaError(
    "invalid-bandwidth",
    `bandwidth "${rule}" needs keys that differ; coordinate ${j} of the ${count} keys has no spread`,
  );

export function columnOf({ data, dims, count }: Matrix, j: number): Float64Array {
  const column = new Float64Array(count);
  for (let i = 0, at = j; i < count; i++, at += dims) column[i] = data[at];
  return column;
}

const sorted = new WeakMap<Matrix, Map<number, Float64Array>>();

/** A column in rising order, sorted once. */
export function sortedColumnOf(matrix: Matrix, j: number): Float64Array {
  const columns = sorted.get(matrix) ?? new Map<number, Float64Array>();
  sorted.set(matrix, columns);
  const column = columns.get(j) ?? columnOf(matrix, j).sort();
  columns.set(j, column);
  return column;
}

/** Observations that the weights are worth. */
export function effectiveNumber(count: number, sampling?: Sampling): number {
  if (!sampling) return count;
  const { weights, repeated } = sampling;
  if (repeated) return total(weights);
  // Relative to the largest: squares of weights may be no float64.
  const largest = weights.reduce((a, b) => Math.max(a, b));
  let [sum, squares] = [0, 0];
  for (const weight of weights) {
    const w = weight / largest;
    sum += w;
    squares += w * w;
  }
  return sum ** 2 / squares;
}

/** A weight that is as many times the second-largest leaves nothing of itself in a deviation but that it is the largest. */
const HEAVIEST = 2 ** 200;

/** Weights over the second-largest: products of two are float64. */
function comparable(weights: Float64Array): Float64Array {
  let [largest, second] = [0, 0];
  for (const w of weights) {
    if (w > largest) [largest, second] = [w, largest];
    else second = Math.max(second, w);
  }
  return weights.map((w) => Math.min(w / (second || largest), HEAVIEST));
}

/**
 * The sample standard deviation, with n − 1; weighted, with the effective number for n: √(Σ w (x − mean)² / (Σ w − Σ w² / Σ w)), by sums of positive terms
 * (West 1979), so that no weight drowns the others.
 */
export function deviation(column: Float64Array, sampling?: Sampling): number {
  const weights = sampling && (sampling.repeated ? sampling.weights : comparable(sampling.weights));
  const [first] = column;
  // Relative to the largest difference, or squares of very small or large numbers would be none.
  let unit = 0;
  for (let i = 0; i < column.length; i++) unit = Math.max(unit, Math.abs(column[i] - first));
  if (unit === 0) return 0;
  let [mean, all, squares, products] = [0, 0, 0, 0];
  for (let i = 0; i < column.length; i++) {
    const weight = weights ? weights[i] : 1;
    const difference = (column[i] - first) / unit - mean;
    const before = all;
    all += weight;
    mean += (weight / all) * difference;
    squares += (weight / all) * before * difference * difference;
    products += 2 * weight * before; // of each two different weights
  }
  // Of repeated rows Σ w − 1.
  const freedom = sampling?.repeated ? all - 1 : products / all;
  return unit * Math.sqrt(squares / freedom);
}

/** The nearest power of two, by which numbers are divided without rounding; 0 of 0. */
export const powerOfTwo = (x: number): number => (x > 0 ? 2 ** Math.round(Math.log2(x)) : 0);

/** min(σ, IQR / 1.34), or σ where the quartiles coincide. */
function robustSpread(keys: Matrix, j: number, sampling?: Sampling): number {
  const column = columnOf(keys, j);
  const at = sampling
    ? weightedQuantiles(column, sampling)
    : (p: number) => quantile(sortedColumnOf(keys, j), p);
  const iqr = at(0.75) - at(0.25);
  const sigma = deviation(column, sampling);
  return iqr > 0 ? Math.min(sigma, iqr / 1.34) : sigma;
}

/** The least number below or at which a share p of the weights lies; of repeated rows, as of a column that holds them all. */
function weightedQuantiles(column: Float64Array, { weights, repeated }: Sampling): (p: number) => number {
  const order = Uint32Array.from(column.keys()).sort((a, b) => column[a] - column[b]);
  const all = order.reduce((sum, i) => sum + weights[i], 0); // in the order in which they are added below
  const where = (reaches: (below: number) => boolean) => {
    let below = 0;
    const candidate = order.find((i) => {
      below += weights[i];
      return reaches(below);
    });
    return column[candidate ?? order[order.length - 1]];
  };
  if (!repeated) return (p) => where((below) => below >= p * all);
  return (p) => {
    const at = (all - 1) * p;
    const low = where((below) => below > Math.floor(at));
    return low + (at - Math.floor(at)) * (where((below) => below > Math.floor(at) + 1) - low);
  };
}

/** Linear interpolation between order statistics (R's type 7). */
export function quantile(sorted: Float64Array, p: number): number {
  const at = (sorted.length - 1) * p;
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
}
