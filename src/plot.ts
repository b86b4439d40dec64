/** `nadaraya/plot`: the smooth and its band as marks of Observable Plot, which is an optional peer. */
import * as Plot from "@observablehq/plot";
import { NadarayaError, show } from "./common/errors.ts";
import { checkInput, isWhole, optionNames } from "./common/options.ts";
import type { GappyPoints } from "./data/matrix.ts";
import { FIT_OPTIONS, type FitOptions, type KernelInput } from "./estimators/model/fit.ts";
import type { RegressionInput } from "./estimators/regression/prediction.ts";
import { KernelRegression } from "./estimators/regression/regression.ts";

/** A channel as in Plot: a column's name, a function of a row, or one value a row. */
export type Channel<Row, Value> =
  | string
  | ((row: Row, index: number) => Value | null | undefined)
  | Iterable<Value | null | undefined>;

/** What `smooth` reads of each datum, and how it is estimated and drawn. */
export interface SmoothOptions<Row>
  extends Pick<KernelInput, "kernel" | "bandwidth" | "adaptive" | "neighbours">,
    Pick<RegressionInput, "degree">,
    FitOptions {
  /** Numbers or dates. */
  readonly x: Channel<Row, number | Date>;
  readonly y: Channel<Row, number>;
  /** One curve for each of its values. */
  readonly z?: Channel<Row, string | number>;
  /** Places along x, 200 by default; over each curve's own keys. */
  readonly points?: number;
  /** Of the band, 0.95 by default; null: no band. */
  readonly confidence?: number | null;
  /** A colour, for all curves; where there is `z` they are told apart by Plot's scale unless this is given. */
  readonly stroke?: string;
  readonly strokeWidth?: number;
  /** Of the band; the curve's colour by default. */
  readonly fill?: string;
  /** 0.18 by default. */
  readonly fillOpacity?: number;
}

const OPTIONS = optionNames<SmoothOptions<unknown>>()(
  {
    x: true,
    y: true,
    z: true,
    points: true,
    confidence: true,
    stroke: true,
    strokeWidth: true,
    fill: true,
    fillOpacity: true,
    kernel: true,
    bandwidth: true,
    adaptive: true,
    neighbours: true,
    degree: true,
  },
  FIT_OPTIONS,
);

/** Places on a curve, at most. */
const MOST_POINTS = 1e6;

/** A place on a curve. */
export interface SmoothRow {
  readonly x: number | Date;
  readonly y: number;
  readonly lower?: number;
  readonly upper?: number;
  readonly z?: string | number;
}

/**
 * The regression of y on x as rows, for marks or tables of your own. Rows in which x or y is missing are left out.
 *
 * ```ts
 * const curve = await smoothRows(cars, { x: "weight", y: "mileage", bandwidth: "loo" });
 * ```
 * @throws NadarayaError "invalid-input" for a channel that holds something else than numbers or dates, and whatever
 *   `KernelRegression.fit` throws.
 */
export async function smoothRows<Row>(
  data: Iterable<Row>,
  options: SmoothOptions<Row>,
): Promise<SmoothRow[]> {
  checkInput(options, OPTIONS, "smooth");
  const { points = 200, confidence = 0.95, engine, signal, onProgress, onWarning } = options;
  if (!isWhole(points, 2, MOST_POINTS))
    throw new NadarayaError(
      "invalid-input",
      `points is ${show(points)}, expected a whole number from 2 to ${MOST_POINTS}`,
    );
  if (typeof (data as Iterable<Row> | undefined)?.[Symbol.iterator] !== "function")
    throw new NadarayaError("invalid-input", `data is ${show(data)}, expected rows`);
  const rows = [...data];
  const xs = channel(rows, options.x, "x");
  const [x, y] = [xs.map((value, i) => numberIn(value, "x", i)), numbersOf(rows, options.y, "y")];
  const isDate = xs.some((value) => value instanceof Date);
  const z = options.z === undefined ? undefined : channel(rows, options.z, "z");
  const { kernel, bandwidth, adaptive, neighbours, degree } = options;
  const curves: SmoothRow[] = [];
  for (const [name, members] of groupsOf(rows.length, z)) {
    const whole = members.filter((i) => Number.isFinite(x[i]) && Number.isFinite(y[i]));
    if (whole.length === 0) continue;
    const keys = Float64Array.from(whole, (i) => x[i]);
    const values: GappyPoints = Float64Array.from(whole, (i) => y[i]);
    const fit = { signal, onProgress, onWarning, engine };
    const how = { kernel, bandwidth, adaptive, neighbours, degree };
    const model = await KernelRegression.fit({ keys, values, ...how }, fit);
    let [least, most] = [Infinity, -Infinity];
    for (const key of keys) [least, most] = [Math.min(least, key), Math.max(most, key)];
    const places = Float64Array.from(
      { length: points },
      (_, i) => least + (i / (points - 1)) * (most - least),
    );
    const predictOptions = { signal, confidence: confidence ?? undefined };
    const { mean, lower, upper } = await model.predict(places, predictOptions).finally(() => model.dispose());
    places.forEach((place, i) => {
      curves.push({
        ...{ x: isDate ? new Date(place) : place, y: mean[i] },
        ...(lower && { lower: lower[i], upper: upper![i] }),
        ...(name !== undefined && { z: name }),
      });
    });
  }
  return curves;
}

/**
 * The regression of y on x as marks: its band, then its curve. Await it, and put it among a plot's marks.
 *
 * ```ts
 * Plot.plot({ marks: [Plot.dot(cars, { x: "weight", y: "mileage" }), await smooth(cars, { x: "weight", y: "mileage" })] });
 * ```
 */
export async function smooth<Row>(data: Iterable<Row>, options: SmoothOptions<Row>): Promise<Plot.Markish> {
  const rows = await smoothRows(data, options);
  return [band(rows, options), curve(rows, options)];
}

type Style = Pick<SmoothOptions<unknown>, "stroke" | "strokeWidth" | "fill" | "fillOpacity">;

/** The band of rows that `smoothRows` made; nothing where they have none. */
export function band(
  rows: readonly SmoothRow[],
  { stroke, fill = stroke, fillOpacity = 0.18 }: Style = {},
): Plot.Markish {
  const banded = rows.filter(({ lower }) => lower !== undefined);
  return Plot.areaY(banded, {
    ...{ x: "x", y1: "lower", y2: "upper", z: "z", fillOpacity },
    fill: fill ?? (hasGroups(rows) ? "z" : "currentColor"),
  });
}

/** The curve of rows that `smoothRows` made. */
export function curve(rows: readonly SmoothRow[], { stroke, strokeWidth = 2 }: Style = {}): Plot.Markish {
  return Plot.line(rows, {
    ...{ x: "x", y: "y", z: "z", strokeWidth },
    stroke: stroke ?? (hasGroups(rows) ? "z" : "currentColor"),
  });
}

const hasGroups = ([first]: readonly SmoothRow[]) => first?.z !== undefined;

function channel<Row, Value>(
  rows: readonly Row[],
  given: Channel<Row, Value>,
  name: string,
): (Value | null | undefined)[] {
  if (typeof given === "function") return rows.map(given);
  if (typeof given === "string") {
    const column = rows.map((row) => (row as Record<string, Value | null | undefined> | null)?.[given]);
    if (rows.length > 0 && column.every((value) => value === undefined))
      throw new NadarayaError("invalid-input", `${name} is ${show(given)}, which no row has`);
    return column;
  }
  if (typeof (given as Iterable<Value> | undefined)?.[Symbol.iterator] !== "function")
    throw new NadarayaError(
      "invalid-input",
      `${name} is ${show(given)}, expected the name of a column, a function of a row, or values`,
    );
  const values = [...given];
  if (values.length !== rows.length)
    throw new NadarayaError(
      "invalid-input",
      `${name} has ${values.length} values, expected one for each of the ${rows.length} rows`,
    );
  return values;
}

const numbersOf = <Row>(rows: readonly Row[], given: Channel<Row, number>, name: string) =>
  channel(rows, given, name).map((value, i) => numberIn(value, name, i));

/** NaN where it is missing. */
function numberIn(value: unknown, name: string, row: number): number {
  if (value === null || value === undefined) return NaN;
  if (typeof value === "number" || value instanceof Date) return Number(value);
  throw new NadarayaError(
    "invalid-input",
    `${name} of row ${row + 1} is ${show(value)}, expected a number or a date`,
  );
}

/** The rows of each value of z, in the order of their first. */
function groupsOf(
  count: number,
  z: readonly (string | number | null | undefined)[] | undefined,
): [name: string | number | undefined, members: number[]][] {
  const groups = new Map<string | number | undefined, number[]>();
  for (let i = 0; i < count; i++) {
    const name = z?.[i] ?? undefined;
    if (z && name === undefined) continue;
    const members = groups.get(name) ?? [];
    members.push(i);
    groups.set(name, members);
  }
  return [...groups];
}
