/** Bandwidths of different kernels that smooth equally: Marron and Nolan's canonical ones (1988). */
import type { KernelName } from "../../src/index.ts";
import { kernels } from "../../src/kernels/builtin.ts";

const STEPS = 20_000;
/** In bandwidths; what is beyond does not matter for kernels that have a variance. */
const REACH = 60;

/** δ = (∫K² / (∫u²K)²)^(1/5) of a kernel whose integral is 1; undefined where its variance does not exist. */
function canonical(name: KernelName): number | undefined {
  const { alpha } = kernels.get(name)!;
  let [mass, square, variance] = [0, 0, 0];
  const step = REACH / STEPS;
  for (let i = 0; i < STEPS; i++) {
    const u = (i + 0.5) * step;
    const a = alpha(u);
    mass += 2 * a * step;
    square += 2 * a * a * step;
    variance += 2 * u * u * a * step;
  }
  const tail = REACH ** 3 * alpha(REACH);
  if (!(tail < 1e-3 * variance)) return undefined;
  return (square / mass ** 2 / (variance / mass) ** 2) ** 0.2;
}

/** How many times the Gaussian's bandwidth a kernel's is for the same smoothing; undefined where its variance does not exist. */
export function canonicalRatio(name: KernelName): number | undefined {
  const own = canonical(name);
  return own && own / canonical("gaussian")!;
}
