/** A worker that reads a file into columns, so that the page stays alive meanwhile. */
import { NadarayaError } from "../../src/index.ts";
import { readCsv } from "../../src/io/csv.ts";
import type { Table } from "../../src/io/table.ts";

export interface ReadRequest {
  readonly file: Blob;
  readonly name: string;
}

export type ReadAnswer = { readonly share: number } | { readonly table: Table } | { readonly error: string };

const send = (answer: ReadAnswer, transfer: Transferable[] = []) => postMessage(answer, { transfer });

async function read({ file, name }: ReadRequest): Promise<Table> {
  const onProgress = (share: number) => send({ share });
  const end = name.toLowerCase().split(".").pop();
  switch (end) {
    case "csv":
    case "tsv":
    case "tab":
    case "txt":
      return readCsv(file, { name, onProgress: (bytes) => onProgress(bytes / Math.max(file.size, 1)) });
    case "json":
      return (await import("../../src/io/json.ts")).readJson(await file.text(), { name });
    case "parquet": {
      const { readParquet } = await import("../../src/io/parquet.ts");
      const slice = (start: number, stop?: number) => file.slice(start, stop).arrayBuffer();
      return readParquet({ byteLength: file.size, slice }, { name, onProgress });
    }
    case "arrow":
    case "feather": {
      const { readArrow } = await import("../../src/io/arrow.ts");
      return readArrow(new Uint8Array(await file.arrayBuffer()), { name });
    }
  }
  throw new NadarayaError(
    "invalid-input",
    `${name} ends in "${end}", expected .csv, .tsv, .json, .parquet or .arrow`,
  );
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
