/** Tables as Parquet by hyparquet-writer: in a separate file, so that bundles of a reader need no writer. */
import { importError } from "./import-error.ts";
import { checkTable, type Table } from "./table.ts";

async function writerPackage() {
  try {
    return await import("hyparquet-writer");
  } catch (cause) {
    throw importError("hyparquet-writer", cause);
  }
}

/** A table as a Parquet file. Columns that were dates are written as timestamps. */
export async function writeParquet(table: Table): Promise<Uint8Array> {
  checkTable(table, "writeParquet");
  const { names, columns, dates = [] } = table;
  const { parquetWriteBuffer } = await writerPackage();
  const columnData = names.map((name) => {
    const column = columns[name];
    if (!(column instanceof Float64Array))
      return { name, data: column.map((text) => text ?? null), type: "STRING" as const };
    if (!dates.includes(name)) return { name, data: column, type: "DOUBLE" as const };
    const data = Array.from(column, (time) => (Number.isNaN(time) ? null : new Date(time)));
    return { name, data, type: "TIMESTAMP" as const };
  });
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}
