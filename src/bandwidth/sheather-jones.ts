/** The bandwidth of Sheather and Jones (1991), "solve the equation", for a density in one coordinate: R's bw.SJ. */
import type { Matrix } from "../data.ts";
import { NadarayaError } from "../errors.ts";
import { deviation, quantile } from "./rules.ts";

/** Keys are counted in this many bins, and the functionals are sums over pairs of bins. */
const BINS = 2048;
/** Steps of the bisection: a width to 1e-6 of itself. */
const STEPS = 40;

/** @throws NadarayaError "invalid-bandwidth" where the keys have several coordinates or no spread. */
export function sheatherJones({ data, count: n, dims }: Matrix): number {
  if (dims !== 1) {
    throw new NadarayaError(
      "invalid-bandwidth",
      `bandwidth "sheather-jones" is for keys of one coordinate; these have ${dims}`,
    );
  }
  const sorted = data.slice().sort();
  const range = sorted[n - 1] - sorted[0];
  const quartiles = quantile(sorted, 0.75) - quantile(sorted, 0.25);
  const spread = quartiles > 0 ? Math.min(deviation(sorted), quartiles / 1.349) : deviation(sorted);
  if (!(spread > 0)) {
    throw new NadarayaError(
      "invalid-bandwidth",
      `bandwidth "sheather-jones" needs keys that differ; the ${n} keys have no spread`,
    );
  }
  const step = range / (BINS - 1);
  const pairs = pairsByDistance(sorted, step);

  /** Σ over pairs of the derivative of order 4 or 6 of the normal density of width h: estimates ∫ f″² and −∫ f‴². */
  const functional = (order: 4 | 6, h: number) => {
    let sum = 0;
    for (let k = 0; k < BINS; k++) {
      const u = ((k * step) / h) ** 2;
      if (u > 1000) break;
      const hermite = order === 4 ? u * u - 6 * u + 3 : u ** 3 - 15 * u * u + 45 * u - 15;
      sum += (k === 0 ? 1 : 2) * pairs[k] * hermite * Math.exp(-u / 2);
    }
    return sum / (n * (n - 1) * h ** (order + 1) * Math.sqrt(2 * Math.PI));
  };
  const curvature = functional(4, 1.24 * spread * n ** (-1 / 7));
  const third = -functional(6, 1.23 * spread * n ** (-1 / 9));
  const pilot = 1.357 * (curvature / third) ** (1 / 7);
  /** h less what the equation makes of it. */
  const excess = (h: number) =>
    h - (1 / (2 * Math.sqrt(Math.PI) * n * functional(4, pilot * h ** (5 / 7)))) ** (1 / 5);
  const largest = 1.144 * spread * n ** -0.2;
  let [low, high] = [largest / 10, largest];
  for (let tries = 0; tries < 20 && !(excess(low) < 0 && excess(high) > 0); tries++) {
    low /= 1.5;
    high *= 1.5;
  }
  for (let i = 0; i < STEPS; i++) {
    const middle = Math.sqrt(low * high);
    if (excess(middle) < 0) low = middle;
    else high = middle;
  }
  return Math.sqrt(low * high);
}

/** pairs[k]: how many pairs of keys lie k bins apart (k = 0: ordered, each key with itself too). */
function pairsByDistance(sorted: Float64Array, step: number): Float64Array {
  const counts = new Float64Array(BINS);
  for (const x of sorted) counts[Math.min(Math.round((x - sorted[0]) / step), BINS - 1)]++;
  const pairs = new Float64Array(BINS);
  for (let a = 0; a < BINS; a++) {
    if (counts[a] === 0) continue;
    for (let b = a; b < BINS; b++) pairs[b - a] += counts[a] * counts[b];
  }
  return pairs;
}
