import { kernels } from "../../kernels/builtin.ts";
import type { Kernel, Shape } from "../../kernels/kernel.ts";
import type { Problem } from "../../problem/problem.ts";

/** Whether a distance alone tells that a key cannot matter: α falls with it, and by a bandwidth that all keys share. */
export const hasCutoff = ({ kernel, keyBandwidthFactors }: Problem): boolean =>
  !keyBandwidthFactors &&
  (kernel.tail === "compact" || (kernel.tail === "exponential" && kernels.get(kernel.name) === kernel));

export class BoxDistance {
  private readonly logAlpha: (u: number) => number;
  private readonly product: boolean;
  private readonly bandwidth: ArrayLike<number>;

  constructor(kernel: Kernel, shape: Shape, bandwidth: ArrayLike<number>) {
    this.logAlpha = kernels.get(kernel.name) === kernel ? kernel.logAlpha : unknown(kernel);
    this.product = shape === "product" && bandwidth.length > 1;
    this.bandwidth = bandwidth;
  }

  /**
   * No pair weighs more than this (its logarithm). Boxes are `dims` least coordinates, then `dims` largest ones, at an
   * offset of an array; `width` multiplies the bandwidth.
   */
  most(a: Float64Array, atA: number, b: Float64Array, atB: number, width = 1): number {
    const { bandwidth, logAlpha, product } = this;
    const dims = bandwidth.length;
    let [sum, widest] = [0, 0];
    for (let j = 0; j < dims; j++) {
      const apart = Math.max(b[atB + j] - a[atA + dims + j], a[atA + j] - b[atB + dims + j], 0);
      const gap = apart / (bandwidth[j] * width);
      sum += product ? logAlpha(gap) : gap * gap;
      if (gap > widest) widest = gap;
    }
    if (product) return sum;
    return logAlpha(sum === Infinity ? widest : Math.sqrt(sum)); // the widest is no further than the distance
  }
}

/** Our kernels fall with the distance; of a user's own we know where it is 0, and nothing else. */
const unknown = (kernel: Kernel) => (u: number) =>
  kernel.tail === "compact" && u > 1 ? -Infinity : Infinity;
