/**
 * A bound on the error of Σ α next to the grid of a fast Gauss transform: |Π K̂ − Π K| ≤ Σₐ εₐ Π κ_b over the axes b ≠ a, with the
 * window's errors ε and largest values κ, summed over the keys (docs/accuracy.md).
 */
import type { Window } from "../transform/window.ts";
import { convolve, mirrored } from "./convolve.ts";

/** What float64 itself does to a sum, as a share of the weights about. */
const ROUNDING = 1e-15;
/** No key beyond the taps' reach weighs more, nor do those beyond the tables' add more to an error. */
const FARTHEST = 1e-16;

/**
 * For each cell, a bound for queries in it.
 * @param counts what the keys of each cell weigh
 * @param total what all keys weigh
 */
export function errorBounds(
  window: Window,
  counts: Float64Array,
  lengths: readonly number[],
  total: number,
): Float64Array {
  // Where κ is next to nothing, so is its product with ε; a pair has one such product for each axis.
  const least = FARTHEST / (2 * lengths.length);
  const [errors, largest] = [upTo(window.errors, least), upTo(window.largest, least / window.error)];
  let weights: Float64Array = counts;
  let bounds: Float64Array = new Float64Array(counts.length);
  for (let axis = lengths.length - 1; axis >= 0; axis--) {
    const next = convolve(weights, lengths, axis, errors);
    if (axis < lengths.length - 1) convolve(bounds, lengths, axis, largest, next);
    [weights, bounds] = [convolve(weights, lengths, axis, largest, bounds, true), next];
  }
  for (let i = 0; i < bounds.length; i++) bounds[i] += ROUNDING * weights[i] + 2 * FARTHEST * total;
  return bounds;
}

/** A table as taps, without the values below `least` at its end. */
function upTo(table: Float64Array, least: number): Float64Array {
  let length = table.length;
  while (length > 1 && table[length - 1] < least) length--;
  return mirrored(table.subarray(0, length));
}
