/** JSON: an array of objects, one a row. */
import { checkOptions } from "../common/options.ts";
import { READ_OPTIONS, type Table, TableBuilder, type Wanted } from "./table.ts";

interface JsonOptions {
  readonly wanted?: Wanted;
  /** How errors name the file. */
  readonly name: string;
}

/** @throws NadarayaError "invalid-input" that names the row and the column. */
export function readJson(text: string, options: JsonOptions): Table {
  checkOptions(options, READ_OPTIONS, "readJson");
  const { name, wanted } = options;
  const builder = new TableBuilder(name, wanted);
  let rows: unknown;
  try {
    rows = JSON.parse(text);
  } catch (error) {
    throw builder.error(`is no JSON: ${error instanceof Error ? error.message : error}`);
  }
  if (!Array.isArray(rows) || !rows.every((row) => typeof row === "object" && row !== null))
    throw builder.error("is no table: expected an array of objects, one a row");
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  for (const column of builder.start(names))
    for (const [i, row] of rows.entries())
      builder.set(column, i, (row as Record<string, unknown>)[column], () => `row ${i + 1}`);
  return builder.finish();
}

export function writeJson({ names, rows, columns }: Table): string {
  const cell = (value: number | string | undefined) => (Number.isNaN(value) ? null : (value ?? null));
  const list = Array.from({ length: rows }, (_, i) =>
    Object.fromEntries(names.map((name) => [name, cell(columns[name][i])])),
  );
  return `${JSON.stringify(list)}\n`;
}
