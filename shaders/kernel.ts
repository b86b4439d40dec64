import type { KernelShader } from "../src/kernels/kernel.ts";

/** `fn alpha(x: V) -> V`, for a V the stage aliases, and what it calls. */
export function kernelFunction({ body, inside }: KernelShader): string {
  const called = inside === undefined ? "" : `fn inside(x: V) -> V {\n  return V(${inside});\n}\n\n`;
  return `${called}fn alpha(x: V) -> V {\n  ${body}\n}`;
}
