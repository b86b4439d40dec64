/** The bandwidth of Sheather and Jones (1991), "solve the equation", for a density in one coordinate: R's bw.SJ. */

import { NadarayaError } from "../common/errors.ts";
import type { Matrix } from "../data/matrix.ts";
import { deviation, powerOfTwo, quantile } from "./rules.ts";

/** Up to so many keys, the functionals are sums over their pairs; beyond, over pairs of bins. */
const MOST_KEYS = 100;
/** Up to this number of keys, pairs are grouped by distance, whose means in a group are right to 1e-6: groups to a bandwidth, and at most. */
const MOST_PAIRED = 2 ** 12;
const FINE = 1000;
const MOST_GROUPS = 2 ** 17;
/** Bins to a bandwidth: what the narrowest needs for its functionals to be right to 1e-4. */
const BINS_PER_BANDWIDTH = 30;
/** Bandwidths beyond which a pair adds nothing. */
const REACH = 9;
/** Steps of the bisection: a bandwidth to 1e-6 of itself. */
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
  const quartiles = quantile(sorted, 0.75) - quantile(sorted, 0.25);
  const spread = quartiles > 0 ? Math.min(deviation(sorted), quartiles / 1.349) : deviation(sorted);
  if (!(spread > 0)) {
    throw new NadarayaError(
      "invalid-bandwidth",
      `bandwidth "sheather-jones" needs keys that differ; the ${n} keys have no spread`,
    );
  }
  // Seventh powers of small or large bandwidths are no float64.
  const unit = powerOfTwo(spread);
  return (
    unit *
    solveScaled(
      sorted.map((x) => x / unit),
      spread / unit,
    )
  );
}

function solveScaled(sorted: Float64Array, spread: number): number {
  const n = sorted.length;
  const reach = REACH * pilots(spread, n).third;
  if (n <= MOST_KEYS) return solve(pairsOf(sorted, reach), n, spread);
  const solveBinned = (bin: number) => solve(binnedPairs(sorted, bin, reach), n, spread);
  // Bins follow the bandwidth, not the range: a lone key far out must not coarsen them.
  let bin = (spread * n ** -0.2) / BINS_PER_BANDWIDTH;
  for (;;) {
    const bandwidth = solveBinned(bin);
    if (bandwidth >= (BINS_PER_BANDWIDTH / 2) * bin) {
      if (n > MOST_PAIRED) return bandwidth;
      return solve(groupedPairs(sorted, Math.max(bandwidth / FINE, reach / MOST_GROUPS), reach), n, spread);
    }
    bin = Math.min(bandwidth / BINS_PER_BANDWIDTH, bin / 2);
  }
}

/** Bandwidths for the functionals of the fourth and the sixth derivative. */
const pilots = (spread: number, n: number) => ({
  curvature: 1.24 * spread * n ** (-1 / 7),
  third: 1.23 * spread * n ** (-1 / 9),
});

/** Distances of pairs and how many there are of each; each pair once, and without those of a key with itself. */
interface Pairs {
  readonly distances: Float64Array;
  readonly counts: Float64Array;
}

function solve({ distances, counts }: Pairs, n: number, spread: number): number {
  /** Σ over pairs of the derivative of order 4 or 6 of the normal density of bandwidth h: estimates ∫ f″² and −∫ f‴². */
  const functional = (order: 4 | 6, h: number) => {
    let sum = n * (order === 4 ? 3 : -15); // each key with itself
    for (let i = 0; i < distances.length; i++) {
      const u = (distances[i] / h) ** 2;
      if (u > REACH ** 2) continue;
      const hermite = order === 4 ? (u - 6) * u + 3 : ((u - 15) * u + 45) * u - 15;
      sum += 2 * counts[i] * hermite * Math.exp(-u / 2);
    }
    return sum / (n * (n - 1) * h ** (order + 1) * Math.sqrt(2 * Math.PI));
  };
  const widths = pilots(spread, n);
  const curvature = functional(4, widths.curvature);
  const third = -functional(6, widths.third);
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
    const midpoint = Math.sqrt(low * high);
    if (excess(midpoint) < 0) low = midpoint;
    else high = midpoint;
  }
  return Math.sqrt(low * high);
}

/** All pairs up to a distance. */
function pairsOf(sorted: Float64Array, reach: number): Pairs {
  const distances: number[] = [];
  for (let i = 0; i < sorted.length; i++)
    for (let j = i + 1; j < sorted.length && sorted[j] - sorted[i] <= reach; j++)
      distances.push(sorted[j] - sorted[i]);
  return { distances: Float64Array.from(distances), counts: new Float64Array(distances.length).fill(1) };
}

/** All pairs up to a distance, those of about the same distance together. */
function groupedPairs(sorted: Float64Array, width: number, reach: number): Pairs {
  const groups = Math.ceil(reach / width) + 1;
  const counts = new Float64Array(groups);
  const sums = new Float64Array(groups);
  for (let i = 0; i < sorted.length; i++)
    for (let j = i + 1; j < sorted.length && sorted[j] - sorted[i] <= reach; j++) {
      const distance = sorted[j] - sorted[i];
      const group = Math.floor(distance / width);
      counts[group]++;
      sums[group] += distance;
    }
  return { distances: sums.map((sum, group) => sum / (counts[group] || 1)), counts };
}

/** Pairs of the bins that hold keys, by their distance, up to a distance. */
function binnedPairs(sorted: Float64Array, bin: number, reach: number): Pairs {
  const places: number[] = [];
  const counts: number[] = [];
  for (const x of sorted) {
    const place = Math.round((x - sorted[0]) / bin);
    if (places[places.length - 1] !== place) {
      places.push(place);
      counts.push(0);
    }
    counts[counts.length - 1]++;
  }
  const most = Math.ceil(reach / bin);
  const pairs = new Float64Array(most + 1);
  for (let a = 0; a < places.length; a++) {
    pairs[0] += (counts[a] * (counts[a] - 1)) / 2;
    for (let b = a + 1; b < places.length && places[b] - places[a] <= most; b++)
      pairs[places[b] - places[a]] += counts[a] * counts[b];
  }
  return { distances: pairs.map((_, lag) => lag * bin), counts: pairs };
}
