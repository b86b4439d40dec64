/** Log-weights of pairs, and exact differences of them far from all keys. */
import type { Kernel, Shape } from "./kernel.ts";

/**
 * (query − key) + (query − other), rounded once: midway between two keys the differences almost cancel, and the rounding of each would be
 * multiplied by the distance of the keys (two-sum, Knuth 1969).
 */
export function sumOfDifferences(query: number, key: number, other: number): number {
  const [first, firstError] = twoSum(query, -key);
  const [second, secondError] = twoSum(query, -other);
  const [sum, error] = twoSum(first, second);
  const errors = error + (firstError + secondError);
  return Number.isNaN(errors) ? sum : sum + errors;
}

/** a + b as it is rounded, and what that lacks. */
function twoSum(a: number, b: number): [number, number] {
  const sum = a + b;
  const ofB = sum - a;
  return [sum, a - (sum - ofB) + (b - ofB)];
}

/**
 * log α of a key less log α of another, the reference: `offset[j]` is (query − reference) / bandwidth in coordinate j, `apart[j]`
 * (reference − key) / bandwidth, `between[j]` (2 query − reference − key) / bandwidth, by `sumOfDifferences`. u² − u*² = Σ apart · between keeps its
 * digits wherever the query is. `width` and `referenceWidth` are what the bandwidth is multiplied by for the two keys.
 */
export function logWeightRatio(
  kernel: Kernel,
  shape: Shape,
  offset: Float64Array,
  apart: Float64Array,
  between: Float64Array,
  width = 1,
  referenceWidth = 1,
): number {
  const { logAlpha, logRatio = (u, change) => logAlpha(u + change) - logAlpha(u) } = kernel;
  const dims = offset.length;
  if (width !== referenceWidth) {
    const logOfKey = logWeight(kernel, shape, dims, (j) => (offset[j] + apart[j]) / width);
    const reference = logWeight(kernel, shape, dims, (j) => offset[j] / referenceWidth);
    return logOfKey === reference ? 0 : logOfKey - reference;
  }
  if (shape === "product" || dims === 1) {
    let sum = 0;
    for (let j = 0; j < dims; j++) {
      const [g, e, both] = [offset[j] / width, apart[j] / width, between[j] / width];
      // |g + e| − |g|
      const change = g >= 0 === g + e >= 0 ? (g >= 0 ? e : -e) : g >= 0 ? -both : both;
      sum += logRatio(Math.abs(g), change, e * both);
    }
    return sum;
  }
  const u = length(offset) / width;
  if (u === 0) return logRatio(0, length(apart) / width, (length(apart) / width) ** 2);
  /** (u'² − u²) / u */
  let ratio = 0;
  for (let j = 0; j < dims; j++) ratio += (apart[j] / width) * (between[j] / width / u);
  if (ratio === Infinity) return logRatio(u, Infinity, Infinity);
  const change = ratio / (1 + Math.sqrt(Math.max(1 + ratio / u, 0)));
  return logRatio(u, change, ratio * u);
}

/** The Euclidean length, without overflow of the squares. */
function length(vector: Float64Array): number {
  let largest = 0;
  for (const x of vector) largest = Math.max(largest, Math.abs(x));
  if (largest === 0 || largest === Infinity) return largest;
  let sum = 0;
  for (const x of vector) sum += (x / largest) ** 2;
  return largest * Math.sqrt(sum);
}

/** log α of a pair; `offset(j)` is (query − key) / bandwidth in coordinate j. */
export function logWeight(kernel: Kernel, shape: Shape, dims: number, offset: (j: number) => number): number {
  if (dims === 1) return kernel.logAlpha(Math.abs(offset(0)));
  let sum = 0;
  if (shape === "product") {
    for (let j = 0; j < dims; j++) sum += kernel.logAlpha(Math.abs(offset(j)));
    return sum;
  }
  for (let j = 0; j < dims; j++) sum += offset(j) ** 2;
  if (sum === Infinity)
    return kernel.logAlpha(length(Float64Array.from({ length: dims }, (_, j) => offset(j))));
  return kernel.logAlpha(Math.sqrt(sum));
}
