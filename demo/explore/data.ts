/** The rows of a table that a picture is made of: those in which nothing is missing, by groups where there are any. */
import { createYielder } from "../../src/common/yield.ts";
import { Cells } from "./cells.ts";
import type { ReadTable } from "./reader.ts";
import type { ExploreState } from "./state.ts";
import type { TextColumn } from "./text-column.ts";

/** Above so many rows they are summed in cells of x, and what is slow waits until the slider is let go. */
export const MANY = 20_000;
/** More classes or curves than these are hardly told apart. */
const MOST_CLASSES = 10;
/** Rows between two looks at the clock. */
const BLOCK = 65_536;

/** The rows of one curve. */
export interface Series {
  /** A value of the group's column; "" where there is one curve for all. */
  readonly name: string;
  readonly x: Float64Array;
  /** Absent for a density, and for classes. */
  readonly y: Float64Array | undefined;
  /** The rows in cells of x, where they are many. */
  readonly cells?: Cells;
}

export interface Data {
  readonly x: Float64Array;
  readonly y: Float64Array | undefined;
  /** Where y is text: each row's class. */
  readonly labels?: readonly string[];
  /** One for all rows, or one for each group. */
  readonly series: readonly Series[];
  readonly dropped: number;
  /** Why rows are left out: the columns in which they have no value. */
  readonly missing: readonly { readonly name: string; readonly count: number }[];
  /** The least and the largest x. */
  readonly range: readonly [number, number];
  /** The least and the largest y; absent where there is none. */
  readonly yRange?: readonly [number, number];
  /** Where all y but one in a hundred at either end lie; absent where every row is drawn. */
  readonly yUsual?: readonly [number, number];
  /** The second coordinate, for a map. */
  readonly second?: { readonly x: Float64Array; readonly range: readonly [number, number] };
  readonly dates: { readonly x: boolean; readonly x2: boolean; readonly y: boolean };
}

/** What is wrong with a choice, and the control beside which it is said. */
export class ChoiceError extends Error {
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

type Columns = Pick<ExploreState, "x" | "x2" | "y" | "group">;

/** @throws ChoiceError that says what is wrong with a column */
export async function dataOf(
  table: ReadTable,
  { x, x2, y, group }: Columns,
  signal: AbortSignal,
): Promise<Data> {
  const pause = createYielder({ signal });
  const numbers = (field: string, name: string): Float64Array | undefined => {
    const found = name === "" ? undefined : table.columns[name];
    if (found === undefined || found instanceof Float64Array) return found;
    throw new ChoiceError(field, `"${name}" is text; choose a column of numbers or dates`);
  };
  const text = (name: string) => {
    const found = name === "" ? undefined : table.columns[name];
    return found instanceof Float64Array ? undefined : found;
  };
  const [keys, second] = [numbers("x", x), numbers("x2", x2)];
  const labels = text(y);
  const values = labels ? undefined : numbers("y", y);
  const groups = text(group);
  const used = [
    { name: x, column: keys },
    { name: x2, column: second },
    { name: y, column: values },
    { name: y, column: labels?.codes },
    { name: group, column: groups?.codes },
  ].filter(({ column }) => column !== undefined);
  const missing = used.map(({ name }) => ({ name, count: 0 }));
  const rows = new Uint32Array(table.rows);
  let kept = 0;
  for (let i = 0; i < table.rows; i++) {
    let whole = true;
    for (let c = 0; c < used.length && whole; c++) {
      const column = used[c].column!;
      whole = column instanceof Float64Array ? Number.isFinite(column[i]) : column[i] !== 0;
      if (!whole) missing[c].count++;
    }
    if (whole) rows[kept++] = i;
    if (i % BLOCK === 0) await pause();
  }
  if (kept < 3)
    throw new ChoiceError("x", `only ${kept} rows have a value in each of the columns; choose others`);
  const wanted = rows.subarray(0, kept);
  const takeWanted = async (column: Float64Array | undefined) => {
    if (!column || kept === table.rows) return column;
    const taken = new Float64Array(kept);
    for (let i = 0; i < kept; i++) {
      taken[i] = column[wanted[i]];
      if (i % BLOCK === 0) await pause();
    }
    return taken;
  };
  const [takenX, takenY, taken2] = [
    (await takeWanted(keys))!,
    await takeWanted(values),
    await takeWanted(second),
  ];
  const range = await rangeInParts(takenX, pause);
  if (!(range[0] < range[1]))
    throw new ChoiceError("x", `all rows have the same "${x}"; a curve needs an x that differs`);
  const classes = labels && (await textsOf(labels, wanted, "y", y, pause));
  const names = groups && (await textsOf(groups, wanted, "group", group, pause));
  const whole = { name: "", x: takenX, y: takenY };
  const series: Series[] = [];
  for (const each of names ? await split(whole, names, pause) : [whole]) {
    const many = each.x.length > MANY && !classes && !taken2;
    series.push(many ? { ...each, cells: await Cells.of(each.x, each.y, pause) } : each);
  }
  const isDate = (name: string) => table.dates?.includes(name) ?? false;
  return {
    ...{ x: takenX, y: takenY, labels: classes, series, range },
    ...{ dropped: table.rows - kept, missing: missing.filter(({ count }) => count > 0) },
    yRange: takenY && (await rangeInParts(takenY, pause)),
    yUsual: takenY && usualRange(takenY),
    second: taken2 && { x: taken2, range: await rangeInParts(taken2, pause) },
    dates: { x: isDate(x), x2: isDate(x2), y: isDate(y) },
  };
}

/** The texts of the rows that are used. @throws ChoiceError where they are too many to be told apart */
async function textsOf(
  { codes, texts }: TextColumn,
  rows: Uint32Array,
  field: string,
  name: string,
  pause: () => Promise<void>,
): Promise<readonly string[]> {
  const seen = new Uint8Array(texts.length + 1);
  const found = new Array<string>(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const code = codes[rows[i]];
    seen[code] = 1;
    found[i] = texts[code - 1];
    if (i % BLOCK === 0) await pause();
  }
  const different = seen.reduce((sum, each) => sum + each, 0);
  if (different > MOST_CLASSES)
    throw new ChoiceError(
      field,
      `"${name}" has ${different.toLocaleString("en")} different texts; choose a column with up to ${MOST_CLASSES}`,
    );
  return found;
}

async function split(
  { x, y }: Series,
  names: readonly string[],
  pause: () => Promise<void>,
): Promise<readonly Series[]> {
  const groups = new Map<string, { x: Float64Array; y: Float64Array | undefined; count: number }>();
  const counts = new Map<string, number>();
  for (let i = 0; i < names.length; i++) {
    counts.set(names[i], (counts.get(names[i]) ?? 0) + 1);
    if (i % BLOCK === 0) await pause();
  }
  for (const [name, count] of counts)
    groups.set(name, { x: new Float64Array(count), y: y && new Float64Array(count), count: 0 });
  for (let i = 0; i < names.length; i++) {
    const group = groups.get(names[i])!;
    group.x[group.count] = x[i];
    if (y) group.y![group.count] = y[i];
    group.count++;
    if (i % BLOCK === 0) await pause();
  }
  return [...groups]
    .filter(([, { count }]) => count >= 3)
    .sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }))
    .map(([name, group]) => ({ name, x: group.x, y: group.y }));
}

export function rangeOf(numbers: ArrayLike<number>): [number, number] {
  let [least, most] = [Infinity, -Infinity];
  for (let i = 0; i < numbers.length; i++) {
    if (numbers[i] < least) least = numbers[i];
    if (numbers[i] > most) most = numbers[i];
  }
  return [least, most];
}

async function rangeInParts(numbers: Float64Array, pause: () => Promise<void>): Promise<[number, number]> {
  const parts: number[] = [];
  for (let from = 0; from < numbers.length; from += BLOCK) {
    parts.push(...rangeOf(numbers.subarray(from, from + BLOCK)));
    await pause();
  }
  return rangeOf(parts);
}

/** Where all numbers but one in a hundred at either end lie, by some of them; undefined where they are few. */
export function usualRange(numbers: Float64Array): [number, number] | undefined {
  if (numbers.length <= MANY) return undefined;
  const sample = takeRows(numbers, drawRows(numbers.length, MANY)).sort();
  return [sample[Math.floor(0.01 * sample.length)], sample[Math.ceil(0.99 * sample.length) - 1]];
}

/** So many rows, drawn without regard to anything, always the same ones; ascending. All of them where there are no more. */
export function drawRows(count: number, wanted: number): Uint32Array {
  if (count <= wanted) return Uint32Array.from({ length: count }, (_, i) => i);
  // One from each of `wanted` equal blocks, at a place that a multiplicative hash gives.
  const block = count / wanted;
  const rows = new Uint32Array(wanted);
  for (let i = 0; i < wanted; i++) {
    const share = (Math.imul(i + 1, 0x9e3779b1) >>> 0) / 2 ** 32;
    rows[i] = Math.min(Math.floor((i + share) * block), count - 1);
  }
  return rows;
}

/** The numbers of some rows. */
export function takeRows(column: Float64Array, rows: ArrayLike<number>): Float64Array {
  const taken = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) taken[i] = column[rows[i]];
  return taken;
}

/** What a model's keys are made of: x, or x and the second coordinate in turn. */
export function keysOf({
  x,
  second,
}: Pick<Data, "x" | "second">): Float64Array | { data: Float64Array; dims: number } {
  if (!second) return x;
  const data = new Float64Array(2 * x.length);
  for (let i = 0; i < x.length; i++) {
    data[2 * i] = x[i];
    data[2 * i + 1] = second.x[i];
  }
  return { data, dims: 2 };
}
