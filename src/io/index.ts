/** `nadaraya/io`: tables in and out of CSV, JSON, Parquet and Arrow, in browsers and in Node. */
export { readArrow, toArrow, writeArrow } from "./arrow.ts";
export { type CsvOptions, readCsv, writeCsv } from "./csv.ts";
export { readJson, writeJson } from "./json.ts";
export { type BinaryOptions, readParquet, writeParquet } from "./parquet.ts";
export { type Column, type Kind, numbersOf, type Table, type Wanted } from "./table.ts";
