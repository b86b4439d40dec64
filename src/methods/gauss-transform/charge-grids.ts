/**
 * What the fast Gauss transform makes of the keys: grids of their charges, and what they weigh in each cell. Everything here
 * is linear in the keys, so that charge grids of some keys add up to the charge grids of all.
 */
import type { Matrix } from "../../data/matrix.ts";
import { shareableArray } from "../../workers/shareable.ts";
import type { Axis } from "../transform/axis.ts";
import type { Yielder } from "../transform/transform.ts";
import type { Window } from "../transform/window.ts";
import { cellKernels, countsOf } from "./cell-polynomials.ts";
import { convolve } from "./convolve.ts";
import { atPlaces, eachBatch, placesByBlock } from "./key-batches.ts";
import { planesOf, pointKernels, sideBySide } from "./spread.ts";

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
  /** The charges of each grid point side by side; where keys are known by cells, the moments of these. */
  readonly grids: Float64Array;
  /** What the keys of each cell weigh. */
  readonly counts: Float64Array;
}

/**
 * Spreads keys to charge grids of so many `rows` of the first axis, `from` one on; what reaches beyond these rows is left out.
 */
export async function spreadKeys(
  plan: GridPlan,
  from: number,
  rows: number,
  given: Keys,
  yieldToEventLoop: Yielder,
): Promise<ChargeGrids> {
  const { window, axes, charges, columnCentre, byCells } = plan;
  const places = await placesByBlock(axes, charges, given.keys, yieldToEventLoop);
  const { keys, values, weights } = places ? await keysAtPlaces(given, places, yieldToEventLoop) : given;
  const lengths = [rows, ...plan.lengths.slice(1)];
  const gridKernels = byCells ? undefined : pointKernels(window, charges, lengths);
  const kernels = gridKernels ?? cellKernels(window, rows, charges, keys.count);
  const { charged, grid } = kernels;
  if (!weights && charges === 1) charged.fill(1);
  const spread = (first: number, last: number) => {
    if (weights || charges > 1)
      for (let key = first, at = 0, value = first * (charges - 1); key < last; key++) {
        const weight = weights ? weights[key] : 1;
        charged[at++] = weight;
        for (let c = 0; c < charges - 1; c++)
          charged[at++] = weight * (values.data[value++] - columnCentre[c]);
      }
    kernels.spread(last - first);
  };
  await eachBatch(axes, kernels, keys, yieldToEventLoop, spread, from);
  // Copies: memory of WebAssembly cannot go from a worker to its caller.
  const counts = gridKernels ? gridKernels.counts.slice() : countsOf(grid, window, charges);
  return { grids: grid.slice(), counts };
}

async function keysAtPlaces(
  { keys, values, weights }: Keys,
  places: Uint32Array,
  yieldToEventLoop: Yielder,
): Promise<Keys> {
  const sorted = (matrix: Matrix) => atPlaces(matrix, places, yieldToEventLoop);
  return {
    keys: await sorted(keys),
    values: await sorted(values),
    weights: weights && (await sorted({ data: weights, dims: 1, count: weights.length })).data,
  };
}

/** Convolves grids of these lengths, one after the other, along an axis of the plan, into `spare` where it fits. */
export function convolveGrids(
  { window, stages }: Pick<GridPlan, "window" | "stages">,
  grids: Float64Array,
  lengths: readonly number[],
  axis: number,
  spare?: Float64Array,
): Float64Array {
  const points = lengths.reduce((product, length) => product * length, 1);
  const length = points * stages[axis].length;
  const made = spare?.length === length ? spare : new Float64Array(length);
  for (const [i, { from, power }] of stages[axis].entries()) {
    const grid = grids.subarray(from * points, (from + 1) * points);
    const out = made.subarray(i * points, (i + 1) * points);
    convolve(grid, lengths, axis, window.momentTaps[power], out, true);
  }
  return made;
}

/** Along all axes down to the axis `last`; the grids are overwritten. */
export async function convolveAxes(
  plan: GridPlan,
  grids: Float64Array,
  lengths: readonly number[],
  last: number,
  yieldToEventLoop: Yielder,
): Promise<Float64Array> {
  let [result, spare]: [Float64Array, Float64Array | undefined] = [grids, undefined];
  for (let axis = lengths.length - 1; axis >= last; axis--) {
    [result, spare] = [convolveGrids(plan, result, lengths, axis, spare), result];
    await yieldToEventLoop();
  }
  return result;
}

/** All axes of whole grids whose numbers lie side by side, and from then on those of the outputs; the grids are overwritten. */
export async function convolveSideBySide(
  plan: GridPlan,
  grids: Float64Array,
  yieldToEventLoop: Yielder,
): Promise<Float64Array> {
  const { window, lengths, stages, charges, outputs } = plan;
  const isPlain = stages.every(
    (stage) => stage.length === charges && stage.every(({ from, power }, i) => from === i && power === 0),
  );
  if (!isPlain) {
    const planes = await convolveAxes(plan, planesOf(grids, charges), lengths, 0, yieldToEventLoop);
    return sideBySide(planes, outputs, shareableArray(planes.length));
  }
  // Charges are one axis more, along which nothing happens.
  let [result, spare]: [Float64Array, Float64Array | undefined] = [grids, undefined];
  for (let axis = lengths.length - 1; axis >= 0; axis--) {
    const out: Float64Array =
      axis === 0 ? shareableArray(grids.length) : (spare ?? new Float64Array(grids.length));
    convolve(result, [...lengths, charges], axis, window.momentTaps[0], out, true);
    [result, spare] = [out, result];
    await yieldToEventLoop();
  }
  return result;
}
