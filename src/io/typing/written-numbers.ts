/**
 * Numbers of a column with how they were written: a byte each, and a text for the few that no byte can say. Their texts come back as they
 * were.
 */
import { plainText } from "./plain-number.ts";

/** Ways to write a number or date that a byte says; those of plain numbers are below 224. */
export const BOOLEAN = 224;
export const AS_WRITTEN = 225;
export const DATE_ONLY = 226;
/** Of the byte of a plain number: how many decimals it has. */
const DECIMALS = 15;

export const hasDecimals = (format: number): boolean => (format & DECIMALS) > 0;

export class WrittenNumbers {
  private numbers = new Float64Array(1024).fill(NaN);
  private formats: Uint8Array | undefined;
  private readonly texts = new Map<number, string>();

  /** How many texts are remembered one by one. */
  get written(): number {
    return this.texts.size;
  }

  set(row: number, value: number, format: number): void {
    this.reserve(row);
    this.numbers[row] = value;
    if (format > 0 || this.formats) {
      this.formats ??= new Uint8Array(this.numbers.length);
      this.formats[row] = format;
    }
  }

  remember(row: number, text: string): void {
    this.texts.set(row, text);
  }

  /** Makes room for a row, in which nothing is. */
  reserve(row: number): void {
    if (row < this.numbers.length) return;
    const length = Math.max(2 * this.numbers.length, row + 1);
    this.numbers = grown(this.numbers, length);
    if (this.formats) {
      const formats = new Uint8Array(length);
      formats.set(this.formats);
      this.formats = formats;
    }
  }

  /** The first so many numbers, NaN where there is none. */
  first(count: number): Float64Array {
    return this.numbers.length >= count ? this.numbers.slice(0, count) : grown(this.numbers, count);
  }

  /** Calls `take` with the text of every number. */
  eachText(areDates: boolean, take: (row: number, text: string) => void): void {
    for (let row = 0; row < this.numbers.length; row++)
      if (!Number.isNaN(this.numbers[row])) take(row, this.textAt(row, areDates));
  }

  private textAt(row: number, isDate: boolean): string {
    const value = this.numbers[row];
    const format = this.formats?.[row] ?? 0;
    const text = this.texts.get(row);
    if (text !== undefined) return text;
    if (format === BOOLEAN) return value === 1 ? "true" : "false";
    if (isDate) return new Date(value).toISOString().slice(0, format === DATE_ONLY ? 10 : undefined);
    return format === 0 || format === AS_WRITTEN ? String(value) : plainText(value, format);
  }

  /** Whether every number with a point looks like 1.234, which is 1234 where the decimal sign is a comma. */
  isGrouped(count: number): boolean {
    if (!this.formats || this.texts.size > 0) return false;
    let hasPoints = false;
    for (let row = 0; row < count; row++) {
      const format = this.formats[row];
      if (!hasDecimals(format)) continue;
      const size = Math.abs(this.numbers[row]);
      if (format >= BOOLEAN || (format & DECIMALS) !== 3 || format >> 5 > 0 || size >= 1000 || size < 1)
        return false;
      hasPoints = true;
    }
    return hasPoints;
  }
}

function grown(numbers: Float64Array<ArrayBuffer>, length: number): Float64Array<ArrayBuffer> {
  const longer = new Float64Array(length).fill(NaN, numbers.length);
  longer.set(numbers);
  return longer;
}
