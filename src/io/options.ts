/** What all readers take; some have no use for all of it. */
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

export const READ_OPTIONS = [
  ...(["wanted", "name", "badAsMissing", "epoch", "onProgress", "signal"] as const),
  ...(["na", "decimal", "dateOrder", "timeZone"] as const),
] satisfies (keyof ReadOptions)[];
