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
