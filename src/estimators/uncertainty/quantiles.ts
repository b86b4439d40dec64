/** Quantiles of the standard normal distribution and of Student's t distribution. */
import { quadrature } from "../../kernels/integrals.ts";

const density = (x: number) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
/** The normal density is below the least number beyond this. */
const FURTHEST = 39;

/** The z that a standard normal number stays within, on both sides of 0, with this probability: by Newton's method. */
export function normalBound(level: number): number {
  // By the smaller of the two probabilities, which has all its digits.
  const missing =
    level < 0.5
      ? (z: number) => level / 2 - quadrature(density, 0, z, 8)
      : (z: number) => quadrature(density, z, FURTHEST, 32) - (1 - level) / 2;
  let z = 0;
  // From below, where the distribution is concave, no step goes too far.
  for (let step = 0; step < 60; step++) {
    const change = missing(z) / density(z);
    z += change;
    if (Math.abs(change) < 1e-14 * z) break;
  }
  return z;
}

/**
 * The bound of Student's t distribution for a level, as a function of the degrees of freedom (any positive number): the t that |T| stays within with
 * this probability, to 1e-10 of itself.
 */
export function studentBound(level: number): (freedom: number) => number {
  const z = normalBound(level);
  const logTail = Math.log1p(-level);
  return (freedom) => {
    let t = expanded(z, freedom);
    // Here the first term that the expansion leaves out is below 1e-11.
    if (freedom > 40 * (1 + z * z)) return t;
    const tail = studentTail(freedom);
    // log P(|T| > t) is concave in log t, so after its first step Newton's method approaches from above.
    for (let step = 0; step < 100; step++) {
      const { log, slope } = tail(t);
      const change = (logTail - log) / slope;
      t *= Math.exp(change);
      if (Math.abs(change) < 1e-11) break;
    }
    return t;
  };
}

/** Fisher and Cornish 1960; Abramowitz and Stegun 1964, 26.7.5. */
function expanded(z: number, freedom: number): number {
  const s = z * z;
  const terms = [
    (s + 1) / 4,
    (5 * s ** 2 + 16 * s + 3) / 96,
    (3 * s ** 3 + 19 * s ** 2 + 17 * s - 15) / 384,
    (79 * s ** 4 + 776 * s ** 3 + 1482 * s ** 2 - 1920 * s - 945) / 92160,
  ];
  return z * terms.reduceRight((sum, term) => (sum + term) / freedom, 0) + z;
}

/** log P(|T| > t) = log I_x(ν / 2, ½) with x = ν / (ν + t²), and its slope in log t. */
function studentTail(freedom: number): (t: number) => { log: number; slope: number } {
  const a = freedom / 2;
  const logBeta = logGamma(a) + Math.log(Math.PI) / 2 - logGamma(a + 0.5);
  return (t) => {
    const ratio = (t * t) / freedom;
    const [x, y] = [1 / (1 + ratio), 1 / (1 + 1 / ratio)];
    // x^a y^½ / B(a, ½)
    const power = Math.exp(-a * Math.log1p(ratio) - logBeta) * Math.sqrt(y);
    const tail =
      x < (a + 1) / (a + 2.5)
        ? (power / a) * betaFraction(x, a, 0.5)
        : 1 - 2 * power * betaFraction(y, 0.5, a);
    return { log: Math.log(tail), slope: (-2 * power) / tail };
  };
}

/** The continued fraction of the incomplete beta function (DLMF 8.17.22), by Lentz's method; for x < (a + 1) / (a + b + 2). */
function betaFraction(x: number, a: number, b: number): number {
  let [value, c, d] = [1, 1, 0];
  for (let k = 1; k < 10_000; k++) {
    const m = k >> 1;
    const factor = k % 2 === 0 ? m * (b - m) : -(a + m) * (a + b + m);
    const term = (factor * x) / ((a + k - 1) * (a + k));
    d = 1 / (1 + term * d);
    c = 1 + term / c;
    value *= c * d;
    if (Math.abs(c * d - 1) < 1e-15) break;
  }
  return 1 / value;
}

/** log Γ(x) for x > 0: Stirling's series, from where its remainder is below 1e-15. */
function logGamma(x: number): number {
  let [at, product] = [x, 1];
  for (; at < 15; at++) product *= at;
  const s = 1 / (at * at);
  const series = (1 / 12 - s * (1 / 360 - s * (1 / 1260 - s * (1 / 1680 - s / 1188)))) / at;
  return (at - 0.5) * Math.log(at) - at + Math.log(2 * Math.PI) / 2 + series - Math.log(product);
}
