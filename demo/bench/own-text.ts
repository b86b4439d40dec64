/** Errors of a kernel of the visitor's own, in lines and columns of the visitor's own text. */
import { NadarayaError } from "../../src/index.ts";

/** A shader's text as the visitor wrote it: numbers beside x are V(…) there. */
const asWritten = (wgsl: string) => wgsl.replace(/\bV\(([\d.e+-]+)\)/gi, "$1");

const PLACE = /^.*?:(\d+):(\d+) (error|warning): (.*)$/;

/** The message of an error; where it points into a shader's text, and there into the expression, it points into the expression. */
export function inOwnText(error: unknown, own: string): string {
  if (!(error instanceof Error)) return String(error);
  const code = error instanceof NadarayaError && error.code === "gpu-error" ? error.cause : undefined;
  if (typeof code !== "string") return error.message;
  const text = own.trim();
  const [first, ...rest] = error.message.split("\n");
  const lines = code.split("\n");
  const placed = rest.map((given) => {
    const found = PLACE.exec(given);
    if (!found) return given;
    const [, row, column, , message] = found;
    const line = lines[Number(row) - 1] ?? "";
    const start = asWritten(line).indexOf(text);
    const offset = asWritten(line.slice(0, Number(column) - 1)).length - start;
    return start >= 0 && offset >= 0 && offset <= text.length
      ? `line 1, column ${offset + 1}: ${message}`
      : given;
  });
  return [first.replace(/the shader ".*" does/, "your kernel does"), ...placed].join("\n");
}
