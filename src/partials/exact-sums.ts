/**
 * Sums that do not depend on the order of addition, nor on how it is grouped: indexed summation (Demmel and Nguyen 2015, "Parallel
 * reproducible summation"). Numbers are cut at fixed binary places into integers of 32 bits, which float64 adds without rounding; of
 * each sum the upper four are kept, at least 97 bits below its largest term.
 */
import { NadarayaError } from "../common/errors.ts";

const BITS = 32;
/** Integers kept of each sum. */
export const BINS = 4;
const BASE = 2 ** BITS;
/** How often a sum may be added to: so many integers below 2^32 stay below 2^53. */
export const MOST_TERMS = 2 ** 21;
/** The place of a sum that is 0. */
export const NONE = -Infinity;

const number = new Float64Array(1);
const words = new Uint32Array(number.buffer);
/** Which of the words has the exponent: the second one, but on machines that no one has seen for years. */
const HIGH = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 1 : 0;
const POWERS = Float64Array.from({ length: BITS }, (_, i) => 2 ** i);

/** floor(log2 |x|) of a number that is not 0; `number[0]` is then x / 2^that, with its sign. */
function split(x: number): number {
  number[0] = x;
  const biased = (words[HIGH] >>> 20) & 0x7ff;
  if (biased === 0) return split(x * 2 ** 64) - 64;
  words[HIGH] = (words[HIGH] & 0x800fffff) | 0x3ff00000;
  return biased - 1023;
}

/** Sums of float64, each at an index, whose digits do not depend on the order in which terms are added or sums are merged. */
export class ExactSums {
  /** Where the uppermost integer of each sum stands: times 2^(32 · top). */
  readonly tops: Float64Array<ArrayBuffer>;
  /** The integers of each sum, the uppermost first. */
  readonly bins: Float64Array<ArrayBuffer>;

  constructor(
    length: number,
    tops = new Float64Array(length).fill(NONE),
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
    const high = split(x) + exponent;
    const top = Math.floor(high / BITS);
    let rest = number[0] * POWERS[high - BITS * top];
    if (top > this.tops[index]) this.raise(index, top);
    const end = (index + 1) * BINS;
    for (let bin = index * BINS + this.tops[index] - top; bin < end && rest !== 0; bin++) {
      const whole = Math.trunc(rest);
      this.bins[bin] += whole;
      rest = (rest - whole) * BASE;
    }
  }

  /** Adds the other sums, each to the one with its index. */
  addAll(other: ExactSums): void {
    for (let index = 0; index < this.length; index++) {
      const top = other.tops[index];
      if (top === NONE) continue;
      if (top > this.tops[index]) this.raise(index, top);
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

  /** Moves the integers of a sum down, so that its uppermost stands at this higher place. */
  private raise(index: number, top: number): void {
    const before = this.tops[index];
    const shift = top - before;
    this.tops[index] = top;
    const first = index * BINS;
    if (shift >= BINS) {
      // All of it is too small now; where there was nothing, there are zeros already.
      if (before !== NONE) this.bins.fill(0, first, first + BINS);
      return;
    }
    this.bins.copyWithin(first + shift, first, first + BINS - shift);
    this.bins.fill(0, first, first + shift);
  }
}

/** The error of a · b in float64, which is a float64 itself (Dekker 1971; Veltkamp's splitting). */
export function productError(a: number, b: number, product: number): number {
  const aHigh = upperHalf(a);
  const bHigh = upperHalf(b);
  const [aLow, bLow] = [a - aHigh, b - bHigh];
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

/** The upper 26 bits of a number. */
function upperHalf(x: number): number {
  const large = x * (2 ** 27 + 1);
  return large - (large - x);
}
