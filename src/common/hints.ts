/** What a caller can do with a value that is no number, or no array of them: the end of an error message, or nothing. */
import { kindOf } from "./errors.ts";

// cspell:ignore tolist
type Named = Readonly<Record<string, unknown>>;

/** @param value in place of a number */
export function hintForNumber(value: unknown): string {
  if (typeof value === "string")
    return value.trim() !== "" && Number.isFinite(Number(value)) ? "; convert it by Number(…)" : "";
  if (typeof value === "bigint" || typeof value === "boolean") return "; convert it by Number(…)";
  if (typeof value !== "object" || value === null) return "";
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return "";
  const kind = kindOf(value);
  if (kind === "Date") return "; convert it by getTime()";
  if (kind !== "Object") return "";
  const name = Object.keys(value).find((each) => typeof (value as Named)[each] === "number");
  return name === undefined ? "" : `; take a column of the rows: rows.map((row) => row.${name})`;
}

/** @param value in place of an array of numbers */
export function hintForArray(value: unknown): string {
  if (typeof value === "number") return `; write [${value}] for one`;
  if (typeof value === "string") return "; pass the numbers themselves";
  if (typeof value === "function") return "; pass what it returns";
  if (typeof value !== "object" || value === null) return "";
  const kind = kindOf(value);
  if (kind === "ArrayBuffer" || kind === "DataView") return "; pass a typed array of it";
  const given = value as Named & Partial<Iterable<unknown>>;
  const method = ["toArray", "arraySync", "tolist"].find((each) => typeof given[each] === "function");
  if (method !== undefined) return `; pass what its ${method}() returns`;
  if (isNumbers(given.data))
    return Array.isArray(given.shape)
      ? "; pass { data: it.data, dims: it.shape[1] }"
      : "; pass its data, or { data, dims } for rows of several numbers";
  if (isNumbers(given.value) || typeof given.value === "number") return "; pass its value";
  if (typeof given[Symbol.iterator] === "function") return "; pass [...it]";
  const column = kind === "Object" ? Object.keys(given).find((each) => isNumbers(given[each])) : undefined;
  return column === undefined ? "" : "; of columns make rows: x.map((_, i) => [x[i], y[i]])";
}

const isNumbers = (value: unknown) => Array.isArray(value) || ArrayBuffer.isView(value);

/** @param value in place of a Uint8Array */
export function hintForBytes(value: unknown): string {
  if (typeof value !== "object" || value === null) return "";
  if (kindOf(value) === "ArrayBuffer") return "; pass new Uint8Array(it)";
  return typeof (value as Partial<Blob>).arrayBuffer === "function"
    ? "; pass new Uint8Array(await it.arrayBuffer())"
    : "";
}
