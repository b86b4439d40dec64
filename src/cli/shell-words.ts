/** Messages of the library in the words of the command, which has rows and places in place of arrays. */
import { NadarayaError } from "../common/errors.ts";

const WORDS: readonly (readonly [RegExp, string])[] = [
  [/\bqueries\[(\d+)\](\[\d+\])?/g, "place "],
  [/\bkeys\[(\d+)\](\[\d+\])?/g, "the key of row "],
  [/\bsampleWeights\[(\d+)\]/g, "the weight of row "],
];

/** @param group the rows that are counted, if they are not all */
export function inShellWords(message: string, group?: string): string {
  const of = group === undefined ? "" : ` of ${group}`;
  return WORDS.reduce(
    (text, [pattern, word]) =>
      text.replace(pattern, (_, index) => `${word}${Number(index) + 1}${word === "place " ? "" : of}`),
    message,
  );
}

/** The result of work with the library. @throws NadarayaError in the words of the command */
export async function spoken<T>(work: () => Promise<T>, group?: string): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const text = error instanceof NadarayaError ? inShellWords(error.message, group) : undefined;
    if (text === undefined || text === (error as Error).message) throw error;
    throw new NadarayaError((error as NadarayaError).code, text, { cause: error });
  }
}
