/** Parquet by hyparquet, a column chunk at a time, and of a file no more than the columns that are read. */
import type { FileMetaData, SchemaElement, SchemaTree } from "hyparquet";
import { NadarayaError } from "../common/errors.ts";
import { isWhole, optionNames, refuseTransferred } from "../common/options.ts";
import { hyparquetPackage } from "./hyparquet.ts";
import { importError } from "./import-error.ts";
import { checkReadOptions, READ_OPTIONS, type ReadOptions } from "./options.ts";
import { PageChecks } from "./parquet-pages.ts";
import { bytesOf, piecesOf, type Source, unpacked } from "./source.ts";
import type { Table } from "./table.ts";
import { TableBuilder } from "./table-builder.ts";
import type { ColumnBuilder } from "./typing/column.ts";

/** Bytes that are read where they are needed, as hyparquet's. */
export interface AsyncBuffer {
  readonly byteLength: number;
  slice(start: number, end?: number): ArrayBuffer | Promise<ArrayBuffer>;
}

async function pagesPackage() {
  try {
    return await import("hyparquet/src/column.js");
  } catch (cause) {
    throw importError("hyparquet", cause);
  }
}

async function compressorsPackage() {
  try {
    return await import("hyparquet-compressors");
  } catch (cause) {
    throw importError("hyparquet-compressors", cause);
  }
}

/** Options of `readParquet`. */
export interface ParquetOptions extends ReadOptions {
  /** Only these row groups, from the first of them to before the second; rows are named as they stand in the file. */
  readonly rowGroups?: readonly [from: number, to: number];
}

const PARQUET_OPTIONS = optionNames<ParquetOptions>()({ rowGroups: true }, READ_OPTIONS);

/** What the end of a Parquet file says of a row group. */
export interface RowGroup {
  readonly rows: number;
  /** The least and the largest of each numeric column that has statistics. */
  readonly ranges: Readonly<Record<string, readonly [least: number, largest: number]>>;
}

/** The row groups of a Parquet file, of which only its end is read. @throws NadarayaError "invalid-input" */
export async function parquetRowGroups(
  source: Source | AsyncBuffer,
  { name = "the file" }: Pick<ReadOptions, "name"> = {},
): Promise<RowGroup[]> {
  const { parquetMetadataAsync } = await hyparquetPackage();
  const file = await randomAccess(source, name);
  try {
    const { row_groups, schema } = await parquetMetadataAsync(file, { geoparquet: false });
    const plain = new Set(schema.filter(isPlainNumber).map((element) => element.name));
    return row_groups.map(({ num_rows, columns }) => ({
      rows: Number(num_rows),
      ranges: Object.fromEntries(
        columns.flatMap(({ meta_data: meta }) => {
          const { min_value: least, max_value: largest } = meta?.statistics ?? {};
          const [column, ...inner] = meta?.path_in_schema ?? [];
          if (!plain.has(column) || inner.length > 0 || least === undefined || largest === undefined)
            return [];
          const range = [Number(least), Number(largest)] as const;
          return range[0] <= range[1] ? [[column, range]] : [];
        }),
      ),
    }));
  } catch (error) {
    throw new NadarayaError(
      "invalid-input",
      `${name} is no Parquet file that can be read: ${error instanceof Error ? error.message : error}`,
    );
  }
}

/**
 * @param source also an object with `byteLength` and `slice(start, end)`, which may be asynchronous: only what is needed is read
 * @throws NadarayaError "invalid-input" for a file that is no Parquet, lacks a column, or has text where numbers are wanted
 */
export async function readParquet(
  source: Source | AsyncBuffer,
  options: ParquetOptions = {},
): Promise<Table> {
  checkReadOptions(options, "readParquet", PARQUET_OPTIONS);
  const { name = "the file", signal, onProgress, rowGroups } = options;
  const builder = new TableBuilder(name, options);
  const [{ parquetMetadataAsync, parquetRead, parquetSchema }, { compressors }, { parquetHeader }] =
    await Promise.all([hyparquetPackage(), compressorsPackage(), pagesPackage()]);
  let failure: unknown;
  let firstRow = 0;
  let checks: PageChecks | undefined;
  const file = await randomAccess(source, name);
  const checked: AsyncBuffer = {
    byteLength: file.byteLength,
    async slice(start, end) {
      // It never rejects: hyparquet fetches ahead, and a rejection of what is not awaited yet would end the process. Without bytes its reading ends.
      try {
        signal?.throwIfAborted();
        if (failure) return new ArrayBuffer(0);
        const bytes = await file.slice(start, end);
        checks?.check(bytes, start);
        return bytes;
      } catch (error) {
        failure ??= error;
        return new ArrayBuffer(0);
      }
    },
  };
  const unreadable = (error: unknown) =>
    error instanceof NadarayaError || signal?.aborted
      ? error
      : builder.error(
          `is no Parquet file that can be read: ${error instanceof Error ? error.message : error}`,
        );
  try {
    const metadata = await parquetMetadataAsync(checked, { geoparquet: false });
    const fields = new Map(parquetSchema(metadata).children.map((field) => [field.element.name, field]));
    const columns = new Map<string, ColumnBuilder>();
    for (const [column, , cells] of builder.start([...fields.keys()])) {
      const nested = nestedKind(fields.get(column)!);
      if (nested) cells.setValue(0, nested, true);
      else columns.set(column, cells);
    }
    const all = Number(metadata.num_rows);
    if (!Number.isSafeInteger(all) || all < 0) throw builder.error(`claims to have ${all} rows`);
    const [first, end] = rowGroups ? rowsOfGroups(metadata, rowGroups, builder) : [0, all];
    const rows = end - first;
    firstRow = first;
    builder.rows = rows;
    const isOptional = [...columns.keys()].map(
      (column) => [column, fields.get(column)!.element.repetition_type !== "REQUIRED"] as const,
    );
    checks = new PageChecks(metadata, new Map(isOptional), parquetHeader);
    let read = 0;
    if (columns.size > 0 && rows > 0)
      await parquetRead({
        file: checked,
        metadata,
        ...(rowGroups && { rowStart: first, rowEnd: end }),
        geoparquet: false,
        columns: [...columns.keys()],
        compressors: checks.checking(compressors),
        onChunk({ columnName, columnData, rowStart }) {
          // hyparquet calls this in a promise that is not awaited.
          try {
            signal?.throwIfAborted();
            const column = columns.get(columnName)!;
            const from = rowStart - first;
            if (from < 0 || from + columnData.length > rows)
              throw builder.error(`has more rows than the ${rows} that it claims`);
            for (let i = 0; i < columnData.length; i++) column.setValue(from + i, columnData[i], true);
            read += columnData.length;
            onProgress?.(read / (rows * columns.size));
          } catch (error) {
            failure ??= error;
          }
        },
      });
    if (failure) throw failure;
    if (read < rows * columns.size)
      throw builder.error(
        `has ${read} cells, expected ${rows} rows of ${columns.size} columns: it is truncated`,
      );
  } catch (error) {
    throw unreadable(failure ?? error);
  }
  return builder.finish((row) => `row ${firstRow + row + 1}`);
}

/** The first row of the first of these groups, and the row after the last of them. @throws NadarayaError "invalid-input" for groups that there are not */
function rowsOfGroups(
  { row_groups }: FileMetaData,
  [from, to]: readonly [number, number],
  builder: TableBuilder,
): [first: number, end: number] {
  const groups = row_groups.map((group) => Number(group.num_rows));
  if (!(isWhole(from, 0) && isWhole(to, from, groups.length)))
    throw builder.error(`has ${groups.length} row groups, and not those from ${from} to ${to}`);
  const before = (group: number) => groups.slice(0, group).reduce((sum, rows) => sum + rows, 0);
  return [before(from), before(to)];
}

async function randomAccess(source: Source | AsyncBuffer, name: string): Promise<AsyncBuffer> {
  if (source instanceof Blob)
    return {
      byteLength: source.size,
      slice: (start, end) => source.slice(start, end ?? source.size).arrayBuffer(),
    };
  refuseTransferred(source, "the source of readParquet");
  if (
    typeof source === "object" &&
    source !== null &&
    "byteLength" in source &&
    typeof (source as AsyncBuffer).slice === "function"
  )
    if (!ArrayBuffer.isView(source)) return source as AsyncBuffer;
  const bytes = await bytesOf(await unpacked(piecesOf(source as Source, "readParquet"), name), "readParquet");
  return bytes.buffer;
}

/** Whether a column's statistics are its numbers: not those of dates or decimals, which are read as something else. */
const isPlainNumber = ({ type, converted_type: converted, logical_type: logical }: SchemaElement): boolean =>
  ["DOUBLE", "FLOAT", "INT32", "INT64"].includes(type ?? "") &&
  (converted === undefined || /^U?INT_\d+$/.test(converted)) &&
  (logical === undefined || logical.type === "INTEGER");

/** A list or an object for columns of such, which are no columns of numbers or text. */
const nestedKind = ({ element, children }: SchemaTree): object | undefined => {
  if (element.repetition_type === "REPEATED" || ["LIST", "MAP"].includes(element.converted_type ?? ""))
    return [];
  return children.length > 0 ? {} : undefined;
};
