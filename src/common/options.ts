/** Refuses options that are not known: a misspelt one would otherwise be ignored, and its default used in silence. Callbacks must be functions. */
import { NadarayaError, show } from "./errors.ts";
import { hintForArray } from "./hints.ts";
import { meantOption } from "./suggestions.ts";
import { isTypedArray } from "./typed-arrays.ts";

/**
 * @param where what takes them, for the message: "KernelRegression.fit"
 * @param elsewhere options that another argument takes, by its name
 * @throws NadarayaError "invalid-input" that names the nearest known option
 */
export function checkOptions(
  given: unknown,
  known: readonly string[],
  where: string,
  elsewhere: Readonly<Record<string, readonly string[]>> = {},
): void {
  if (given === undefined) return;
  if (typeof given !== "object" || given === null || Array.isArray(given) || ArrayBuffer.isView(given))
    throw new NadarayaError(
      "invalid-input",
      `${where} was given ${show(given)}, expected an object of options: { ${known.slice(0, 3).join(", ")}${known.length > 3 ? ", …" : ""} }`,
    );
  if (known.includes("engine") && typeof (given as Record<string, unknown>).assertNotDisposed === "function")
    throw new NadarayaError(
      "invalid-input",
      `${where} was given an Engine, expected an object of options: { engine }`,
    );
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    if (known.includes(name)) {
      const expected = name === "signal" ? "an AbortSignal" : "a function";
      if (isCallable(name, value)) continue;
      throw new NadarayaError("invalid-input", `${where}: ${name} is ${show(value)}, expected ${expected}`);
    }
    const other = Object.entries(elsewhere).find(([, names]) => names.includes(name));
    const nearest = meantOption(name, known);
    const further = nearest === undefined ? meantElsewhere(name, elsewhere) : undefined;
    const hint = other
      ? `it belongs to ${other[0]}`
      : nearest
        ? `did you mean ${show(nearest)}?`
        : further
          ? `did you mean ${show(further[1])} of ${further[0]}?`
          : `expected ${known.join(", ")}`;
    throw new NadarayaError("invalid-input", `${where} has no option ${show(name)}; ${hint}`);
  }
}

/** The argument whose option a name stands for, and that option. */
function meantElsewhere(
  name: string,
  elsewhere: Readonly<Record<string, readonly string[]>>,
): [argument: string, option: string] | undefined {
  for (const [argument, names] of Object.entries(elsewhere)) {
    const found = meantOption(name, names);
    if (found !== undefined) return [argument, found];
  }
  return undefined;
}

/** The names of options, as keys; those that another list has are left out. */
export type OptionNames<Options extends object, Inherited extends keyof Options = never> = Readonly<
  Record<Exclude<keyof Options, Inherited>, true>
>;

/**
 * The names of all options of an interface. The compiler refuses a list that lacks one, or has one too many.
 *
 * ```ts
 * const RUN_OPTIONS = optionNames<RunOptions>()({ signal: true, onProgress: true });
 * const PREDICT_OPTIONS = optionNames<PredictOptions>()({ method: true, tolerance: true }, RUN_OPTIONS);
 * ```
 */
export const optionNames =
  <Options extends object>() =>
  <Inherited extends keyof Options = never>(
    own: OptionNames<Options, Inherited>,
    inherited: readonly Inherited[] = [],
  ) =>
    [...inherited, ...Object.keys(own)] as readonly (keyof Options & string)[];

/** Whether what will be called can be: a signal, and callbacks, whose names begin with "on". */
function isCallable(name: string, value: unknown): boolean {
  if (name === "signal") return typeof (value as AbortSignal | null)?.throwIfAborted === "function";
  return !/^on[A-Z]/.test(name) || typeof value === "function";
}

/** Whether a caller's value is an object with names, and no list. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** As `checkOptions`, for an argument that must be there. */
export function checkInput(
  given: unknown,
  known: readonly string[],
  where: string,
  elsewhere?: Readonly<Record<string, readonly string[]>>,
): void {
  if (given === undefined)
    throw new NadarayaError("invalid-input", `${where} was given undefined, expected an object`);
  checkOptions(given, known, where, elsewhere);
}

/** Whether a caller's value is a number in a range; comparing some values with numbers would throw. */
export const isBetween = (value: unknown, least: number, most: number): value is number =>
  typeof value === "number" && value >= least && value <= most;

/** Whether a caller's value is a whole number in a range. */
export const isWhole = (value: unknown, least: number, most = Number.MAX_SAFE_INTEGER): value is number =>
  Number.isInteger(value) && isBetween(value, least, most);

/** @throws NadarayaError "invalid-input" for a seed that is not one of 2^32: others would be cut to the same ones */
export function checkSeed(seed: unknown): void {
  if (!isWhole(seed, 0, 2 ** 32 - 1))
    throw new NadarayaError(
      "invalid-input",
      `seed is ${show(seed)}, expected a whole number from 0 to ${2 ** 32 - 1}`,
    );
}

/** @throws NadarayaError "invalid-input" for an array whose buffer was transferred, to a worker for instance: its methods throw, and its length is 0 */
export function refuseTransferred(value: unknown, name: string): void {
  const isView = ArrayBuffer.isView(value);
  if (!isView && !(value instanceof ArrayBuffer)) return;
  try {
    // Throws if the buffer has no memory; `ArrayBuffer.detached` is not in every runtime.
    void new Uint8Array(isView ? value.buffer : value);
  } catch (cause) {
    throw new NadarayaError(
      "invalid-input",
      `${name} is a ${value.constructor.name} whose buffer was transferred, expected one that can be read; transfer a copy`,
      { cause },
    );
  }
}

/** The entries of a caller's array or typed array. @throws NadarayaError "invalid-input" for what is none */
export function listOf<T>(value: unknown, name: string): T[] {
  refuseTransferred(value, name);
  if (Array.isArray(value)) return [...value];
  if (isTypedArray(value)) return Array.from(value as ArrayLike<unknown> as ArrayLike<T>);
  throw new NadarayaError(
    "invalid-input",
    `${name} is ${show(value)}, expected an array${hintForArray(value)}`,
  );
}
