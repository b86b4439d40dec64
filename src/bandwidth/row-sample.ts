/** Some of many rows, on which a search first looks where the least score may lie. */
import { randomFrom } from "../common/random.ts";
import { rowsOf } from "../data/matrix.ts";
import type { Given } from "./selection.ts";

/** Fewest rows of a sample, what share they are of many, and how many more there must be for it to be worth while. */
const ROWS = 2 ** 13;
const SHARE = 1 / 64;
const TIMES = 4;
const SEED = 1;

export interface RowSample {
  readonly given: Given;
  /** The indices of its rows, in their order. */
  readonly rows: Uint32Array;
}

/** A sample without replacement (Knuth 1997, §3.4.2, algorithm S), the same every time; undefined where there are few rows, or each key has a bandwidth. */
export function sampleOf(given: Given): RowSample | undefined {
  const { keys, keyWeights, copies, precisions, sampling, adaptive } = given;
  if (adaptive || keys.count < TIMES * ROWS) return undefined;
  const random = randomFrom(SEED);
  const count = Math.max(ROWS, Math.floor(keys.count * SHARE));
  const rows = new Uint32Array(count);
  for (let i = 0, chosen = 0; chosen < count; i++)
    if (random() * (keys.count - i) < count - chosen) rows[chosen++] = i;
  const of = (numbers: Float64Array) => Float64Array.from(rows, (row) => numbers[row]);
  const { withBandwidth: _, ...spec } = given;
  const some = {
    ...spec,
    keys: rowsOf(keys, rows),
    keyWeights: keyWeights && of(keyWeights),
    copies: copies && of(copies),
    precisions: precisions && of(precisions),
    sampling: sampling && { ...sampling, weights: of(sampling.weights) },
  };
  return { rows, given: { ...some, withBandwidth: async (bandwidth) => ({ ...some, bandwidth }) } };
}
