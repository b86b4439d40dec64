/** Tables in files by their paths, patterns of paths, and pipes. For Node. */
import { randomBytes } from "node:crypto";
import { createReadStream, createWriteStream, fstatSync, rmSync, writeSync } from "node:fs";
import { access, constants, open, realpath, rename, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join } from "node:path";
import { NadarayaError, show } from "../common/errors.ts";
import { writeCsv } from "./csv/csv.ts";
import { type FileState, readUnchanged } from "./file-state.ts";
import { importError } from "./import-error.ts";
import type { AsyncBuffer, RowGroup } from "./parquet.ts";
import { type Format, formatOf, formats, readTable as readAny, type TableOptions } from "./read.ts";
import type { Piece } from "./source.ts";
import type { ColumnSummary, Table } from "./table.ts";
import type { Column } from "./typing/column.ts";
import { isUrl, nameOfPath, nameOfUrl, openUrl } from "./url.ts";

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
  await checkDifferent(files);
  const tables: Table[] = [];
  for (const [i, path] of files.entries()) {
    const onProgress =
      options.onProgress && ((share: number) => options.onProgress!((i + share) / files.length));
    tables.push(await readOne(path, { ...options, onProgress }));
  }
  return tables.length === 1 ? tables[0] : stacked(files.map(nameOfPath), tables);
}

/** @throws NadarayaError "invalid-input" if a file is named twice, whatever its paths are: its rows would count twice */
async function checkDifferent(files: readonly string[]): Promise<void> {
  if (files.length < 2) return;
  const seen = new Map<string, string>();
  for (const file of files) {
    const identity = file === "-" || isUrl(file) ? file : await identityOf(file);
    const before = seen.get(identity);
    seen.set(identity, file);
    if (before === undefined) continue;
    const name = file === "-" ? STANDARD_INPUT : nameOfPath(file);
    const alias = before === file ? "" : ` (once as ${before})`;
    throw new NadarayaError("invalid-input", `${name} is named twice${alias}: its rows would count twice`);
  }
}

/** One text for all paths of a file: hard and symbolic links too, where the file system numbers its files. */
async function identityOf(path: string): Promise<string> {
  const status = await stat(path, { bigint: true }).catch(() => undefined);
  if (status?.isFile() && status.ino > 0n) return `${status.dev}:${status.ino}`;
  return realpath(path).catch(() => path);
}

/** The input that is the same file as an output, whatever their paths are; writing the output would replace it. */
export async function inputReplacedBy(
  output: string,
  inputs: readonly string[],
): Promise<string | undefined> {
  if (!(await isRegular(output))) return undefined;
  const identity = await identityOf(output);
  for (const input of inputs)
    if (input !== "-" && !isUrl(input) && (await identityOf(input)) === identity) return input;
  return undefined;
}

const isRegular = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isFile() === true;

/** @throws NadarayaError "invalid-input" that names an empty cell, and what can be done about it */
export function checkComplete(file: string, { summary = [] }: Table, advice: string): void {
  for (const { name, firstMissing, missing, firstError } of summary) {
    if (firstMissing === undefined) continue;
    const what =
      firstError?.where === firstMissing
        ? `shows ${firstError.value} (one of ${missing} cells without a value)`
        : `is empty (one of ${missing} such cells${firstError ? `; ${firstError.where} shows ${firstError.value}` : ""})`;
    throw new NadarayaError(
      "invalid-input",
      `${file} ${firstMissing}, column ${show(name)} ${what}; ${advice}`,
    );
  }
}

async function tinyglobbyPackage() {
  try {
    return await import("tinyglobby");
  } catch (cause) {
    throw importError("tinyglobby", cause);
  }
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
    const { glob } = await tinyglobbyPackage();
    const matches = await glob(path, { expandDirectories: false, absolute: isAbsolute(path) });
    if (matches.length === 0)
      throw new NadarayaError("invalid-input", `no file matches ${show(nameOfPath(path))}`);
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
    throw new NadarayaError("invalid-input", `${nameOfPath(path)} cannot be read: ${reasonOf(status)}`);
  if (status.isDirectory())
    throw new NadarayaError("invalid-input", `${nameOfPath(path)} is a folder, expected a file`);
  const { size } = status;
  const handle = await open(path).catch((error: NodeJS.ErrnoException) => {
    throw new NadarayaError("invalid-input", `${nameOfPath(path)} cannot be read: ${reasonOf(error)}`);
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
  EDQUOT: "the quota of the disk is used up",
  EFBIG: "files must not become so large here",
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
  const summary = first.summary?.map((each): ColumnSummary => {
    const all = tables.map((table) => table.summary?.find(({ name }) => name === each.name));
    const cell = (name: "firstBad" | "firstError") => {
      const at = all.findIndex((one) => one?.[name]);
      if (at < 0) return undefined;
      const count = all.reduce((sum, one) => sum + (one?.[name]?.count ?? 0), 0);
      const found = all[at]![name]!;
      return { ...found, count, where: `${found.where} of ${files[at]}` };
    };
    const missingAt = all.findIndex((one) => one?.firstMissing !== undefined);
    return {
      ...each,
      missing: all.reduce((sum, one) => sum + (one?.missing ?? 0), 0),
      firstMissing: missingAt < 0 ? undefined : `${all[missingAt]!.firstMissing} of ${files[missingAt]}`,
      ...{ firstBad: cell("firstBad"), firstError: cell("firstError") },
    };
  });
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
  checkEnding(path);
  if (path !== undefined && path !== "-") await checkFolder(path);
}

/** @throws NadarayaError "invalid-input" for an ending that is not known, or is of a format that is not written */
export function checkEnding(path: string | undefined): void {
  if (path !== undefined && path !== "-") outputFormat(path);
}

/** @throws NadarayaError "invalid-input" where the path is a folder, or its folder is not there */
export async function checkFolder(path: string): Promise<void> {
  const status = await stat(path).catch(() => undefined);
  if (status?.isDirectory())
    throw new NadarayaError("invalid-input", `${nameOfPath(path)} is a folder, expected a file to write`);
  const folder = dirname(path);
  if ((await stat(folder).catch(() => undefined))?.isDirectory() === false)
    throw new NadarayaError(
      "invalid-input",
      `${nameOfPath(path)} cannot be written: ${nameOfPath(folder)} is no folder`,
    );
  await access(folder, constants.W_OK).catch((error: NodeJS.ErrnoException) => {
    throw new NadarayaError(
      "invalid-input",
      `${nameOfPath(path)} cannot be written: folder ${nameOfPath(folder)}: ${reasonOf(error)}`,
    );
  });
}

function outputFormat(path: string): Exclude<Format, "xlsx"> {
  const format = formatOf(nameOfPath(path), written);
  if (format === "xlsx" || /\.(gz|zst|zstd)$/i.test(path))
    throw new NadarayaError(
      "invalid-input",
      `${nameOfPath(path)}: such files are read, not written; expected ${written.map((each) => `.${each}`).join(", ")}`,
    );
  return format;
}

/** The formats that are written. */
const written = formats.filter((format) => format !== "xlsx");

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
  if (path === undefined || path === "-") return writeStandardOutput(await writeCsv(table));
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
      // A disk may say that it is full as late as when the bytes are on it.
      const stream = createWriteStream(temporary, { flush: !isSpecial });
      stream.once("error", reject);
      stream.once("close", resolve);
      stream.end(content);
    });
    if (!isSpecial) await rename(temporary, path);
  } catch (error) {
    if (!isSpecial) rmSync(temporary, { force: true });
    throw new NadarayaError(
      "invalid-input",
      `${nameOfPath(path)} cannot be written: ${reasonOf(error as NodeJS.ErrnoException)}`,
    );
  } finally {
    unfinished.delete(temporary);
  }
}

const unwritable = (error: NodeJS.ErrnoException) =>
  new NadarayaError("invalid-input", `the standard output cannot be written: ${reasonOf(error)}`);

/** Writes a text to the standard output, to its last byte. @throws NadarayaError "invalid-input" if it cannot be written */
export async function writeStandardOutput(text: string): Promise<void> {
  if (writeAtOnce(text)) return;
  await new Promise<void>((resolve, reject) => {
    const finish = (error?: NodeJS.ErrnoException | null) => {
      // The program that reads the output may stop before its end.
      if (!error || error.code === "EPIPE") resolve();
      else reject(unwritable(error));
    };
    process.stdout.once("error", finish);
    process.stdout.write(text, finish);
  });
}

/**
 * Writes a text to the standard output if that is a file or a device; returns false if it is a pipe or a terminal. Node's own stream
 * writes to files by one call, and ignores that a full disk takes only some of the bytes.
 * @throws NadarayaError "invalid-input" if it cannot be written
 */
export function writeAtOnce(text: string): boolean {
  const { fd, isTTY } = process.stdout;
  const status = fstatSync(fd);
  if (isTTY || !(status.isFile() || status.isCharacterDevice())) return false;
  const bytes = Buffer.from(text);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
  } catch (error) {
    throw unwritable(error as NodeJS.ErrnoException);
  }
  return true;
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
      return (await import("./write-parquet.ts")).writeParquet(table);
    case "arrow":
      return (await import("./arrow.ts")).writeArrow(table);
  }
}
