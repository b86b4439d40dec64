/** A worker that reads a file, or what lies at an address, into columns, so that the page stays responsive. */
import { asyncBufferFromUrl, cachedAsyncBuffer } from "hyparquet";
import { NadarayaError } from "../../src/index.ts";
import { formatOf, readTable, type TableOptions } from "../../src/io/read.ts";
import type { Table } from "../../src/io/table.ts";

export interface ReadRequest {
  readonly source: Blob | URL["href"];
  readonly name: string;
  readonly options: Omit<TableOptions, "name" | "onProgress" | "signal" | "wanted">;
}

export type ReadAnswer = { readonly share: number } | { readonly table: Table } | { readonly error: string };

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
    const table = await read(data);
    const numbers = Object.values(table.columns).filter((column) => column instanceof Float64Array);
    send(
      { table },
      numbers.map(({ buffer }) => buffer as ArrayBuffer),
    );
  } catch (error) {
    send({ error: error instanceof Error ? error.message : String(error) });
  }
});
