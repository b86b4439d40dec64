/** Which of Excel's number formats show dates or times. Durations, such as [h]:mm, are none: as days of 1900 one on the 29th of February would be lost. */

/** Formats that have a number instead of a code (ECMA-376, 18.8.30): those of all languages, and of East Asian and Thai ones. */
const BUILT_IN: readonly (readonly [first: number, last: number])[] = [
  [14, 22],
  [27, 36],
  [45, 45],
  [47, 47],
  [50, 58],
  [71, 81],
];

/** @param code the format's code; undefined for one that has a number alone */
export function isDateFormat(id: number, code: string | undefined): boolean {
  if (code === undefined) return BUILT_IN.some(([first, last]) => id >= first && id <= last);
  if (/^\s*(general|standard)\s*$/i.test(code)) return false;
  // Without quoted and escaped characters, paddings.
  const bare = code.replace(/"[^"]*"|\\.|[_*]./g, "");
  if (/\[(?:h+|m+|s+)\]/i.test(bare)) return false;
  return /[ymdhs]/i.test(bare.replace(/\[[^\]]*\]/g, "")); // nor colours, currencies and conditions
}
