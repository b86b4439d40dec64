/** `nadaraya/io`: tables in and out of CSV, JSON, Parquet, Arrow and Excel, in browsers and in Node. */
export { readArrow, toArrow, writeArrow } from "./arrow.ts";
export { type CsvOptions, readCsv, writeCsv } from "./csv/csv.ts";
export { type ExcelOptions, readExcel } from "./excel.ts";
export { type JsonOptions, readJson, writeJson } from "./json.ts";
export type { ReadOptions } from "./options.ts";
export { readParquet } from "./parquet.ts";
export { type Format, readTable, type TableOptions } from "./read.ts";
export type { Source } from "./source.ts";
export {
  type Column,
  type ColumnForm,
  type ColumnSummary,
  type Kind,
  numbersOf,
  type Table,
  type TextLayout,
  type Wanted,
} from "./table.ts";
export type { CellOptions } from "./typing/options.ts";
export { writeParquet } from "./write-parquet.ts";
