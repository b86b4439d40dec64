/** Tables as files have them: named columns of numbers, dates or text. */
import { NadarayaError, show } from "../common/errors.ts";
import { isWhole, listOf } from "../common/options.ts";
import type { BadCell, Column, Kind } from "./typing/column.ts";

export type { Column, Kind } from "./typing/column.ts";

/** How a column of texts is written. */
export interface ColumnForm {
  /** The decimal sign of numbers with separators, units or decimal commas; absent for those that programs write. */
  readonly decimal?: "." | ",";
  /** The order of year, month and day in dates. */
  readonly order?: "ymd" | "dmy" | "mdy";
}

/** Where a table is in its file, and in which encoding. */
export interface TextLayout {
  readonly delimiter?: string;
  /** A label of the Encoding Standard. */
  readonly encoding?: string;
  /** Lines or rows above the names. */
  readonly above: number;
  /** The sheet of a workbook. */
  readonly sheet?: string;
}

/** What is known of a column of a file. */
export interface ColumnSummary {
  readonly name: string;
  /** Dates are numbers, milliseconds since 1970; "nested" are lists and objects, which are not read. */
  readonly type: "number" | "date" | "text" | "nested";
  /** Empty cells. */
  readonly missing: number;
  /** Where the first of them is: "line 4". */
  readonly firstMissing?: string;
  /** The first cell that keeps a column of numbers or dates from being one, and where it is: "line 4". */
  readonly firstBad?: BadCell & { readonly where: string };
  /** The first cell of a workbook that shows an error, such as #DIV/0!; it counts as empty. */
  readonly firstError?: BadCell & { readonly where: string };
  /** How its texts are written; absent in files that have types. */
  readonly form?: ColumnForm;
}

/** Named columns of equal length. */
export interface Table {
  readonly names: readonly string[];
  readonly rows: number;
  /** The columns by their names. */
  readonly columns: Readonly<Record<string, Column>>;
  /** Columns of numbers that were dates: milliseconds since 1970. */
  readonly dates?: readonly string[];
  /** Of every column that was read, also of those that cannot be used. */
  readonly summary?: readonly ColumnSummary[];
  /** What a reader had to decide: the encoding, lines above the header, columns that it renamed. */
  readonly notes?: readonly string[];
  /** The sheets of the workbook that it was read from. */
  readonly sheets?: readonly string[];
  /** Of a file of text or a workbook: where the table is in it. */
  readonly layout?: TextLayout;
}

/** Which columns to read, and as what. Without it all are read, and each is what all of its cells are. */
export type Wanted = Readonly<Record<string, Kind>>;

/** @throws NadarayaError "invalid-input" for what is no table; `where` says who was given it */
export function checkTable(table: unknown, where: string): asserts table is Table {
  const { names, rows, columns, dates = [] } = (table ?? {}) as Partial<Table>;
  const isTable =
    Array.isArray(names) &&
    Array.isArray(dates) &&
    isWhole(rows, 0) &&
    typeof columns === "object" &&
    columns !== null &&
    names.every((name) => typeof name === "string" && columns[name]?.length === rows);
  if (!isTable)
    throw new NadarayaError(
      "invalid-input",
      `${where} was given ${show(table)}, expected a table: names, and in columns as many cells for each as there are rows`,
    );
}

/** The columns with these names as row-major numbers. @throws NadarayaError "invalid-input" for a column of text. */
export function numbersOf(table: Table, names: readonly string[]): { data: Float64Array; dims: number } {
  checkTable(table, "numbersOf");
  listOf(names, "names");
  const data = new Float64Array(table.rows * names.length);
  for (const [j, name] of names.entries()) {
    const column = Object.hasOwn(table.columns, name) ? table.columns[name] : undefined;
    if (column === undefined)
      throw new NadarayaError("invalid-input", `the table has no column ${show(name)}`);
    if (!(column instanceof Float64Array))
      throw new NadarayaError("invalid-input", `column ${show(name)} is text, expected numbers`);
    for (let i = 0; i < table.rows; i++) data[i * names.length + j] = column[i];
  }
  return { data, dims: names.length };
}

/** Names that are all different: of equal ones the second becomes "x.1", as in pandas. */
export function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set(names);
  const used = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let i = 1; used.has(unique) || (unique !== name && taken.has(unique)); i++) unique = `${name}.${i}`;
    used.add(unique);
    return unique;
  });
}

/** A table of columns in their order. @throws NadarayaError "invalid-input" where two have one name */
export function tableOf(columns: readonly (readonly [string, Column])[], dates?: readonly string[]): Table {
  const names = columns.map(([name]) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new NadarayaError("invalid-input", `a table has two columns named ${show(twice)}`);
  return { names, rows: columns[0]?.[1].length ?? 0, columns: Object.fromEntries(columns), dates };
}
