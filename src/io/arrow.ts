/** Arrow IPC, files and streams, by Apache's own library. */
import {
  Table as ArrowTable,
  Float64,
  makeData,
  tableFromIPC,
  tableToIPC,
  Utf8,
  Vector,
  vectorFromArray,
} from "apache-arrow";
import { checkOptions } from "../common/options.ts";
import type { BinaryOptions } from "./parquet.ts";
import { READ_OPTIONS, type Table, TableBuilder } from "./table.ts";

/** @throws NadarayaError "invalid-input" for bytes that are no Arrow table, or lack a column. */
export function readArrow(bytes: Uint8Array, options: BinaryOptions): Table {
  checkOptions(options, READ_OPTIONS, "readArrow");
  const { wanted, name, signal } = options;
  const builder = new TableBuilder(name, wanted);
  let table: ArrowTable;
  try {
    table = tableFromIPC(bytes);
  } catch (error) {
    throw builder.error(
      `is no Arrow file that can be read: ${error instanceof Error ? error.message : error}`,
    );
  }
  for (const column of builder.start(table.schema.fields.map((field) => field.name))) {
    signal?.throwIfAborted();
    const vector = table.getChild(column)!;
    for (let i = 0; i < table.numRows; i++) builder.set(column, i, vector.get(i), () => `row ${i + 1}`);
  }
  return builder.finish();
}

/** Columns as Arrow's own vectors, for tools that take a table of it. */
export function toArrow({ names, columns }: Table): ArrowTable {
  const vectors = names.map((name): [string, Vector] => {
    const column = columns[name];
    if (column instanceof Float64Array)
      return [name, new Vector([makeData({ type: new Float64(), data: column })])];
    return [
      name,
      vectorFromArray(
        column.map((text) => text ?? null),
        new Utf8(),
      ),
    ];
  });
  return new ArrowTable(Object.fromEntries(vectors));
}

export const writeArrow = (table: Table): Uint8Array => tableToIPC(toArrow(table), "file");
