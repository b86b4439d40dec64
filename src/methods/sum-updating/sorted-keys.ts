/** What both transforms of sorted keys share. */
import type { TileTree } from "../cull/tile-tree.ts";

/** What is summed: a charge, times the power of the difference (key − query) / h that weights are multiplied by. */
export interface Output {
  readonly charge: number;
  readonly power: number;
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
