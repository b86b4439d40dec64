/** The kernel's snippet, shared by the stages that weigh pairs. */
import type { KernelShader } from "../src/kernels/kernels.ts";

/** `fn alpha(x: V) -> V`, for a V the stage aliases. */
export function kernelFunction(kernel: KernelShader): string {
  return `fn alpha(x: V) -> V {\n  ${kernel.body}\n}`;
}
