/** Where the sums of queries are written, by the method that is chosen and by the float64 fallback. */
import type { Totals } from "../problem/problem.ts";

/** Takes the row of means, which the next query overwrites, and log Σ α, −Infinity where no key is in reach. */
export type WriteMean = (query: number, mean: Float64Array, logSum: number) => void;

export class Results {
  /** Weighted means, m × columns, row-major; NaN until they are written, and where no key is in reach. */
  readonly mean: Float64Array;
  /** Σ α of each query, or its logarithm; undefined where it is not requested. */
  readonly totals: Float64Array | undefined;
  /** Whether `totals` are logarithms. */
  readonly asLog: boolean;
  /** Queries that no key reaches, in the order in which they are found. */
  readonly empty: number[] = [];
  private readonly columns: number;

  constructor(queries: number, columns: number, totals: Totals) {
    this.columns = columns;
    this.mean = new Float64Array(queries * columns).fill(NaN);
    this.totals = totals === "none" ? undefined : new Float64Array(queries);
    this.asLog = totals === "log";
  }

  /** Writes Σ α of one query. */
  setTotal(query: number, sum: number): void {
    if (this.totals) this.totals[query] = this.asLog ? Math.log(sum) : sum;
  }

  readonly write: WriteMean = (query, mean, logSum) => {
    if (this.columns > 0) this.mean.set(mean, query * this.columns);
    if (this.totals) this.totals[query] = this.asLog ? logSum : Math.exp(logSum);
    if (logSum === -Infinity) this.empty.push(query);
  };
}

/** The arrays alone, as transforms fill them. */
export interface ResultArrays extends Pick<Results, "mean" | "totals" | "asLog"> {
  /** What Σ α may be off by where its error is more than the tolerance's share of it; 0 by default. */
  readonly acceptedError?: number;
}
