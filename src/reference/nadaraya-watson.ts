/** f(q) = Σ vᵢ α(q, kᵢ) / Σ α(q, kᵢ) of flat arrays, as the formula stands, in float64. */
import { logKernelOf } from "./kernels.ts";
import { logSumOf, logsOfPairs, type Shape, shares } from "./pairs.ts";

export interface FlatInput {
  /** m × dims, row-major. */
  readonly queries: Float64Array;
  /** n × dims, row-major. */
  readonly keys: Float64Array;
  /** n × columns, row-major. */
  readonly values: Float64Array;
  readonly dims: number;
  readonly columns: number;
  /** A name, or α itself. */
  readonly kernel: string | ((u: number) => number);
  readonly shape: Shape;
  /** One positive number a coordinate; for "von-mises-fisher" √τ. */
  readonly bandwidth: readonly number[];
  /** What multiplies each key's weight, and its bandwidth; 1 by default. */
  readonly keyWeights?: Float64Array;
  readonly keyBandwidthFactors?: Float64Array;
}

export interface FlatResult {
  /** m × columns, row-major; NaN if no key is in reach. */
  readonly mean: Float64Array;
  /** log Σ α of each query; −Infinity if no key is in reach. */
  readonly logSum: Float64Array;
}

/** The weighted means of all columns, and log Σ α, at every query. */
export function nadarayaWatson(input: FlatInput): FlatResult {
  const { values, dims, columns, shape, bandwidth, keyWeights, keyBandwidthFactors: widths } = input;
  const [keys, queries] = [rowsOf(input.keys, dims), rowsOf(input.queries, dims)];
  const window = { kernel: logKernelOf(input.kernel), shape, bandwidth, widths };
  const mean = new Float64Array(queries.length * columns);
  const logSum = new Float64Array(queries.length);
  for (const [q, query] of queries.entries()) {
    const { logs, scale } = logsOfPairs(query, keys, window);
    if (keyWeights) for (let k = 0; k < logs.length; k++) logs[k] += Math.log(keyWeights[k]);
    logSum[q] = scale + logSumOf(logs);
    const weights = shares(logs);
    let heaviest = 0;
    for (let k = 0; k < weights.length; k++) if (weights[k] > weights[heaviest]) heaviest = k;
    for (let c = 0; c < columns; c++) {
      // Differences from one value, so that a large offset costs no digits.
      const first = values[heaviest * columns + c];
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k] * (values[k * columns + c] - first);
      mean[q * columns + c] = first + sum;
    }
  }
  return { mean, logSum };
}

function rowsOf(data: Float64Array, dims: number): Float64Array[] {
  return Array.from({ length: data.length / dims }, (_, i) => data.subarray(i * dims, (i + 1) * dims));
}

/** The shares of the keys in the weights of every query: n × m, row-major, every column sums to 1, or is NaN if no key is in reach. */
export function weightMatrix(input: Omit<FlatInput, "values" | "columns">): Float64Array {
  const { dims, shape, bandwidth, keyWeights, keyBandwidthFactors: widths } = input;
  const [keys, queries] = [rowsOf(input.keys, dims), rowsOf(input.queries, dims)];
  const window = { kernel: logKernelOf(input.kernel), shape, bandwidth, widths };
  const matrix = new Float64Array(keys.length * queries.length);
  for (const [q, query] of queries.entries()) {
    const { logs } = logsOfPairs(query, keys, window);
    if (keyWeights) for (let k = 0; k < logs.length; k++) logs[k] += Math.log(keyWeights[k]);
    for (const [k, share] of shares(logs).entries()) matrix[k * queries.length + q] = share;
  }
  return matrix;
}
