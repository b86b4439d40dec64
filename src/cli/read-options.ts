/** From the words of the command line to what readers take, and to the columns that a command needs. */
import { show } from "../common/errors.ts";
import type { Format, TableOptions } from "../io/read.ts";
import type { Wanted } from "../io/table.ts";
import type { CellOptions } from "../io/typing/options.ts";
import { UsageError } from "./usage.ts";

/** What every command that reads a table takes. */
export interface ReadArguments {
  readonly encoding?: string;
  readonly delimiter?: string;
  readonly header: boolean;
  readonly headerRow?: number;
  readonly comment?: string;
  readonly na?: readonly string[];
  readonly decimal?: CellOptions["decimal"];
  readonly dates?: CellOptions["dateOrder"];
  readonly timeZone?: string;
  readonly epoch?: Readonly<Record<string, "s" | "ms" | "us" | "ns">>;
  readonly sheet?: string;
  readonly format?: Format;
  readonly bad: "error" | "missing";
}

export function readOptions(given: ReadArguments): TableOptions {
  const {
    encoding,
    delimiter,
    header,
    headerRow,
    comment,
    na,
    decimal,
    dates,
    timeZone,
    epoch,
    sheet,
    format,
    bad,
  } = given;
  return {
    ...{ encoding, delimiter, headerRow, comment, na, decimal, timeZone, epoch, sheet, format },
    header: header ? undefined : false,
    dateOrder: dates,
    badAsMissing: bad === "missing" ? "all" : undefined,
  };
}

/**
 * The columns that a list means: each of its items is a name as it stands where there is such a column, else several names between
 * commas, in quotes where they hold commas themselves.
 */
export function columnsOf(items: readonly string[], names: readonly string[]): string[] {
  const known = new Set(names);
  return items.flatMap((item) => (known.has(item) ? [item] : split(item)));
}

function split(item: string): string[] {
  const parts: string[] = [];
  const pattern = /\s*(?:"((?:[^"]|"")*)"|([^,]*))\s*(?:,|$)/y;
  while (pattern.lastIndex < item.length) {
    const match = pattern.exec(item);
    if (!match) throw new UsageError(`${show(item)} is no list of columns: a quote has no end`);
    parts.push(match[1]?.replaceAll('""', '"') ?? match[2].trim());
    if (match[0] === "") break;
  }
  return parts;
}

/** The columns of a command, as the file's names resolve them. */
export class Columns {
  readonly x: string[] = [];
  readonly y: string[] = [];
  private readonly given: { readonly x: readonly string[]; readonly y?: readonly string[] };
  private readonly more: Wanted;

  constructor(given: { readonly x: readonly string[]; readonly y?: readonly string[] }, more: Wanted = {}) {
    this.given = given;
    this.more = more;
  }

  /** For a reader's `wanted`. @throws NadarayaError "invalid-input" where a column is both x and y, or twice in one list */
  readonly wanted = (names: readonly string[]): Wanted => {
    const x = columnsOf(this.given.x, names);
    const y = columnsOf(this.given.y ?? [], names);
    for (const [list, option, given] of [[x, "--x", true] as const, [y, "--y", this.given.y] as const])
      if (given && list.length === 0) throw new UsageError(`${option} is empty, expected names of columns`);
    for (const [list, option] of [[x, "--x"] as const, [y, "--y"] as const]) {
      const twice = list.find((name, i) => list.indexOf(name) !== i);
      if (twice !== undefined) throw new UsageError(`${option} names column ${show(twice)} twice`);
    }
    const both = y.find((name) => x.includes(name));
    if (both !== undefined)
      throw new UsageError(`column ${show(both)} is both in --x and in --y, expected different ones`);
    for (const [name, kind] of Object.entries(this.more))
      if (kind === "text" && (x.includes(name) || y.includes(name)))
        throw new UsageError(`column ${show(name)} is both the label and a number`);
    this.x.splice(0, Infinity, ...x);
    this.y.splice(0, Infinity, ...y);
    const numbers = Object.fromEntries([...x, ...y].map((name) => [name, "number" as const]));
    return { ...this.more, ...numbers };
  };
}
