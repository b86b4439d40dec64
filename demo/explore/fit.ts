/** What the explorer computes: a curve or a density over the range of x, by whatever method is fastest. */
import {
  type Engine,
  KernelDensity,
  KernelRegression,
  type Report,
  type Selection,
} from "../../src/index.ts";
import type { Table } from "../../src/io/table.ts";
import type { ExploreState } from "./state.ts";

/** Places asked about: as many as a wide screen has columns. */
const PLACES = 600;
/** Above so many rows the band waits until the hand is still. */
export const MANY = 20_000;

export interface Data {
  /** Rows in which nothing is missing. */
  readonly x: Float64Array;
  /** Absent for a density. */
  readonly y: Float64Array | undefined;
  readonly dropped: number;
  /** The least and the largest x. */
  readonly range: readonly [number, number];
}

export interface Fit {
  readonly places: Float64Array;
  readonly curve: Float64Array;
  readonly lower?: Float64Array;
  readonly upper?: Float64Array;
  readonly width: number;
  readonly report: Report;
  readonly milliseconds: number;
}

/** @throws Error that says what is wrong with a column */
export function dataOf(table: Table, { x, y }: Pick<ExploreState, "x" | "y">): Data {
  const column = (name: string) => {
    const found = table.columns[name];
    if (!(found instanceof Float64Array)) throw new Error(`"${name}" is text; choose a column of numbers`);
    return found;
  };
  const keys = column(x);
  const values = y === "" ? undefined : column(y);
  let kept = 0;
  const [ownX, ownY] = [new Float64Array(keys.length), values && new Float64Array(keys.length)];
  for (let i = 0; i < keys.length; i++) {
    if (!Number.isFinite(keys[i]) || (values && !Number.isFinite(values[i]))) continue;
    ownX[kept] = keys[i];
    if (ownY && values) ownY[kept] = values[i];
    kept++;
  }
  if (kept < 3) throw new Error(`only ${kept} rows have both columns; choose others`);
  const own = ownX.subarray(0, kept);
  return { x: own, y: ownY?.subarray(0, kept), dropped: keys.length - kept, range: rangeOf(own) };
}

export function rangeOf(numbers: Float64Array): [number, number] {
  let [least, most] = [Infinity, -Infinity];
  for (const number of numbers) {
    if (number < least) least = number;
    if (number > most) most = number;
  }
  return [least, most];
}

export async function fitData(
  engine: Engine,
  { x, y, range: [least, most] }: Data,
  { kernel, width, degree, band }: ExploreState,
): Promise<Fit> {
  const start = performance.now();
  const places = Float64Array.from({ length: PLACES }, (_, i) => least + (i / (PLACES - 1)) * (most - least));
  const input = { keys: x, kernel, bandwidth: width > 0 ? width : ("scott" as const) };
  if (!y) {
    using model = await KernelDensity.fit(input, { engine });
    const { density, report } = await model.evaluate(places);
    return {
      places,
      curve: density,
      width: model.bandwidth[0],
      report,
      milliseconds: performance.now() - start,
    };
  }
  using model = await KernelRegression.fit({ ...input, values: y, degree }, { engine });
  const { mean, lower, upper, report } = await model.predict(places, { confidence: band ? 0.95 : undefined });
  const found = { places, curve: mean, lower, upper, width: model.bandwidth[0], report };
  return { ...found, milliseconds: performance.now() - start };
}

/** The width by a rule, and every width that it tried. */
export async function chooseWidth(
  engine: Engine,
  { x, y }: Data,
  { kernel, degree }: ExploreState,
  onProgress: (share: number) => void,
): Promise<Selection> {
  const options = {
    engine,
    onProgress: ({ done, total }: { done: number; total: number }) => onProgress(done / total),
  };
  const input = { keys: x, kernel };
  if (!y) {
    using model = await KernelDensity.fit({ ...input, bandwidth: "likelihood" }, options);
    return model.selection!;
  }
  using model = await KernelRegression.fit({ ...input, values: y, degree, bandwidth: "loo" }, options);
  return model.selection!;
}
