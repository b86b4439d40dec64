/** Quantiles of the standard normal distribution and of Student's. */
import { quadrature } from "../../kernels/integrals.ts";

const density = (x: number) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

/** The z that a standard normal number stays within, on both sides of 0, with this probability: by Newton's method. */
export function normalBound(level: number): number {
  let z = 0;
  // From below, where the distribution is concave, no step goes too far.
  for (let step = 0; step < 60; step++) {
    const change = (level / 2 - quadrature(density, 0, z, 8)) / density(z);
    z += change;
    if (Math.abs(change) < 1e-14 * (1 + z)) break;
  }
  return z;
}

/** As `normalBound`, for a variance that was estimated with so many degrees of freedom, 2 or more (Fisher and Cornish 1960). */
export function studentBound(z: number, freedom: number): number {
  const s = z * z;
  return (
    z +
    (z * (s + 1)) / (4 * freedom) +
    (z * (5 * s * s + 16 * s + 3)) / (96 * freedom ** 2) +
    (z * (3 * s ** 3 + 19 * s * s + 17 * s - 15)) / (384 * freedom ** 3)
  );
}
