/** The standard normal distribution's quantiles. */
import { quadrature } from "../kernel-integrals.ts";

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
