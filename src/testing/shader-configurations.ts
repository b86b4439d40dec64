/**
 * Shaders that the property tests of `npm test` draw data for. On a software adapter a shader takes longer to compile than its case to
 * compute, so the cases of the fast ring share a fixed list; the wide ring draws a random shader for each case.
 */
import type { Encoding } from "../../shaders/distance.ts";
import { type KernelName, kernelNames, type Shape } from "../index.ts";

/** What the text of a shader depends on, except its tiling. Whether it tracks the nearest key or the edge follows from the kernel. */
export interface ShaderConfiguration {
  readonly kernel: KernelName;
  readonly shape: Shape;
  /** The encoding that the bandwidths of the case are drawn for; compact kernels are always in fixed point. */
  readonly encoding: Encoding;
  readonly dims: number;
  readonly columns: number;
}

/** Kernels of points anywhere; von-mises-fisher is for unit vectors. */
export const pointKernels = kernelNames.filter((name) => name !== "von-mises-fisher") as KernelName[];

const DIMS = [1, 2, 3, 8];
const COLUMNS = [1, 2, 3, 5, 16];
const encodings = ["float", "fixed"] as const;

/**
 * Every kernel in both shapes and both encodings; every shape with every encoding in 1, 2, 3 and 8 coordinates; 33 and 64 coordinates
 * once. shader-configurations.test.ts checks these pairs.
 */
export const shaderConfigurations: readonly ShaderConfiguration[] = [
  ...pointKernels.flatMap((kernel, i): ShaderConfiguration[] => {
    const block = Math.floor(i / 2);
    return [
      {
        ...{ kernel, shape: "radial", encoding: encodings[i % 2] },
        ...{ dims: DIMS[block % 4], columns: COLUMNS[i % 5] },
      },
      {
        ...{ kernel, shape: "product", encoding: encodings[(i + 1) % 2] },
        ...{ dims: DIMS[(block + 1 + Math.floor(block / 4)) % 4], columns: COLUMNS[(i + 2) % 5] },
      },
    ];
  }),
  { kernel: "cauchy", shape: "radial", encoding: "fixed", dims: 1, columns: 1 },
  { kernel: "cauchy", shape: "product", encoding: "float", dims: 3, columns: 2 },
  { kernel: "gaussian", shape: "radial", encoding: "float", dims: 33, columns: 2 },
  { kernel: "epanechnikov", shape: "product", encoding: "fixed", dims: 64, columns: 1 },
];
