/** Bandwidths of different kernels that smooth equally: Marron and Nolan's canonical ones (1988). */
import type { KernelName } from "../../src/index.ts";
import { kernels } from "../../src/kernels/builtin.ts";

/** Stretches of u, each in equal steps; kernels with an edge have it at 1. Beyond the last, nothing matters of kernels that have a variance. */
const STRETCHES = [0, 1, 6, 60];
const STEPS = 4000;

/** δ = (∫K² / (∫u²K)²)^(1/5) of a kernel whose integral is 1; undefined where its variance does not exist. */
function canonical(name: KernelName): number | undefined {
  const { alpha } = kernels.get(name)!;
  let [mass, square, variance] = [0, 0, 0];
  for (let part = 1; part < STRETCHES.length; part++) {
    const [from, to] = [STRETCHES[part - 1], STRETCHES[part]];
    const step = (to - from) / STEPS;
    for (let i = 0; i < STEPS; i++) {
      const u = from + (i + 0.5) * step;
      const a = alpha(u);
      mass += 2 * a * step;
      square += 2 * a * a * step;
      variance += 2 * u * u * a * step;
    }
  }
  const reach = STRETCHES.at(-1)!;
  const tail = reach ** 3 * alpha(reach);
  if (!(tail < 1e-3 * variance)) return undefined;
  return (square / mass ** 2 / (variance / mass) ** 2) ** 0.2;
}

/** How many times the Gaussian's bandwidth a kernel's is for the same smoothing; undefined where its variance does not exist. */
export function canonicalRatio(name: KernelName): number | undefined {
  const own = canonical(name);
  return own && own / canonical("gaussian")!;
}
