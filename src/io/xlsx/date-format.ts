/** Which of Excel's number formats show dates or times. */

/** Formats that have a number instead of a code (ECMA-376, 18.8.30): those of all languages, and of East Asian and Thai ones. */
const BUILT_IN: readonly (readonly [first: number, last: number])[] = [
  [14, 22],
  [27, 36],
  [45, 47],
  [50, 58],
  [71, 81],
];

/** @param code the format's code; undefined for one that has a number alone */
export function isDateFormat(id: number, code: string | undefined): boolean {
  if (code === undefined) return BUILT_IN.some(([first, last]) => id >= first && id <= last);
  if (/^\s*(general|standard)\s*$/i.test(code)) return false;
  // Quoted and escaped characters, paddings, colours, currencies and conditions; [h] counts hours.
  const bare = code.replace(/"[^"]*"|\\.|[_*].|\[(?!(?:h+|m+|s+)\])[^\]]*\]/gi, "");
  return /[ymdhs]/i.test(bare);
}
