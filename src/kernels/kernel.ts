/**
 * What a kernel is. u ≥ 0 is the distance between a query and a key in units of the bandwidth. α need not be normalised; the integrals that
 * densities divide by are in integrals.ts.
 */

export interface Kernel {
  readonly name: string;
  /** α(u), in float64. */
  readonly alpha: (u: number) => number;
  /** log α(u), finite wherever α > 0 in exact arithmetic, −Infinity outside the support. */
  readonly logAlpha: (u: number) => number;
  /**
   * log α(u + change) − log α(u) with the digits that a difference of two large logarithms has lost; `squared` is (u + change)² − u². Absent
   * where that difference is as good.
   */
  readonly logRatio?: (u: number, change: number, squared: number) => number;
  /**
   * How α falls for large u. "exponential": it underflows, and sums far from all keys are taken in float64;
   * "compact": it is 0 for u > 1; "power": it falls slowly; "flat": it does not fall.
   */
  readonly tail: "exponential" | "compact" | "power" | "flat";
  /** True where α jumps to 0 at the edge of its support. */
  readonly jumps?: boolean;
  /** Keys and queries are unit vectors, and the bandwidth is the temperature τ of exp(q·k/τ). */
  readonly sphere?: boolean;
  /** α(u) = Σ polynomial[p] uᵖ on its support 0 ≤ u ≤ 1, where it is one. */
  readonly polynomial?: readonly number[];
  /** Where α is a polynomial times an exponential. */
  readonly exponential?: ExponentialKernel;
  /** The kernel whose square this is. */
  readonly squareOf?: Kernel;
  readonly shader: KernelShader;
}

/** α(u) = Σ polynomial[p] aᵖ e^−a with a = rate · u. */
export interface ExponentialKernel {
  readonly rate: number;
  readonly polynomial: readonly number[];
}

/** α in WGSL. The engine multiplies coordinates by `scale` once, so that constants cost nothing per pair. */
export interface KernelShader {
  /** What the code sees as `x`: the squared scaled distance (scale·u)², or the scaled distance scale·u. */
  readonly argument: "squared" | "distance";
  readonly scale: number;
  /** Statements that end in `return`, of a function of `x: V` to V, where V is f32 or a vector of them. */
  readonly body: string;
  /** An expression in x, of a caller's kernel: the body calls it as `inside(x)`. */
  readonly inside?: string;
  /** The body as a function of x in float64, of a caller's kernel: the engine compares it with α. */
  readonly evaluate?: (x: number) => number;
}

/** "radial": α of the distance over all coordinates; "product": the product of α over the coordinates. */
export type Shape = "radial" | "product";
