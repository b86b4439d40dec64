/**
 * Dates in cells of text, as milliseconds since 1970. A time without a zone is UTC, or of the zone that is named: the same file gives the
 * same numbers on every machine. Days that no calendar has are no dates.
 */

/** The order of day, month and year in dates with slashes, dots or dashes; "auto": what the column decides. */
export type DateOrder = "auto" | "dmy" | "mdy" | "ymd";

const TIME =
  "(?:[T ](\\d{1,2}):(\\d{2})(?::(\\d{2})(?:[.,](\\d+))?)?\\s?(Z|[+-]\\d{2}(?::?\\d{2})?|[AP]M)?)?";
const ISO = new RegExp(`^(\\d{4})-(\\d{1,2})-(\\d{1,2})${TIME}$`, "i"); // ISO has two digits; one is as clear
const YEAR_FIRST = new RegExp(`^(\\d{4})([/.])(\\d{1,2})\\2(\\d{1,2})${TIME}$`, "i");
const YEAR_LAST = new RegExp(`^(\\d{1,2})([/.-])(\\d{1,2})\\2(\\d{4})${TIME}$`, "i");

export interface DateOptions {
  readonly order: DateOrder;
  /** An IANA name, "Europe/Berlin"; of times without a zone. */
  readonly timeZone: string;
}

type Clock = readonly (string | undefined)[];

/** Milliseconds of an ISO 8601 date; undefined where the text is none. */
export function parseIsoDate(text: string, timeZone: string): number | undefined {
  const match = ISO.exec(text.trim());
  if (!match) return undefined;
  return milliseconds(+match[1], +match[2], +match[3], match.slice(4), timeZone);
}

/** Milliseconds of the day YYYY-MM-DD that begins at a place of a text; undefined where there is none. */
export function readDay(text: string, from: number): number | undefined {
  let number = 0;
  for (let i = 0; i < 10; i++) {
    const code = text.charCodeAt(from + i);
    if (i === 4 || i === 7) {
      if (code !== 45) return undefined;
    } else if (code < 48 || code > 57) return undefined;
    else number = number * 10 + code - 48;
  }
  const [year, month, day] = [Math.floor(number / 1e4), Math.floor(number / 100) % 100, number % 100];
  // Years below 100 and days near the end of a month take the other way.
  if (year < 100 || month < 1 || month > 12 || day < 1 || day > 28) return undefined;
  return Date.UTC(year, month - 1, day);
}

/** Whether the text has the form of an ISO date, be there such a day or not. */
export const looksIso = (text: string): boolean => ISO.test(text.trim());

/** Whether the text has the form of a date of any order, be there such a day or not. */
export const looksLikeDate = (text: string): boolean => {
  const trimmed = text.trim();
  return ISO.test(trimmed) || YEAR_FIRST.test(trimmed) || YEAR_LAST.test(trimmed);
};

/** Of rows that show an order, the share that may show another: typing errors, which are then bad cells. */
const MOST_ERRORS = 0.05;

/**
 * How dates of a column that are not ISO's are read: by the order that is given, or the one that suits the dates in it.
 * @param texts the different texts, each with the number of its rows
 */
export function orderOf(
  texts: ReadonlyMap<string, number>,
  order: DateOrder,
): DateOrder | "ambiguous" | "contradictory" | undefined {
  if (order !== "auto") return order;
  // Rows that have the year first; those with it last, that only suit the day first, the month first, or both; and others.
  let [ymd, dmy, mdy, either, others] = [0, 0, 0, 0, 0];
  let hasDots = true;
  for (const [text, rows] of texts) {
    const match = YEAR_LAST.exec(text.trim());
    if (!match) {
      if (YEAR_FIRST.test(text.trim())) ymd += rows;
      else others += rows;
      continue;
    }
    if (match[2] !== ".") hasDots = false;
    const [first, second] = [+match[1], +match[3]];
    if (first > 12 && second > 12)
      others += rows; // no order suits it
    else if (first > 12) dmy += rows;
    else if (second > 12) mdy += rows;
    else either += rows;
  }
  const yearLast = dmy + mdy + either;
  if (others >= ymd + yearLast) return undefined; // a column of something else
  if (ymd >= yearLast) return ymd > 0 ? "ymd" : undefined;
  if (dmy + mdy === 0) return hasDots ? "dmy" : "ambiguous"; // 1.2.2023 has the day first wherever dots are written
  if (Math.min(dmy, mdy) > MOST_ERRORS * (dmy + mdy)) return "contradictory";
  return dmy > mdy ? "dmy" : "mdy";
}

/** Milliseconds of a date in this order; undefined where the text is none. */
export function parseDate(text: string, order: DateOrder, timeZone: string): number | undefined {
  const trimmed = text.trim();
  const first = YEAR_FIRST.exec(trimmed);
  if (first && order === "ymd")
    return milliseconds(+first[1], +first[3], +first[4], first.slice(5), timeZone);
  const last = YEAR_LAST.exec(trimmed);
  if (!last || order === "ymd" || order === "auto") return undefined;
  const [a, b] = [+last[1], +last[3]];
  const [day, month] = order === "dmy" ? [a, b] : [b, a];
  return milliseconds(+last[4], month, day, last.slice(5), timeZone);
}

function milliseconds(
  year: number,
  month: number,
  day: number,
  clock: Clock,
  timeZone: string,
): number | undefined {
  const [hours = "0", minutes = "0", seconds = "0", fraction = "", zone = ""] = clock;
  let hour = +hours;
  if (/^[AP]M$/i.test(zone)) {
    if (hour < 1 || hour > 12) return undefined;
    hour = (hour % 12) + (zone.toUpperCase() === "PM" ? 12 : 0);
  }
  if (month < 1 || month > 12 || day < 1 || hour > 23 || +minutes > 59 || +seconds > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCDate() !== day) return undefined; // the 30th of February
  const wall = date.setUTCHours(hour, +minutes, +seconds) + (fraction ? Number(`0.${fraction}`) * 1000 : 0);
  if (/^[+-]/.test(zone)) {
    const [, sign, h, m = "0"] = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone)!;
    if (+h > 23 || +m > 59) return undefined;
    return wall - (sign === "-" ? -1 : 1) * (+h * 60 + +m) * 60_000;
  }
  if (/^Z$/i.test(zone) || timeZone === "UTC") return wall;
  // The zone's offset at that time of its clocks; twice, as the first guess may lie beyond a change of them.
  const guess = wall - offsetAt(wall, timeZone);
  return wall - offsetAt(guess, timeZone);
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** How far a zone's clocks are ahead of UTC at an instant, in milliseconds. */
function offsetAt(instant: number, timeZone: string): number {
  let format = formats.get(timeZone);
  if (!format) {
    const numeric = {
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
    } as const;
    format = new Intl.DateTimeFormat("en", {
      ...numeric,
      second: "numeric",
      hourCycle: "h23",
      calendar: "iso8601",
      timeZone,
    });
    formats.set(timeZone, format);
  }
  const part: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(instant)) part[type] = Number(value);
  const { year, month, day, hour, minute, second } = part;
  const wall = new Date(0);
  wall.setUTCFullYear(year, month - 1, day);
  wall.setUTCHours(hour, minute, second);
  return wall.getTime() - Math.floor(instant / 1000) * 1000;
}

/** The date as text: without a time where it is midnight (UTC); a time beyond all calendars as its number. */
export function dateText(time: number): string | undefined {
  if (Number.isNaN(time)) return undefined;
  if (Math.abs(time) > 8.64e15) return String(time);
  const text = new Date(time).toISOString();
  return text.endsWith("T00:00:00.000Z") ? text.slice(0, -14) : text.replace(".000Z", "Z");
}
