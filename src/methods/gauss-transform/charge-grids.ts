/**
 * What the fast Gauss transform makes of the keys: grids of their charges, and next to them a bound on the error. Everything here
 * is linear in the keys, so that charge grids of some keys add up to the charge grids of all.
 */
import type { Matrix } from "../../data/matrix.ts";
import type { Axis } from "../transform/axis.ts";
import type { Yielder } from "../transform/transform.ts";
import type { Window } from "../transform/window.ts";
import { CellPolynomials } from "./cell-polynomials.ts";
import { convolve, mirrored } from "./convolve.ts";
import { KEYS_PER_BATCH, KeyBatches } from "./key-batches.ts";
import { spreadPoint, WindowWeights } from "./spread.ts";

/** A grid as it is planned: the same for every worker that makes a part of it. */
export interface GridPlan {
  readonly window: Window;
  readonly axes: readonly Axis[];
  /** Grid points on each axis, and all of them. */
  readonly lengths: readonly number[];
  readonly points: number;
  /** Grids that keys are spread to: Σ α, then Σ α·(value − centre) for each column. */
  readonly charges: number;
  readonly columnCentre: Float64Array;
  /** Grids that queries read. */
  readonly outputs: number;
  /** For each axis, the grids that the convolution along it makes of those of the axis after it. */
  readonly stages: readonly (readonly Convolved[])[];
  /** Whether keys are known by the moments of their cells alone. */
  readonly byCells: boolean;
}

/** A grid convolved along one axis. */
export interface Convolved {
  /** The index of what it is made from. */
  readonly from: number;
  /** The power of the difference along the axis that weights are multiplied by. */
  readonly power: number;
}

/** A charge, and the powers of differences along each axis that its weights are multiplied by. */
export interface Output {
  readonly charge: number;
  readonly powers: readonly number[];
}

/** What convolutions along the last axis, … the first one have to make; what outputs share is made once. */
export function stagesOf(outputs: readonly Output[], charges: number, dims: number): Convolved[][] {
  const stages: Convolved[][] = [];
  let made = new Map(Array.from({ length: charges }, (_, charge) => [`${charge}`, charge]));
  for (let axis = dims - 1; axis >= 0; axis--) {
    const next = new Map<string, number>();
    stages[axis] = [];
    for (const { charge, powers } of outputs) {
      const name = [charge, ...powers.slice(axis)].join();
      if (axis > 0 && next.has(name)) continue;
      next.set(name, stages[axis].length);
      stages[axis].push({ from: made.get([charge, ...powers.slice(axis + 1)].join())!, power: powers[axis] });
    }
    made = next;
  }
  return stages;
}

/** Some keys, with their rows of values and their weights. */
export interface Keys {
  readonly keys: Matrix;
  readonly values: Matrix;
  readonly weights?: Float64Array;
}

export interface ChargeGrids {
  /** The charges' grids, one after the other; where keys are known by cells, the moments of these. */
  readonly grids: Float64Array;
  /** For each cell what keys may weigh there at most, and the bound. */
  readonly weights: Float64Array;
  readonly bounds: Float64Array;
}

/** Spreads keys to charge grids of so many `rows` of the first axis, `from` one on; what reaches beyond these rows is left out. */
export async function spreadKeys(
  plan: GridPlan,
  from: number,
  rows: number,
  { keys, values, weights }: Keys,
  yieldToEventLoop: Yielder,
): Promise<ChargeGrids> {
  const { window, axes, charges, columnCentre, byCells } = plan;
  const columns = charges - 1;
  const lengths = [rows, ...plan.lengths.slice(1)];
  const points = (plan.points / plan.lengths[0]) * rows;
  const batches = new KeyBatches(axes, charges, from, rows);
  const place = { lengths, axisWindows: axes.map(() => new WindowWeights(window)) };
  const cells = byCells ? new CellPolynomials(window, points, charges) : undefined;
  const grids = new Float64Array(cells ? 0 : points * charges);
  const counts = new Float64Array(cells ? 0 : points);
  const unitWeights = new Float64Array(KEYS_PER_BATCH).fill(1);
  const charged = new Float64Array(KEYS_PER_BATCH * columns);
  await batches.each(keys, yieldToEventLoop, (first, last, order) => {
    const count = last - first;
    const key = (b: number) => (order ? order[first + b] : first + b);
    if (weights) for (let b = 0; b < count; b++) unitWeights[b] = weights[key(b)];
    for (let c = 0; c < columns; c++)
      for (let b = 0; b < count; b++)
        charged[c * count + b] = unitWeights[b] * (values.data[key(b) * columns + c] - columnCentre[c]);
    if (cells) {
      cells.add(batches.at[0], count, unitWeights, charged);
      return;
    }
    for (let b = 0; b < count; b++) {
      const cell = batches.cellOf(b);
      if (cell >= 0) counts[cell] += unitWeights[b];
      for (let a = 0; a < axes.length; a++) place.axisWindows[a].set(batches.at[a][b]);
      spreadPoint(grids, 0, place, unitWeights[b]);
      for (let c = 0; c < columns; c++) spreadPoint(grids, (1 + c) * points, place, charged[c * count + b]);
    }
  });
  return cells
    ? { grids: cells.numbers, weights: cells.counts(), bounds: new Float64Array(points) }
    : { grids, weights: counts, bounds: new Float64Array(points) };
}

/**
 * Convolves charge grids of these lengths along an axis of the plan, into the arrays of `spare` where they fit. The bound on the error of Σ α is
 * |Π K̂ − Π K| ≤ Σₐ εₐ Π κ_b over the axes b ≠ a, with the window's errors ε and largest values κ, summed over the keys.
 */
export function convolveGrids(
  { window, stages }: Pick<GridPlan, "window" | "stages">,
  { grids, weights, bounds }: ChargeGrids,
  lengths: readonly number[],
  axis: number,
  spare?: ChargeGrids,
): ChargeGrids {
  const { momentTaps } = window;
  const [errors, largest] = [mirrored(window.errors), mirrored(window.largest)];
  const points = bounds.length;
  const into = (of: keyof ChargeGrids, length: number) =>
    spare?.[of].length === length ? spare[of].fill(0) : new Float64Array(length);
  const next = into("bounds", points);
  convolve(weights, lengths, axis, errors, next);
  convolve(bounds, lengths, axis, largest, next);
  const made = into("grids", points * stages[axis].length);
  for (const [i, { from, power }] of stages[axis].entries()) {
    const grid = grids.subarray(from * points, (from + 1) * points);
    convolve(grid, lengths, axis, momentTaps[power], made.subarray(i * points, (i + 1) * points));
  }
  return {
    grids: made,
    weights: convolve(weights, lengths, axis, largest, into("weights", points)),
    bounds: next,
  };
}

/** Along all axes down to the axis `last`; the charge grids are overwritten. */
export async function convolveAxes(
  plan: GridPlan,
  chargeGrids: ChargeGrids,
  lengths: readonly number[],
  last: number,
  yieldToEventLoop: Yielder,
): Promise<ChargeGrids> {
  let [result, spare]: [ChargeGrids, ChargeGrids | undefined] = [chargeGrids, undefined];
  for (let axis = lengths.length - 1; axis >= last; axis--) {
    [result, spare] = [convolveGrids(plan, result, lengths, axis, spare), result];
    await yieldToEventLoop();
  }
  return result;
}
