/** What both transforms of sorted keys share. */
import type { Matrix } from "../../data/matrix.ts";
import { plainMoments } from "../../problem/moments.ts";
import type { Problem } from "../../problem/problem.ts";
import type { TileTree } from "../cull/tile-tree.ts";
import type { ResultArrays } from "../results.ts";
import type { Yielder } from "../transform/transform.ts";

/** Points between two readings of the clock. */
export const KEYS_PER_BATCH = 4096;

/** What is summed: a charge, times the power of the difference (key − query) / h that weights are multiplied by. */
export interface Output {
  readonly charge: number;
  readonly power: number;
}

/** Σ α itself, then what is asked for. */
export const sortedOutputs = ({ values, moments }: Problem): readonly Output[] => [
  { charge: 0, power: 0 },
  ...(moments ?? plainMoments(values.dims, 1)).map(({ column, powers: [power] }) => ({
    charge: column === undefined ? 0 : 1 + column,
    power,
  })),
];

/**
 * Writes the results of all queries, in the order that is given; returns those whose sums cannot be promised.
 * @param sumsAt writes the sums at a query, and says whether they keep the tolerance
 */
export async function readSums(
  queries: Matrix,
  order: Uint32Array | undefined,
  { outputs, columnCentre }: { readonly outputs: number; readonly columnCentre: Float64Array },
  { mean, totals, asLog }: ResultArrays,
  sumsAt: (query: number, sums: Float64Array) => boolean,
  yieldToEventLoop: Yielder,
  progress: (done: number) => void,
): Promise<number[]> {
  const belowPrecision: number[] = [];
  const sums = new Float64Array(outputs);
  const columns = outputs - 1;
  for (let from = 0; from < queries.count; from += KEYS_PER_BATCH) {
    const to = Math.min(from + KEYS_PER_BATCH, queries.count);
    for (let i = from; i < to; i++) {
      const q = order ? order[i] : i;
      if (!sumsAt(queries.data[q], sums)) {
        belowPrecision.push(q);
        continue;
      }
      const [total] = sums;
      if (totals) totals[q] = asLog ? Math.log(total) : total;
      for (let c = 0; c < columns; c++) mean[q * columns + c] = columnCentre[c] + sums[1 + c] / total;
    }
    progress(to);
    await yieldToEventLoop();
  }
  return belowPrecision;
}

/** The tree's tiles ascend; inside a tile an insertion sort does the rest. */
export function sortedKeys({ coordinates, order, tile }: TileTree): { x: Float64Array; order: Uint32Array } {
  const x = coordinates[0].slice();
  const indices = order.slice();
  for (let i = 1; i < x.length; i++) {
    const key = x[i];
    const index = indices[i];
    let j = i - 1;
    for (; j >= 0 && x[j] > key; j--) {
      x[j + 1] = x[j];
      indices[j + 1] = indices[j];
    }
    x[j + 1] = key;
    indices[j + 1] = index;
    if (i - j > 2 * tile) throw new Error("the tiles of a tree ascend");
  }
  return { x, order: indices };
}

/** The first index from `from` on where the condition holds, which holds for all after it; the length where none. */
export function firstWhere(x: Float64Array, from: number, holds: (key: number) => boolean): number {
  let low = from;
  let high = x.length;
  while (low < high) {
    const midpoint = (low + high) >> 1;
    if (holds(x[midpoint])) high = midpoint;
    else low = midpoint + 1;
  }
  return low;
}

/** Rows of Pascal's triangle up to the power p. */
export const pascal = (most: number): readonly number[][] =>
  Array.from({ length: most + 1 }, (_, p) => {
    const row = [1];
    for (let j = 1; j <= p; j++) row.push((row[j - 1] * (p - j + 1)) / j);
    return row;
  });
