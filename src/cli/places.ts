/** Where a command answers, and the table of its answers. */
import { NadarayaError, show } from "../common/errors.ts";
import { rangesOf } from "../distributed/reach.ts";
import { checkComplete, readTable } from "../io/files.ts";
import { formatByName, hasOption, type TableOptions } from "../io/read.ts";
import { type Column, numbersOf, type Table, tableOf, uniqueNames } from "../io/table.ts";
import { nameOfPath } from "../io/url.ts";
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
  const { at, grid, coordinates } = options;
  const { x } = columns;
  if (at !== undefined) return placesInFile(at, x, options, reporter);
  // Of the rows that have no empty cell: others are dropped.
  const used = [...x, ...columns.y].map((name) => table.columns[name] as Float64Array);
  const isWhole = Uint8Array.from({ length: table.rows }, (_, i) =>
    used.every((column) => !Number.isNaN(column[i])) ? 1 : 0,
  );
  const axes = x.map((name, j): Float64Array => {
    const column = (table.columns[name] as Float64Array).filter((_, i) => isWhole[i] === 1);
    const [[least, most]] = rangesOf({ data: column, dims: 1 });
    if (least > most)
      throw new NadarayaError("invalid-input", `column ${show(name)} has no number to place a grid over`);
    const isCategory = coordinates?.[j] !== undefined && coordinates[j] !== "continuous";
    return isCategory ? Float64Array.from(new Set(column)).sort() : axisOver([least, most], grid);
  });
  return gridOf(axes);
}

/** The options of reading that places have too: not the row of the names, nor what the format of the file, by its ending, does not have. */
function optionsOfPlaces(at: string, { headerRow: _, ...options }: TableOptions): TableOptions {
  const format = formatByName(at) ?? options.format;
  if (format === undefined) return options;
  return Object.fromEntries(Object.entries(options).filter(([option]) => hasOption(format, option)));
}

/** The rows of a file with these columns. */
export async function placesInFile(
  at: string,
  x: readonly string[],
  options: PlaceOptions,
  reporter: Reporter,
): Promise<Places> {
  const { epoch = {}, ...given } = optionsOfPlaces(at, readOptions(options));
  const epochs = Object.fromEntries(Object.entries(epoch).filter(([name]) => x.includes(name)));
  const wanted = Object.fromEntries(x.map((name) => [name, "number" as const]));
  const requested = await readTable(at, { ...given, epoch: epochs, wanted });
  reporter.notes(requested, options);
  if (options.missing === "error") checkComplete(nameOfPath(at), requested, DROP);
  return completeRows(numbersOf(requested, x), (dropped) =>
    reporter.note(`${dropped} rows of ${nameOfPath(at)} with an empty cell were dropped`),
  );
}

/** A number of places for each coordinate, from its least to its largest. @throws NadarayaError "invalid-input" for more than are meant */
export const gridOver = (ranges: readonly (readonly [number, number])[], grid: number): Places =>
  gridOf(ranges.map((range) => axisOver(range, grid)));

const axisOver = ([least, most]: readonly [number, number], grid: number): Float64Array =>
  Float64Array.from({ length: grid }, (_, i) =>
    grid === 1 ? least : least + (i / (grid - 1)) * (most - least),
  );

/** Every combination of the axes' places, the first axis fastest. */
function gridOf(axes: readonly Float64Array[]): Places {
  const dims = axes.length;
  const count = axes.reduce((product, { length }) => product * length, 1);
  if (count > MOST_PLACES)
    throw new NadarayaError(
      "invalid-input",
      `a grid of ${axes.map(({ length }) => length).join(" by ")} has ${count} places, expected at most ${MOST_PLACES}`,
    );
  const data = new Float64Array(count * dims);
  for (let i = 0; i < count; i++)
    for (let j = 0, left = i; j < dims; left = Math.floor(left / axes[j].length), j++)
      data[i * dims + j] = axes[j][left % axes[j].length];
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
