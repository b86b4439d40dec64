/** What the method "expand" is to the engine: sums by moments, in time n + m, with a bound. */
import type { Matrix } from "../data.ts";
import type { Axis } from "./axis.ts";
import type { Window } from "./window.ts";

/** Called between batches; lets the page live, and throws when the work is aborted. */
export type Breath = () => Promise<void>;

/** Expected milliseconds: once for all calls, and for this one. */
export interface Cost {
  readonly once: number;
  readonly call: number;
}

/** Why sums have no transform where every key has a width of its own. */
export const WIDTHS_DIFFER = "each key has a width of its own";

/** The grid of a Gauss transform. */
export interface Grid {
  readonly axes: readonly Axis[];
  readonly window: Window;
  /** Grid points, and charges at each: Σ α, then Σ α·(value − middle) for each column. */
  readonly points: number;
  readonly charges: number;
  readonly middle: Float64Array;
}

export interface Transform {
  /** Where there is one, it can be made on the GPU too. */
  readonly grid?: Grid;
  /** Expected milliseconds for what is not built yet, and for m queries. */
  cost(m: number): Cost;
  /** One that can promise more queries, and costs more; undefined where there is none. */
  finer(): Transform | undefined;
  /** Everything that does not depend on the queries; kept for later calls. */
  build(breathe: Breath): Promise<void>;
  /**
   * Writes the means, and Σ α or its logarithm where they are wanted, of all queries; `progress` says how many. Returns those
   * whose error it cannot bound by the tolerance: their sums are too small beside their neighbours', or no key is near.
   */
  evaluate(
    queries: Matrix,
    mean: Float64Array,
    totals: Float64Array | undefined,
    asLog: boolean,
    breathe: Breath,
    progress: (done: number) => void,
  ): Promise<number[]>;
}
