/** The values of options, from the texts of the command line. */
import { InvalidArgumentError } from "commander";

export const list = (text: string): string[] => text.split(",").map((name) => name.trim());

/** The values of an option that may be given several times. */
export const collect = (text: string, before: readonly string[] = []): string[] => [...before, text];

export function number(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || Number.isNaN(value)) throw new InvalidArgumentError("Expected a number.");
  return value;
}

/** A number in a range, in words and as a condition. */
const numberIn =
  (expected: string, holds: (value: number) => boolean) =>
  (text: string): number => {
    const value = number(text);
    if (!holds(value)) throw new InvalidArgumentError(`Expected a number ${expected}.`);
    return value;
  };

export const positive = numberIn("above 0", (value) => value > 0 && value < Infinity);
export const fromZero = numberIn("from 0 on", (value) => value >= 0 && value < Infinity);
/** A share or a level: neither 0 nor 1. */
export const share = numberIn("between 0 and 1", (value) => value > 0 && value < 1);
export const exponent = numberIn("from 0 to 1", (value) => value >= 0 && value <= 1);
export const mebibytes = numberIn("from 1 on", (value) => value >= 1);

/** Seconds, at most a number of them. */
export const seconds = (most: number) =>
  numberIn(`of seconds from 1 to ${most}`, (value) => value >= 1 && value <= most);

/** Several numbers from 0 to 1, separated by commas. */
export const probabilities = (text: string): number[] => list(text).map(exponent);

/** Whole numbers in a range. */
export const wholeBetween =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = number(text);
    if (!Number.isInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(
        `Expected a whole number from ${least} ${most < Number.MAX_SAFE_INTEGER ? `to ${most}` : "on"}.`,
      );
    return value;
  };

export const whole = wholeBetween(1);
export const wholeFromZero = wholeBetween(0);

export const wholeOrAuto = (text: string): number | "auto" => (text === "auto" ? "auto" : whole(text));

/** A bandwidth, or one for each column. */
export function widths(text: string): number | number[] {
  const found = list(text).map(Number);
  if (!found.every((width) => width > 0 && width < Infinity))
    throw new InvalidArgumentError("Expected a number above 0, or one for each column.");
  return found.length === 1 ? found[0] : found;
}

/** A number, several, or the name of a rule. */
export function bandwidthOption(text: string): number | number[] | string {
  const isRule = /^[a-z][a-z-]*$/.test(text) && !/^(nan|infinity)$/.test(text);
  return isRule ? text : widths(text);
}

const isTimeZone = (timeZone: string): boolean => {
  try {
    return Boolean(new Intl.DateTimeFormat("en", { timeZone }));
  } catch {
    return false;
  }
};

export function timeZone(text: string): string {
  if (!isTimeZone(text)) throw new InvalidArgumentError('Expected a name such as "UTC" or "Europe/Berlin".');
  return text;
}

export function encoding(text: string): string {
  try {
    new TextDecoder(text);
  } catch {
    throw new InvalidArgumentError("Expected a name such as utf-8, windows-1252 or utf-16le.");
  }
  return text;
}

export function delimiter(text: string): string {
  if (text.length !== 1 || /["\r\n]/.test(text)) throw new InvalidArgumentError("Expected one character.");
  return text;
}

/** Words of a list, separated by commas. */
export const wordsOf =
  (choices: readonly string[]) =>
  (text: string): string[] => {
    const words = list(text);
    if (!words.every((word) => choices.includes(word)))
      throw new InvalidArgumentError(`Expected ${choices.join(", ")}, separated by commas.`);
    return words;
  };

const UNITS = ["s", "ms", "us", "ns"] as const;

/** The units of columns, from column=unit, several times. */
export function epochs(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const at = text.lastIndexOf("=");
  const unit = text.slice(at + 1);
  if (at < 1 || !UNITS.some((each) => each === unit))
    throw new InvalidArgumentError(`Expected column=unit, with one of the units ${UNITS.join(", ")}.`);
  return { ...before, [text.slice(0, at)]: unit };
}
