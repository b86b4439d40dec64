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

/** Several numbers, separated by commas. */
export const numbers = (text: string): number[] => list(text).map(number);

export const whole = (text: string): number => wholeFrom(1, text);
export const wholeFromZero = (text: string): number => wholeFrom(0, text);

function wholeFrom(least: number, text: string): number {
  const value = number(text);
  if (!Number.isInteger(value) || value < least)
    throw new InvalidArgumentError(`Expected a whole number from ${least} on.`);
  return value;
}

export const wholeOrAuto = (text: string): number | "auto" => (text === "auto" ? "auto" : whole(text));

/** A number, several, or a rule's name. */
export function bandwidthOption(text: string): number | number[] | string {
  const parts = list(text);
  const widths = parts.map(Number);
  if (widths.some(Number.isNaN)) {
    if (parts.length === 1) return text;
    throw new InvalidArgumentError("Expected a number, one for each column, or a rule's name.");
  }
  return widths.length === 1 ? widths[0] : widths;
}

const UNITS = ["s", "ms", "us", "ns"] as const;

/** The units of columns, from column=unit, several times. */
export function epochs(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const at = text.lastIndexOf("=");
  const unit = text.slice(at + 1);
  if (at < 1 || !UNITS.some((each) => each === unit))
    throw new InvalidArgumentError(`Expected column=unit, with one of the units ${UNITS.join(", ")}.`);
  return { ...before, [text.slice(0, at)]: unit };
}
