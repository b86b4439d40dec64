/** JSON: an array of objects, one a row, or an object of columns; JSON lines, an object a line; GeoJSON, whose points become two columns. */
import { NadarayaError } from "../common/errors.ts";
import { checkOptions, optionNames } from "../common/options.ts";
import { linesOf } from "./csv/lines.ts";
import { importError } from "./import-error.ts";
import { repeatedKey } from "./json-keys.ts";
import { checkReadOptions, READ_OPTIONS, type ReadOptions } from "./options.ts";
import { piecesOf, type Source, unpacked } from "./source.ts";
import { checkTable, type Table } from "./table.ts";
import { TableBuilder } from "./table-builder.ts";
import { decoded } from "./text.ts";
import { dateText } from "./typing/dates.ts";

type Row = Readonly<Record<string, unknown>>;

/** Options of `readJson`. */
export interface JsonOptions extends ReadOptions {
  /** Whether every line is an object of its own; by default what the text begins with decides. */
  readonly lines?: boolean;
}

const JSON_OPTIONS = optionNames<JsonOptions>()({ lines: true }, READ_OPTIONS);

/** More characters than this are no string of JavaScript's. */
const LONGEST = 2 ** 29 - 24;

/** @throws NadarayaError "invalid-input" that names the row (or line) and the column. */
export async function readJson(source: Source, options: JsonOptions = {}): Promise<Table> {
  checkReadOptions(options, "readJson", JSON_OPTIONS);
  const { name = "the text", lines, signal, onProgress } = options;
  const builder = new TableBuilder(name, options);
  const pieces = typeof source === "string" ? once(source) : piecesOf(source, "readJson", onProgress);
  const text = decoded(await unpacked(pieces, name), { name, onNote: (note) => builder.notes.push(note) });
  const where: string[] = [];
  const rows: Row[] = [];
  const isRow = (value: unknown): value is Row =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  let all = "";
  let line = 0;
  let isLines = lines;
  const tooLong = () =>
    builder.error("is more JSON than can be parsed at once; write it as JSON lines, CSV or Parquet");
  for await (const piece of linesOf(text, LONGEST, tooLong)) {
    signal?.throwIfAborted();
    isLines ??= startsWithLine(piece);
    if (!isLines) {
      if (all.length + piece.length > LONGEST) throw tooLong();
      all += piece;
      continue;
    }
    for (const text of piece.replace(/\n$/, "").split("\n")) {
      line++;
      if (text.trim() === "") continue;
      const row = await parsed(text, (message) => builder.error(`line ${line} is no JSON: ${message}`));
      if (!isRow(row)) throw builder.error(`line ${line} is no row: expected an object`);
      rows.push(row);
      where.push(`line ${line}`);
    }
  }
  if (!isLines) {
    const value = await parsed(all, (message) => builder.error(`is no JSON: ${message}`));
    const list = featuresOf(value) ?? columnsOf(value) ?? value;
    if (!Array.isArray(list) || !list.every(isRow))
      throw builder.error("is no table: expected an array of objects, one a row, or an object of columns");
    for (const row of list) rows.push(row);
  }
  const names = new Set<string>();
  for (const row of rows) for (const key of Object.keys(row)) names.add(key);
  if (names.size === 0) throw builder.error("is empty: expected an array of objects, one a row");
  for (const [column, , cells] of builder.start([...names]))
    for (const [i, row] of rows.entries())
      cells.setValue(i, Object.hasOwn(row, column) ? row[column] : null, false);
  builder.rows = rows.length;
  return builder.finish((row) => where[row] ?? `row ${row + 1}`);
}

async function* once(text: string) {
  yield text;
}

async function losslessJsonPackage() {
  try {
    return await import("lossless-json");
  } catch (cause) {
    throw importError("lossless-json", cause);
  }
}

/** Integers of more digits than float64 holds are bigints, so that different ones stay different. */
async function parsed(text: string, error: (message: string) => Error): Promise<unknown> {
  try {
    if (!/\d{16,}/.test(text)) {
      const value = JSON.parse(text);
      const key = repeatedKey(text, value);
      if (key !== undefined) throw new Error(`an object has the key ${JSON.stringify(key)} twice`);
      return value;
    }
    const lossless = await losslessJsonPackage();
    return lossless.parse(text, undefined, (digits) =>
      /^-?\d{16,}$/.test(digits) && !Number.isSafeInteger(Number(digits)) ? BigInt(digits) : Number(digits),
    );
  } catch (cause) {
    if (cause instanceof NadarayaError) throw cause;
    throw error(cause instanceof Error ? cause.message : String(cause));
  }
}

/** Whether the first line is an object by itself, and not the beginning of one. */
function startsWithLine(piece: string): boolean {
  const [first, second] = piece.split("\n").filter((line) => line.trim() !== "");
  if (!first?.trim().startsWith("{")) return false;
  try {
    const value = JSON.parse(first);
    return second !== undefined || (value.type !== "FeatureCollection" && !columnsOf(value));
  } catch {
    return false;
  }
}

/** The rows of an object of columns: lists of equal length, each under its name. */
function columnsOf(value: unknown): Row[] | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const columns = Object.entries(value);
  const length = Array.isArray(columns[0]?.[1]) ? columns[0][1].length : 0;
  if (length === 0 || !columns.every(([, list]) => Array.isArray(list) && list.length === length))
    return undefined;
  return Array.from({ length }, (_, i) => Object.fromEntries(columns.map(([name, list]) => [name, list[i]])));
}

/** The features of GeoJSON as rows: their properties, and the coordinates of points as longitude and latitude. */
function featuresOf(value: unknown): Row[] | undefined {
  const { type, features } = (value ?? {}) as { type?: unknown; features?: unknown };
  if (type !== "FeatureCollection" || !Array.isArray(features)) return undefined;
  return features.map(({ properties, geometry }) => {
    if (!geometry) return { ...properties };
    if (geometry.type !== "Point") return { ...properties, geometry };
    const [longitude, latitude, altitude] = geometry.coordinates ?? [];
    return { longitude, latitude, ...(altitude === undefined ? {} : { altitude }), ...properties };
  });
}

/** A table as a JSON array of objects, one a row, or as an object a line. Columns that were dates are written as dates. */
export function writeJson(table: Table, options: { readonly lines?: boolean } = {}): string {
  checkTable(table, "writeJson");
  checkOptions(options, ["lines"], "writeJson");
  const { lines = false } = options;
  const { names, rows, columns, dates = [] } = table;
  const cell = (name: string, value: number | string | undefined) => {
    if (value === undefined || Number.isNaN(value)) return null;
    return dates.includes(name) ? dateText(Number(value)) : value;
  };
  const list = Array.from({ length: rows }, (_, i) =>
    Object.fromEntries(names.map((name) => [name, cell(name, columns[name][i])])),
  );
  if (lines) return list.map((row) => `${JSON.stringify(row)}\n`).join("");
  return `${JSON.stringify(list)}\n`;
}
