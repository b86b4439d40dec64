/** Numbers of a column in words: with its unit, as dates and as durations. */

/** In milliseconds, which is what dates are to the curve. */
export const DAY = 86_400_000;

/** What is in brackets at the end of a column's name: "time (ms)" is in ms. */
export const unitOf = (name: string): string => /[([]([^()[\]]+)[)\]]\s*$/.exec(name)?.[1] ?? "";

const SPANS: readonly (readonly [number, string])[] = [
  [365.25 * DAY, "years"],
  [DAY, "days"],
  [DAY / 24, "hours"],
  [DAY / 1440, "minutes"],
  [1000, "seconds"],
  [1, "milliseconds"],
];

/** A duration of so many milliseconds: "58.0 days". */
export function duration(milliseconds: number): string {
  // Years are a wide unit for what changes within one: 400 days are said as days.
  const [span, name] =
    SPANS.find(([unit, name]) => milliseconds >= (name === "years" ? 3 : 1) * unit) ?? SPANS.at(-1)!;
  return `${number(milliseconds / span, 3)} ${name}`;
}

// Made once: a formatter costs far more than what it formats.
const formatter = new Intl.NumberFormat("en", { maximumFractionDigits: 20 });

/** A whole number or a few digits, with separators: 12,345.6. */
export const number = (value: number, digits = 4): string =>
  formatter.format(Number(value.toPrecision(digits)));

/** A date and, where it is not midnight, its time; in UTC. */
export function date(milliseconds: number): string {
  if (!Number.isFinite(milliseconds)) return "none";
  const text = new Date(milliseconds).toISOString();
  return milliseconds % DAY === 0 ? text.slice(0, 10) : text.slice(0, 16).replace("T", " ");
}

/** A value of a column, in its unit. */
export function inUnits(value: number, isDate: boolean, name = ""): string {
  if (isDate) return date(value);
  const unit = unitOf(name);
  return unit === "" ? number(value) : `${number(value)} ${unit}`;
}

/** A difference of two values of a column, such as a bandwidth, to three digits. */
export function distanceOf(value: number, isDate: boolean, name = ""): string {
  if (isDate) return duration(value);
  const unit = unitOf(name);
  return unit === "" ? number(value, 3) : `${number(value, 3)} ${unit}`;
}

/** The range of a map's rectangle or a curve's stretch, in words. */
export const rangeWords = ([from, to]: readonly [number, number], isDate: boolean): string =>
  isDate ? `${date(from)} to ${date(to)}` : `${number(from)} to ${number(to)}`;
