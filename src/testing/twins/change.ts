import { NEARER } from "../../../shaders/distance.ts";
import type { PairwiseInput } from "../../methods/dense/cpu/pairwise.ts";

/**
 * The float64 twin of the row that shaders/pairwise.ts tracks as "change": Σ |α(x⁻) − α(x)| over the keys from … to − 1, where x⁻ = x − NEARER (1 + x).
 */
export function change({
  queries,
  keys,
  dims,
  kernel,
  shape,
  bandwidth,
  from,
  to,
}: Omit<PairwiseInput, "values" | "columns">): Float64Array {
  const isSquared = kernel.shader.argument === "squared";
  const nearer = (u: number) => {
    const x = isSquared ? (kernel.shader.scale * u) ** 2 : kernel.shader.scale * u;
    const less = Math.max(x - NEARER * (1 + x), 0);
    return (isSquared ? Math.sqrt(less) : less) / kernel.shader.scale;
  };
  return Float64Array.from({ length: queries.length / dims }, (_, q) => {
    let sum = 0;
    for (let k = from; k < to; k++) {
      const apart = bandwidth.map((h, j) => Math.abs(queries[q * dims + j] - keys[k * dims + j]) / h);
      const distances = shape === "product" ? apart : [Math.hypot(...apart)];
      const product = (of: (u: number) => number) =>
        distances.reduce((all, u) => all * kernel.alpha(of(u)), 1);
      sum += Math.abs(product(nearer) - product((u) => u));
    }
    return sum;
  });
}
