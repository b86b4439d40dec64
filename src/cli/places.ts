/** Where a command answers, and the table of its answers. */
import { NadarayaError, show } from "../common/errors.ts";
import { rangesOf } from "../distributed/reach.ts";
import { checkComplete, readTable } from "../io/files.ts";
import { type Column, numbersOf, type Table, tableOf, uniqueNames } from "../io/table.ts";
import { readOptions } from "./read-options.ts";
import type { Reporter } from "./reporter.ts";
import { DROP, type PlaceOptions, type Run } from "./run-command.ts";

export interface Places {
  readonly data: Float64Array;
  readonly dims: number;
}

/** Grids of several columns have n^d places; more than this are hardly meant. */
const MOST_PLACES = 5e7;

/** The rows of a file, or a grid over the keys. */
export async function placesOf({ table, columns, reporter }: Run, options: PlaceOptions): Promise<Places> {
  const { at, grid } = options;
  const { x } = columns;
  if (at !== undefined) return placesInFile(at, x, options, reporter);
  // Of the rows that have no empty cell: others are dropped.
  const used = [...x, ...columns.y].map((name) => table.columns[name] as Float64Array);
  const isWhole = Uint8Array.from({ length: table.rows }, (_, i) =>
    used.every((column) => !Number.isNaN(column[i])) ? 1 : 0,
  );
  const ranges = x.map((name): [number, number] => {
    const column = (table.columns[name] as Float64Array).filter((_, i) => isWhole[i] === 1);
    const [[least, most]] = rangesOf({ data: column, dims: 1 });
    if (least > most)
      throw new NadarayaError("invalid-input", `column ${show(name)} has no number to place a grid over`);
    return [least, most];
  });
  return gridOver(ranges, grid);
}

/** The rows of a file with these columns. */
export async function placesInFile(
  at: string,
  x: readonly string[],
  options: PlaceOptions,
  reporter: Reporter,
): Promise<Places> {
  const { epoch = {}, ...given } = readOptions(options);
  const epochs = Object.fromEntries(Object.entries(epoch).filter(([name]) => x.includes(name)));
  const wanted = Object.fromEntries(x.map((name) => [name, "number" as const]));
  const requested = await readTable(at, { ...given, epoch: epochs, wanted });
  reporter.notes(requested, options);
  if (options.missing === "error") checkComplete(at, requested, DROP);
  return completeRows(numbersOf(requested, x), (dropped) =>
    reporter.note(`${dropped} rows of ${at} with an empty cell were dropped`),
  );
}

/** So many places for each coordinate, from its least to its largest. @throws NadarayaError "invalid-input" for more than are meant */
export function gridOver(ranges: readonly (readonly [number, number])[], grid: number): Places {
  const dims = ranges.length;
  const count = grid ** dims;
  if (count > MOST_PLACES) {
    throw new NadarayaError(
      "invalid-input",
      `a grid of ${grid} for each of ${dims} columns has ${count} places, expected at most ${MOST_PLACES}`,
    );
  }
  const data = new Float64Array(count * dims);
  for (let i = 0; i < count; i++)
    for (let j = 0, left = i; j < dims; j++, left = Math.floor(left / grid)) {
      const [least, most] = ranges[j];
      data[i * dims + j] = grid === 1 ? least : least + ((left % grid) / (grid - 1)) * (most - least);
    }
  return { data, dims };
}

function completeRows({ data, dims }: Places, onDropped: (dropped: number) => void): Places {
  const rows = data.length / dims;
  const kept: number[] = [];
  for (let i = 0; i < rows; i++)
    if (!data.subarray(i * dims, (i + 1) * dims).some(Number.isNaN)) kept.push(i);
  if (kept.length === rows) return { data, dims };
  onDropped(rows - kept.length);
  const complete = new Float64Array(kept.length * dims);
  for (const [to, i] of kept.entries()) complete.set(data.subarray(i * dims, (i + 1) * dims), to * dims);
  return { data: complete, dims };
}

/** A column of results, and whether it is of dates. */
export type ResultColumn = readonly [name: string, column: Column, isDate?: boolean];

/** The places' columns, and those of the results; a result whose name a place has is called "name.1", with a note. */
export function resultTable(
  {
    columns,
    table,
    reporter,
  }: {
    readonly columns: { readonly x: readonly string[] };
    readonly table: Pick<Table, "dates">;
    readonly reporter: Reporter;
  },
  { data, dims }: Places,
  results: readonly ResultColumn[],
): Table {
  const places = columns.x.map(
    (name, j): ResultColumn => [name, pick(data, dims, j), table.dates?.includes(name)],
  );
  const all = [...places, ...results];
  const names = uniqueNames(all.map(([name]) => name));
  for (const [i, name] of names.entries())
    if (name !== all[i][0])
      reporter.note(`the result "${all[i][0]}" is called "${name}": another column has its name`);
  return tableOf(
    all.map(([, column], i) => [names[i], column]),
    names.filter((_, i) => all[i][2]),
  );
}

/** Column j of row-major numbers. */
export const pick = (data: Float64Array, columns: number, j: number): Float64Array =>
  Float64Array.from({ length: data.length / columns }, (_, i) => data[i * columns + j]);
