/** Excel workbooks (.xlsx): the sheet that is named, or the first one with a table. */
import { show } from "../common/errors.ts";
import { optionNames } from "../common/options.ts";
import { checkReadOptions, READ_OPTIONS, type ReadOptions } from "./options.ts";
import { bytesOf, piecesOf, type Source } from "./source.ts";
import type { Table } from "./table.ts";
import { TableBuilder } from "./table-builder.ts";
import { commonWidth, namesRow } from "./title-rows.ts";
import { dateText } from "./typing/dates.ts";
import {
  CellError,
  type CellValue,
  columnName,
  openWorkbook,
  type Sheet,
  type SheetRow,
} from "./xlsx/workbook.ts";

/** Options of `readExcel`. */
export interface ExcelOptions extends ReadOptions {
  /** The sheet's name; by default the first sheet with a table. */
  readonly sheet?: string;
  /** The row of the names, as Excel numbers it; by default the first one that is no title. */
  readonly headerRow?: number;
}

const EXCEL_OPTIONS = optionNames<ExcelOptions>()({ sheet: true, headerRow: true }, READ_OPTIONS);

/** Rows by which the row of the names is found. */
const FIRST_ROWS = 200;

/** The names are in the first row that is no title. @throws NadarayaError "invalid-input" that names the row and the column */
export async function readExcel(source: Source, options: ExcelOptions = {}): Promise<Table> {
  checkReadOptions(options, "readExcel", EXCEL_OPTIONS);
  const { name = "the workbook", signal, onProgress } = options;
  const builder = new TableBuilder(name, options);
  const bytes = await bytesOf(piecesOf(source, "readExcel", onProgress), "readExcel");
  const readable = async <T>(read: () => Promise<T>): Promise<T> => {
    try {
      return await read();
    } catch (error) {
      throw builder.error(
        `is no workbook that can be read: ${error instanceof Error ? error.message : error}`,
      );
    }
  };
  const sheets = await readable(() => openWorkbook(bytes));
  signal?.throwIfAborted();
  const { sheet, layout } = await readable(() => chosenSheet(sheets, options));
  signal?.throwIfAborted();
  const all = sheets.map((each) => JSON.stringify(each.name)).join(", ");
  if (!sheet)
    throw builder.error(
      options.sheet === undefined
        ? "has no sheet"
        : `has no sheet ${JSON.stringify(options.sheet)}; it has ${all}`,
    );
  const isOneOfMany = sheets.length > 1 && options.sheet === undefined;
  const others = sheets.filter((each) => each !== sheet).map((each) => show(each.name));
  if (isOneOfMany)
    builder.notes.push(
      `of ${sheets.length} sheets ${show(sheet.name)} is read, and not ${others.join(", ")}`,
    );
  const { names: header, rows, titles } = layout;
  if (!header)
    throw builder.error(
      options.headerRow === undefined
        ? "is empty: expected a row of column names"
        : `has nothing in row ${options.headerRow} of the sheet ${show(sheet.name)}: expected the names of the columns there`,
    );
  for (const title of titles)
    builder.notes.push(`the row ${JSON.stringify(title)} above the names is left out`);
  const width = widthOf(header);
  const named = Array.from({ length: width }, (_, j) => nameOf(header.cells[j]));
  const columns = builder.start(named, isOneOfMany ? ` in the sheet ${JSON.stringify(sheet.name)}` : "");
  for (const [i, { number, cells }] of rows.entries()) {
    const last = widthOf({ number, cells });
    if (last > width)
      throw builder.error(
        `row ${number} has more cells than there are names in row ${header.number}: column ${columnName(last)} has ${JSON.stringify(textOf(cells[last - 1]))}`,
      );
    for (const [, place, column] of columns) {
      const cell = cells[place] ?? null;
      if (cell instanceof CellError) column.setError(i, cell.text);
      else column.setValue(i, cell, false);
    }
  }
  builder.rows = rows.length;
  return {
    ...builder.finish((row) => `row ${rows[row].number}`),
    sheets: sheets.map((each) => each.name),
    layout: { above: header.number - 1, sheet: sheet.name },
  };
}

interface Layout {
  /** The row of the names. */
  readonly names: SheetRow | undefined;
  /** The rows below it. */
  readonly rows: readonly SheetRow[];
  /** What stands above it. */
  readonly titles: readonly string[];
}

/** The sheet of this name; without a name the first one with numbers or dates below its names, else the first one with rows, else the first one. */
async function chosenSheet(
  sheets: readonly Sheet[],
  { sheet: name, headerRow }: ExcelOptions,
): Promise<{ sheet: Sheet | undefined; layout: Layout }> {
  const empty: Layout = { names: undefined, rows: [], titles: [] };
  let best: { sheet: Sheet | undefined; layout: Layout } = { sheet: undefined, layout: empty };
  let bestScore = -1;
  for (const sheet of name === undefined ? sheets : sheets.filter((each) => each.name === name)) {
    const layout = layoutOf(await sheet.rows(), headerRow);
    const { names, rows } = layout;
    const isMeasured = rows.some(({ cells }) =>
      cells.some((cell) => typeof cell === "number" || cell instanceof Date),
    );
    const score = isMeasured ? 3 : rows.length > 0 ? 2 : names ? 1 : 0;
    if (score > bestScore) [best, bestScore] = [{ sheet, layout }, score];
    if (isMeasured) break;
  }
  return best;
}

function layoutOf(all: readonly SheetRow[], headerRow: number | undefined): Layout {
  const filled = all.filter((row) => widthOf(row) > 0);
  if (headerRow !== undefined) {
    const at = filled.findIndex(({ number }) => number === headerRow);
    if (at < 0) return { names: undefined, rows: [], titles: [] };
    const titles = filled.slice(0, at).map(titleOf);
    return { names: filled[at], rows: filled.slice(at + 1), titles };
  }
  const first = filled.slice(0, FIRST_ROWS);
  // A blank row between two others counts as one.
  const texts = first.flatMap((row, i) => {
    const cells = Array.from({ length: widthOf(row) }, (_, j) => textOf(row.cells[j]));
    return i > 0 && row.number > first[i - 1].number + 1 ? [[], cells] : [cells];
  });
  const places = first.flatMap((row, i) => (i > 0 && row.number > first[i - 1].number + 1 ? [i, i] : [i]));
  const titles: string[] = [];
  const at = namesRow(texts, {
    ...{ from: 0, width: commonWidth(texts.filter((cells) => cells.length > 0)) },
    onTitle: (cells) => titles.push(cells.filter((cell) => cell !== "").join(" ")),
  });
  // A sheet of titles alone begins with the first of them.
  const names = at < texts.length ? places[at] : 0;
  return { names: filled[names], rows: filled.slice(names + 1), titles: at < texts.length ? titles : [] };
}

const titleOf = (row: SheetRow): string =>
  row.cells
    .map(textOf)
    .filter((cell) => cell !== "")
    .join(" ");

/** The number of cells up to the last one that is not empty. */
const widthOf = ({ cells }: SheetRow): number =>
  cells.findLastIndex((cell) => cell !== null && cell !== undefined && cell !== "") + 1;

const nameOf = (cell: CellValue | undefined): string =>
  cell instanceof Date ? (dateText(cell.getTime()) ?? "") : textOf(cell);

/** As the layout is decided by: dates as numbers. */
function textOf(cell: CellValue | undefined): string {
  if (cell === null || cell === undefined) return "";
  if (cell instanceof CellError) return cell.text;
  if (cell instanceof Date) return Number.isNaN(cell.getTime()) ? "" : String(cell.getTime());
  return String(cell).trim();
}
