/** The bandwidths that a search tries, the rows on which it tries them first, and its precision. */

/** The least and the largest bandwidth of a coordinate, both positive, and the least one while all coordinates widen together. */
export type Limits = readonly [least: number, largest: number, together?: number];

export interface SearchSpace {
  /** One a coordinate. */
  readonly limits: readonly Limits[];
  /** Fewest bandwidths that are tried first, all coordinates wider and wider. */
  readonly grid: number;
  /** Of two coordinates, around how many of the lowest points the grid is finer; 16 by default. */
  readonly refined?: number;
  /** For each coordinate whether its bandwidth is a share, as λ is: such ones reach their limits together with the widest range. */
  readonly shares?: readonly boolean[];
  /** Scores that differ by no more are equal, besides those that differ by the search's `noise`; 0 by default. */
  readonly resolution?: number;
  /** Whether the narrowest may be the best though there is a minimum: not if scores fall without bound where keys coincide. */
  readonly isBounded?: boolean;
  /** Where bandwidths are first tried on a sample of the rows. */
  readonly sample?: Sample;
  /** Where narrow bandwidths are first tried on some rows that lie as close to each other as all rows do. */
  readonly close?: CloseRows;
}

export interface Sample {
  readonly score: Score;
  /** The logarithm of how much wider the sample's best is than that of all rows. */
  readonly wider: number;
}

export interface CloseRows {
  /** The logarithms of how much wider than the narrowest these bandwidths are at most, of one coordinate alone and of all together. */
  readonly until: Until;
  readonly lines: readonly CloseLine[];
}

export interface Until {
  readonly alone: number;
  readonly together: number;
}

export interface CloseLine {
  readonly score: Score;
  /** The coordinate along which the rows are close, the others having their widest bandwidths; all together by default. */
  readonly coordinate?: number;
}

export type Score = (bandwidth: readonly number[]) => Promise<number>;

/** A place of the search: logarithms of bandwidths over the narrowest ones. */
export interface Place {
  readonly logs: readonly number[];
  readonly score: number;
}

export type ScoreAt = (logs: readonly number[]) => Promise<number>;

/** A bandwidth is known when it is known to this share of itself. */
export const PRECISION = 0.003;
/** To this share it is sought on a sample, and before coordinates are varied one by one. */
export const SAMPLE_PRECISION = 0.05;
/** Scores of other rows that are more than this share above the best are no reason to look closer. */
const CLOSE = 0.1;

export const isClose = (score: number, best: number) => score <= best + CLOSE * Math.abs(best);

export const replaced = (list: readonly number[], j: number, x: number) =>
  list.map((old, i) => (i === j ? x : old));
