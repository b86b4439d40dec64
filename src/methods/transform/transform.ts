/** What the method "expand" is to the engine: sums by moments, in time n + m, with a bound. */

import type { Matrix } from "../../data/matrix.ts";
import type { TaskRunner } from "../../workers/task.ts";
import type { Cost } from "../method.ts";
import type { ResultArrays } from "../results.ts";
import type { Axis } from "./axis.ts";
import type { Window } from "./window.ts";

/** Called between batches: yields to the event loop at intervals, and throws when the work is aborted. */
export type Yielder = () => Promise<void>;

/** How work runs: when it yields, which workers share it, and what aborts it. */
export interface Effort {
  readonly yieldToEventLoop: Yielder;
  readonly share?: TaskRunner;
  readonly signal?: AbortSignal;
}

/** Why sums have no transform where every key has a width of its own. */
export const OWN_KEY_BANDWIDTHS = "with adaptive bandwidths, each key has its own bandwidth";

/** The grid of a Gauss transform. */
export interface Grid {
  readonly axes: readonly Axis[];
  readonly window: Window;
  /** Grid points, and charges at each: Σ α, then Σ α·(value − centre) for each column. */
  readonly points: number;
  readonly charges: number;
  readonly columnCentre: Float64Array;
}

/** What is kept of the keys, ready for queries. */
export interface Reader {
  /** Numbers and plain objects: all that a worker needs to do the same. */
  readonly state: { readonly kind: string; readonly outputs: number };
  /**
   * Writes the results of all queries; `progress` says of how many. Returns those whose error it cannot bound by the tolerance:
   * their sums are too small compared with their neighbours', or no key is near.
   */
  read(
    queries: Matrix,
    results: ResultArrays,
    yieldToEventLoop: Yielder,
    progress: (done: number) => void,
  ): Promise<number[]>;
}

export interface Transform {
  /** Where there is one, it can be made on the GPU too. */
  readonly grid?: Grid;
  /** Expected milliseconds for what has to be built, built already or not, and for m queries. */
  cost(m: number): Cost;
  /** One that can promise more queries, and costs more; undefined where there is none. */
  finer(): Transform | undefined;
  /** Whether workers can help to build it. */
  readonly sharesBuild: boolean;
  /** Everything that does not depend on the queries; kept for later calls. */
  build(effort: Effort): Promise<Reader>;
}
