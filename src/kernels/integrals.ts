/** ∫ α over space, by which densities are normalised: numerical, for every kernel, shape and number of coordinates. */
import { NadarayaError } from "../common/errors.ts";
import { isOwn } from "./builtin.ts";
import type { Kernel, Shape } from "./kernel.ts";

/** Nodes and weights of 16-point Gauss–Legendre quadrature on [−1, 1], by Newton's method on P₁₆. */
const gaussLegendre: readonly (readonly [number, number])[] = (() => {
  const n = 16;
  return Array.from({ length: n }, (_, i) => {
    let x = Math.cos((Math.PI * (i + 0.75)) / (n + 0.5));
    let derivative = 1;
    for (let step = 0; step < 100; step++) {
      let previous = 1;
      let current = x;
      for (let k = 2; k <= n; k++)
        [previous, current] = [current, ((2 * k - 1) * x * current - (k - 1) * previous) / k];
      derivative = (n * (x * current - previous)) / (x * x - 1);
      const change = current / derivative;
      x -= change;
      if (Math.abs(change) < 1e-16) break;
    }
    return [x, 2 / ((1 - x * x) * derivative * derivative)] as const;
  });
})();

/** ∫ f(x) dx over [from, to] by composite quadrature. */
export function quadrature(f: (x: number) => number, from: number, to: number, panels: number): number {
  const half = (to - from) / panels / 2;
  let sum = 0;
  for (let panel = 0; panel < panels; panel++)
    for (const [node, weight] of gaussLegendre)
      sum += weight * half * f(from + half * (2 * panel + 1 + node));
  return sum;
}

/** log ∫ e^{f(x)} dx over [from, to], without overflow, by composite quadrature. */
function logQuadrature(f: (x: number) => number, from: number, to: number, panels: number): number {
  const half = (to - from) / panels / 2;
  const terms: number[] = [];
  for (let panel = 0; panel < panels; panel++) {
    const panelCentre = from + half * (2 * panel + 1);
    for (const [node, weight] of gaussLegendre)
      terms.push(f(panelCentre + half * node) + Math.log(weight * half));
  }
  let largest = -Infinity;
  for (const term of terms) largest = Math.max(largest, term);
  let sum = 0;
  for (const term of terms) sum += Math.exp(term - largest);
  return largest + Math.log(sum);
}

/** log Γ(x) for x a positive multiple of ½. */
function logGammaHalves(x: number): number {
  let result = Number.isInteger(x) ? 0 : Math.log(Math.PI) / 2;
  for (let k = Number.isInteger(x) ? 1 : 0.5; k < x; k++) result += Math.log(k);
  return result;
}

/** log of the area of the unit sphere in d dimensions, 2 π^{d/2} / Γ(d/2). */
const logSphereArea = (d: number) => Math.LN2 + (d / 2) * Math.log(Math.PI) - logGammaHalves(d / 2);

/** By the number of coordinates. */
const ownIntegrals = new WeakMap<Kernel, Map<number, number>>();

function logRadialIntegral(kernel: Kernel, dims: number): number {
  if (kernel.tail === "flat") return Infinity;
  const integrand = (r: number) => kernel.logAlpha(r) + (dims - 1) * Math.log(r);
  if (isOwn(kernel)) {
    const known = ownIntegrals.get(kernel) ?? new Map<number, number>();
    ownIntegrals.set(kernel, known);
    const integral =
      known.get(dims) ?? logSphereArea(dims) + logOwnIntegral(integrand, kernel.tail === "compact");
    known.set(dims, integral);
    return integral;
  }
  if (kernel.tail === "compact") return logSphereArea(dims) + logQuadrature(integrand, 0, 1, 64);
  if (kernel.tail === "exponential")
    return logSphereArea(dims) + logQuadrature(integrand, 0, 60 + 4 * dims, 512);
  // Algebraic tails: r = t / (1 − t) carries [0, ∞) to [0, 1). An integral that does not settle is infinite.
  const onUnit = (t: number) => integrand(t / (1 - t)) - 2 * Math.log1p(-t);
  const result = logQuadrature(onUnit, 0, 1, 512);
  if (Math.abs(result - logQuadrature(onUnit, 0, 1, 1024)) > 1e-6) return Infinity;
  return logSphereArea(dims) + result;
}

/** Of a caller's kernel: the share that an interval may be off by, how often one is halved, its octaves, and their parts. */
const OWN = { tolerance: 1e-12, halves: 48, first: -40, last: 120, parts: 16 } as const;
/** An octave that has no less than this share of the last one's integral shows that there is no end. */
const ENDLESS = 0.9999;

/** log ∫₀^∞ e^{f(r)} dr, where f may have steps, peaks and tails anywhere: octave by octave, halved where that changes the integral. */
function logOwnIntegral(f: (r: number) => number, isCompact: boolean): number {
  const { tolerance, halves, first, last, parts } = OWN;
  const octaves = (isCompact ? 0 : last) - first;
  /** Where part i begins. */
  const start = (i: number) => 2 ** (first + Math.floor(i / parts)) * (1 + (i % parts) / parts);
  let largest = -Infinity;
  for (let i = 0; i < 4 * parts * octaves; i++) largest = Math.max(largest, f(start((i + 0.5) / 4)));
  if (largest === -Infinity) return -Infinity;
  const over = (from: number, to: number) => quadrature((r) => Math.exp(f(r) - largest), from, to, 1);
  const coarse = Array.from({ length: parts * octaves }, (_, i) => over(start(i), start(i + 1)));
  const negligible = tolerance * coarse.reduce((sum, part) => sum + part, 0);
  const halved = (from: number, to: number, whole: number, left: number): number => {
    const middle = (from + to) / 2;
    const [lower, upper] = [over(from, middle), over(middle, to)];
    if (left === 0 || Math.abs(lower + upper - whole) <= negligible) return lower + upper;
    return halved(from, middle, lower, left - 1) + halved(middle, to, upper, left - 1);
  };
  const ofOctave = new Float64Array(octaves);
  for (const [i, part] of coarse.entries())
    ofOctave[Math.floor(i / parts)] += halved(start(i), start(i + 1), part, halves);
  let total = ofOctave.reduce((sum, octave) => sum + octave, over(0, start(0)));
  const [before, end] = ofOctave.slice(-2);
  if (!isCompact && end > negligible) {
    // A power of r from here on: the octaves' integrals are a geometric series.
    if (!(end < ENDLESS * before)) return Infinity;
    total += end / (before / end - 1);
  }
  return largest + Math.log(total);
}

/** log ∫ exp((q·k − 1)/τ) over the unit sphere of q: the von Mises–Fisher constant, times e^{−1/τ}. */
function logSphereIntegral(dims: number, temperature: number): number {
  if (dims === 1) return Math.log1p(Math.exp(-2 / temperature));
  const integrand = (angle: number) =>
    (Math.cos(angle) - 1) / temperature + (dims === 2 ? 0 : (dims - 2) * Math.log(Math.sin(angle)));
  const reach = Math.min(Math.PI, Math.sqrt(temperature) * (12 + 2 * Math.sqrt(dims)));
  return logSphereArea(dims - 1) + logQuadrature(integrand, 0, reach, 512);
}

/**
 * log ∫ α((x − k)/h) dx over all x in d dimensions, with one bandwidth per coordinate.
 * @throws NadarayaError "unsupported" where the integral is infinite (constant; power tails in the radial shape, d ≥ 2).
 */
export function logIntegral(kernel: Kernel, shape: Shape, bandwidth: readonly number[]): number {
  const dims = bandwidth.length;
  if (kernel.sphere) return logSphereIntegral(dims, bandwidth[0]);
  const volume = bandwidth.reduce((sum, h) => sum + Math.log(h), 0);
  const integral =
    shape === "product" ? dims * logRadialIntegral(kernel, 1) : logRadialIntegral(kernel, dims);
  if (integral === Infinity) {
    throw new NadarayaError(
      "unsupported",
      `kernel "${kernel.name}" (${shape}, ${dims} coordinates) has an infinite integral and so no density`,
    );
  }
  return volume + integral;
}
