/**
 * One column, a cell at a time; whether it holds numbers, dates or text is decided when all of it was seen. Numbers are kept as
 * numbers, and every text comes back as it was written should the column turn out to be text.
 */
import { type ColumnReader, dateReader, numberReader, rowsOf } from "./column-readers.ts";
import { type DateOptions, parseIsoDate, readDay } from "./dates.ts";
import { type Decimal, isLongInteger, parseExact } from "./number-forms.ts";
import { plain, readPlain } from "./plain-number.ts";
import { AS_WRITTEN, BOOLEAN, DATE_ONLY, hasDecimals, WrittenNumbers } from "./written-numbers.ts";

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
  /** Whether the column could be read in several ways, and an option has to say which: then no cell of it can be left empty. */
  readonly isAmbiguous?: boolean;
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
  /** The first cell that shows an error, and counts as missing. */
  readonly firstError?: BadCell;
  /** How its texts are written. */
  readonly form?: ColumnReader["form"];
  /** Whether `firstBad` stays in the column: an infinite number of a file that has types. */
  readonly isRefused?: boolean;
}

/** Texts that are remembered one by one, before the column is kept as text. */
const MOST_WRITTEN = 2 ** 16;
/** Different texts that are kept once each. */
const MOST_DISTINCT = 2 ** 16;

export class ColumnBuilder {
  private readonly wanted: Kind | undefined;
  private readonly options: TypingOptions;
  private state: "empty" | "number" | "date" | "text";
  private numbers = new WrittenNumbers();
  private texts: (string | undefined)[] = [];
  private readonly distinct = new Map<string, string>();
  private hasLongIntegers = false;
  private isTextual = false;
  private hasTextDates = false;
  private nested: { row: number; value: string } | undefined;
  private firstInfinite: BadCell | undefined;
  private firstError: BadCell | undefined;

  constructor(wanted: Kind | undefined, options: TypingOptions) {
    this.wanted = wanted;
    this.options = options;
    this.state = wanted === "text" ? "text" : "empty";
  }

  /** As `setText`, of the part of a text from … to − 1. */
  setPart(row: number, text: string, from: number, to: number): void {
    if (this.state === "number" && readPlain(text, from, to) && this.isPlainHere())
      this.numbers.set(row, plain.value, plain.format);
    else if (this.state === "date" && to - from === 10 && this.options.dates.timeZone === "UTC") {
      const time = readDay(text, from);
      if (time === undefined) this.setText(row, text.slice(from, to));
      else this.numbers.set(row, time, DATE_ONLY);
      this.hasTextDates = true;
    } else this.setText(row, text.slice(from, to));
  }

  /** A cell of a file in which everything is text. */
  setText(row: number, cell: string): void {
    if (this.state === "number" || this.state === "empty") {
      if (readPlain(cell) && this.isPlainHere()) {
        this.state = "number";
        this.numbers.set(row, plain.value, plain.format);
        return;
      }
    }
    if (this.isMissing(cell)) {
      if (this.state === "text") this.texts[row] = undefined;
      else this.numbers.reserve(row);
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
        this.hasTextDates = true;
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
      else this.numbers.reserve(row);
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
      this.numbers.reserve(row);
    } else if (value instanceof Date) {
      if (this.state === "empty") this.state = "date";
      if (this.state === "date") this.numbers.set(row, value.getTime(), 0);
      else this.setOther(row, value.toISOString());
    } else if (typeof value === "object" || typeof value === "function" || typeof value === "symbol") {
      this.nested ??= {
        row,
        value: Array.isArray(value) || ArrayBuffer.isView(value) ? "a list" : "an object",
      };
      this.numbers.reserve(row);
    } else {
      if (this.state === "empty") this.state = "number";
      if (this.state !== "number") {
        this.setOther(row, String(value));
        return;
      }
      if (typeof value === "number") {
        if (value === Infinity || value === -Infinity) this.addInfinite(row, value);
        this.numbers.set(row, value, 0);
      } else if (typeof value === "boolean") this.setWritten(row, Number(value), String(value), BOOLEAN);
      else {
        const isLong = !Number.isSafeInteger(Number(value));
        this.hasLongIntegers ||= isLong;
        if (isLong) this.setWritten(row, Number(value), String(value), AS_WRITTEN);
        else this.numbers.set(row, Number(value), 0);
      }
    }
  }

  /** A cell of a workbook that shows an error such as #DIV/0!; it is missing. */
  setError(row: number, text: string): void {
    if (!this.isMissing(text))
      this.firstError = {
        ...{ row: this.firstError?.row ?? row, value: this.firstError?.value ?? text },
        ...{ problem: "is an error", count: (this.firstError?.count ?? 0) + 1 },
      };
    this.setValue(row, null, true);
  }

  /** @param badAsMissing whether cells that do not fit a column of numbers or dates are left empty */
  finish(count: number, badAsMissing = false): TypedColumn {
    return { ...this.finished(count, badAsMissing), firstError: this.firstError };
  }

  private finished(count: number, badAsMissing: boolean): TypedColumn {
    if (this.nested)
      return {
        type: "nested",
        missing: 0,
        firstBad: { ...this.nested, problem: "is neither a number nor text", count: 1 },
      };
    const asLabels = this.hasLongIntegers && this.wanted !== "number";
    if (this.state === "number" && asLabels) this.becomeText();
    if (this.state !== "text") {
      const column = this.numbers.first(count);
      const { firstInfinite } = this;
      if (firstInfinite && badAsMissing)
        for (let i = 0; i < count; i++) if (Math.abs(column[i]) === Infinity) column[i] = NaN;
      let missing = 0;
      for (const value of column) if (Number.isNaN(value)) missing++;
      const type = this.state === "date" ? "date" : "number";
      const isGrouped = type === "number" && this.numbers.isGrouped(count);
      const isRefused = firstInfinite !== undefined && !badAsMissing;
      const form = type === "date" && this.hasTextDates ? ({ order: "ymd" } as const) : undefined;
      return { type, column, missing, isGrouped, form, firstBad: firstInfinite, isRefused };
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
    const texts = new Map<string, number>();
    for (const text of column) if (text !== undefined) texts.set(text, (texts.get(text) ?? 0) + 1);
    if (this.wanted === undefined && [...texts.keys()].some(isLongInteger))
      return { type: "text", column, missing };
    const asNumbers = numberReader(texts, decimal);
    const asDates = dateReader(texts, dates);
    // Rows decide, not different texts: a day that every row has is as many votes.
    const isDate = rowsOf(texts, asDates.looksLike) > rowsOf(texts, asNumbers.looksLike);
    const reader = isDate ? asDates : asNumbers;
    const values = new Map<string, number | undefined>();
    for (const text of texts.keys()) values.set(text, reader.read(text));
    let firstBad: BadCell | undefined;
    let [bad, fitting] = [0, 0];
    for (const [row, text] of column.entries()) {
      if (text === undefined) continue;
      if (values.get(text) !== undefined) fitting++;
      else if (bad++ === 0) firstBad = { row, value: text, problem: reader.problem(text), count: 1 };
    }
    firstBad = firstBad && { ...firstBad, count: bad, isAmbiguous: reader.isRefusal };
    if (firstBad && (!badAsMissing || fitting === 0)) {
      const isMostly =
        reader.isRefusal || fitting > bad || this.wanted === "number" || reader.looksLike(firstBad.value);
      return { type: "text", column, missing, firstBad: isMostly ? firstBad : undefined };
    }
    const numbers = new Float64Array(column.length).fill(NaN);
    for (const [row, text] of column.entries())
      if (text !== undefined) numbers[row] = values.get(text) ?? NaN;
    const type = isDate ? "date" : "number";
    const hasCommas = !isDate && reader.hasCommas === true;
    return { type, column: numbers, missing: missing + bad, firstBad, hasCommas, form: reader.form };
  }

  /** The texts of a column that was taken for numbers. */
  asText(count: number): (string | undefined)[] {
    if (this.state !== "text") this.becomeText();
    this.texts.length = count;
    return Array.from(this.texts);
  }

  private addInfinite(row: number, value: number): void {
    this.firstInfinite = {
      ...{ row: this.firstInfinite?.row ?? row, value: this.firstInfinite?.value ?? String(value) },
      ...{ problem: "is not finite", count: (this.firstInfinite?.count ?? 0) + 1 },
    };
  }

  /** Whether the number that was just read has no point, where the decimal sign is a comma. */
  private isPlainHere(): boolean {
    return this.options.decimal !== "," || !hasDecimals(plain.format);
  }

  private isMissing(cell: string): boolean {
    const { na } = this.options;
    return na.has(cell) || na.has(cell.trim());
  }

  private setOther(row: number, text: string): void {
    if (this.state !== "text") this.becomeText();
    this.pushText(row, text);
  }

  private pushText(row: number, text: string): void {
    const known = this.distinct.get(text);
    if (known === undefined && this.distinct.size < MOST_DISTINCT) this.distinct.set(text, text);
    while (this.texts.length < row) this.texts.push(undefined);
    this.texts[row] = known ?? text;
  }

  private setWritten(row: number, value: number, text: string, format: number): void {
    this.numbers.set(row, value, format);
    if (format !== AS_WRITTEN || this.wanted === "number") return;
    this.numbers.remember(row, text);
    if (this.numbers.written > MOST_WRITTEN) this.becomeText();
  }

  /** What was kept as numbers, as the text that it was. */
  private becomeText(): void {
    const { numbers, state } = this;
    this.state = "text";
    this.texts = [];
    numbers.eachText(state === "date", (row, text) => this.pushText(row, text));
    this.numbers = new WrittenNumbers();
  }
}
