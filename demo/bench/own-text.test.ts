/** Errors of the compiler point into the text that the visitor wrote. */
import { expect, test } from "vitest";
import { NadarayaError } from "../../src/index.ts";
import { inOwnText } from "./own-text.ts";

const CODE = "fn alpha(x: V) -> V {\n  return (V(exp(100.0)) * (exp((-x)) + V(2.0)));\n}";
const message = (column: number, own: string) =>
  inOwnText(
    new NadarayaError("gpu-error", `the shader "alpha" does not compile\nalpha:2:${column} error: no`, {
      cause: CODE,
    }),
    own,
  );

test.each([
  ["exp(100.0) * (exp(-x) + 2.0)", 13, 1],
  ["exp(100.0) * (exp(-x) + 2.0)", 41, 25],
  ["exp(100.0)*(exp(-x)+2.0)", 28, 13],
  ["V(exp(100.0)) * (exp(-x) + V(2.0))", 13, 3],
])("%s: column %i of the shader is %i", (own, column, expected) => {
  expect(message(column, own)).toBe(`your kernel does not compile\nline 1, column ${expected}: no`);
});

test("what points elsewhere, or into another text, stays as it is", () => {
  expect(message(3, "exp(100.0) * (exp(-x) + 2.0)")).toContain("alpha:2:3 error: no");
  expect(message(13, "exp(-x)")).toContain("alpha:2:13 error: no");
  expect(inOwnText(new RangeError("else"), "x")).toBe("else");
});
