/**
 * Numbers as people write them: signs, exponents, decimal commas, thousands separators, percent and currency signs. Which of these a text
 * means is decided for a whole column: 1,234 alone may be 1234 or 1.234.
 */

/** A decimal point, a decimal comma, or (the default) what the column decides. */
export type Decimal = "auto" | "." | ",";

interface Parsed {
  readonly value: number;
  /** What the text says about its decimal sign; "both" where it reads as either. */
  readonly decimal: "." | "," | "both" | "none";
  /** "%", a currency sign, or nothing. */
  readonly unit: string;
}

const SPACES = "[ \\u00a0\\u202f'’]";
const CURRENCY = "[$€£¥₹₽₩]|USD|EUR|GBP|JPY|CHF|INR";
const WHOLE = new RegExp(
  `^([+\u2212-])?(${CURRENCY})?\\s?([+\u2212-])?([\\d.,'’\\s\\u00a0\\u202f]*\\d[.,]?)(e[+-]?\\d+)?\\s?(%|${CURRENCY})?$`,
  "i",
);
const GROUPED = {
  ".": new RegExp(`^\\d{1,3}((,\\d{3})+|(${SPACES}\\d{3})+)(\\.\\d+)?$`),
  ",": new RegExp(`^\\d{1,3}((\\.\\d{3})+|(${SPACES}\\d{3})+)(,\\d+)?$`),
} as const;
const UNGROUPED = { ".": /^(\d+(\.\d*)?|\.\d+)$/, ",": /^(\d+(,\d*)?|,\d+)$/ } as const;
/** Longer texts are no numbers: 2^-1074, written out, has 1,076 characters. */
const MOST_CHARACTERS = 1100;

/** What a text reads as; undefined where it is no number, or one beyond float64. */
export function parseNumber(text: string, decimal: Decimal): Parsed | undefined {
  if (text.length > MOST_CHARACTERS) return undefined;
  const match = WHOLE.exec(text.trim());
  if (!match) return undefined;
  const [, signBefore = "", currency = "", signAfter = "", body, exponent = "", suffix = ""] = match;
  if ((signBefore && signAfter) || (currency && suffix && suffix !== "%")) return undefined;
  const read = (sign: "." | ",") => GROUPED[sign].test(body) || UNGROUPED[sign].test(body);
  const [point, comma] = [read("."), read(",")];
  const isPoint = point && decimal !== ",";
  const isComma = comma && decimal !== ".";
  if (!isPoint && !isComma) return undefined;
  const digits = isPoint ? body.replace(/[^\d.]/g, "") : body.replace(/[^\d,]/g, "").replace(",", ".");
  const size = Number(digits + exponent);
  if (!Number.isFinite(size)) return undefined;
  const hasSign = /[.,]/.test(body);
  return {
    value: /[-\u2212]/.test(signBefore + signAfter) ? -size : size,
    decimal: !hasSign ? "none" : point && comma ? "both" : point ? "." : ",",
    unit: (currency || suffix).toUpperCase(),
  };
}

/** A number without separators or units, as programs write it: with a plus sign, an exponent, or too many digits for `readPlain`. */
export function parseExact(text: string): number | undefined {
  if (text.length > MOST_CHARACTERS) return undefined;
  const trimmed = text.trim();
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(trimmed)) return undefined;
  const value = Number(trimmed);
  return Number.isFinite(value) ? value : undefined;
}

/** An integer that float64 cannot hold: as a label it has to stay text. */
export const isLongInteger = (text: string): boolean =>
  /^[+-]?\d{16,}$/.test(text.trim()) && !Number.isSafeInteger(Number(text));
