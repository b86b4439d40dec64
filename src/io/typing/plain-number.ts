/**
 * Numbers as programs write them: digits, at most one point, a minus sign. Such a cell is kept as its number and one byte, from which its
 * text comes back exactly should the column turn out to be text: "007", "1.10", "-0".
 */

/** Digits that float64 holds exactly, and with them every power of ten that divides them (Clinger 1990). */
const MOST_DIGITS = 15;
/** Most leading zeros and most decimals that a byte can say. */
const MOST_ZEROS = 6; // formats from 224 on are free for other uses
const POWERS = Array.from({ length: MOST_DIGITS + 1 }, (_, k) => 10 ** k);

/** Set by `readPlain`: the number, and how it was written: leading zeros · 32 + 16 if negative + decimals. */
export const plain = { value: 0, format: 0 };

/** Whether the text, or the part of it from … to − 1, is a plain number; then `plain` holds it. */
export function readPlain(text: string, from = 0, to = text.length): boolean {
  const length = to - from;
  if (length === 0 || length > MOST_DIGITS + 2 + MOST_ZEROS) return false;
  let i = from;
  const negative = text.charCodeAt(from) === 45;
  if (negative) i++;
  let mantissa = 0;
  let digits = 0; // significant ones
  let zeros = 0; // before them
  let whole = 0; // digits before the point
  let point = -1;
  for (; i < to; i++) {
    const code = text.charCodeAt(i) - 48;
    if (code >= 0 && code <= 9) {
      if (digits > 0 || code > 0) digits++;
      else if (point < 0) zeros++;
      if (point < 0) whole++;
      mantissa = mantissa * 10 + code;
    } else if (code === -2 && point < 0) point = i;
    else return false;
  }
  const decimals = point < 0 ? 0 : to - 1 - point;
  // "5." and ".5" are numbers, and rare: their text is remembered as it stands.
  if (whole === 0 || (point >= 0 && decimals === 0) || digits > MOST_DIGITS || decimals > MOST_DIGITS)
    return false;
  // One zero before the point is how 0.5 and 0 are written.
  const extra = zeros === whole ? zeros - 1 : zeros;
  if (extra > MOST_ZEROS) return false;
  const value = decimals === 0 ? mantissa : mantissa / POWERS[decimals];
  plain.value = negative ? -value : value;
  plain.format = (extra << 5) | (negative ? 16 : 0) | decimals;
  return true;
}

/** The text that `readPlain` read. */
export function plainText(value: number, format: number): string {
  const decimals = format & 15;
  const text = Math.abs(value).toFixed(decimals);
  return `${format & 16 ? "-" : ""}${"0".repeat(format >> 5)}${text}`;
}
