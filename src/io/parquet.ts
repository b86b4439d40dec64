/** Parquet by hyparquet, a column chunk at a time. */
import { type AsyncBuffer, parquetMetadataAsync, parquetRead, parquetSchema } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { parquetWriteBuffer } from "hyparquet-writer";
import { checkOptions } from "../common/options.ts";
import { READ_OPTIONS, type Table, TableBuilder, type Wanted } from "./table.ts";

export interface BinaryOptions {
  readonly wanted?: Wanted;
  /** How errors name the file. */
  readonly name: string;
  /** Called with the share that is read. */
  readonly onProgress?: (share: number) => void;
  readonly signal?: AbortSignal;
}

/** @throws NadarayaError "invalid-input" for a file that is no Parquet, or lacks a column. */
export async function readParquet(file: AsyncBuffer, options: BinaryOptions): Promise<Table> {
  checkOptions(options, READ_OPTIONS, "readParquet");
  const { wanted, name, onProgress, signal } = options;
  const builder = new TableBuilder(name, wanted);
  const metadata = await parquetMetadataAsync(file).catch((error: Error) => {
    throw builder.error(`is no Parquet file that can be read: ${error.message}`);
  });
  const names = parquetSchema(metadata).children.map(({ element }) => element.name);
  const columns = [...builder.start(names)];
  const rows = Number(metadata.num_rows);
  let cells = 0;
  await parquetRead({
    file,
    metadata,
    columns,
    compressors,
    onChunk: ({ columnName, columnData, rowStart }) => {
      signal?.throwIfAborted();
      for (let i = 0; i < columnData.length; i++)
        builder.set(columnName, rowStart + i, columnData[i], () => `row ${rowStart + i + 1}`);
      cells += columnData.length;
      onProgress?.(cells / (rows * columns.length));
    },
  });
  return builder.finish();
}

export function writeParquet({ names, columns }: Table): Uint8Array {
  const columnData = names.map((name) => {
    const column = columns[name];
    return column instanceof Float64Array
      ? { name, data: column, type: "DOUBLE" as const }
      : { name, data: column.map((text) => text ?? null), type: "STRING" as const };
  });
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}
