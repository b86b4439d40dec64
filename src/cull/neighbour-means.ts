/** From a query's neighbours and their weights to its weighted means, in float64. */
import type { Problem } from "../engine/types.ts";
import type { Neighbours } from "./cull.ts";

/** Writes the weighted mean of every column (NaN where no key has weight); returns the sum of weights over e^scale. */
export function meanOf(
  problem: Problem,
  { point, keys, weights, count }: Neighbours,
  mean: Float64Array,
): number {
  const { values, moments, bandwidth, keys: points } = problem;
  const { dims: columns, data } = values;
  let sum = 0;
  for (let i = 0; i < count; i++) sum += weights[i];
  if (moments) {
    const { dims } = points;
    for (const [m, { column, powers }] of moments.entries()) {
      let total = 0;
      for (let i = 0; i < count; i++) {
        let moment = column === undefined ? 1 : data[keys[i] * columns + column];
        for (let j = 0; j < dims; j++)
          for (let p = 0; p < powers[j]; p++)
            moment *= (points.data[keys[i] * dims + j] - point[j]) / bandwidth[j];
        total += weights[i] * moment;
      }
      mean[m] = total / sum;
    }
    return sum;
  }
  for (let c = 0; c < columns; c++) {
    // Of differences from the first value, so that a large offset costs no digits.
    const first = count === 0 ? NaN : data[keys[0] * columns + c];
    let total = 0;
    for (let i = 0; i < count; i++) total += weights[i] * (data[keys[i] * columns + c] - first);
    mean[c] = first + total / sum;
  }
  return sum;
}
