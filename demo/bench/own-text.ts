/** Errors of a kernel of the visitor's own, in lines and columns of the visitor's own text. */
import { NadarayaError } from "../../src/index.ts";

/** A text without what a shader's has more than the visitor's, spaces, parentheses and V(…), and where each character was. */
function essenceOf(text: string): { readonly text: string; readonly at: readonly number[] } {
  const kept = [...text.matchAll(/\bV(?=\()|[\s()]|(.)/g)].filter(([, character]) => character !== undefined);
  return { text: kept.map(([character]) => character).join(""), at: kept.map(({ index }) => index) };
}

const PLACE = /^.*?:(\d+):(\d+) (error|warning): (.*)$/;

/** The message of an error; where it points into a shader's text, and there into the expression, it points into the expression. */
export function inOwnText(error: unknown, own: string): string {
  if (!(error instanceof Error)) return String(error);
  const code = error instanceof NadarayaError && error.code === "gpu-error" ? error.cause : undefined;
  if (typeof code !== "string") return error.message;
  const written = essenceOf(own);
  const [first, ...rest] = error.message.split("\n");
  const lines = code.split("\n");
  const placed = rest.map((given) => {
    const found = PLACE.exec(given);
    if (!found) return given;
    const [, row, column, , message] = found;
    const line = essenceOf(lines[Number(row) - 1] ?? "");
    const start = line.text.indexOf(written.text);
    const offset = line.at.findIndex((i) => i >= Number(column) - 1) - start;
    return start >= 0 && written.at[offset] !== undefined
      ? `line 1, column ${written.at[offset] + 1}: ${message}`
      : given;
  });
  return [first.replace(/the shader ".*" does/, "your kernel does"), ...placed].join("\n");
}
