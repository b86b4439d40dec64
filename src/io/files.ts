/** Tables in files by their paths, patterns of paths, and pipes. For Node. */
import { randomBytes } from "node:crypto";
import { createReadStream, createWriteStream, rmSync } from "node:fs";
import { access, constants, open, rename, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join } from "node:path";
import { NadarayaError, show } from "../common/errors.ts";
import { writeCsv } from "./csv/csv.ts";
import { type FileState, readUnchanged } from "./file-state.ts";
import { loadPackage } from "./load-package.ts";
import type { AsyncBuffer, RowGroup } from "./parquet.ts";
import { type Format, formatOf, readTable as readAny, type TableOptions } from "./read.ts";
import type { Piece } from "./source.ts";
import type { Table } from "./table.ts";
import type { Column } from "./typing/column.ts";
import { isUrl, nameOfUrl, openUrl } from "./url.ts";

/** How errors name the standard input. */
const STANDARD_INPUT = "the standard input";

/**
 * @param paths files, patterns such as "data/*.csv", addresses that begin with http, or "-" for the standard input, which is CSV unless its bytes or `format` say
 *   otherwise; tables of several files are put one below the other
 * @throws NadarayaError "invalid-input" that names the file, the line or row, and the column
 */
export async function readTable(
  paths: string | readonly string[],
  options: TableOptions = {},
): Promise<Table> {
  const files = await matchingFiles(typeof paths === "string" ? [paths] : paths);
  const tables: Table[] = [];
  for (const [i, path] of files.entries()) {
    const onProgress =
      options.onProgress && ((share: number) => options.onProgress!((i + share) / files.length));
    tables.push(await readOne(path, { ...options, onProgress }));
  }
  return tables.length === 1 ? tables[0] : stacked(files, tables);
}

/** @throws NadarayaError "invalid-input" that names an empty cell, and what can be done about it */
export function checkComplete(file: string, { summary = [] }: Table, advice: string): void {
  for (const { name, firstMissing, missing } of summary)
    if (firstMissing !== undefined)
      throw new NadarayaError(
        "invalid-input",
        `${file} ${firstMissing}, column "${name}" is empty (one of ${missing} such cells); ${advice}`,
      );
}

/** The files that patterns mean, in their order. @throws NadarayaError "invalid-input" where one matches none */
export async function matchingFiles(paths: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const path of paths) {
    const isThere = path === "-" || isUrl(path) || (await stat(path).catch(() => undefined));
    if (isThere || !/[*?[{]/.test(path)) {
      files.push(path);
      continue;
    }
    const { glob } = await loadPackage("tinyglobby", () => import("tinyglobby"));
    const matches = await glob(path, { expandDirectories: false, absolute: isAbsolute(path) });
    if (matches.length === 0) throw new NadarayaError("invalid-input", `no file matches ${show(path)}`);
    files.push(...matches.sort());
  }
  return files;
}

async function readOne(path: string, options: TableOptions): Promise<Table> {
  if (path === "-")
    return readAny(process.stdin, { ...options, name: STANDARD_INPUT, format: options.format ?? "csv" });
  if (isUrl(path)) return readAny(await openUrl(path), { ...options, name: nameOfUrl(path) });
  const file = await openFile(path);
  try {
    return await readAny(
      file.isParquet ? file : counted(file.stream(), file.byteLength, options.onProgress),
      { ...options, name: path },
    );
  } finally {
    await file.close();
  }
}

/** The state of a file, and its row groups if it is Parquet. @throws NadarayaError "invalid-input" */
export async function inspectFile(
  path: string,
): Promise<{ readonly state: FileState; readonly groups?: RowGroup[] }> {
  const { parquetRowGroups } = await import("./parquet.ts");
  if (isUrl(path)) {
    const file = await openUrl(path);
    const { state } = file;
    const magic = Buffer.from(await file.slice(0, MAGIC.length)).toString("latin1");
    return magic === MAGIC
      ? { state, groups: await parquetRowGroups(file, { name: nameOfUrl(path) }) }
      : { state };
  }
  const file = await openFile(path);
  try {
    const groupsOf = async () => (file.isParquet ? parquetRowGroups(file, { name: path }) : undefined);
    const { state, content: groups } = await readUnchanged(path, groupsOf);
    return { state, groups };
  } finally {
    await file.close();
  }
}

/** What a Parquet file begins with. */
const MAGIC = "PAR1";

interface OpenFile extends AsyncBuffer {
  readonly isParquet: boolean;
  stream(): AsyncIterable<Piece>;
  close(): Promise<void>;
}

/** @throws NadarayaError "invalid-input" where it is no file that can be read */
async function openFile(path: string): Promise<OpenFile> {
  const status = await stat(path).catch((error: NodeJS.ErrnoException) => error);
  if (status instanceof Error)
    throw new NadarayaError("invalid-input", `${path} cannot be read: ${reasonOf(status)}`);
  if (status.isDirectory()) throw new NadarayaError("invalid-input", `${path} is a folder, expected a file`);
  const { size } = status;
  const handle = await open(path).catch((error: NodeJS.ErrnoException) => {
    throw new NadarayaError("invalid-input", `${path} cannot be read: ${reasonOf(error)}`);
  });
  const slice = async (start: number, end: number) => {
    const bytes = new Uint8Array(Math.max(Math.min(end, size) - Math.max(start, 0), 0));
    await handle.read(bytes, 0, bytes.length, Math.max(start, 0));
    return bytes.buffer;
  };
  const magic = status.isFile() ? await slice(0, MAGIC.length) : new ArrayBuffer(0);
  return {
    byteLength: size,
    isParquet: Buffer.from(magic).toString("latin1") === MAGIC,
    slice: (start, end = size) => slice(start < 0 ? size + start : start, end),
    stream: () => createReadStream(path, { highWaterMark: 2 ** 20 }),
    close: () => handle.close(),
  };
}

async function* counted(
  stream: AsyncIterable<Piece>,
  size: number,
  onProgress: TableOptions["onProgress"],
): AsyncGenerator<Piece> {
  let read = 0;
  for await (const piece of stream) {
    yield piece;
    read += piece.length;
    onProgress?.(Math.min(read / size, 1));
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "it is not there",
  EACCES: "permission is denied",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of its path is no folder",
  ENOSPC: "the disk is full",
  EROFS: "the file system is read-only",
};
export const reasonOf = ({ code, message }: NodeJS.ErrnoException) => REASONS[code ?? ""] ?? message;

/** Tables with the same columns, one below the other. @throws NadarayaError "invalid-input" where columns or their types differ */
function stacked(files: readonly string[], tables: readonly Table[]): Table {
  const [first] = tables;
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const columns: [string, Column][] = first.names.map((name) => {
    const parts = tables.map((table, i) => {
      const part = Object.hasOwn(table.columns, name) ? table.columns[name] : undefined;
      if (part === undefined || table.names.length !== first.names.length)
        throw new NadarayaError(
          "invalid-input",
          `${files[i]} has the columns ${table.names.map(show).join(", ")}, expected those of ${files[0]}: ${first.names.map(show).join(", ")}`,
        );
      if (typeName(table, name) !== typeName(first, name))
        throw new NadarayaError(
          "invalid-input",
          `column ${show(name)} is ${typeName(table, name)} in ${files[i]} and ${typeName(first, name)} in ${files[0]}`,
        );
      return part;
    });
    if (!(parts[0] instanceof Float64Array)) return [name, (parts as (string | undefined)[][]).flat()];
    const column = new Float64Array(rows);
    let at = 0;
    for (const part of parts) {
      column.set(part as Float64Array, at);
      at += part.length;
    }
    return [name, column];
  });
  const summary = first.summary?.map((each, j) => ({
    ...each,
    missing: tables.reduce((sum, table) => sum + (table.summary?.[j]?.missing ?? 0), 0),
  }));
  const notes = tables.flatMap((table) => table.notes ?? []);
  return {
    names: first.names,
    rows,
    columns: Object.fromEntries(columns),
    dates: first.dates,
    summary,
    notes,
  };
}

const typeName = (table: Table, name: string) =>
  table.columns[name] instanceof Float64Array ? (table.dates?.includes(name) ? "dates" : "numbers") : "text";

/**
 * Whether a table can be written there, before it is computed.
 * @throws NadarayaError "invalid-input" for an ending that is not known, a folder, and a folder that is not there
 */
export async function checkOutput(path: string | undefined): Promise<void> {
  if (path === undefined || path === "-") return;
  outputFormat(path);
  await checkFolder(path);
}

/** @throws NadarayaError "invalid-input" where the path is a folder, or its folder is not there */
export async function checkFolder(path: string): Promise<void> {
  const status = await stat(path).catch(() => undefined);
  if (status?.isDirectory())
    throw new NadarayaError("invalid-input", `${path} is a folder, expected a file to write`);
  const folder = dirname(path);
  await access(folder, constants.W_OK).catch((error: NodeJS.ErrnoException) => {
    throw new NadarayaError(
      "invalid-input",
      `${path} cannot be written: folder ${folder}: ${reasonOf(error)}`,
    );
  });
}

function outputFormat(path: string): Exclude<Format, "xlsx"> {
  const format = formatOf(path);
  if (format === "xlsx" || /\.(gz|zst|zstd)$/i.test(path))
    throw new NadarayaError(
      "invalid-input",
      `${path}: such files are read, not written; expected .csv, .tsv, .json, .jsonl, .parquet or .arrow`,
    );
  return format;
}

/** Files that are being written, to be removed where the process is interrupted. */
const unfinished = new Set<string>();

export function removeUnfinished(): void {
  for (const path of unfinished) rmSync(path, { force: true });
}

/**
 * Writes a file under another name first, so that there is never half of one.
 * @param path a file; "-" or undefined for the standard output, as CSV
 * @throws NadarayaError "invalid-input" where it cannot be written
 */
export async function writeTable(table: Table, path: string | undefined): Promise<void> {
  if (path === undefined || path === "-") return toStandardOutput(await writeCsv(table));
  await checkOutput(path);
  const content = await encode(table, outputFormat(path));
  await writeWhole(path, content);
}

/** @throws NadarayaError "invalid-input" */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const target = await stat(path).catch(() => undefined);
  const isSpecial = target !== undefined && !target.isFile(); // a device or a pipe
  const temporary = isSpecial
    ? path
    : join(dirname(path), `.${basename(path)}.${randomBytes(4).toString("hex")}`);
  if (!isSpecial) unfinished.add(temporary);
  try {
    await new Promise<void>((resolve, reject) => {
      const stream = createWriteStream(temporary);
      stream.once("error", reject);
      stream.once("close", resolve);
      stream.end(content);
    });
    if (!isSpecial) await rename(temporary, path);
  } catch (error) {
    if (!isSpecial) rmSync(temporary, { force: true });
    throw new NadarayaError(
      "invalid-input",
      `${path} cannot be written: ${reasonOf(error as NodeJS.ErrnoException)}`,
    );
  } finally {
    unfinished.delete(temporary);
  }
}

function toStandardOutput(content: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (error?: NodeJS.ErrnoException | null) => {
      // The program that reads the output may stop before its end.
      if (!error || error.code === "EPIPE") resolve();
      else
        reject(
          new NadarayaError("invalid-input", `the standard output cannot be written: ${reasonOf(error)}`),
        );
    };
    process.stdout.once("error", finish);
    process.stdout.write(content, finish);
  });
}

async function encode(table: Table, format: Exclude<Format, "xlsx">): Promise<string | Uint8Array> {
  switch (format) {
    case "csv":
      return writeCsv(table);
    case "tsv":
      return writeCsv(table, "\t");
    case "json":
      return (await import("./json.ts")).writeJson(table);
    case "jsonl":
      return (await import("./json.ts")).writeJson(table, { lines: true });
    case "parquet":
      return (await import("./parquet.ts")).writeParquet(table);
    case "arrow":
      return (await import("./arrow.ts")).writeArrow(table);
  }
}
