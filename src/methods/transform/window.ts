/**
 * The one-coordinate arithmetic of the fast Gauss transform on a grid: a window w with compact support and taps T such
 * that, for points at x and y in steps of the grid,
 *
 *   Σᵢⱼ w(x − i) T(i − j) w(j − y) ≈ exp(−(x − y)² δ² / 2),        δ the step in bandwidths.
 *
 * w is the "exponential of semicircle" (Barnett, Magland and af Klinteberg 2019), as polynomials; T is what the
 * Gaussian's Fourier transform leaves when it is divided by w's, twice (Kunis, Potts and Steidl 2006). How far the
 * left side is from the right is measured here too, and every bound of the method is made of it. Other taps make powers of the
 * difference times the Gaussian: t exp(−t²/2) and so on have Fourier transforms that fall as fast.
 */

export interface Window {
  /** Grid points that a point touches on each axis; even. */
  readonly width: number;
  /** Grid step δ in bandwidths. */
  readonly spacing: number;
  /** w(x) = exp(β (√(1 − (2x/width)²) − 1)). */
  readonly beta: number;
  /**
   * w on the cell next to the middle, and outwards, as polynomials of s ∈ [−½, ½]: for pair p the coefficients
   * s⁰, s¹, … of w(p + ½ − s), whose mirror w(−p − ½ − s) has the same with s → −s.
   */
  readonly polynomials: readonly Float64Array[];
  /** T(0), T(1), … T(reach). */
  readonly taps: Float64Array;
  /** For p = 0, 1, … T(−reach) … T(reach) of tᵖ exp(−t²/2), t = (y − x) δ the way from the query to the key. */
  readonly momentTaps: readonly Float64Array[];
  /** The largest difference of the two sides. */
  readonly error: number;
  /** For points whose cells are o apart: errors[o] bounds the difference of the two sides, largest[o] either side. */
  readonly errors: Float64Array;
  readonly largest: Float64Array;
}

/** Beyond this many bandwidths a weight is below 1e−16, or its product with the fourth power of the distance. */
const REACH = { weights: 8.6, moments: 9.6 } as const;
/** Window widths with the grid step and the shape parameter that serve them best, found by trying; and what their error is at least. */
const SHAPES = [
  { width: 6, spacing: 0.5, beta: 2.4, least: 6.2e-6 },
  { width: 8, spacing: 0.4, beta: 2.45, least: 3e-8 },
  { width: 8, spacing: 0.35, beta: 2.6, least: 1.3e-8 },
  { width: 10, spacing: 0.4, beta: 2.35, least: 4.5e-10 },
  { width: 12, spacing: 0.35, beta: 2.4, least: 2.6e-12 },
  { width: 14, spacing: 0.35, beta: 2.3, least: 0 },
] as const;
/** The same where weights are multiplied by powers of differences, whose transforms reach further. */
const MOMENT_SHAPES = [
  { width: 8, spacing: 0.4, beta: 2.25, least: 9.5e-8 },
  { width: 8, spacing: 0.35, beta: 2.35, least: 4.9e-8 },
  { width: 10, spacing: 0.35, beta: 2.3, least: 8.3e-10 },
  { width: 12, spacing: 0.35, beta: 2.25, least: 1.2e-11 },
  { width: 12, spacing: 0.3, beta: 2.4, least: 2.5e-12 },
  { width: 14, spacing: 0.3, beta: 2.35, least: 3.9e-14 },
  { width: 16, spacing: 0.3, beta: 2.25, least: 0 },
] as const;

const windows = new Map<string, Window>();

/**
 * The cheapest window whose error stays below `error`; undefined where none does. One takes some 20 ms to make: others are not made.
 * @param power the highest power of differences that weights are multiplied by
 */
export function windowFor(error: number, power = 0): Window | undefined {
  for (const [index, shape] of (power > 0 ? MOMENT_SHAPES : SHAPES).entries()) {
    if (shape.least > error) continue;
    const name = `${index} ${power}`;
    const window = windows.get(name) ?? make(shape.width, shape.spacing, shape.beta * shape.width, power);
    windows.set(name, window);
    if (window.error <= error) return window;
  }
  return undefined;
}

function make(width: number, spacing: number, beta: number, power: number): Window {
  const half = width / 2;
  const w = semicircle(half, beta);
  const polynomials = Array.from({ length: half }, (_, pair) =>
    chebyshevFit((s) => w(pair + 0.5 - s), width - 1),
  );
  const momentTaps = deconvolvedTaps(w, half, spacing, power);
  const taps = momentTaps[0].slice((momentTaps[0].length - 1) / 2);
  const weights = (s: number) => weightsAt(polynomials, s);
  const measured = measuredError(width, spacing, weights, momentTaps);
  return { width, spacing, beta, polynomials, taps, momentTaps, ...measured };
}

const semicircle = (half: number, beta: number) => (x: number) => {
  const z = 1 - (x / half) ** 2;
  return z > 0 ? Math.exp(beta * (Math.sqrt(z) - 1)) : 0;
};

/** Of windows that are in use. */
const exact = new WeakMap<Window, Pick<Window, "errors" | "largest">>();

/** The window's errors where w is computed as it is, without polynomials. */
export function exactErrors(window: Window): Pick<Window, "errors" | "largest"> {
  const known = exact.get(window) ?? measureExactErrors(window);
  exact.set(window, known);
  return known;
}

function measureExactErrors({
  width,
  spacing,
  beta,
  momentTaps,
}: Window): Pick<Window, "errors" | "largest"> {
  const w = semicircle(width / 2, beta);
  const weights = (s: number) => Float64Array.from({ length: width }, (_, i) => w(i - width / 2 + 0.5 - s));
  return measuredError(width, spacing, weights, momentTaps);
}

/**
 * T(k) = 1/2π ∫ Ĝ(ω) / ŵ(ω)² e^(iωk) dω, by the trapezoidal rule, which converges fast on periodic functions; the transform of
 * tᵖ exp(−t²/2) is (−i)ᵖ √2π Heₚ(ν) exp(−ν²/2), with Hermite's polynomials.
 */
function deconvolvedTaps(
  w: (x: number) => number,
  half: number,
  spacing: number,
  most: number,
): readonly Float64Array[] {
  const steps = 256;
  const points = 512;
  const windowHat = Float64Array.from({ length: steps + 1 }, (_, i) => {
    let sum = 0;
    for (let p = 0; p < points; p++) {
      const x = ((p + 0.5) / points - 0.5) * 2 * half;
      sum += w(x) * Math.cos(((Math.PI * i) / steps) * x);
    }
    return (sum * 2 * half) / points;
  });
  const reach = Math.ceil((most > 0 ? REACH.moments : REACH.weights) / spacing);
  return Array.from({ length: most + 1 }, (_, power) => {
    const transformed = windowHat.map((hat, i) => {
      let sum = 0;
      for (let m = -2; m <= 2; m++) {
        const nu = ((Math.PI * i) / steps + 2 * Math.PI * m) / spacing;
        sum += hermite(power, nu) * Math.exp(-(nu * nu) / 2);
      }
      return ((Math.sqrt(2 * Math.PI) / spacing) * sum) / hat ** 2;
    });
    // Of e^(iωk) the even powers keep the cosine, the odd ones the sine; and t runs against x − y.
    const wave = power % 2 === 0 ? Math.cos : Math.sin;
    const sign = (power % 4 < 2 ? 1 : -1) * (power % 2 === 0 ? 1 : -1);
    return Float64Array.from({ length: 2 * reach + 1 }, (_, at) => {
      let sum = 0;
      for (let i = 0; i <= steps; i++) {
        const weight = i === 0 || i === steps ? 0.5 : 1;
        sum += weight * transformed[i] * wave((Math.PI * i * (at - reach)) / steps);
      }
      return (sign * sum) / steps;
    });
  });
}

/** Heₚ(x): He₀ = 1, He₁ = x, Heₚ₊₁ = x Heₚ − p Heₚ₋₁. */
function hermite(power: number, x: number): number {
  let [before, now] = [0, 1];
  for (let p = 0; p < power; p++) [before, now] = [now, x * now - p * before];
  return now;
}

/** Phases of a point in its cell at which the error is searched for. */
const PHASES = 24;
/** Between two of those phases the error may be larger than at either, by less than this factor. */
const BETWEEN = 1.25;
/** The same of tᵖ exp(−t²/2) itself, whose largest value may lie between: by half of a phase's step squared. */
const PEAK = 1.001;

function measuredError(
  width: number,
  spacing: number,
  weightsOf: (s: number) => Float64Array,
  momentTaps: readonly Float64Array[],
): Pick<Window, "error" | "errors" | "largest"> {
  const phases = Array.from({ length: PHASES }, (_, i) => i / (PHASES - 1) - 0.5);
  const weights = phases.map(weightsOf);
  const reach = (momentTaps[0].length - 1) / 2;
  const errors = new Float64Array(reach + width + 1);
  const largest = new Float64Array(errors.length);
  const seen = new Float64Array(width);
  for (const [power, taps] of momentTaps.entries())
    for (let offset = 0; offset < errors.length; offset++)
      for (const [b, key] of weights.entries()) {
        // What the key leaves on the grid points of a query's cell, then what queries of each phase see of it.
        for (let i = 0; i < width; i++) {
          seen[i] = 0;
          for (let j = 0; j < width; j++) {
            const tap = offset + i - j;
            if (Math.abs(tap) <= reach) seen[i] += key[j] * taps[reach + tap];
          }
        }
        for (const [a, query] of weights.entries()) {
          const t = -(offset + phases[a] - phases[b]) * spacing;
          const exact = t ** power * Math.exp((-t * t) / 2);
          let approximate = 0;
          for (let i = 0; i < width; i++) approximate += query[i] * seen[i];
          errors[offset] = Math.max(errors[offset], Math.abs(approximate - exact));
          largest[offset] = Math.max(largest[offset], Math.abs(exact));
        }
      }
  for (let offset = 0; offset < errors.length; offset++) {
    errors[offset] *= BETWEEN;
    largest[offset] = largest[offset] * PEAK + errors[offset];
  }
  return { error: Math.max(...errors), errors, largest };
}

/** w at the grid points −width/2 + 1 … width/2 of a cell's lower corner, for a point s from the cell's middle. */
export function weightsAt(polynomials: readonly Float64Array[], s: number): Float64Array {
  const half = polynomials.length;
  const weights = new Float64Array(2 * half);
  const at = (coefficients: Float64Array, x: number) => coefficients.reduceRight((sum, c) => sum * x + c, 0);
  for (let pair = 0; pair < half; pair++) {
    weights[half + pair] = at(polynomials[pair], s);
    weights[half - 1 - pair] = at(polynomials[pair], -s);
  }
  return weights;
}

/** The polynomial of degree `degree` through f at the Chebyshev nodes of [−½, ½], as coefficients of s⁰, s¹, … */
export function chebyshevFit(f: (s: number) => number, degree: number): Float64Array {
  const count = degree + 1;
  const node = (i: number) => Math.cos((Math.PI * (i + 0.5)) / count);
  const values = Array.from({ length: count }, (_, i) => f(node(i) / 2));
  const result = new Float64Array(count);
  // T₀, T₁, … in powers of x = 2s, by their recurrence.
  let before = new Float64Array(count);
  let now = new Float64Array(count);
  now[0] = 1;
  for (let k = 0; k < count; k++) {
    let c = 0;
    for (let i = 0; i < count; i++) c += values[i] * Math.cos((Math.PI * k * (i + 0.5)) / count);
    c *= (k === 0 ? 1 : 2) / count;
    for (let power = 0; power <= k; power++) result[power] += c * now[power] * 2 ** power;
    const next = new Float64Array(count);
    for (let power = 0; power < count - 1; power++) next[power + 1] = (k === 0 ? 1 : 2) * now[power];
    for (let power = 0; power < count; power++) next[power] -= k === 0 ? 0 : before[power];
    [before, now] = [now, next];
  }
  return result;
}
