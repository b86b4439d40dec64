/** What a method is to the engine: one way to compute the sums of a problem, on one device. */
import type { Matrix } from "../data/matrix.ts";
import type { Method, SumsOptions } from "../problem/problem.ts";
import type { Results } from "./results.ts";

/** Expected milliseconds of one core: once for all calls of a problem, and for one call. */
export interface Cost {
  readonly once: number;
  readonly call: number;
}

export const totalCost = ({ once, call }: Cost): number => once + call;

/** What a method computed besides the results that it wrote. */
export interface Computed {
  /** The queries whose sums are below the method's precision; nothing valid is written for them. */
  readonly belowPrecision: readonly number[];
  readonly evaluatedPairs: number;
}

/** Where refined sums are written; their Σ α only where there are totals. */
export type Refined = Pick<Results, "write" | "totals">;

export interface SumsMethod {
  readonly name: Method;
  readonly device: "cpu" | "gpu";
  /** What sums are added in. */
  readonly precision: "single" | "double";
  /** The expected cost of sums to this tolerance, or why the method cannot compute them. */
  cost(queries: Matrix, options: SumsOptions): Promise<Cost | string>;
  /**
   * Writes the results of all queries but those below its precision.
   * @param cost what `cost` returned for the same queries and options
   * @throws NadarayaError "out-of-memory" on a GPU where even the smallest slices do not fit
   */
  sums(queries: Matrix, options: SumsOptions, cost: Cost, results: Results): Promise<Computed>;
  /**
   * A slower setting of the same method for queries below its precision, where that is faster than exact sums; returns the
   * queries that are still below precision.
   */
  refine?(
    queries: Matrix,
    belowPrecision: readonly number[],
    options: SumsOptions,
    results: Refined,
  ): Promise<readonly number[]>;
  /** Frees the copy of the keys on the GPU, once nothing reads it. */
  forgetKeys?(): void;
  dispose(): void;
}

/** Why only "cull" computes sums for queries with bandwidths of their own. */
export const OWN_QUERY_BANDWIDTHS = "with neighbours, each query has its own bandwidth";
