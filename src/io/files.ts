/** Tables in files, by the ends of their names, and in pipes, which are CSV by default. For Node. */
import { createReadStream, createWriteStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { extname } from "node:path";
import { text } from "node:stream/consumers";
import { asyncBufferFromFile } from "hyparquet";
import { NadarayaError, show } from "../common/errors.ts";
import { checkOptions } from "../common/options.ts";
import { readCsv, writeCsv } from "./csv.ts";
import type { Table, Wanted } from "./table.ts";

/** The ends of names, and what they say. */
export const formats = ["csv", "tsv", "json", "parquet", "arrow"] as const;
export type Format = (typeof formats)[number];

export interface ReadOptions {
  readonly wanted?: Wanted;
  /** Called with the share of the file that was read. */
  readonly onProgress?: (share: number) => void;
  readonly signal?: AbortSignal;
}

/** @throws NadarayaError "invalid-input" for an ending that is not known. */
export function formatOf(path: string): Format {
  const end = extname(path).slice(1).toLowerCase();
  const found = { tab: "tsv", feather: "arrow", txt: "csv" }[end] ?? end;
  if (formats.includes(found as Format)) return found as Format;
  throw new NadarayaError(
    "invalid-input",
    `${path} ends in ${show(end)}, expected ${formats.map((format) => `.${format}`).join(", ")}`,
  );
}

/**
 * @param path a file, or "-" for the standard input
 * @throws NadarayaError "invalid-input" that names the file, the line and the column
 */
export async function readTable(path: string, options: ReadOptions = {}): Promise<Table> {
  checkOptions(options, ["wanted", "onProgress", "signal"], "readTable");
  const { wanted, onProgress, signal } = options;
  if (path === "-") {
    return readCsv(await text(process.stdin), { name: "the standard input", wanted, signal });
  }
  const format = formatOf(path);
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) throw new NadarayaError("invalid-input", `${path} is not there, expected a file`);
  const own = { name: path, wanted, signal };
  switch (format) {
    case "csv":
    case "tsv":
      return readCsv(createReadStream(path, "utf8"), {
        ...own,
        onProgress: (bytes) => onProgress?.(Math.min(bytes / found.size, 1)),
      });
    case "json":
      return (await import("./json.ts")).readJson(await readFile(path, "utf8"), own);
    case "parquet":
      return (await import("./parquet.ts")).readParquet(await asyncBufferFromFile(path), {
        ...own,
        onProgress,
      });
    case "arrow":
      return (await import("./arrow.ts")).readArrow(await readFile(path), own);
  }
}

/** @param path a file, or undefined for the standard output, as CSV */
export async function writeTable(table: Table, path: string | undefined): Promise<void> {
  const content = await encode(table, path === undefined ? "csv" : formatOf(path));
  const to = path === undefined ? process.stdout : createWriteStream(path);
  await new Promise<void>((resolve, reject) => {
    to.once("error", (error: NodeJS.ErrnoException) => {
      // Who reads our output may have had enough of it.
      if (error.code === "EPIPE") resolve();
      else reject(new NadarayaError("invalid-input", `${path} cannot be written: ${error.message}`));
    });
    if (path === undefined) to.write(content, () => resolve());
    else to.end(content, () => resolve());
  });
}

async function encode(table: Table, format: Format): Promise<string | Uint8Array> {
  switch (format) {
    case "csv":
      return writeCsv(table);
    case "tsv":
      return writeCsv(table, "\t");
    case "json":
      return (await import("./json.ts")).writeJson(table);
    case "parquet":
      return (await import("./parquet.ts")).writeParquet(table);
    case "arrow":
      return (await import("./arrow.ts")).writeArrow(table);
  }
}
