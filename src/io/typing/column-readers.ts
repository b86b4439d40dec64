/** What the texts of a column mean all together: numbers of one way of writing, dates of one order, or neither. */
import { type DateOptions, looksIso, orderOf, parseDate, parseIsoDate } from "./dates.ts";
import { type Decimal, parseNumber } from "./number-forms.ts";

/** One way to read all the texts of a column. */
export interface ColumnReader {
  read(text: string): number | undefined;
  problem(text: string): string;
  /** Whether the column has shown that its decimal sign is a comma. */
  readonly hasCommas?: boolean;
  /** Whether a text was meant to be read, and has no value: the 30th of February, infinity. */
  isNear?(text: string): boolean;
  /** Whether there are several ways, and the column is not read for that. */
  readonly isRefusal?: boolean;
}

export function numberReader(texts: readonly string[], decimal: Decimal): ColumnReader {
  const signs = new Map<string, string>();
  const units = new Set<string>();
  let numbers = 0;
  for (const text of texts) {
    const parsed = parseNumber(text, decimal);
    if (!parsed) continue;
    numbers++;
    signs.set(parsed.decimal, text);
    units.add(parsed.unit);
  }
  const refused = (problem: string): ColumnReader => ({
    read: () => undefined,
    problem: () => problem,
    isRefusal: numbers >= 0.5 * texts.length,
  });
  const [point, comma, both] = [signs.get("."), signs.get(","), signs.get("both")];
  if (decimal === "auto" && point && comma)
    return refused(
      `has a decimal point or comma that others contradict: ${JSON.stringify(point)}, ${JSON.stringify(comma)}; name the decimal sign`,
    );
  if (decimal === "auto" && both && !point && !comma)
    return refused("may have a thousands separator or a decimal comma; name the decimal sign");
  if (units.size > (units.has("") && !units.has("%") ? 2 : 1))
    return refused(`is one of several units: ${[...units].map((unit) => unit || "none").join(", ")}`);
  const sign = decimal !== "auto" ? decimal : comma ? "," : ".";
  return {
    read: (text) => parseNumber(text, sign)?.value,
    isNear: isInfinite,
    hasCommas: sign === ",",
    problem: (text) => (isInfinite(text) ? "is not finite" : "is no number"),
  };
}

/** Infinity by name, or a number beyond float64. */
const isInfinite = (text: string): boolean =>
  /^[+-]?(inf|infinity)$/i.test(text.trim()) ||
  (/^[+-]?[\d.]+(e\+?\d+)?$/i.test(text.trim()) && Math.abs(Number(text)) === Infinity);

export function dateReader(texts: readonly string[], { order, timeZone }: DateOptions): ColumnReader {
  const looksLike = texts.filter((text) => looksIso(text));
  if (looksLike.length > 0)
    return {
      read: (text) => parseIsoDate(text, timeZone),
      isNear: looksIso,
      problem: (text) => (looksIso(text) ? "is no day of the calendar" : "is no date"),
    };
  const decided = orderOf(texts, order);
  const none = { read: () => undefined, problem: () => "is no date" };
  if (decided === undefined) return none;
  if (decided === "ambiguous")
    return {
      ...none,
      problem: () => "may have the day or the month first; name the order of dates",
      isRefusal: true,
    };
  return { read: (text) => parseDate(text, decided, timeZone), problem: () => "is no date in this order" };
}
