/** What stage 1 takes and what it leaves for the others: its options, and the rows of partial sums. */
import type { Moment } from "../src/problem/moments.ts";
import type { DistanceOptions } from "./distance.ts";

/** The shape of a workgroup's work. */
export interface Tiling {
  /** Threads that hold different queries. */
  readonly queryLanes: number;
  /** Threads that hold the same queries and take different keys of the tile. */
  readonly keyLanes: number;
  /** Queries in a thread's registers: 1, 2, or a multiple of 4. */
  readonly queriesPerThread: number;
  /** Keys summed before their sum joins the running one. */
  readonly keysPerTile: number;
  /** Whether a tile is brought into workgroup memory first; else its keys are read where they lie. */
  readonly staged: boolean;
}

export type Track = "edge" | "nearest" | "change";

export interface PairwiseOptions extends DistanceOptions {
  /** Value columns that keys carry. */
  readonly columns: number;
  /** The sums besides Σ α; one plain sum for each column by default. */
  readonly moments?: readonly Moment[];
  readonly tiling: Tiling;
  /**
   * What the row `near` has. A minimum over the keys: "edge", the distance |1 − x| to the edge of a compact kernel
   * (how sure we are of who is inside); "nearest", x itself. A sum over the keys: "change", see `changeOfPair`.
   */
  readonly track?: Track;
  /**
   * Keys in a tile of their tree: only the tiles that shaders/reach.ts found for a block of queries are taken, all in one
   * part, staged `keysPerTile` at a time.
   */
  readonly culled?: number;
}

/** The row of the first moment: after Σ α, and after `near` where it is tracked. */
export const firstValueRow = (tracked: boolean): number => (tracked ? 2 : 1);

/** Rows of the partial sums. */
export const partialRows = (moments: number, tracked: boolean): number => firstValueRow(tracked) + moments;

/** Larger than any distance that is tracked; WGSL promises nothing for infinity. */
export const FAR = 1e30;
