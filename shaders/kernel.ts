import type { KernelShader } from "../src/kernels/kernel.ts";

/** `fn alpha(x: V) -> V`, for a V the stage aliases. */
export function kernelFunction(kernel: KernelShader): string {
  return `fn alpha(x: V) -> V {\n  ${kernel.body}\n}`;
}
