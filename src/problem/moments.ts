/** What is summed besides the weights themselves. A leaf that all rooms may use. */

/** What a sum weighs by α: the value of a column, or 1, times a monomial of the difference of key and query in bandwidths. */
export interface Moment {
  readonly column: number | undefined;
  /** Π ((k_j − q_j) / h_j)^powers[j]. */
  readonly powers: readonly number[];
}

/** The plain sums of the value columns. */
export const plainMoments = (columns: number, dims: number): Moment[] =>
  Array.from({ length: columns }, (_, column) => ({ column, powers: new Array<number>(dims).fill(0) }));
