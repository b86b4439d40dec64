/** What all readers take; some have no use for all of it. */
import { NadarayaError, show } from "../common/errors.ts";
import { checkOptions, isRecord, isWhole, optionNames } from "../common/options.ts";
import type { Wanted } from "./table.ts";
import type { CellOptions } from "./typing/options.ts";

/** Options of every reader. */
export interface ReadOptions extends CellOptions {
  /** Which columns to read, and as what, or a function of the names that there are; all by default. */
  readonly wanted?: Wanted | ((names: readonly string[]) => Wanted);
  /** How errors name the file. */
  readonly name?: string;
  /** Columns in which cells that are no numbers (or dates) are left empty and counted; by default such a column is text. */
  readonly badAsMissing?: readonly string[] | "all";
  /** Columns of numbers that count seconds, ms, us or ns since 1970. */
  readonly epoch?: Readonly<Record<string, "s" | "ms" | "us" | "ns">>;
  /** Called with the share of the file that is read. */
  readonly onProgress?: (share: number) => void;
  readonly signal?: AbortSignal;
}

const isText = (value: unknown) => typeof value === "string";
const isTexts = (value: unknown) => Array.isArray(value) && value.every(isText);
const isBoolean = (value: unknown) => typeof value === "boolean";

/** What the options of readers are, in words, and whether a value is that. */
const CHECKS: Readonly<Record<string, readonly [expected: string, holds: (value: unknown) => boolean]>> = {
  wanted: [
    "an object of kinds by column, or a function of the names",
    (value) => isRecord(value) || typeof value === "function",
  ],
  name: ["a string", isText],
  badAsMissing: ['"all" or an array of names', (value) => value === "all" || isTexts(value)],
  epoch: [
    "an object of units by column: s, ms, us or ns",
    (value) =>
      isRecord(value) &&
      Object.values(value).every((unit) => ["s", "ms", "us", "ns"].includes(unit as string)),
  ],
  na: ["an array of strings", isTexts],
  decimal: ['"." or ","', isText],
  dateOrder: ['"dmy", "mdy" or "ymd"', isText],
  timeZone: ["the name of a time zone", isText],
  encoding: ["a label of an encoding", isText],
  delimiter: ["one character", isText],
  header: ["true or false", isBoolean],
  headerRow: ["a whole number from 1 on", (value) => isWhole(value, 1)],
  comment: ["a string", isText],
  lines: ["true or false", isBoolean],
  sheet: ["the name of a sheet", isText],
  rowGroups: [
    "two whole numbers: the first row group, and the one after the last",
    (value) => Array.isArray(value) && value.length === 2 && value.every(Number.isInteger),
  ],
};

export const READ_OPTIONS = optionNames<ReadOptions>()({
  wanted: true,
  name: true,
  badAsMissing: true,
  epoch: true,
  onProgress: true,
  signal: true,
  na: true,
  decimal: true,
  dateOrder: true,
  timeZone: true,
});

/**
 * @param known the options of this reader
 * @throws NadarayaError "invalid-input" for an option that is not known, or is not what it has to be
 */
export function checkReadOptions(
  options: object,
  where: string,
  known: readonly string[] = READ_OPTIONS,
): void {
  checkOptions(options, known, where);
  for (const [name, value] of Object.entries(options)) {
    const [expected, holds] = CHECKS[name] ?? [];
    if (value === undefined || !holds || holds(value)) continue;
    throw new NadarayaError("invalid-input", `${name} is ${show(value)}, expected ${expected}`);
  }
}
