/** What the texts of a column mean all together: numbers of one way of writing, dates of one order, or neither. */
import { show } from "../../common/errors.ts";
import { type DateOptions, looksIso, looksLikeDate, orderOf, parseDate, parseIsoDate } from "./dates.ts";
import { type Decimal, parseNumber } from "./number-forms.ts";

/** The different texts of a column, each with the number of rows that have it. */
export type Texts = ReadonlyMap<string, number>;

/** One way to read all the texts of a column. */
export interface ColumnReader {
  read(text: string): number | undefined;
  problem(text: string): string;
  /** Whether the column has shown that its decimal sign is a comma. */
  readonly hasCommas?: boolean;
  /** Whether a text has the form of a number, or of a date, even if it has no value: infinity, the 30th of February. */
  looksLike(text: string): boolean;
  /** Whether there are several ways, and the column is not read for that. */
  readonly isRefusal?: boolean;
  /** How the texts are written. */
  readonly form?: { readonly decimal?: "." | ","; readonly order?: "ymd" | "dmy" | "mdy" };
}

/** The number of rows whose text is one of these. */
export function rowsOf(texts: Texts, isOne: (text: string) => boolean): number {
  let rows = 0;
  for (const [text, count] of texts) if (isOne(text)) rows += count;
  return rows;
}

const all = () => true;

export function numberReader(texts: Texts, decimal: Decimal): ColumnReader {
  const signs = new Map<string, string>();
  const units = new Set<string>();
  let numbers = 0;
  for (const [text, count] of texts) {
    const parsed = parseNumber(text, decimal);
    if (!parsed) continue;
    numbers += count;
    signs.set(parsed.decimal, text);
    units.add(parsed.unit);
  }
  const looksLike = (text: string) => parseNumber(text, decimal) !== undefined || isInfinite(text);
  const refused = (problem: string): ColumnReader => ({
    read: () => undefined,
    problem: () => problem,
    looksLike,
    isRefusal: numbers >= 0.5 * rowsOf(texts, all),
  });
  const [point, comma, both] = [signs.get("."), signs.get(","), signs.get("both")];
  if (decimal === "auto" && point && comma)
    return refused(
      `has a decimal point or comma that others contradict: ${show(point)}, ${show(comma)}; name the decimal sign`,
    );
  if (decimal === "auto" && both && !point && !comma)
    return refused("may have a thousands separator or a decimal comma; name the decimal sign");
  if (units.size > (units.has("") && !units.has("%") ? 2 : 1))
    return refused(`is one of several units: ${[...units].map((unit) => unit || "none").join(", ")}`);
  const sign = decimal !== "auto" ? decimal : comma ? "," : ".";
  return {
    read: (text) => parseNumber(text, sign)?.value,
    looksLike,
    hasCommas: sign === ",",
    form: { decimal: sign },
    problem: (text) => (isInfinite(text) ? "is not finite" : "is no number"),
  };
}

/** Infinity by name, or a number beyond float64. */
const isInfinite = (text: string): boolean =>
  /^[+-]?(inf|infinity)$/i.test(text.trim()) ||
  (/^[+-]?[\d.]+(e\+?\d+)?$/i.test(text.trim()) && Math.abs(Number(text)) === Infinity);

export function dateReader(texts: Texts, { order, timeZone }: DateOptions): ColumnReader {
  const isoRows = rowsOf(texts, looksIso);
  if (isoRows > 0 && 2 * isoRows >= rowsOf(texts, looksLikeDate))
    return {
      read: (text) => parseIsoDate(text, timeZone),
      looksLike: looksLikeDate,
      form: { order: "ymd" },
      problem: (text) =>
        looksIso(text)
          ? "is no day of the calendar"
          : looksLikeDate(text)
            ? "is no date as the others"
            : "is no date",
    };
  const decided = orderOf(texts, order);
  const none = { read: () => undefined, problem: () => "is no date", looksLike: looksLikeDate };
  if (decided === undefined) return none;
  if (decided === "ambiguous" || decided === "contradictory") {
    const what =
      decided === "ambiguous"
        ? "may have the day or the month first"
        : "has the day or the month first, and other dates the contrary";
    const problem = (text: string) =>
      looksLikeDate(text) ? `${what}; name the order of dates` : "is no date; name the order of the others";
    return { ...none, problem, isRefusal: true };
  }
  return {
    read: (text) => parseDate(text, decided, timeZone),
    looksLike: looksLikeDate,
    form: { order: decided === "auto" ? undefined : decided },
    problem: () => "is no date in this order",
  };
}
