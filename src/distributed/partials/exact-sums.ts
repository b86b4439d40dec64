/**
 * Sums that do not depend on the order of addition, nor on how it is grouped: indexed summation (Demmel and Nguyen 2015, "Parallel
 * reproducible summation"). Numbers are cut at fixed binary places into integers of 32 bits, which float64 adds without rounding; of
 * each sum the upper four are kept, at least 97 bits below its largest term.
 */
import { NadarayaError } from "../../common/errors.ts";

const BITS = 32;
/** Integers kept of each sum. */
export const BINS = 4;
const BASE = 2 ** BITS;
/** How often a sum may be added to: so many integers below 2^32 stay below 2^53. */
export const MOST_TERMS = 2 ** 21;
/** The place of a sum that is 0. */
const NONE = -(2 ** 31);

const parts = new DataView(new ArrayBuffer(8));

/** floor(log2 |x|) of a number that is not 0. */
function exponentOf(x: number): number {
  parts.setFloat64(0, x);
  const biased = (parts.getUint32(0) >>> 20) & 0x7ff;
  return biased > 0 ? biased - 1023 : exponentOf(x * 2 ** 64) - 64;
}

/** Sums of float64, each at an index, whose digits do not depend on the order in which terms are added or sums are merged. */
export class ExactSums {
  /** Where the uppermost integer of each sum stands: times 2^(32 · top). */
  readonly tops: Int32Array<ArrayBuffer>;
  /** The integers of each sum, the uppermost first. */
  readonly bins: Float64Array<ArrayBuffer>;

  constructor(
    length: number,
    tops = new Int32Array(length).fill(NONE),
    bins = new Float64Array(length * BINS),
  ) {
    this.tops = tops;
    this.bins = bins;
  }

  get length(): number {
    return this.tops.length;
  }

  /** Adds x · 2^exponent to a sum. */
  add(index: number, x: number, exponent = 0): void {
    if (x === 0) return;
    if (!Number.isFinite(x))
      throw new NadarayaError("invalid-input", `a sum's term is ${x}, expected a finite number`);
    const high = exponentOf(x);
    const top = Math.floor((high + exponent) / BITS);
    this.raise(index, top);
    // In steps, as 2^−high may be no float64.
    let rest = scaled(x, -high) * 2 ** (high + exponent - BITS * top);
    for (let bin = this.tops[index] - top; bin < BINS && rest !== 0; bin++) {
      const whole = Math.trunc(rest);
      this.bins[index * BINS + bin] += whole;
      rest = (rest - whole) * BASE;
    }
  }

  /** Adds the other sums, each to the one with its index. */
  addAll(other: ExactSums): void {
    for (let index = 0; index < this.length; index++) {
      const top = other.tops[index];
      if (top === NONE) continue;
      this.raise(index, top);
      const shift = this.tops[index] - top;
      for (let bin = 0; bin + shift < BINS; bin++)
        this.bins[index * BINS + bin + shift] += other.bins[index * BINS + bin];
    }
  }

  /** A sum to the nearest few float64, as x · 2^exponent. */
  read(index: number): { x: number; exponent: number } {
    const top = this.tops[index];
    if (top === NONE) return { x: 0, exponent: 0 };
    let x = 0;
    for (let bin = BINS - 1; bin >= 0; bin--) x = x / BASE + this.bins[index * BINS + bin];
    return { x, exponent: BITS * top };
  }

  /** A sum in full, as an integer · 2^exponent. */
  readInteger(index: number): { integer: bigint; exponent: number } {
    const top = this.tops[index];
    if (top === NONE) return { integer: 0n, exponent: 0 };
    let integer = 0n;
    for (let bin = 0; bin < BINS; bin++)
      integer = (integer << BigInt(BITS)) + BigInt(this.bins[index * BINS + bin]);
    return { integer, exponent: BITS * (top - BINS + 1) };
  }

  /** Moves the integers of a sum down, so that its uppermost stands there. */
  private raise(index: number, top: number): void {
    const shift = top - this.tops[index];
    if (shift <= 0) return;
    const first = index * BINS;
    this.bins.copyWithin(Math.min(first + shift, first + BINS), first, Math.max(first, first + BINS - shift));
    this.bins.fill(0, first, Math.min(first + shift, first + BINS));
    this.tops[index] = top;
  }
}

/** x · 2^exponent, where 2^exponent alone may be no float64. */
function scaled(x: number, exponent: number): number {
  const half = Math.trunc(exponent / 2);
  return x * 2 ** half * 2 ** (exponent - half);
}

/** The error of a · b in float64, which is a float64 itself (Dekker 1971; Veltkamp's splitting). */
export function productError(a: number, b: number, product: number): number {
  const [aHigh, aLow] = split(a);
  const [bHigh, bLow] = split(b);
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

function split(x: number): [number, number] {
  const large = x * (2 ** 27 + 1);
  const high = large - (large - x);
  return [high, x - high];
}
