/** CSV and TSV by Papa Parse, in a stream: a file may be larger than memory, a table of what is wanted of it may not. */
import Papa from "papaparse";
import { checkOptions } from "../common/options.ts";
import { READ_OPTIONS, type Table, TableBuilder, type Wanted } from "./table.ts";

export interface CsvOptions {
  readonly wanted?: Wanted;
  /** How errors name the file. */
  readonly name: string;
  /** Called with the bytes read so far. */
  readonly onProgress?: (bytes: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * @param source a Node stream, a File, or text
 * @throws NadarayaError "invalid-input" that names the line and the column
 */
export function readCsv(source: NodeJS.ReadableStream | Blob | string, options: CsvOptions): Promise<Table> {
  checkOptions(options, READ_OPTIONS, "readCsv");
  const { wanted, name, onProgress, signal } = options;
  const builder = new TableBuilder(name, wanted);
  let read: readonly [string, number][] | undefined;
  let width = 0;
  let rows = 0;
  const take = (cells: readonly string[]) => {
    if (!read) {
      const names = cells.map((cell, i) => (i === 0 ? cell.replace(/^\uFEFF/, "") : cell).trim());
      width = names.length;
      read = builder.start(names).map((column) => [column, names.indexOf(column)]);
      return;
    }
    const where = () => `line ${rows + 2}`;
    if (cells.length !== width)
      throw builder.error(`${where()} has ${cells.length} cells, expected ${width} as the first line has`);
    for (const [column, at] of read) builder.set(column, rows, cells[at], where);
    rows++;
  };
  return new Promise((resolve, reject) => {
    const settings = {
      skipEmptyLines: true,
      chunk: ({ data, errors, meta }: Papa.ParseResult<string[]>, parser: Papa.Parser) => {
        try {
          signal?.throwIfAborted();
          const broken = errors.find(({ type }) => type === "Quotes");
          if (broken) throw builder.error(`line ${rows + 2 + (broken.row ?? 0)}: ${broken.message}`);
          for (const cells of data) take(cells);
          onProgress?.(meta.cursor);
        } catch (error) {
          reject(error); // first: aborting completes
          parser.abort();
        }
      },
      error: (error: Error) => reject(error),
      complete: () => {
        try {
          if (!read) builder.start([]); // throws: it is empty
          resolve(builder.finish());
        } catch (error) {
          reject(error);
        }
      },
    };
    // Its types keep apart what it tells apart by itself: text, files and Node's streams.
    (Papa.parse as (source: unknown, settings: object) => void)(source, settings);
  });
}

/** @param delimiter "," or a tab */
export function writeCsv({ names, rows, columns }: Table, delimiter = ","): string {
  const cell = (value: number | string | undefined) =>
    value === undefined || Number.isNaN(value) ? "" : value;
  const data = Array.from({ length: rows }, (_, i) => names.map((name) => cell(columns[name][i])));
  return `${Papa.unparse({ fields: [...names], data }, { delimiter, newline: "\n" })}\n`;
}
