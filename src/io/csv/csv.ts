/**
 * Delimited text by Papa Parse, a piece of whole lines at a time: a file may be larger than memory, a table of what is wanted of it may
 * not. Papa's own streaming takes the \r of a \r\n that its pieces cut in two for a part of a cell; its parser alone is given whole lines.
 */
import { NadarayaError, show } from "../../common/errors.ts";
import { optionNames } from "../../common/options.ts";
import { importError } from "../import-error.ts";
import { checkReadOptions, READ_OPTIONS, type ReadOptions } from "../options.ts";
import { piecesOf, type Source, unpacked } from "../source.ts";
import { checkTable, type Table } from "../table.ts";
import { TableBuilder } from "../table-builder.ts";
import { decoded } from "../text.ts";
import type { ColumnBuilder } from "../typing/column.ts";
import { dateText } from "../typing/dates.ts";
import { type Layout, layoutOf } from "./layout.ts";
import { linesOf, RowLines } from "./lines.ts";

/** Options of `readCsv`. */
export interface CsvOptions extends ReadOptions {
  /** A label of the Encoding Standard, "windows-1252"; detected by default. */
  readonly encoding?: string;
  /** What separates cells; detected by default among comma, tab, semicolon and bar. */
  readonly delimiter?: string;
  /** Whether the first line holds the names (the default); without it columns are called "1", "2", … */
  readonly header?: boolean;
  /** What comment lines begin with. By default only lines above the names that begin with # are comments. */
  readonly comment?: string;
  /** The line of the names, from 1 on; by default the first one that is no title and no comment. A quoted cell of several lines is one. */
  readonly headerRow?: number;
}

export const CSV_OPTIONS = optionNames<CsvOptions>()(
  { encoding: true, delimiter: true, header: true, comment: true, headerRow: true },
  READ_OPTIONS,
);

async function papaparsePackage() {
  try {
    return await import("papaparse");
  } catch (cause) {
    throw importError("papaparse", cause);
  }
}

/** Characters of one row: with more it is no table, or a quote never ends. */
const LONGEST_ROW = 2 ** 26;

/** Characters by which the layout is decided, where there are as many. */
const SAMPLE = 2 ** 16;

/** @throws NadarayaError "invalid-input" that names the line and the column */
export async function readCsv(source: Source, options: CsvOptions = {}): Promise<Table> {
  checkReadOptions(options, "readCsv", CSV_OPTIONS);
  const { name = "the text", encoding, delimiter, signal, onProgress } = options;
  if (delimiter !== undefined) checkDelimiter(delimiter);
  const { default: Papa } = await papaparsePackage();
  const builder = new TableBuilder(name, options);
  const onNote = (note: string) => builder.notes.push(note);
  let found = "utf-8";
  const text = decoded(await unpacked(piecesOf(source, "readCsv", onProgress), name), {
    encoding,
    name,
    onNote,
    onEncoding: (label) => {
      found = label;
    },
  });
  let rows: Rows | undefined;
  let pending = "";
  let least = 0; // characters before which no row can end
  const parse = (isLast: boolean) => {
    signal?.throwIfAborted();
    if (!rows) {
      const layout = layoutOf(Papa, pending, options);
      rows = new Rows(builder, layout, options);
    }
    const hasQuotes = pending.includes('"');
    if (!hasQuotes && options.comment === undefined) {
      rows.takePlain(pending);
      pending = "";
      return;
    }
    const parser = new Papa.Parser({ delimiter: rows.delimiter, newline: "\n" });
    const { data, errors, meta } = parser.parse(pending, 0, !isLast) as Papa.ParseResult<string[]>;
    const end = hasQuotes && !isLast ? meta.cursor : pending.length;
    const broken = errors.find(({ type }) => type === "Quotes");
    rows.take(data, { hasQuotes, upTo: broken?.row });
    if (broken) throw builder.error(`line ${rows.line}: ${broken.message}`);
    pending = pending.slice(end);
    least = data.length > 0 ? 0 : 2 * pending.length;
    if (pending.length > LONGEST_ROW) throw builder.error(`line ${rows.line}: a quoted cell has no end`);
  };
  const tooLong = () =>
    builder.error(
      `line ${(rows?.line ?? 1) + lineBreaks(pending)} has more than ${LONGEST_ROW} characters, expected rows of a table`,
    );
  for await (const piece of linesOf(text, LONGEST_ROW, tooLong)) {
    pending += piece;
    const enough = rows ? least : SAMPLE;
    if (pending.length >= enough && pending.endsWith("\n")) parse(false);
  }
  if (pending !== "" || !rows) parse(true);
  return { ...rows!.finish(), layout: { ...rows!.place, encoding: found } };
}

function checkDelimiter(delimiter: unknown): void {
  if (typeof delimiter !== "string" || delimiter.length !== 1 || /["\r\n]/.test(delimiter))
    throw new NadarayaError("invalid-input", `delimiter is ${show(delimiter)}, expected one character`);
}

/** Takes rows of cells: first the names, then data. */
class Rows {
  readonly delimiter: string;
  /** The line of the row that comes next, from 1 on. */
  line = 1;
  private readonly builder: TableBuilder;
  private readonly options: CsvOptions;
  private readonly layout: Layout;
  private readonly lines = new RowLines();
  private above: number;
  private width = 0;
  private places: number[] = [];
  private columns: ColumnBuilder[] = [];
  private count = 0;
  private ends = new Uint32Array(0); // where the cells of a line end
  private blank: number[] = []; // lines of empty cells of a single column, that may be the file's end

  constructor(builder: TableBuilder, layout: Layout, options: CsvOptions) {
    this.builder = builder;
    this.options = options;
    this.delimiter = layout.delimiter;
    this.above = layout.above;
    this.layout = layout;
    builder.notes.push(...layout.notes);
  }

  /** @param upTo the first row that is broken */
  take(
    data: readonly string[][],
    { hasQuotes, upTo = data.length }: { hasQuotes: boolean; upTo?: number },
  ): void {
    const { comment } = this.options;
    for (let i = 0; i < Math.min(upTo, data.length); i++) {
      const cells = data[i];
      if (this.above > 0) this.above--;
      else if (comment === undefined || !cells[0].startsWith(comment)) {
        if (this.width === 0) this.header(cells);
        else this.row(cells);
      }
      this.line++;
      if (hasQuotes) for (const cell of cells) this.line += lineBreaks(cell);
    }
  }

  /** Whole lines without quotes, whose cells are what lies between delimiters: read where they stand, twice as fast as by Papa Parse. */
  takePlain(text: string): void {
    const delimiter = this.delimiter.charCodeAt(0);
    const { length } = text;
    let { ends } = this;
    let [start, cells] = [0, 0];
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code === delimiter) {
        if (cells < ends.length) ends[cells] = i;
        cells++;
      } else if (code === 10) {
        this.plainLine(text, start, i, cells);
        ends = this.ends; // which the names make
        start = i + 1;
        cells = 0;
      }
    }
    if (start < length) this.plainLine(text, start, length, cells);
  }

  /** One of these lines, from … to − 1, with so many delimiters, whose places are in `ends`. */
  private plainLine(text: string, from: number, to: number, delimiters: number): void {
    const { width, places, columns, ends, count } = this;
    if (this.above > 0 || width < 2 || delimiters !== width - 1) {
      this.take([text.slice(from, to).split(this.delimiter)], { hasQuotes: false });
      return;
    }
    this.lines.add(count, this.line);
    for (let j = 0; j < places.length; j++) {
      const place = places[j];
      columns[j].setPart(
        count,
        text,
        place === 0 ? from : ends[place - 1] + 1,
        place === delimiters ? to : ends[place],
      );
    }
    this.count++;
    this.line++;
  }

  /** Where the table is in the text. */
  get place() {
    return { delimiter: this.delimiter, above: this.layout.above };
  }

  finish(): Table {
    if (this.width === 0) this.builder.start([]); // throws: it is empty
    this.builder.rows = this.count;
    return this.builder.finish((row) => `line ${this.lines.lineOf(row)}`);
  }

  private header(cells: readonly string[]): void {
    if (cells.length === 1 && cells[0].trim() === "") return;
    const isNamed = this.options.header ?? true;
    let names: string[] = isNamed ? cells.map((cell) => cell.trim()) : cells.map((_, i) => String(i + 1));
    if (isNamed && this.layout.lacksFirst) names = ["", ...names];
    if (isNamed && this.layout.hasEmptyEnd) names.pop();
    this.width = names.length;
    this.ends = new Uint32Array(names.length);
    const read = this.builder.start(names);
    this.places = read.map(([, place]) => place);
    this.columns = read.map(([, , column]) => column);
    if (!isNamed) this.row(cells);
    else if (
      !this.options.wanted &&
      names.length > 1 &&
      names.every((cell) => cell !== "" && !Number.isNaN(Number(cell)))
    )
      this.builder.notes.push("the first line holds nothing but numbers, and is read as names");
  }

  private row(cells: readonly string[]): void {
    const { width, places, columns } = this;
    if (cells.length !== width && !this.fits(cells)) return;
    if (width === 1) {
      if (cells[0] === "") {
        this.blank.push(this.line);
        return;
      }
      for (const line of this.blank.splice(0)) this.addEmpty(line);
    }
    this.lines.add(this.count, this.line);
    for (let j = 0; j < places.length; j++) columns[j].setText(this.count, cells[places[j]]);
    this.count++;
  }

  /** A row of a single empty cell. */
  private addEmpty(line: number): void {
    this.lines.add(this.count, line);
    for (const column of this.columns) column.setText(this.count, "");
    this.count++;
  }

  /** Whether a row of another width is one: with empty cells at its end; blank lines are none. @throws NadarayaError for others */
  private fits(cells: readonly string[]): boolean {
    const { width } = this;
    if (cells.length === 1 && cells[0].trim() === "") return false;
    if (cells.length > width && cells.slice(width).every((cell) => cell.trim() === "")) return true;
    throw this.builder.error(
      `line ${this.line} has ${cells.length} cells, expected ${width} as the names have; the delimiter is ${show(this.delimiter)}`,
    );
  }
}

function lineBreaks(cell: string): number {
  let count = 0;
  for (let at = cell.indexOf("\n"); at >= 0; at = cell.indexOf("\n", at + 1)) count++;
  return count;
}

/**
 * A table as CSV. Columns that were dates are written as dates.
 * @param delimiter "," or a tab
 */
export async function writeCsv(table: Table, delimiter = ","): Promise<string> {
  checkTable(table, "writeCsv");
  checkDelimiter(delimiter);
  const { names, rows, columns, dates = [] } = table;
  const { default: Papa } = await papaparsePackage();
  const cells = names.map((name) => {
    const column = columns[name];
    const isDate = dates.includes(name);
    return (i: number) => {
      const value = column[i];
      if (value === undefined || Number.isNaN(value)) return "";
      return isDate ? dateText(Number(value)) : value;
    };
  });
  const data = Array.from({ length: rows }, (_, i) => cells.map((cell) => cell(i)));
  return `${Papa.unparse({ fields: [...names], data }, { delimiter, newline: "\n" })}\n`;
}
