/**
 * One column, a cell at a time; whether it holds numbers, dates or text is decided when all of it was seen. Numbers are kept as
 * numbers, and every text comes back as it was written should the column turn out to be text.
 */
import { type ColumnReader, dateReader, numberReader } from "./column-readers.ts";
import { type DateOptions, parseIsoDate, readDay } from "./dates.ts";
import { type Decimal, isLongInteger, parseExact } from "./number-forms.ts";
import { plain, plainText, readPlain } from "./plain-number.ts";

/** What a column is read as. */
export type Kind = "number" | "text";

/** Numbers, NaN where one is missing; or text, undefined where it is missing. */
export type Column = Float64Array | readonly (string | undefined)[];

export interface TypingOptions {
  /** Cells that hold nothing. */
  readonly na: ReadonlySet<string>;
  readonly decimal: Decimal;
  readonly dates: DateOptions;
}

/** A cell that does not fit its column. */
export interface BadCell {
  /** From 0 on. */
  readonly row: number;
  readonly value: string;
  /** What is wrong with it: "is no number". */
  readonly problem: string;
  /** How many cells of the column do not fit. */
  readonly count: number;
}

export interface TypedColumn {
  readonly type: "number" | "date" | "text" | "nested";
  /** Absent where cells hold lists or objects. */
  readonly column?: Column;
  readonly missing: number;
  /** The first cell that keeps a column of numbers or dates from being one. */
  readonly firstBad?: BadCell;
  /** Whether its numbers have decimal commas, which says something about the others of the file. */
  readonly hasCommas?: boolean;
  /** Whether its points may as well separate thousands. */
  readonly isGrouped?: boolean;
}

/** Ways to write a number or date that a byte says; those of plain numbers are below 224. */
const BOOLEAN = 224;
/** Of the byte of a plain number: how many decimals it has. */
const DECIMALS = 15;
const AS_WRITTEN = 225;
const DATE_ONLY = 226;
/** Texts that are remembered one by one, before the column is kept as text. */
const MOST_WRITTEN = 2 ** 16;
/** Different texts that are kept once each. */
const MOST_DISTINCT = 2 ** 16;

export class ColumnBuilder {
  private readonly wanted: Kind | undefined;
  private readonly options: TypingOptions;
  private state: "empty" | "number" | "date" | "text";
  private numbers = new Float64Array(1024).fill(NaN);
  private formats: Uint8Array | undefined;
  private readonly written = new Map<number, string>();
  private texts: (string | undefined)[] = [];
  private readonly distinct = new Map<string, string>();
  private hasLongIntegers = false;
  private isTextual = false;
  private nested: { row: number; value: string } | undefined;

  constructor(wanted: Kind | undefined, options: TypingOptions) {
    this.wanted = wanted;
    this.options = options;
    this.state = wanted === "text" ? "text" : "empty";
  }

  /** As `setText`, of the part of a text from … to − 1. */
  setPart(row: number, text: string, from: number, to: number): void {
    if (this.state === "number" && readPlain(text, from, to) && this.isPlainHere())
      this.setNumber(row, plain.value, plain.format);
    else if (this.state === "date" && to - from === 10 && this.options.dates.timeZone === "UTC") {
      const time = readDay(text, from);
      if (time === undefined) this.setText(row, text.slice(from, to));
      else this.setNumber(row, time, DATE_ONLY);
    } else this.setText(row, text.slice(from, to));
  }

  /** A cell of a file in which everything is text. */
  setText(row: number, cell: string): void {
    if (this.state === "number" || this.state === "empty") {
      if (readPlain(cell) && this.isPlainHere()) {
        this.state = "number";
        this.setNumber(row, plain.value, plain.format);
        return;
      }
    }
    if (this.isMissing(cell)) {
      if (this.state === "text") this.texts[row] = undefined;
      else this.reserve(row);
      return;
    }
    if (this.state === "text") {
      this.pushText(row, cell);
      return;
    }
    const { timeZone } = this.options.dates;
    if (this.state !== "number") {
      const time = parseIsoDate(cell, timeZone);
      if (time !== undefined) {
        this.state = "date";
        this.setWritten(row, time, cell, cell.length === 10 ? DATE_ONLY : AS_WRITTEN);
        return;
      }
    }
    if (this.state !== "date" && !(this.options.decimal === "," && cell.includes("."))) {
      const value = parseExact(cell);
      if (value !== undefined) {
        this.state = "number";
        this.hasLongIntegers ||= isLongInteger(cell);
        this.setWritten(row, value, cell, AS_WRITTEN);
        return;
      }
    }
    this.becomeText();
    this.pushText(row, cell);
  }

  /**
   * A value of a file that has types.
   * @param isTyped whether its strings are text, whatever they look like
   */
  setValue(row: number, value: unknown, isTyped: boolean): void {
    if (value === null || value === undefined) {
      if (this.state === "text") this.texts[row] = undefined;
      else this.reserve(row);
    } else if (typeof value === "string") {
      if (!isTyped) {
        this.setText(row, value);
        return;
      }
      if (this.state !== "text") this.becomeText();
      this.isTextual = true;
      if (this.isMissing(value)) this.texts[row] = undefined;
      else this.pushText(row, value);
    } else if (value instanceof Date && Number.isNaN(value.getTime())) {
      this.nested ??= { row, value: "a time beyond all calendars" };
      this.reserve(row);
    } else if (value instanceof Date) {
      if (this.state === "empty") this.state = "date";
      if (this.state === "date") this.setNumber(row, value.getTime(), 0);
      else this.setOther(row, value.toISOString());
    } else if (typeof value === "object" || typeof value === "function" || typeof value === "symbol") {
      this.nested ??= {
        row,
        value: Array.isArray(value) || ArrayBuffer.isView(value) ? "a list" : "an object",
      };
      this.reserve(row);
    } else {
      if (this.state === "empty") this.state = "number";
      if (this.state !== "number") {
        this.setOther(row, String(value));
        return;
      }
      if (typeof value === "number") this.setNumber(row, value, 0);
      else if (typeof value === "boolean") this.setWritten(row, Number(value), String(value), BOOLEAN);
      else {
        const isLong = !Number.isSafeInteger(Number(value));
        this.hasLongIntegers ||= isLong;
        if (isLong) this.setWritten(row, Number(value), String(value), AS_WRITTEN);
        else this.setNumber(row, Number(value), 0);
      }
    }
  }

  /** @param badAsMissing whether cells that do not fit a column of numbers or dates are left empty */
  finish(count: number, badAsMissing = false): TypedColumn {
    if (this.nested)
      return {
        type: "nested",
        missing: 0,
        firstBad: { ...this.nested, problem: "is neither a number nor text", count: 1 },
      };
    const asLabels = this.hasLongIntegers && this.wanted !== "number";
    if (this.state === "number" && asLabels) this.becomeText();
    if (this.state !== "text") {
      const column = this.numbers.length >= count ? this.numbers.slice(0, count) : grown(this.numbers, count);
      let missing = 0;
      for (const value of column) if (Number.isNaN(value)) missing++;
      const type = this.state === "date" ? "date" : "number";
      return { type, column, missing, isGrouped: type === "number" && this.isGrouped(count) };
    }
    const column: (string | undefined)[] = this.texts;
    column.length = count;
    let missing = 0;
    for (let i = 0; i < count; i++) if (column[i] === undefined) missing++;
    const isText = this.wanted === "text" || asLabels || (this.isTextual && this.wanted === undefined);
    if (isText || missing === count) return { type: "text", column, missing };
    return this.interpreted(column, missing, badAsMissing);
  }

  /** A column of text as numbers or dates, where all of its cells are, in one way of writing them. */
  private interpreted(column: (string | undefined)[], missing: number, badAsMissing: boolean): TypedColumn {
    const { decimal, dates } = this.options;
    const distinct = this.distinct.size < MOST_DISTINCT ? this.distinct.keys() : new Set(column);
    const texts = [...distinct].filter((text) => text !== undefined);
    if (this.wanted === undefined && texts.some(isLongInteger)) return { type: "text", column, missing };
    const asNumbers = numberReader(texts, decimal);
    const asDates = dateReader(texts, dates);
    const share = (reader: ColumnReader) =>
      texts.filter((text) => reader.read(text) !== undefined).length / texts.length;
    const [numberShare, dateShare] = [share(asNumbers), share(asDates)];
    const isDate = dateShare > numberShare || (numberShare === 0 && asDates.isRefusal === true);
    const reader = isDate ? asDates : asNumbers;
    const values = new Map<string, number | undefined>(texts.map((text) => [text, reader.read(text)]));
    let firstBad: BadCell | undefined;
    let [bad, fitting] = [0, 0];
    for (const [row, text] of column.entries()) {
      if (text === undefined) continue;
      if (values.get(text) !== undefined) fitting++;
      else if (bad++ === 0) firstBad = { row, value: text, problem: reader.problem(text), count: 1 };
    }
    firstBad = firstBad && { ...firstBad, count: bad };
    if (firstBad && (!badAsMissing || fitting === 0)) {
      const isMostly =
        reader.isRefusal || fitting > bad || this.wanted === "number" || reader.isNear?.(firstBad.value);
      return { type: "text", column, missing, firstBad: isMostly ? firstBad : undefined };
    }
    const numbers = new Float64Array(column.length).fill(NaN);
    for (const [row, text] of column.entries())
      if (text !== undefined) numbers[row] = values.get(text) ?? NaN;
    const type = isDate ? "date" : "number";
    const hasCommas = !isDate && reader.hasCommas === true;
    return { type, column: numbers, missing: missing + bad, firstBad, hasCommas };
  }

  /** The texts of a column that was taken for numbers. */
  asText(count: number): (string | undefined)[] {
    if (this.state !== "text") this.becomeText();
    this.texts.length = count;
    return Array.from(this.texts);
  }

  /** Whether the number that was just read has no point, where the decimal sign is a comma. */
  private isPlainHere(): boolean {
    return this.options.decimal !== "," || (plain.format & DECIMALS) === 0;
  }

  /** Whether every number with a point looks like 1.234, which is 1234 where the decimal sign is a comma. */
  private isGrouped(count: number): boolean {
    if (!this.formats || this.written.size > 0) return false;
    let any = false;
    for (let row = 0; row < count; row++) {
      const decimals = this.formats[row] & DECIMALS;
      if (decimals === 0) continue;
      if (this.formats[row] >= BOOLEAN || decimals !== 3 || this.formats[row] >> 5 > 0) return false;
      const size = Math.abs(this.numbers[row]);
      if (size >= 1000 || size < 1) return false;
      any = true;
    }
    return any;
  }

  private isMissing(cell: string): boolean {
    const { na } = this.options;
    return na.has(cell) || na.has(cell.trim());
  }

  private setNumber(row: number, value: number, format: number): void {
    this.reserve(row);
    this.numbers[row] = value;
    if (format > 0 || this.formats) {
      this.formats ??= new Uint8Array(this.numbers.length);
      this.formats[row] = format;
    }
  }

  private setWritten(row: number, value: number, text: string, format: number): void {
    this.setNumber(row, value, format);
    if (format !== AS_WRITTEN || this.wanted === "number") return;
    this.written.set(row, text);
    if (this.written.size > MOST_WRITTEN) this.becomeText();
  }

  private setOther(row: number, text: string): void {
    if (this.state !== "text") this.becomeText();
    this.pushText(row, text);
  }

  private reserve(row: number): void {
    if (row < this.numbers.length) return;
    const length = Math.max(2 * this.numbers.length, row + 1);
    this.numbers = grown(this.numbers, length);
    if (this.formats) {
      const formats = new Uint8Array(length);
      formats.set(this.formats);
      this.formats = formats;
    }
  }

  private pushText(row: number, text: string): void {
    const known = this.distinct.get(text);
    if (known === undefined && this.distinct.size < MOST_DISTINCT) this.distinct.set(text, text);
    while (this.texts.length < row) this.texts.push(undefined);
    this.texts[row] = known ?? text;
  }

  /** What was kept as numbers, as the text that it was. */
  private becomeText(): void {
    const { numbers, formats, written, state } = this;
    this.state = "text";
    this.texts = [];
    for (let row = 0; row < numbers.length; row++) {
      const value = numbers[row];
      if (Number.isNaN(value)) continue;
      const format = formats?.[row] ?? 0;
      let text = written.get(row);
      if (text === undefined) {
        if (format === BOOLEAN) text = value === 1 ? "true" : "false";
        else if (state === "date")
          text = new Date(value).toISOString().slice(0, format === DATE_ONLY ? 10 : undefined);
        else text = format === 0 || format === AS_WRITTEN ? String(value) : plainText(value, format);
      }
      this.pushText(row, text);
    }
    this.numbers = new Float64Array(0);
    this.formats = undefined;
    written.clear();
  }
}

function grown(numbers: Float64Array<ArrayBuffer>, length: number): Float64Array<ArrayBuffer> {
  const longer = new Float64Array(length).fill(NaN, numbers.length);
  longer.set(numbers);
  return longer;
}
