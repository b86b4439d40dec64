/** How cells are read, with the defaults. */
import { NadarayaError, show } from "../../common/errors.ts";
import type { TypingOptions } from "./column.ts";
import type { DateOrder } from "./dates.ts";
import type { Decimal } from "./number-forms.ts";

/** Cells that hold nothing, unless `na` says otherwise: those of pandas and R, and the marks of spreadsheets. */
const NA_DEFAULT: readonly string[] = [
  ...["", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "-NaN", "-nan", "null", "NULL", "Null"],
  ...["None", "-", ".", "?"],
];

/** Cells that hold nothing by default. */
export const MISSING: ReadonlySet<string> = new Set(NA_DEFAULT);

/** How cells are read. */
export interface CellOptions {
  /** Cells that hold nothing; by default "", NA, N/A, NaN, null, None, -, ., ? and their like. */
  readonly na?: readonly string[];
  /** The decimal sign of numbers in text; by default what all cells of a column agree in. */
  readonly decimal?: Decimal;
  /** The order of day and month in dates that are not ISO's; by default what all cells of a column agree in. */
  readonly dateOrder?: DateOrder;
  /** Of times without a zone: an IANA name such as "Europe/Berlin"; "UTC" by default. */
  readonly timeZone?: string;
}

/** @throws NadarayaError "invalid-input" for a decimal sign, an order or a zone that is not known */
export function typingOptions(options: CellOptions): TypingOptions {
  const { na = NA_DEFAULT, decimal = "auto", dateOrder = "auto", timeZone = "UTC" } = options;
  const expect = (name: string, value: string, allowed: readonly string[]) => {
    if (!allowed.includes(value))
      throw new NadarayaError(
        "invalid-input",
        `${name} is ${show(value)}, expected ${allowed.map(show).join(", ")}`,
      );
  };
  expect("decimal", decimal, ["auto", ".", ","]);
  expect("dateOrder", dateOrder, ["auto", "dmy", "mdy", "ymd"]);
  try {
    new Intl.DateTimeFormat("en", { timeZone });
  } catch (cause) {
    throw new NadarayaError(
      "invalid-input",
      `timeZone is ${show(timeZone)}, expected a name such as "UTC" or "Europe/Berlin"`,
      { cause },
    );
  }
  return { na: new Set(na), decimal, dates: { order: dateOrder, timeZone } };
}
