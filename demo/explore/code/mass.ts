/** The integral of a kernel over one coordinate, by which densities are divided. */
import { type KernelName, kernels } from "../../../src/kernels/builtin.ts";
import { logIntegral } from "../../../src/kernels/integrals.ts";

export const massOf = (kernel: KernelName): number =>
  Number(Math.exp(logIntegral(kernels.get(kernel)!, "radial", [1])).toPrecision(12));
