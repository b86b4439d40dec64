/** From merged sums to means with their errors, and to densities. */
import { NadarayaError, show } from "../common/errors.ts";
import { checkOptions } from "../common/options.ts";
import { studentBound } from "../estimators/uncertainty/quantiles.ts";
import { logMassOf } from "../weighting/kernel-spec.ts";
import { categoriesOf } from "./categories-of.ts";
import type { ExactSums } from "./exact-sums.ts";
import { checkSums, layoutOf, type PartialSums } from "./partial-sums.ts";
import { timesPower } from "./weighted-sums.ts";

/** Means of all shards together. */
export interface MergedMeans {
  /** m × columns, row-major; NaN where no key is in reach, nor within some 30 million bandwidths. */
  readonly mean: Float64Array<ArrayBuffer>;
  /** m × columns, where the partial sums were made with `errors`; NaN where fewer than two keys count. */
  readonly standardError?: Float64Array<ArrayBuffer>;
  /** The band around the means, m × columns, where a confidence was asked for. */
  readonly lower?: Float64Array<ArrayBuffer>;
  readonly upper?: Float64Array<ArrayBuffer>;
  /** Queries that no key reaches. */
  readonly emptyQueries: number;
}

/**
 * The means, and with `errors` their standard errors by the local variance (Härdle 1990, §4.2), corrected for the degree of freedom
 * that the mean takes:
 *
 *   se² = s² r,    s² = (Σ α y² / Σ α − f̂²) / (1 − r),    r = Σ α² / (Σ α)²
 *
 * The bias is not in it, and the slope of the mean within a bandwidth counts as noise: bands are a little wide where the curve is steep.
 * @param options the confidence of a band, between 0 and 1
 * @throws NadarayaError "invalid-input" for sums without values, and for a confidence of sums without errors
 */
export function meansOfSums(
  partial: PartialSums,
  options: { readonly confidence?: number } = {},
): MergedMeans {
  checkSums(partial, "meansOfSums");
  checkOptions(options, ["confidence"], "meansOfSums");
  const { confidence } = options;
  const { settings, sums, count } = partial;
  const { y, errors } = settings;
  if (y.length === 0)
    throw new NadarayaError(
      "invalid-input",
      "these are the sums of a density, expected those of a regression",
    );
  if (confidence !== undefined && !(typeof confidence === "number" && confidence > 0 && confidence < 1))
    throw new NadarayaError(
      "invalid-input",
      `confidence is ${show(confidence)}, expected a number between 0 and 1`,
    );
  if (confidence !== undefined && !errors)
    throw new NadarayaError(
      "invalid-input",
      "these sums were made without errors, and have no band: make them with `errors`",
    );
  const layout = layoutOf(settings);
  const columns = y.length;
  const mean = new Float64Array(count * columns);
  const standardError = errors ? new Float64Array(count * columns) : undefined;
  const isBand = confidence !== undefined;
  const lower = isBand ? new Float64Array(count * columns) : undefined;
  const upper = isBand ? new Float64Array(count * columns) : undefined;
  const boundOf = isBand ? studentBound(confidence) : undefined;
  let emptyQueries = 0;
  for (let q = 0; q < count; q++) {
    const weight = layout.weight * count + q;
    if (sums.read(weight).x === 0) emptyQueries++;
    // What one key of equal weight would be worth: 1 / (Σ α)² Σ α².
    const share = errors ? quotient(sums, layout.squaredWeight * count + q, weight, 2) : Number.NaN;
    for (let c = 0; c < columns; c++) {
      const to = q * columns + c;
      const value = (layout.values + c) * count + q;
      mean[to] = quotient(sums, value, weight, 1);
      if (!standardError) continue;
      const free = 1 - share;
      const { x: variance, exponent } = varianceOf(sums, weight, value, (layout.squares + c) * count + q);
      const root = Math.sqrt((variance / free) * share);
      standardError[to] = free > LEAST_FREE ? timesPower(root, exponent / 2) : Number.NaN;
      if (!lower || !upper || !boundOf) continue;
      const half = standardError[to] * boundOf(Math.max(1 / share - 1, 2));
      lower[to] = mean[to] - half;
      upper[to] = mean[to] + half;
    }
  }
  return { mean, standardError, lower, upper, emptyQueries };
}

/** One key alone in its window leaves nothing for a variance, but what rounding makes of it. */
const LEAST_FREE = 1e-6;

/**
 * log Σ w α of all rows at every query, with the sample weights w: finite also where the sum is no float64, −Infinity where no key is in reach,
 * nor within some 30 million bandwidths.
 */
export function logWeightsOfSums(partial: PartialSums): Float64Array<ArrayBuffer> {
  checkSums(partial, "logWeightsOfSums");
  const { settings } = partial;
  return logSumsOf(partial, categoriesOf(settings)?.logEqual(settings.bandwidth) ?? 0);
}

/** log Σ w α with the weight 1 of equal categories, plus a number. */
function logSumsOf({ sums, count }: PartialSums, added: number): Float64Array<ArrayBuffer> {
  return Float64Array.from({ length: count }, (_, q) => {
    const { x, exponent } = sums.read(q);
    return x === 0 ? -Infinity : Math.log(x) + exponent * Math.LN2 + added;
  });
}

/**
 * The density and its logarithm at every query; −Infinity where no key is in reach.
 * @throws NadarayaError "unsupported" for a kernel with an infinite integral, and for categories without declared levels
 */
export function densitiesOfSums(partial: PartialSums): {
  readonly density: Float64Array<ArrayBuffer>;
  readonly logDensity: Float64Array<ArrayBuffer>;
} {
  checkSums(partial, "densitiesOfSums");
  const { settings, kernel, shards } = partial;
  const { shape, bandwidth } = settings;
  const kind = settings.coordinates?.find((each) => typeof each === "string" && each !== "continuous");
  if (kind)
    throw new NadarayaError(
      "unsupported",
      `a density over the categories "${kind}" depends on how many there are; declare them: { kind: "${kind}", levels: […] } in coordinates`,
    );
  const mass = shards.reduce((sum, { weight }) => sum + weight, 0);
  const categories = categoriesOf(settings);
  const logNorm = Math.log(mass) + logMassOf({ kernel, shape, bandwidth, categories });
  const logDensity = logSumsOf(partial, -logNorm);
  return { density: logDensity.map(Math.exp), logDensity };
}

/** A sum divided by a power of another; NaN where that is 0. */
function quotient(sums: ExactSums, over: number, under: number, power: 1 | 2): number {
  const a = sums.read(over);
  const b = sums.read(under);
  if (b.x === 0) return Number.NaN;
  return timesPower(a.x / b.x / (power === 2 ? b.x : 1), a.exponent - power * b.exponent);
}

/**
 * Σ α y² / Σ α − (Σ α y / Σ α)² as x · 2^exponent, an even one, from the sums in full: where the mean is large beside the spread, all of float64 cancels, and
 * squares of small values are no float64.
 */
function varianceOf(
  sums: ExactSums,
  weight: number,
  value: number,
  square: number,
): { x: number; exponent: number } {
  const [s0, s1, s2] = [weight, value, square].map((index) => sums.readInteger(index));
  if (s0.integer === 0n) return { x: Number.NaN, exponent: 0 };
  if (s2.integer === 0n) return { x: 0, exponent: 0 };
  const [plus, minus] = [s0.exponent + s2.exponent, 2 * s1.exponent];
  const product = s0.integer * s2.integer;
  // Rows far away may have a mean whose square is out of the reach of any shift; it is then no part of the result either.
  const lead = plus + bitsOf(product) - (minus + 2 * bitsOf(s1.integer));
  if (s1.integer === 0n || lead > FAR) return ratio(product, s0.integer ** 2n, plus - 2 * s0.exponent);
  if (lead < -FAR) return { x: 0, exponent: 0 };
  const least = Math.min(plus, minus);
  const over = (product << BigInt(plus - least)) - ((s1.integer ** 2n) << BigInt(minus - least));
  return over > 0n ? ratio(over, s0.integer ** 2n, least - 2 * s0.exponent) : { x: 0, exponent: 0 };
}

/** Bits by which one number is far beyond another. */
const FAR = 1000;

const bitsOf = (x: bigint): number => 4 * (x < 0n ? -x : x).toString(16).length;

/** a / b · 2^exponent of two positive integers, with an even exponent. */
function ratio(a: bigint, b: bigint, exponent: number): { x: number; exponent: number } {
  const shift = 64 + bitsOf(b) - bitsOf(a);
  const whole = Number(shift > 0 ? (a << BigInt(shift)) / b : a / (b << BigInt(-shift)));
  const odd = Math.abs((exponent - shift) % 2);
  return { x: whole * 2 ** odd, exponent: exponent - shift - odd };
}
