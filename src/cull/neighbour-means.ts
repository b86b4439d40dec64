/** From a query's neighbours and their weights to its weighted means, in float64. */
import type { Matrix } from "../data.ts";
import type { Problem } from "../engine/types.ts";
import type { Moment } from "../moments.ts";
import type { Neighbours } from "./cull.ts";
import type { TileTree } from "./tile-tree.ts";

/** Writes the weighted mean of every column (NaN where no key has weight); returns the sum of weights over e^scale. */
export function meanOf(
  { values, moments, bandwidth }: Problem,
  tree: TileTree,
  neighbours: Neighbours,
  mean: Float64Array,
): { sum: number; keys: number } {
  const { ranges, weights } = neighbours;
  const { order } = tree;
  const columns = values.dims;
  let sum = 0;
  let heaviest = -1;
  let keys = 0;
  for (let r = 0; r < ranges.length; r += 2) {
    for (let i = ranges[r]; i < ranges[r + 1]; i++, keys++) {
      sum += weights[keys];
      if (heaviest < 0 && weights[keys] > 0) heaviest = i;
    }
  }
  if (moments) {
    momentsOf(neighbours, moments, values, bandwidth, tree, sum, mean);
    return { sum, keys };
  }
  for (let c = 0; c < columns; c++) {
    // Of differences from the first value that has weight, so that a large offset costs no digits.
    const first = heaviest < 0 ? NaN : values.data[order[heaviest] * columns + c];
    let total = 0;
    let at = 0;
    for (let r = 0; r < ranges.length; r += 2)
      for (let i = ranges[r]; i < ranges[r + 1]; i++, at++)
        total += weights[at] * (values.data[order[i] * columns + c] - first);
    mean[c] = first + total / sum;
  }
  return { sum, keys };
}

function momentsOf(
  { point, ranges, weights }: Neighbours,
  moments: readonly Moment[],
  values: Matrix,
  bandwidth: readonly number[],
  { order, coordinates }: TileTree,
  sum: number,
  mean: Float64Array,
): void {
  for (const [m, { column, powers }] of moments.entries()) {
    let total = 0;
    let at = 0;
    for (let r = 0; r < ranges.length; r += 2) {
      for (let i = ranges[r]; i < ranges[r + 1]; i++, at++) {
        let moment = column === undefined ? 1 : values.data[order[i] * values.dims + column];
        for (let j = 0; j < powers.length; j++)
          for (let p = 0; p < powers[j]; p++) moment *= (coordinates[j][i] - point[j]) / bandwidth[j];
        total += weights[at] * moment;
      }
    }
    mean[m] = total / sum;
  }
}
