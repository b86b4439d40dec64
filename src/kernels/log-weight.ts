/** Log-weights of pairs, and exact differences of them far from all keys. */
import type { Kernel, Shape } from "./kernel.ts";

/**
 * (query − key) + (query − other), rounded once: midway between two keys the differences almost cancel, and the rounding of each would be
 * multiplied by the distance of the keys.
 */
export function sumOfDifferences(query: number, key: number, other: number): number {
  const [first, second] = [query - key, query - other];
  const sum = first + second;
  const errors = lackOf(sum, first, second) + (lackOf(first, query, -key) + lackOf(second, query, -other));
  return Number.isNaN(errors) ? sum : sum + errors;
}

/** What the rounded sum of two numbers lacks (two-sum, Knuth 1969). */
function lackOf(sum: number, a: number, b: number): number {
  const ofB = sum - a;
  return a - (sum - ofB) + (b - ofB);
}

/** Differences of a query and two keys in bandwidths, one for each coordinate. */
export interface Differences {
  /** query − reference */
  readonly offset: Float64Array;
  /** reference − key */
  readonly apart: Float64Array;
  /** 2 query − reference − key, by `sumOfDifferences` */
  readonly between: Float64Array;
}

/** The differences of one query, a reference and any key. */
export class KeyDifferences implements Differences {
  readonly offset: Float64Array;
  readonly apart: Float64Array;
  readonly between: Float64Array;
  private readonly query: Float64Array;
  private readonly keys: Float64Array;
  private readonly reference: number;
  private readonly bandwidth: ArrayLike<number>;

  /** @param query its coordinates @param keys n × d, row-major @param reference the number of a key */
  constructor(query: Float64Array, keys: Float64Array, reference: number, bandwidth: ArrayLike<number>) {
    const dims = query.length;
    [this.apart, this.between] = [new Float64Array(dims), new Float64Array(dims)];
    this.offset = query.map((x, j) => (x - keys[reference * dims + j]) / bandwidth[j]);
    [this.query, this.keys, this.reference, this.bandwidth] = [query, keys, reference, bandwidth];
  }

  /** Sets those of a key. */
  to(key: number): this {
    const { query, keys, reference, bandwidth } = this;
    const dims = query.length;
    for (let j = 0; j < dims; j++) {
      const [one, other] = [keys[reference * dims + j], keys[key * dims + j]];
      this.apart[j] = (one - other) / bandwidth[j];
      this.between[j] = sumOfDifferences(query[j], one, other) / bandwidth[j];
    }
    return this;
  }
}

/**
 * log α of a key less log α of another, the reference. u² − u*² = Σ apart · between keeps its digits wherever the query is. `width` and
 * `referenceWidth` are what the bandwidth is multiplied by for the two keys.
 */
export function logWeightRatio(
  kernel: Kernel,
  shape: Shape,
  { offset, apart, between }: Differences,
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
