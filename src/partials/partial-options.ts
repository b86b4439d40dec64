/** The options of `partial`, checked before anything is awaited. */
import { NadarayaError, show } from "../common/errors.ts";
import { checkOptions, listOf, optionNames } from "../common/options.ts";
import { PREDICT_OPTIONS, type PredictOptions, sumsOptions } from "../estimators/model/fit.ts";
import type { SumsOptions } from "../problem/problem.ts";

/** Options of `partial`. */
export interface PartialOptions extends PredictOptions {
  /** Names of the keys' columns and of the values'; x1, x2, … and y1, y2, … by default. */
  readonly x?: readonly string[];
  readonly y?: readonly string[];
  /** The names of the columns that are dates. */
  readonly dates?: readonly string[];
  /** Whether to include the sums for standard errors. */
  readonly errors?: boolean;
  /** Identifies the rows: sums with one id in common do not merge. A hash of the rows' numbers by default. */
  readonly id?: string;
  /** The shard's name in messages; its id by default. */
  readonly name?: string;
}

/** The options, copied. */
export interface CheckedOptions extends Pick<PartialOptions, "x" | "y" | "dates" | "id" | "name"> {
  readonly errors: boolean;
  readonly requested: SumsOptions;
}

const OPTIONS = optionNames<PartialOptions>()(
  { x: true, y: true, dates: true, errors: true, id: true, name: true },
  PREDICT_OPTIONS,
);

/** @throws NadarayaError "invalid-input" */
export function checkPartialOptions(options: PartialOptions): CheckedOptions {
  checkOptions(options, OPTIONS, "partial");
  const { errors = false, id, name } = options;
  if (typeof errors !== "boolean")
    throw new NadarayaError("invalid-input", `errors is ${show(errors)}, expected true or false`);
  for (const [what, text] of Object.entries({ id, name }))
    if (text !== undefined && typeof text !== "string")
      throw new NadarayaError("invalid-input", `${what} is ${show(text)}, expected a string`);
  const textsOf = (list: "x" | "y" | "dates") =>
    options[list] === undefined ? undefined : checkTexts(options[list], list);
  return {
    ...{ x: textsOf("x"), y: textsOf("y"), dates: textsOf("dates") },
    ...{ errors, id, name, requested: sumsOptions(options) },
  };
}

function checkTexts(given: unknown, name: string): string[] {
  const texts = listOf<string>(given, name);
  const other = texts.findIndex((text) => typeof text !== "string");
  if (other < 0) return texts;
  throw new NadarayaError("invalid-input", `${name}[${other}] is ${show(texts[other])}, expected a string`);
}
