/** What an estimator asks of a backend, and what it gets: weighted sums, and nothing of how they were made. */

import { NadarayaError } from "../common/errors.ts";
import type { GpuPoints, Matrix } from "../data/matrix.ts";
import type { Kernel, Shape } from "../kernels/kernel.ts";
import type { Moment } from "./moments.ts";

/** Keys with their values, kernel and bandwidth: everything that is known before the queries are. */
export interface Problem {
  readonly keys: Matrix;
  /** One row a key; `dims` is the number of columns, which may be 0. */
  readonly values: Matrix;
  readonly kernel: Kernel;
  readonly shape: Shape;
  /** One positive number per coordinate. */
  readonly bandwidth: readonly number[];
  /** What multiplies the weight of each key; 1 by default. */
  readonly keyWeights?: KeyWeights;
  /** What the bandwidth is multiplied by for each key, at least 1; 1 by default. */
  readonly keyBandwidthFactors?: Float64Array;
  /** For each coordinate whether the bandwidth factors of queries widen it; all by default. */
  readonly stretched?: readonly boolean[];
  /**
   * The sums besides Σ α, whose weighted means take the place of the values' (the columns of `mean`). By default, one for
   * each value column. Where monomials are asked for, values are centred already.
   */
  readonly moments?: readonly Moment[];
  /** The powers of two by which the columns of `mean` have to be multiplied, if an engine has divided the values by them. */
  readonly meanUnits?: readonly number[];
}

/** One positive number a key. */
export interface KeyWeights {
  readonly data: Float64Array;
  /** Where a key stands for several equal rows: how many. Leaving one out then leaves out one of these. */
  readonly copies?: Float64Array;
  readonly total: number;
  readonly least: number;
  readonly most: number;
}

export function keyWeights(data: Float64Array, copies?: Float64Array): KeyWeights {
  let [total, least, most] = [0, Infinity, 0];
  for (const weight of data) {
    total += weight;
    least = Math.min(least, weight);
    most = Math.max(most, weight);
  }
  return { data, copies, total, least, most };
}

/**
 * By how much lighter in its logarithm than the heaviest a pair's α may be, before all such pairs of a query together are
 * below this share of its sum.
 */
export function negligible({ keys, keyWeights }: Problem, share: number): number {
  return Math.log((keyWeights ? keyWeights.total / keyWeights.least : keys.count) / share);
}

/** How many columns the means have. */
export const outputsOf = ({ moments, values }: Pick<Problem, "moments" | "values">): number =>
  moments?.length ?? values.dims;

/** Pairs done so far. */
export interface Progress {
  /** Pairs (query, key) done so far, of `total`. */
  readonly done: number;
  readonly total: number;
}

/** Abort signal and progress of a long call. */
export interface RunOptions {
  /** Aborts the call, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called with the pairs that are done. */
  readonly onProgress?: (progress: Progress) => void;
}

/** What a caller wants of Σ α; in plain it may underflow, far from all keys. */
export type Totals = "none" | "plain" | "log";

/** "dense": every pair; "cull": pairs of tiles that can matter; "expand": the fast Gauss transform. */
export type Method = "dense" | "cull" | "expand";

export interface SumsOptions extends RunOptions {
  readonly method: Method | "auto";
  /** What "cull" and "expand" may be off by, as a share of a column's range and of Σ α. */
  readonly tolerance: number;
  /** What Σ α of any query may be off by besides, however small it is; 0 by default. */
  readonly acceptedError?: number;
}

export interface Sums {
  /** Weighted means of the values, m × columns, row-major; NaN where no key is in reach. */
  readonly mean: Float64Array;
  /** Σ α for each query, or its logarithm (−Infinity where no key is in reach), as was asked for. */
  readonly totals?: Float64Array;
  /** Queries that no key reaches. */
  readonly empty: readonly number[];
  readonly method: Method;
  /** Why this method. */
  readonly reason: string;
  /** What the sums were added in; queries that were recomputed are in double precision in any case. */
  readonly precision: "single" | "double";
  /** Queries whose sums were below the backend's precision, and were recomputed in float64. */
  readonly fallbackQueries: number;
  /** Pairs that were weighed. */
  readonly evaluatedPairs: number;
}

/** Sums at the keys themselves, with and without each key's own part. */
export interface LeaveOneOutSums {
  /** n × columns, row-major: with it, and without it (NaN where no other key is in reach). */
  readonly mean: Float64Array;
  readonly meanWithout: Float64Array;
  /** log Σ α over the other keys, −Infinity where none is in reach. */
  readonly logSumWithout: Float64Array;
  /** α(0) / Σ α: the weight of a key's own value in its mean, and the diagonal of the smoother. */
  readonly leverage: Float64Array;
  /** 1 − leverage, with all its digits also where it is next to nothing. */
  readonly free: Float64Array;
  readonly method: Method;
}

/** As Sums, with the means left on the GPU. */
export interface SumsOnGpu extends Omit<Sums, "mean"> {
  /** f32, m × columns, row-major; NaN where no key is in reach. The caller's to destroy. */
  readonly mean: GPUBuffer;
  /** Overwrites the means of one query. */
  write(query: number, row: ArrayLike<number>): void;
}

/** The keys that matter for one query: the first `count` of each list, which the next query overwrites. */
export interface QueryWeights {
  /** Indices of keys. */
  readonly keys: Uint32Array;
  /** α times the key's own weight, over e^scale. */
  readonly weights: Float64Array;
  readonly count: number;
  readonly scale: number;
}

export interface EachQueryOptions extends RunOptions {
  readonly tolerance: number;
  /** Only the queries with these indices. */
  readonly indices?: readonly number[];
  /** Leave out the key with the query's own index: queries are the keys. */
  readonly withoutSelf?: boolean;
}

/** A problem held by a backend, ready for queries. */
export interface LoadedProblem {
  /** @throws NadarayaError "unsupported" for a method that does not suit the problem. */
  sums(queries: Matrix, options: SumsOptions, totals: Totals): Promise<Sums>;
  /** @throws NadarayaError "unsupported" also where there is no GPU. */
  sumsOnGpu(queries: Matrix, options: SumsOptions): Promise<SumsOnGpu>;
  /** The same for queries on the GPU; undefined where they have to be read first. */
  sumsOfGpuQueries(queries: GpuPoints, options: SumsOptions): Promise<SumsOnGpu | undefined>;
  /** The sums at every key, with and without itself. */
  leaveOneOut(options: SumsOptions): Promise<LeaveOneOutSums>;
  /** keys × queries, row-major: every column sums to 1, or is NaN where no key is in reach. */
  weights(queries: Matrix, options: RunOptions): Promise<Float32Array<ArrayBuffer>>;
  /** Calls `found` with every query and the weights of its keys, but those which together are below `tolerance` of the sum. */
  eachQuery(
    queries: Matrix,
    options: EachQueryOptions,
    found: (query: number, weights: QueryWeights) => void,
  ): Promise<void>;
  /** For each of the queries with these indices, the key nearest in units of the bandwidth. */
  nearest(queries: Matrix, indices: readonly number[]): number[];
  /**
   * For every query the distance of the key that has `rank` − 1 nearer ones, in units of the bandwidth (radial), over the coordinates that
   * bandwidth factors widen. A key that stands for several rows counts as all of them.
   */
  distances(queries: Matrix, rank: number): Promise<Float64Array>;
  dispose(): void;
}

/** Room for the weights of every key for every query. @throws NadarayaError "out-of-memory" where no array can hold them. */
export function weightMatrix(keys: number, queries: number): Float32Array<ArrayBuffer> {
  try {
    return new Float32Array(keys * queries);
  } catch (cause) {
    throw new NadarayaError(
      "out-of-memory",
      `the weights of ${keys} × ${queries} pairs, ${4 * keys * queries} bytes, are more than an array can hold; ask for fewer queries at a time, or for topWeights`,
      { cause },
    );
  }
}
