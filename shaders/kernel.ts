/** The kernel's snippet, shared by the stages that weigh pairs. */
import type { KernelShader } from "../src/kernels.ts";

/**
 * `fn alpha(x: V) -> V`, or with a shift of the exponent `fn alpha(x: V, shift: V) -> V`, for a V the stage aliases.
 */
export function kernelFunction(kernel: KernelShader, shifted = false): string {
  return `fn alpha(x: V${shifted ? ", shift: V" : ""}) -> V {\n  ${kernel.body(shifted ? "shift " : "")}\n}`;
}
