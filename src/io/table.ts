/** Tables as files have them: named columns of numbers or text, read for what is wanted of them. */
import { NadarayaError, show } from "../common/errors.ts";

/** What all readers take; some have no use for all of it. */
export const READ_OPTIONS = ["name", "wanted", "onProgress", "signal"] as const;

/** Numbers, NaN where one is missing; or text, undefined where it is missing. */
export type Column = Float64Array | readonly (string | undefined)[];

export interface Table {
  readonly names: readonly string[];
  readonly rows: number;
  readonly columns: Readonly<Record<string, Column>>;
  /** Columns of numbers that were dates: milliseconds since 1970. */
  readonly dates?: readonly string[];
}

export type Kind = "number" | "text";

/** Which columns to read, and as what. Without it all are read: as numbers where all that is there are numbers or dates. */
export type Wanted = Readonly<Record<string, Kind>>;

/** Cells that hold nothing. */
const NOTHING = new Set(["", "NA", "N/A", "NaN", "nan", "null", "NULL"]);

/** ISO dates, which become milliseconds since 1970. */
const DATE = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** The number in a cell of text: NaN where nothing is there, undefined where it is no number. */
export function numberIn(text: string): number | undefined {
  const trimmed = text.trim();
  if (NOTHING.has(trimmed)) return NaN;
  const number = Number(trimmed);
  if (!Number.isNaN(number)) return number;
  return DATE.test(trimmed) ? Date.parse(trimmed) : undefined;
}

/** The number that a value of a typed file stands for, as `numberIn`. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (value === null || value === undefined) return NaN;
  if (typeof value === "bigint" || typeof value === "boolean") return Number(value);
  if (value instanceof Date) return value.getTime();
  return typeof value === "string" ? numberIn(value) : undefined;
}

const isDate = (value: unknown) =>
  value instanceof Date || (typeof value === "string" && DATE.test(value.trim()));

const textOf = (value: unknown): string | undefined => {
  if (value === null || value === undefined) return undefined;
  if (value instanceof Date) return value.toISOString();
  const text = String(value);
  return NOTHING.has(text.trim()) ? undefined : text;
};

/** Fills columns a value at a time, from whatever kind of file. */
export class TableBuilder {
  private readonly source: string;
  private readonly wanted: Wanted | undefined;
  private readonly numbers = new Map<string, Float64Array>();
  private readonly texts = new Map<string, (string | undefined)[]>();
  private readonly dates = new Set<string>();
  private names: readonly string[] = [];
  private count = 0;

  /** @param source how errors name it */
  constructor(source: string, wanted?: Wanted) {
    this.source = source;
    this.wanted = wanted;
  }

  /** Says what columns there are; returns those to read. @throws NadarayaError "invalid-input" where one is lacking. */
  start(names: readonly string[]): readonly string[] {
    if (new Set(names).size < names.length) {
      const twice = names.find((name, i) => names.indexOf(name) !== i);
      throw this.error(`has two columns named ${show(twice)}`);
    }
    if (names.length === 0) throw this.error("is empty: expected a row of column names");
    const wanted = this.wanted ? Object.keys(this.wanted) : names;
    for (const name of wanted) {
      if (!names.includes(name))
        throw this.error(`has no column ${show(name)}; it has ${names.map(show).join(", ")}`);
    }
    this.names = wanted;
    for (const name of wanted) {
      if (this.wanted?.[name] === "text") this.texts.set(name, []);
      else this.numbers.set(name, new Float64Array(1024));
    }
    return wanted;
  }

  /** @param row from 0 on; rows may come column by column, but for each column in order */
  set(name: string, row: number, value: unknown, where: () => string): void {
    const texts = this.texts.get(name);
    this.count = Math.max(this.count, row + 1);
    if (texts) {
      texts[row] = textOf(value);
      return;
    }
    const number = numberOf(value);
    if (number === undefined) {
      if (this.wanted) {
        throw this.error(`${where()}, column ${show(name)}: ${show(value)} is no number`);
      }
      this.becomeText(name, row, value);
      return;
    }
    if (typeof value !== "number" && !Number.isNaN(number) && isDate(value)) this.dates.add(name);
    let numbers = this.numbers.get(name)!;
    if (row >= numbers.length) {
      const longer = new Float64Array(2 * row);
      longer.set(numbers);
      numbers = longer;
      this.numbers.set(name, numbers);
    }
    numbers[row] = number;
  }

  finish(): Table {
    const columns: Record<string, Column> = {};
    for (const name of this.names)
      columns[name] = this.texts.get(name) ?? this.numbers.get(name)!.slice(0, this.count);
    return { names: this.names, rows: this.count, columns, dates: [...this.dates] };
  }

  error(message: string): NadarayaError {
    return new NadarayaError("invalid-input", `${this.source} ${message}`);
  }

  /** What was read of a column as numbers, as text. */
  private becomeText(name: string, row: number, value: unknown): void {
    const numbers = this.numbers.get(name)!;
    this.numbers.delete(name);
    const texts = Array.from(numbers.subarray(0, row), (x) => (Number.isNaN(x) ? undefined : String(x)));
    texts[row] = textOf(value);
    this.texts.set(name, texts);
  }
}

/** The columns with these names as row-major numbers. @throws NadarayaError "invalid-input" for a column of text. */
export function numbersOf(table: Table, names: readonly string[]): { data: Float64Array; dims: number } {
  const data = new Float64Array(table.rows * names.length);
  for (const [j, name] of names.entries()) {
    const column = table.columns[name];
    if (!(column instanceof Float64Array))
      throw new NadarayaError("invalid-input", `column ${show(name)} is text, expected numbers`);
    for (let i = 0; i < table.rows; i++) data[i * names.length + j] = column[i];
  }
  return { data, dims: names.length };
}
