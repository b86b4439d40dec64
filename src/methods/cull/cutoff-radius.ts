import { logWeight } from "../../kernels/log-weight.ts";
import { negligible, type Problem } from "../../problem/problem.ts";
import { BoxDistance } from "./box-distance.ts";
import type { Boxes } from "./tile-boxes.ts";
import type { TileTree } from "./tile-tree.ts";

/**
 * For the boxes of queries from … to − 1 the distance, in bandwidths, beyond which keys may be left out: all of them together
 * are below the tolerance's share of a query's sum. In the product shape, the distance along any coordinate. Of compact
 * kernels it is 1.
 */
export function cutoffRadii(
  problem: Problem,
  keys: TileTree,
  { least, most }: Boxes,
  [from, to]: readonly [number, number],
  tolerance: number,
): Float64Array {
  const { kernel, shape, bandwidth } = problem;
  const { dims } = least;
  const limits = new Float64Array(to - from).fill(1);
  if (kernel.tail === "compact") return limits;
  const measure = new BoxDistance(kernel, shape, bandwidth);
  const margin = negligible(problem, tolerance);
  const boxCentre = new Float64Array(2 * dims);
  for (let box = from; box < to; box++) {
    const at = box * dims;
    for (let j = 0; j < dims; j++)
      boxCentre[j] = boxCentre[dims + j] = least.data[at + j] + (most.data[at + j] - least.data[at + j]) / 2;
    const logWeightOf = (place: number, offset: (key: number, j: number) => number) =>
      logWeight(kernel, shape, dims, (j) => offset(keys.coordinates[j][place], j) / bandwidth[j]);
    const { place } = keys.best(
      (node) => measure.most(keys.boxes, node * 2 * dims, boxCentre, 0),
      (each) => logWeightOf(each, (key, j) => boxCentre[j] - key),
    );
    // No query of the box is further from that key than the box's furthest corner.
    const furthest = logWeightOf(place, (key, j) =>
      Math.max(Math.abs(key - least.data[at + j]), Math.abs(most.data[at + j] - key)),
    );
    limits[box - from] = distanceOf(kernel.logAlpha, furthest - margin);
  }
  return limits;
}

/** The least distance found at which log α is no more than `log`. */
export function distanceOf(logAlpha: (u: number) => number, log: number): number {
  let high = 1;
  while (logAlpha(high) > log && high < 1e150) high *= 2;
  let low = 0;
  for (let i = 0; i < 30; i++) {
    const u = (low + high) / 2;
    if (logAlpha(u) > log) low = u;
    else high = u;
  }
  return high;
}
