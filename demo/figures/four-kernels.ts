/** The four kernels that several figures compare. */
import type { KernelName } from "../../src/index.ts";

export const fourKernels = (fourth: KernelName): KernelName[] => ["gaussian", "boxcar", "constant", fourth];

const titles: Partial<Record<KernelName, string>> = {
  gaussian: "Gaussian",
  boxcar: "Boxcar",
  constant: "Constant",
  triangular: "Triangular",
  epanechnikov: "Epanechnikov",
};

export const titleOf = (kernel: KernelName): string => titles[kernel] ?? kernel;

/** Standard deviations of the kernels as densities of the distance; the constant kernel has none. */
const deviations: Partial<Record<KernelName, number>> = {
  boxcar: 1 / Math.sqrt(3),
  triangular: 1 / Math.sqrt(6),
  epanechnikov: 1 / Math.sqrt(5),
};

/** The bandwidth with which a kernel has the variance of a Gaussian of this σ. */
export const equalVariance = (name: KernelName, sigma: number): number => sigma / (deviations[name] ?? 1);
