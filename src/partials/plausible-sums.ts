/** Whether numbers can be the sums of rows. Files and queues may hold anything. */
import { BINS, type ExactSums, NONE } from "./exact-sums.ts";
import { layoutOf, type PartialSettings, type Shard, TERMS_PER_SHARD } from "./partial-sums.ts";

/** By how much a sum may be off besides its tolerance: far more than rounding. */
const SLACK = 1e-3;
/** By how many units of its uppermost integer a sum that is 0 may be off: terms of 2^32 units that cancel leave 2^-21 of one. */
const ROUNDING = 2 ** -12;
/** Above 2^(32 · that), logarithms are exact to a thousandth. */
const NEAR = -4;

/** What of the sums cannot be, in words; undefined where all can. */
export function faultOf(
  sums: ExactSums,
  settings: PartialSettings,
  shards: readonly Shard[],
  count: number,
): string | undefined {
  const { tops, bins } = sums;
  const most = shards.length * TERMS_PER_SHARD * 2 ** 32;
  for (let i = 0; i < bins.length; i++)
    if (!(Number.isInteger(bins[i]) && Math.abs(bins[i]) <= most)) return `a part of a sum is ${bins[i]}`;
  for (let i = 0; i < tops.length; i++) {
    if (!(tops[i] === NONE || (Number.isInteger(tops[i]) && tops[i] <= HIGHEST)))
      return `a sum stands at 2^(32 · ${tops[i]})`;
    if (tops[i] === NONE && unitsOf(sums, i) !== 0) return "a sum of no rows is not 0";
  }
  const layout = layoutOf(settings);
  const weight = shards.reduce((sum, shard) => sum + shard.weight, 0);
  const slack = 1 + SLACK + 10 * settings.tolerance;
  for (let q = 0; q < count; q++) {
    const at = (column: number) => column * count + q;
    const [total, squared] = [at(layout.weight), at(layout.squaredWeight)];
    if (!isPositive(sums, total) || (settings.errors && !isPositive(sums, squared)))
      return "a sum of weights is below 0";
    if (numberOf(sums, total) > slack * weight) return "a sum of weights is above that of all rows";
    if (
      settings.errors &&
      tops[total] > NEAR &&
      numberOf(sums, squared) > slack ** 2 * numberOf(sums, total) ** 2
    )
      return "a sum of squared weights is above the square of their sum";
    for (let c = 0; c < settings.y.length; c++) {
      const [value, square] = [at(layout.values + c), at(layout.squares + c)];
      if (tops[total] === NONE && tops[value] !== NONE) return "values are weighted by nothing";
      if (!Number.isFinite(quotientOf(sums, value, total))) return "a mean is not finite";
      if (!settings.errors) continue;
      if (tops[total] === NONE && tops[square] !== NONE) return "values are weighted by nothing";
      if (unitsOf(sums, square) < -ROUNDING) return "a sum of squares is below 0";
      if (!areMoments(sums, total, value, square, slack))
        return "a mean of squares is below the square of the mean";
    }
  }
  return undefined;
}

/** Above it not even the square of a number of float64 stands. */
const HIGHEST = 100;

/** A sum over 2^(32 · its top). */
function unitsOf({ bins }: ExactSums, index: number): number {
  let x = 0;
  for (let bin = BINS - 1; bin >= 0; bin--) x = x / 2 ** 32 + bins[index * BINS + bin];
  return x;
}

/** A sum in float64, which is 0 or Infinity beyond it. */
const numberOf = (sums: ExactSums, index: number): number => {
  const units = unitsOf(sums, index);
  return units === 0 ? 0 : units * 2 ** (16 * sums.tops[index]) * 2 ** (16 * sums.tops[index]);
};

/** Weights are positive, and so is each part of their sum. */
function isPositive({ tops, bins }: ExactSums, index: number): boolean {
  const own = bins.subarray(index * BINS, (index + 1) * BINS);
  return tops[index] === NONE || (own[0] >= 1 && own.every((bin) => bin >= 0));
}

/** One sum over another, which is in reach of float64 also where both are not. */
function quotientOf(sums: ExactSums, over: number, under: number): number {
  if (sums.tops[over] === NONE) return 0;
  const shift = 16 * (sums.tops[over] - sums.tops[under]);
  return (unitsOf(sums, over) / unitsOf(sums, under)) * 2 ** shift * 2 ** shift;
}

/** Whether (Σ α y)² ≤ Σ α Σ α y², as Cauchy and Schwarz have it. */
function areMoments(sums: ExactSums, total: number, value: number, square: number, slack: number): boolean {
  const { tops } = sums;
  if (tops[value] === NONE) return true;
  const first = unitsOf(sums, value);
  if (Math.abs(first) < ROUNDING) return true;
  if (tops[square] === NONE) return false;
  // In logarithms: squares of values may be beyond float64.
  const bits = (index: number) => Math.log2(unitsOf(sums, index)) + 32 * tops[index];
  const second = unitsOf(sums, square);
  if (second < ROUNDING) return true; // what is left of terms that cancel
  return 2 * (Math.log2(Math.abs(first)) + 32 * tops[value]) <= bits(total) + bits(square) + Math.log2(slack);
}
