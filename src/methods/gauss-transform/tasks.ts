/** Charge grids of a grid made side by side: by parts of the keys where the grid is small, else by its rows and then its columns. */

import { countingSort } from "../../common/counting-sort.ts";
import { neverYield } from "../../common/yield.ts";
import { type Matrix, rowsOf } from "../../data/matrix.ts";
import { ranges, type Task, type TaskRunner } from "../../workers/task.ts";
import { positions } from "../transform/axis.ts";
import type { Yielder } from "../transform/transform.ts";
import {
  type ChargeGrids,
  convolveAxes,
  convolveGrids,
  type GridPlan,
  type Keys,
  spreadKeys,
} from "./charge-grids.ts";
import { KEYS_PER_BATCH } from "./key-batches.ts";
import { planesOf } from "./spread.ts";

interface Rows {
  readonly from: number;
  readonly rows: number;
  /** Charge grids of the whole grid are added to others before they are convolved. */
  readonly whole?: boolean;
}

/** Keys → all charge grids side by side, or some rows of the first axis, one grid after the other, convolved along the other axes. */
export const spreadTask: Task<GridPlan, Keys & Rows, ChargeGrids> = {
  name: "spread",
  prepare: (plan) => async (input) => {
    const { from, rows, whole } = input;
    const chargeGrids = await spreadKeys(plan, from, rows, input, neverYield);
    if (whole) return chargeGrids;
    const lengths = [rows, ...plan.lengths.slice(1)];
    const planes = planesOf(chargeGrids.grids, plan.charges);
    return { ...chargeGrids, grids: await convolveAxes(plan, planes, lengths, 1, neverYield) };
  },
};

/** Columns of grids, side by side in rows → convolved along the first axis. */
export const convolveTask: Task<GridPlan, Float64Array, Float64Array> = {
  name: "convolve",
  prepare(plan) {
    let spare: Float64Array | undefined;
    return (grids) => {
      const [length] = plan.lengths;
      const rows = length * gridsBetween(plan);
      const convolved = convolveGrids(plan, grids, [length, grids.length / rows], 0, spare);
      spare = grids;
      return convolved;
    };
  },
};

/** Grids that are convolved along all axes but the first one. */
const gridsBetween = ({ stages, charges }: GridPlan): number => stages[1]?.length ?? charges;

/** Numbers of a grid, in all its copies, for each key, up to which parts of the keys make copies of the whole grid. */
const NUMBERS_PER_KEY = 5;
/** Fewest keys of such a part, and most parts. */
const KEYS_PER_PART = 2 ** 17;
const MAX_PARTS = 8;
/** What a grid point costs of what a key costs. */
const POINT = 1 / 3;
/** Fewest and most columns that are convolved at once. */
const COLUMNS = [64, 2 ** 10] as const;

interface Range {
  readonly from: number;
  readonly to: number;
}

/** Parts of the keys whose charge grids are added in their order, whichever worker makes them: the sum is the same to the last digit. */
export function partsOfKeys({ points, charges, byCells }: GridPlan, { keys }: Keys): readonly Range[] {
  const most = byCells ? MAX_PARTS : Math.floor((NUMBERS_PER_KEY * keys.count) / (points * charges));
  const parts = Math.max(1, Math.min(Math.floor(keys.count / KEYS_PER_PART), most, MAX_PARTS));
  const length = Math.ceil(keys.count / parts);
  return Array.from({ length: parts }, (_, part) => ({
    from: part * length,
    to: Math.min((part + 1) * length, keys.count),
  }));
}

/** The rows of a part: views. */
function partOf({ keys, values, weights }: Keys, { from, to }: Range): Keys {
  const rows = ({ data, dims }: Matrix): Matrix => ({
    data: data.subarray(from * dims, to * dims),
    dims,
    count: to - from,
  });
  return { keys: rows(keys), values: rows(values), weights: weights?.subarray(from, to) };
}

/** Charge grids of all keys, part by part, on the calling thread. */
export async function spreadParts(
  plan: GridPlan,
  keys: Keys,
  parts: readonly Range[],
  yieldToEventLoop: Yielder,
): Promise<ChargeGrids> {
  const [rows] = plan.lengths;
  let whole: ChargeGrids | undefined;
  for (const part of parts) {
    const chargeGrids = await spreadKeys(plan, 0, rows, partOf(keys, part), yieldToEventLoop);
    if (whole) addLayers(whole, chargeGrids);
    whole ??= chargeGrids;
  }
  return whole!;
}

/** As `spreadParts`, by workers. */
export async function shareParts(
  plan: GridPlan,
  keys: Keys,
  parts: readonly Range[],
  share: TaskRunner,
  signal?: AbortSignal,
): Promise<ChargeGrids> {
  const waiting = new Map<number, ChargeGrids>();
  let [next, whole]: [number, ChargeGrids | undefined] = [0, undefined];
  const copy = ({ data, ...rest }: Matrix): Matrix => ({ ...rest, data: data.slice() });
  const taskInputs = {
    count: parts.length,
    input(taskIndex: number) {
      const { keys: some, values, weights } = partOf(keys, parts[taskIndex]);
      return {
        ...{ from: 0, rows: plan.lengths[0], whole: true, weights: weights?.slice() },
        keys: copy(some),
        values: copy(values),
      };
    },
    take(grids: ChargeGrids, taskIndex: number) {
      waiting.set(taskIndex, grids);
      for (let chargeGrids = waiting.get(next); chargeGrids; chargeGrids = waiting.get(next)) {
        if (whole) addLayers(whole, chargeGrids);
        whole ??= chargeGrids;
        waiting.delete(next++);
      }
    },
  };
  await share.each(spreadTask, plan, taskInputs, signal);
  return whole!;
}

function addLayers(to: ChargeGrids, { grids, counts }: ChargeGrids): void {
  addTo(to.grids, grids);
  addTo(to.counts, counts);
}

function addTo(sums: Float64Array, numbers: Float64Array): void {
  for (let i = 0; i < numbers.length; i++) sums[i] += numbers[i];
}

/** As `spreadKeys` and `convolveAxes` for all keys, by parts of the grid: one grid after the other. */
export async function shareGrid(
  plan: GridPlan,
  keys: Keys,
  share: TaskRunner,
  signal?: AbortSignal,
): Promise<{ planes: Float64Array; counts: Float64Array }> {
  const { rows, counts } = await shareRows(plan, keys, share, signal);
  return { planes: await shareColumns(plan, rows, share, signal), counts };
}

async function shareRows(
  plan: GridPlan,
  { keys, values, weights }: Keys,
  share: TaskRunner,
  signal: AbortSignal | undefined,
): Promise<{ rows: Float64Array[]; counts: Float64Array }> {
  const { lengths, window } = plan;
  const [length] = lengths;
  const half = window.width / 2;
  const inner = plan.points / length;
  const { order, starts } = orderByRow(plan, keys);
  const parts = cut(share.size, starts, inner * POINT);
  /** Rows of one grid after the other: views of what the workers made. */
  const made: Float64Array[] = [];
  const allCounts = new Float64Array(plan.points);
  const taskInputs = {
    count: parts.length,
    input(taskIndex: number) {
      const { from, rows } = parts[taskIndex];
      // Cells whose windows touch the rows.
      const [first, last] = [Math.max(from - half, 0), Math.min(from + rows + half - 1, length)];
      const keysOfRows = order.slice(starts[first], starts[last]).sort(); // in the order in which all keys are visited
      return {
        ...{ from, rows, keys: rowsOf(keys, keysOfRows), values: rowsOf(values, keysOfRows) },
        weights: weights && Float64Array.from(keysOfRows, (key) => weights[key]),
      };
    },
    take({ grids, counts }: ChargeGrids, taskIndex: number) {
      const { from, rows } = parts[taskIndex];
      for (let grid = 0; grid < gridsBetween(plan); grid++)
        for (let row = 0; row < rows; row++) {
          const at = (grid * rows + row) * inner;
          made[grid * length + from + row] = grids.subarray(at, at + inner);
        }
      allCounts.set(counts, from * inner);
    },
  };
  await share.each(spreadTask, plan, taskInputs, signal);
  return { rows: made, counts: allCounts };
}

/** The keys by their cell on the first axis. */
function orderByRow({ axes, lengths }: GridPlan, keys: Keys["keys"]) {
  const rowOf = new Uint32Array(keys.count);
  const at = new Float64Array(KEYS_PER_BATCH);
  for (let from = 0; from < keys.count; from += KEYS_PER_BATCH) {
    const to = Math.min(from + KEYS_PER_BATCH, keys.count);
    positions(axes[0], keys, 0, from, to, at);
    for (let b = 0; b < to - from; b++) rowOf[from + b] = Math.floor(at[b]);
  }
  return countingSort(rowOf, lengths[0]);
}

/** Parts of the rows that take about the same, by the keys that they start with and what a row costs besides. */
function cut(size: number, starts: Uint32Array, perRow: number): Rows[] {
  const rows = starts.length - 1;
  const each = (starts[rows] + rows * perRow) / (4 * size);
  const parts: Rows[] = [];
  for (let from = 0, to = 1; from < rows; from = to++) {
    while (to < rows && starts[to] - starts[from] + (to - from) * perRow < each) to++;
    parts.push({ from, rows: to - from });
  }
  return parts;
}

async function shareColumns(
  plan: GridPlan,
  rows: readonly Float64Array[],
  share: TaskRunner,
  signal: AbortSignal | undefined,
): Promise<Float64Array> {
  const inner = plan.points / plan.lengths[0];
  const columns = ranges(inner, share.size, COLUMNS);
  const whole = new Float64Array(plan.outputs * plan.points);
  /** Arrays that came back, for the next parts. */
  const spare: Float64Array[] = [];
  const taskInputs = {
    count: columns.length,
    input(taskIndex: number) {
      const { from, to } = columns[taskIndex];
      const old = spare.pop();
      const length = rows.length * (to - from);
      const part = old?.length === length ? old : new Float64Array(length);
      for (const [i, row] of rows.entries()) part.set(row.subarray(from, to), i * (to - from));
      return part;
    },
    take(part: Float64Array, taskIndex: number) {
      const { from, to } = columns[taskIndex];
      const count = to - from;
      for (let i = 0; i * count < part.length; i++)
        whole.set(part.subarray(i * count, (i + 1) * count), i * inner + from);
      spare.push(part);
    },
  };
  await share.each(convolveTask, plan, taskInputs, signal);
  return whole;
}
