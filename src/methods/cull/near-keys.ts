/**
 * The keys that may matter to any of a few queries, without sorting: a coarse grid says which cells have keys, and from that which cells are in
 * reach. Where queries lie at the rim of the data, as those that another method leaves do, it is a small share of the keys.
 */
import type { Matrix } from "../../data/matrix.ts";
import { CELLS } from "./cost.ts";

/**
 * The keys' indices in their order.
 * @param reach the largest squared distance in bandwidths that matters where the nearest key's is at most so much
 */
export function nearKeys(
  keys: Matrix,
  bandwidth: readonly number[],
  queries: Matrix,
  indices: readonly number[],
  reach: (nearest: number) => number,
): Uint32Array {
  const { data, dims, count } = keys;
  const across = Math.floor(CELLS[dims - 1] ** (1 / dims) + 1e-9);
  const axes = Array.from({ length: dims }, (_, j) => axisOf(data, dims, j, across, bandwidth[j]));
  const cellOf = new Uint16Array(count);
  for (const [j, { least, perUnit }] of axes.entries())
    for (let i = 0, at = j; i < count; i++, at += dims)
      cellOf[i] = cellOf[i] * across + Math.min((data[at] - least) * perUnit, across - 1);
  const cells = across ** dims;
  const isFilled = new Uint8Array(cells);
  for (let i = 0; i < count; i++) isFilled[cellOf[i]] = 1;
  const filled = Uint32Array.from(isFilled.keys()).filter((cell) => isFilled[cell] === 1);

  /** Of each filled cell, its place in the tables of an axis. */
  const places = axes.map((_, j) =>
    filled.map((cell) => j * across + (Math.floor(cell / across ** (dims - 1 - j)) % across)),
  );
  const isNear = new Uint8Array(cells);
  const [lower, higher] = [new Float64Array(filled.length), new Float64Array(filled.length)];
  const upper = new Float64Array(dims * across);
  const nearest = new Float64Array(dims * across);
  for (const q of indices) {
    for (const [j, { least, perUnit, slack }] of axes.entries())
      for (let c = 0; c < across; c++) {
        const x = queries.data[q * dims + j];
        const below = least + c / perUnit - x;
        const above = x - least - (c + 1) / perUnit;
        nearest[j * across + c] = (Math.max(below - slack, above - slack, 0) / bandwidth[j]) ** 2;
        upper[j * across + c] = ((Math.max(-below, -above) + slack) / bandwidth[j]) ** 2;
      }
    lower.fill(0);
    higher.fill(0);
    for (const place of places)
      for (let f = 0; f < place.length; f++) {
        lower[f] += nearest[place[f]];
        higher[f] += upper[place[f]];
      }
    let most = Infinity;
    for (let f = 0; f < higher.length; f++) if (higher[f] < most) most = higher[f];
    const limit = reach(most);
    for (let f = 0; f < filled.length; f++) if (lower[f] <= limit) isNear[filled[f]] = 1;
  }
  let near = 0;
  for (let i = 0; i < count; i++) near += isNear[cellOf[i]];
  const result = new Uint32Array(near);
  for (let i = 0, at = 0; i < count; i++) if (isNear[cellOf[i]] === 1) result[at++] = i;
  return result;
}

/** Rounding of places on an axis, in units of the largest number on it. */
const ROUNDING = 8 * Number.EPSILON;

function axisOf(data: Float64Array, dims: number, j: number, across: number, bandwidth: number) {
  let [least, most] = [Infinity, -Infinity];
  for (let i = j; i < data.length; i += dims) {
    if (data[i] < least) least = data[i];
    if (data[i] > most) most = data[i];
  }
  // Keys that coincide have a cell as wide as a bandwidth.
  const width = most - least || bandwidth;
  return {
    least,
    perUnit: across / width,
    slack: ROUNDING * (Math.max(Math.abs(least), Math.abs(most)) + width),
  };
}
