/** Errors of a kernel of the visitor's own, in lines and columns of the visitor's own text. */
import { NadarayaError } from "../../src/index.ts";

const PLACE = /^.*?:(\d+):(\d+) (error|warning): (.*)$/;

/** The message of an error; where it points into a shader's text, and there into the expression, it points into the expression. */
export function inOwnText(error: unknown, own: string): string {
  if (!(error instanceof Error)) return String(error);
  const code = error instanceof NadarayaError && error.code === "gpu-error" ? error.cause : undefined;
  if (typeof code !== "string") return error.message;
  const text = own.trim();
  const [first, ...rest] = error.message.split("\n");
  const lines = code.split("\n");
  const placed = rest.map((line) => {
    const found = PLACE.exec(line);
    if (!found) return line;
    const [, row, column, , message] = found;
    const start = lines[Number(row) - 1]?.indexOf(text) ?? -1;
    const offset = Number(column) - 1 - start;
    return start >= 0 && offset >= 0 && offset <= text.length
      ? `line 1, column ${offset + 1}: ${message}`
      : line;
  });
  return [first.replace(/the shader ".*" does/, "your kernel does"), ...placed].join("\n");
}
