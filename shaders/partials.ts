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
  /** Of a caller's kernel: the error of α's argument by which "change" is computed. */
  readonly probe?: number;
  /** Passes over keys that cannot matter, see shaders/culled.ts; by default workgroups take a part of the keys each. */
  readonly culled?: KeyLoop;
}

/** WGSL by which a workgroup goes through all keys. */
export interface KeyLoop {
  /** Members of the uniform block. */
  readonly members: string;
  readonly binding: string;
  /** Where the workgroup's sums begin. */
  readonly base: string;
  readonly loop: (
    keysPerTile: number,
    pieces: {
      /** WGSL for each sum, by its name. */
      readonly eachSum: (piece: (name: string) => string) => string;
      /** Brings `count` keys into workgroup memory. @param key WGSL for the key that comes to place i */
      readonly fill: (key: string) => string;
      /** Adds these keys to the sums whose names begin with `above`. */
      readonly weigh: (above: string) => string;
    },
  ) => string;
}

/** The row of the first moment: after Σ α, and after `near` where it is tracked. */
export const firstValueRow = (tracked: boolean): number => (tracked ? 2 : 1);

/** Rows of the partial sums. */
export const partialRows = (moments: number, tracked: boolean): number => firstValueRow(tracked) + moments;

/** Larger than any distance that is tracked; WGSL promises nothing for infinity. */
export const FAR = 1e30;
