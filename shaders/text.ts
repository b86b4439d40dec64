/** Small helpers that write WGSL text: checked literals, repeated lines, and the check every shader passes. */
import { wgsl as template } from "wgsl-preprocessor/wgsl-preprocessor.js";

/** wgsl-preprocessor's tag, refusing text that only looks like a shader: pasted NaN or undefined, a stray directive. */
export function wgsl(strings: TemplateStringsArray, ...values: unknown[]): string {
  const code = template(strings, ...values);
  const wrong = /#|\b(undefined|NaN|Infinity|null|\[object)\b/.exec(code);
  if (wrong) throw new Error(`the shader's text holds ${wrong[0]}:\n${code}`);
  return code;
}

export function u32(x: number): string {
  if (!Number.isInteger(x) || x < 0 || x > 0xffffffff) throw new RangeError(`${x} is no u32`);
  return `${x}u`;
}

/** One piece of text per index 0 … count − 1, joined. */
export function repeat(count: number, piece: (index: number) => string, separator = "\n"): string {
  return Array.from({ length: count }, (_, index) => piece(index)).join(separator);
}

/** f32, vec2f or vec4f (i32 … for integers): the WGSL type of `width` numbers. */
export function vectorType(width: 1 | 2 | 4, scalar: "f32" | "i32" = "f32"): string {
  return width === 1 ? scalar : `vec${width}${scalar[0]}`;
}
