/** A worker that reads a file, or what lies at an address, into columns, so that the page stays responsive. */
import { asyncBufferFromUrl, cachedAsyncBuffer } from "hyparquet";
import { NadarayaError } from "../../src/index.ts";
import { formatOf, readTable, type TableOptions } from "../../src/io/read.ts";
import type { Table } from "../../src/io/table.ts";
import { messageOf } from "../message.ts";
import { encodeText, type TextColumn } from "./text-column.ts";

export interface ReadRequest {
  readonly source: Blob | URL["href"];
  readonly name: string;
  readonly options: Omit<TableOptions, "name" | "onProgress" | "signal" | "wanted">;
}

/** A table as it comes from the worker: numbers, dates, and texts by number. */
export interface ReadTable extends Omit<Table, "columns"> {
  readonly columns: Readonly<Record<string, Float64Array | TextColumn>>;
}

export type ReadAnswer =
  | { readonly share: number }
  | { readonly table: ReadTable }
  | { readonly error: string };

const send = (answer: ReadAnswer, transfer: Transferable[] = []) => postMessage(answer, { transfer });

async function read({ source, name, options }: ReadRequest): Promise<Table> {
  const named = { ...options, name, onProgress: (share: number) => send({ share }) };
  if (typeof source !== "string") return readTable(source, named);
  // Of a Parquet file far away no more is fetched than the columns need, where the server answers for ranges.
  if (formatOf(name) === "parquet")
    return readTable(cachedAsyncBuffer(await asyncBufferFromUrl({ url: source })), named);
  const response = await fetch(source);
  if (!response.ok || !response.body)
    throw new NadarayaError(
      "invalid-input",
      `${source} cannot be fetched: ${response.status} ${response.statusText}`,
    );
  return readTable(response.body, named);
}

addEventListener("message", async ({ data }: MessageEvent<ReadRequest>) => {
  try {
    const { columns: cells, ...table } = await read(data);
    const columns = Object.fromEntries(
      Object.entries(cells).map(([name, column]) => [
        name,
        column instanceof Float64Array ? column : encodeText(column),
      ]),
    );
    const buffers = Object.values(columns).map((column) =>
      column instanceof Float64Array ? column.buffer : column.codes.buffer,
    );
    send({ table: { ...table, columns } }, buffers as ArrayBuffer[]);
  } catch (error) {
    send({ error: messageOf(error) });
  }
});
