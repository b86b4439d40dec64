/** Excel workbooks (.xlsx) by read-excel-file, which is loaded for them: the first sheet, or the one that is named. */
import { loadPackage } from "./load-package.ts";
import { checkReadOptions, type ReadOptions } from "./options.ts";
import { bytesOf, piecesOf, type Source } from "./source.ts";
import type { Table } from "./table.ts";
import { TableBuilder } from "./table-builder.ts";

/** Options of `readExcel`. */
export interface ExcelOptions extends ReadOptions {
  /** The sheet's name; the first sheet by default. */
  readonly sheet?: string;
}

/** The names are in the first row that is not empty. @throws NadarayaError "invalid-input" that names the row and the column */
export async function readExcel(source: Source, options: ExcelOptions = {}): Promise<Table> {
  checkReadOptions(options, "readExcel", ["sheet"]);
  const { name = "the workbook", sheet, signal, onProgress } = options;
  const builder = new TableBuilder(name, options);
  const bytes = await bytesOf(piecesOf(source, "readExcel", onProgress), "readExcel");
  const { default: readSheets } = await loadPackage(
    "read-excel-file",
    () => import("read-excel-file/universal"),
  );
  const sheets = await readSheets(bytes.buffer).catch((error: unknown) => {
    throw builder.error(`is no workbook that can be read: ${error instanceof Error ? error.message : error}`);
  });
  signal?.throwIfAborted();
  const chosen = sheet === undefined ? sheets[0] : sheets.find((each) => each.sheet === sheet);
  if (!chosen)
    throw builder.error(
      sheet === undefined
        ? "has no sheet"
        : `has no sheet ${JSON.stringify(sheet)}; it has ${sheets.map((each) => JSON.stringify(each.sheet)).join(", ")}`,
    );
  const isEmpty = (cell: unknown) => cell === null || cell === undefined || cell === "";
  const first = chosen.data.findIndex((row) => !row.every(isEmpty));
  if (first < 0) throw builder.error("is empty: expected a row of column names");
  const header = chosen.data[first];
  const width = header.findLastIndex((cell) => !isEmpty(cell)) + 1;
  const read = builder.start(header.slice(0, width).map((cell) => String(cell ?? "").trim()));
  const rowNumbers: number[] = [];
  for (const [i, row] of chosen.data.entries()) {
    if (i <= first || row.every(isEmpty)) continue;
    if (row.findLastIndex((cell) => !isEmpty(cell)) >= width)
      throw builder.error(`row ${i + 1} has more cells than there are names`);
    for (const [, place, cells] of read) cells.setValue(rowNumbers.length, row[place] ?? null, false);
    rowNumbers.push(i + 1);
  }
  builder.rows = rowNumbers.length;
  if (sheets.length > 1 && sheet === undefined)
    builder.notes.push(`of ${sheets.length} sheets the first one is read, ${JSON.stringify(chosen.sheet)}`);
  return builder.finish((row) => `row ${rowNumbers[row]}`);
}
