/** Sums over some of the keys, which merge with those over others: for keys on several machines, or too many for one. */
import { NadarayaError, show } from "../../common/errors.ts";
import { listOf } from "../../common/options.ts";

/** Mergeable sums of one part of the keys. */
export interface Partial {
  /** Weighted means over these keys, m × columns, row-major; NaN where none is in reach. */
  readonly mean: Float64Array;
  /**
   * log Σ α over these keys, m. Float64 keeps a logarithm to 1e-16 of its size, and merged means are by differences of them: from 1e5 bandwidths
   * on from all keys, where it is −5e9 for a Gaussian, their weights are known to 1e-6 and less.
   */
  readonly logSums: Float64Array;
  /** Of each coordinate the levels that were declared; absent if no coordinate is a category. */
  readonly levels?: readonly (readonly number[] | undefined)[];
}

/**
 * The sums over all keys, from those over disjoint parts of them, for the same queries and bandwidth: its `mean` is the answer.
 * @throws NadarayaError "invalid-input" if there are none, or if their sizes or levels differ.
 */
export function mergePartials(partials: readonly Partial[]): Partial {
  const all = listOf<Partial>(partials, "partials");
  if (all.length === 0) throw new NadarayaError("invalid-input", "partials is empty, expected at least one");
  const [first] = all;
  for (const [i, each] of all.entries()) {
    if (!(each?.mean instanceof Float64Array && each.logSums instanceof Float64Array))
      throw new NadarayaError(
        "invalid-input",
        `partials[${i}] is ${show(each)}, expected what partial() returned`,
      );
    const { mean, logSums } = each;
    if (logSums.length !== first.logSums.length || mean.length !== first.mean.length)
      throw new NadarayaError(
        "invalid-input",
        `partials[${i}] has ${logSums.length} queries and ${mean.length} means, expected ${first.logSums.length} and ${first.mean.length} as partials[0] has`,
      );
  }
  const levelsOf = ({ levels }: Partial) => JSON.stringify(levels);
  const other = all.findIndex((each) => levelsOf(each) !== levelsOf(first));
  if (other >= 0)
    throw new NadarayaError(
      "invalid-input",
      `partials[${other}] has the levels ${levelsOf(all[other])}, expected ${levelsOf(first)} as partials[0] has`,
    );
  const m = first.logSums.length;
  const columns = m > 0 ? first.mean.length / m : 0;
  const mean = new Float64Array(first.mean.length);
  const logSums = new Float64Array(m);
  for (let q = 0; q < m; q++) {
    const largest = all.reduce((most, each) => Math.max(most, each.logSums[q]), -Infinity);
    const shares = all.map((each) => (largest === -Infinity ? 0 : Math.exp(each.logSums[q] - largest)));
    const total = shares.reduce((sum, share) => sum + share, 0);
    logSums[q] = largest + Math.log(total);
    for (let c = 0; c < columns; c++) {
      let sum = 0;
      for (const [i, share] of shares.entries()) if (share > 0) sum += share * all[i].mean[q * columns + c];
      mean[q * columns + c] = sum / total;
    }
  }
  const levels = first.levels?.map((each) => each && [...each]);
  return levels ? { mean, logSums, levels } : { mean, logSums };
}
