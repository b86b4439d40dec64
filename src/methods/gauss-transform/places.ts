/**
 * Where points are on a grid: from coordinates to positions and cells, as the kernels do it, point by point. A coordinate x lies at ((x − low) · perUnit + start) − from where that
 * is on the grid. Axes of several runs are given as positions already.
 */

import type { Matrix } from "../../data/matrix.ts";
import { type Axis, positions } from "../transform/axis.ts";

/** Numbers of each axis: low, perUnit, start, from, and the least (x − low) · perUnit and the largest x that are on the grid. */
export const PER_AXIS = 6;

/** Those of a grid of which the rows of the first axis begin at `from`. */
export function placesOf(axes: readonly Axis[], from = 0): Float64Array {
  return Float64Array.from(
    axes.flatMap(({ runs, perUnit, pad }, a) => {
      const firstRow = a === 0 ? from : 0;
      if (runs.length > 1) return [0, 1, 0, firstRow, 0, Infinity];
      const [{ from: low, to: high, start }] = runs;
      return [low, perUnit, start, firstRow, -pad, high + pad / perUnit];
    }),
  );
}

/** Writes the coordinates of the points from … to − 1, and positions along axes of several runs. */
export function fillCoordinates(
  axes: readonly Axis[],
  points: Matrix,
  from: number,
  to: number,
  coordinates: Float64Array,
): void {
  const { data, dims } = points;
  coordinates.set(data.subarray(from * dims, to * dims));
  for (const [a, axis] of axes.entries()) {
    if (axis.runs.length === 1) continue;
    const along = new Float64Array(to - from);
    positions(axis, points, a, from, to, along);
    for (let b = 0; b < along.length; b++) coordinates[b * dims + a] = along[b];
  }
}

/** As the kernels do it: writes the positions of a point of the batch; returns whether the grid has a place for it. */
export function locatePoint(
  coordinates: Float64Array,
  places: Float64Array,
  point: number,
  positions: Float64Array,
): boolean {
  let isPlaced = true;
  for (let a = 0, at = 0; a < positions.length; a++, at += PER_AXIS) {
    const x = coordinates[point * positions.length + a];
    const steps = (x - places[at]) * places[at + 1];
    positions[a] = steps + places[at + 2] - places[at + 3];
    if (!(steps >= places[at + 4] && x <= places[at + 5])) isPlaced = false;
  }
  return isPlaced;
}
