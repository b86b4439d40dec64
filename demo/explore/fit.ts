/** What the explorer computes: a curve or a density over the range of x, by whatever method is fastest. */
import {
  type Engine,
  KernelClassifier,
  KernelDensity,
  KernelRegression,
  type Report,
  type Selection,
} from "../../src/index.ts";
import type { Table } from "../../src/io/table.ts";
import { type ExploreState, viewOf } from "./state.ts";

/** Places asked about: as many as a wide screen has columns. */
const PLACES = 600;
/** Above so many rows the band waits until the hand is still. */
export const MANY = 20_000;

export interface Data {
  /** Rows in which nothing is missing. */
  readonly x: Float64Array;
  /** Absent for a density, and for classes. */
  readonly y: Float64Array | undefined;
  /** Where y is text: each row's class. */
  readonly labels?: readonly string[];
  readonly dropped: number;
  /** The least and the largest x. */
  readonly range: readonly [number, number];
  /** The second coordinate, for a map. */
  readonly second?: { readonly x: Float64Array; readonly range: readonly [number, number] };
}

export interface Fit {
  readonly places: Float64Array;
  readonly curve: Float64Array;
  readonly lower?: Float64Array;
  readonly upper?: Float64Array;
  /** How fast the curve changes, in units of y per unit of x. */
  readonly slope?: Float64Array;
  readonly width: number;
  readonly report: Report;
  readonly milliseconds: number;
}

/** More classes than these are hardly told apart. */
const MOST_CLASSES = 10;

/** @throws Error that says what is wrong with a column */
export function dataOf(table: Table, { x, x2, y }: Pick<ExploreState, "x" | "x2" | "y">): Data {
  const columnOf = (name: string) => (name === "" ? undefined : table.columns[name]);
  const target = columnOf(y);
  const text = target instanceof Float64Array ? undefined : target;
  const numbers = [x, text ? "" : y, x2].map((name) => {
    const found = columnOf(name);
    if (found && !(found instanceof Float64Array))
      throw new Error(`"${name}" is text; choose a column of numbers`);
    return found;
  });
  const present = numbers.filter((column) => column !== undefined);
  const columns = numbers.map((column) => column && new Float64Array(column.length));
  const labels: string[] = [];
  let kept = 0;
  for (let i = 0; i < table.rows; i++) {
    if (present.some((column) => !Number.isFinite(column[i]))) continue;
    const label = text?.[i];
    if (text && label === undefined) continue;
    if (label !== undefined) labels.push(label);
    for (const [c, column] of numbers.entries()) if (column) columns[c]![kept] = column[i];
    kept++;
  }
  if (kept < 3) throw new Error(`only ${kept} rows have all the columns; choose others`);
  const classes = new Set(labels).size;
  if (classes > MOST_CLASSES)
    throw new Error(`"${y}" has ${classes} different texts; choose one with up to ${MOST_CLASSES}`);
  const [keys, values, second] = columns.map((column) => column?.subarray(0, kept));
  return {
    ...{ x: keys!, y: values, dropped: table.rows - kept, range: rangeOf(keys!) },
    labels: text && labels,
    second: second && { x: second, range: rangeOf(second) },
  };
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
  { x, y, range }: Data,
  { kernel, width, degree, band, slope, ...view }: ExploreState,
): Promise<Fit> {
  const start = performance.now();
  const places = placesOver(viewOf(view, range));
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
  const { mean, lower, upper, gradient, report } = await model.predict(places, {
    confidence: band ? 0.95 : undefined,
    gradient: slope,
  });
  const found = { places, curve: mean, lower, upper, slope: gradient, width: model.bandwidth[0], report };
  return { ...found, milliseconds: performance.now() - start };
}

export interface ClassFit {
  readonly places: Float64Array;
  readonly classes: readonly string[];
  /** places × classes. */
  readonly probability: Float64Array;
  readonly width: number;
  readonly report: Report;
  readonly milliseconds: number;
}

/** How probable each class is over the range of x. */
export async function fitClasses(
  engine: Engine,
  data: Data,
  { kernel, width, ...view }: ExploreState,
): Promise<ClassFit> {
  const start = performance.now();
  const places = placesOver(viewOf(view, data.range));
  const bandwidth = width > 0 ? width : ("scott" as const);
  using model = await KernelClassifier.fit(
    { keys: data.x, labels: data.labels!, kernel, bandwidth },
    { engine },
  );
  const { probability, report } = await model.predict(places);
  const { classes } = model;
  const found = { places, classes, probability, width: model.bandwidth[0], report };
  return { ...found, milliseconds: performance.now() - start };
}

const placesOver = ([least, most]: readonly [number, number]) =>
  Float64Array.from({ length: PLACES }, (_, i) => least + (i / (PLACES - 1)) * (most - least));

export interface MapFit {
  readonly columns: number;
  readonly rows: number;
  /** What is shown of either coordinate. */
  readonly view: readonly [readonly [number, number], readonly [number, number]];
  /** Rows from the bottom up. */
  readonly grid: Float64Array;
  readonly widths: readonly number[];
  readonly report: Report;
  readonly milliseconds: number;
  /** The mean of y; absent where y is text. */
  readonly mean?: Float64Array;
  /** Where y is text: its classes, and grid × classes. */
  readonly classes?: readonly string[];
  readonly probability?: Float64Array;
}

/** The mean of y over x and the second coordinate, or how probable each of its classes is. */
export async function fitMap(
  engine: Engine,
  data: Data,
  { kernel, degree, ...state }: ExploreState,
): Promise<MapFit> {
  const start = performance.now();
  const [columns, rows] = [90, 60];
  const view = [viewOf(state, data.range), data.second!.range] as const;
  const grid = new Float64Array(2 * columns * rows);
  for (let i = 0; i < columns * rows; i++) {
    const share = [((i % columns) + 0.5) / columns, (Math.floor(i / columns) + 0.5) / rows];
    for (const j of [0, 1]) grid[2 * i + j] = view[j][0] + share[j] * (view[j][1] - view[j][0]);
  }
  const bandwidth = state.width > 0 ? widthsOf(data, state) : ("scott" as const);
  const input = { keys: pairsOf(data), kernel, bandwidth };
  const queries = { data: grid, dims: 2 };
  const map = { columns, rows, view, grid };
  if (data.labels) {
    using model = await KernelClassifier.fit({ ...input, labels: data.labels }, { engine });
    const { probability, report } = await model.predict(queries);
    const found = { classes: model.classes, probability, widths: model.bandwidth, report };
    return { ...map, ...found, milliseconds: performance.now() - start };
  }
  using model = await KernelRegression.fit({ ...input, values: data.y!, degree }, { engine });
  const { mean, report } = await model.predict(queries);
  return { ...map, mean, widths: model.bandwidth, report, milliseconds: performance.now() - start };
}

function widthsOf(
  { range, second }: Data,
  { width, width2 }: Pick<ExploreState, "width" | "width2">,
): number[] {
  const other = second!.range;
  return [width, width2 > 0 ? width2 : (width * (other[1] - other[0])) / (range[1] - range[0] || 1)];
}

function pairsOf({ x, second }: Data): { data: Float64Array; dims: number } {
  const data = new Float64Array(2 * x.length);
  for (let i = 0; i < x.length; i++) {
    data[2 * i] = x[i];
    data[2 * i + 1] = second!.x[i];
  }
  return { data, dims: 2 };
}

/** The width by a rule, and every width that it tried. */
export async function chooseWidth(
  engine: Engine,
  data: Data,
  { kernel, degree }: ExploreState,
  onProgress: (share: number) => void,
): Promise<Selection> {
  const options = {
    engine,
    onProgress: ({ done, total }: { done: number; total: number }) => onProgress(done / total),
  };
  const { x, y, second, labels } = data;
  const input = { keys: second ? pairsOf(data) : x, kernel };
  if (labels) {
    using model = await KernelClassifier.fit({ ...input, labels, bandwidth: "loo" }, options);
    return model.selection!;
  }
  if (!y) {
    using model = await KernelDensity.fit({ ...input, bandwidth: "likelihood" }, options);
    return model.selection!;
  }
  using model = await KernelRegression.fit({ ...input, values: y, degree, bandwidth: "loo" }, options);
  return model.selection!;
}
