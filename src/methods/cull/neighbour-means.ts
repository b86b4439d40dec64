/** From a query's neighbours and their weights to its weighted means, in float64. */
import type { Matrix } from "../../data/matrix.ts";
import type { Moment } from "../../problem/moments.ts";
import { outputsOf, type Problem } from "../../problem/problem.ts";
import type { WriteMean } from "../results.ts";
import { type CullOptions, cull } from "./cull.ts";
import type { Neighbours } from "./neighbours.ts";
import type { TileTree } from "./tile-tree.ts";

/** Sums over the pairs that matter, for all queries or for those with these indices; returns how many pairs those were. */
export async function cullMeans(
  problem: Problem,
  tree: TileTree,
  queries: Matrix,
  options: CullOptions,
  write: WriteMean,
): Promise<number> {
  const mean = new Float64Array(outputsOf(problem));
  let pairs = 0;
  await cull(problem, tree, queries, options, (query, neighbours) => {
    const sum = meanOf(problem, neighbours, mean);
    pairs += neighbours.count;
    write(query, mean, logSumOf(neighbours.scale, sum));
  });
  return pairs;
}

/** log of sum · e^scale: −Infinity only where no key is in reach, not where the logarithm itself is beyond all numbers. */
export const logSumOf = (scale: number, sum: number): number =>
  sum > 0 ? Math.max(scale + Math.log(sum), -Number.MAX_VALUE) : -Infinity;

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
    const factors = factorsOf(moments);
    mean.fill(0);
    const t = new Float64Array(dims);
    for (let i = 0; i < count; i++) {
      const key = keys[i];
      for (let j = 0; j < dims; j++) t[j] = (points.data[key * dims + j] - point[j]) / bandwidth[j];
      for (let m = 0; m < moments.length; m++) {
        const { column } = moments[m];
        let moment = column === undefined ? weights[i] : weights[i] * data[key * columns + column];
        const monomials = factors[m];
        for (let f = 0; f < monomials.length; f++) moment *= t[monomials[f]];
        mean[m] += moment;
      }
    }
    for (let m = 0; m < moments.length; m++) mean[m] /= sum;
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

const known = new WeakMap<readonly Moment[], Uint8Array[]>();

/** For each moment the coordinates whose differences it multiplies: 0, 0, 2 for t₀² t₂. */
function factorsOf(moments: readonly Moment[]): Uint8Array[] {
  let factors = known.get(moments);
  if (!factors) {
    factors = moments.map(({ powers }) =>
      Uint8Array.from(powers.flatMap((power, j) => new Array<number>(power).fill(j))),
    );
    known.set(moments, factors);
  }
  return factors;
}
