/** Fits local polynomials over the engine's sums: asks for the moments, solves at every query, and again where digits lack. */
import { centred, type Matrix, rowsOf } from "../data.ts";
import type { Sums, SumsOptions } from "../engine/types.ts";
import { NadarayaError } from "../errors.ts";
import { type MomentMeans, MomentSums } from "../moment-sums.ts";
import { problemOf, type Weighing } from "../weighing.ts";
import { type FitMoments, fitMoments, solver } from "./local-polynomial.ts";

/** A system whose least pivot is below this share is solved again from float64's sums: f32's leave 1e-7 over it. */
const TRUSTED_PIVOT = 0.1;
/** Below this it is singular even so. */
const SINGULAR_PIVOT = 1e-12;
/** Monomials weigh what lies far out, so less of it may be left out than of the weights alone. */
const SHARE_OF_TOLERANCE = 1e-3;

export interface LocalFitResult {
  /** m × columns, row-major; NaN where no key is in reach. */
  readonly mean: Float64Array;
  /** m × columns × coordinates, row-major: per unit of the coordinate. */
  readonly gradient: Float64Array;
  /**
   * m × basis, row-major: the coefficients that weigh a key's monomials in the mean, so that the mean is Σ vᵢ αᵢ Σₐ row[a]·tᵢᵃ over
   * Σ α.
   */
  readonly row: Float64Array;
  /** log Σ α of every query. */
  readonly logSums: Float64Array;
  readonly sums: readonly Omit<Sums, "mean">[];
  /** Queries around which the keys do not span the polynomial: the directions that they lack were left flat. */
  readonly singular: number;
}

export class LocalFit {
  readonly fit: FitMoments;
  private readonly weighing: Weighing;
  /** The unit of the moments' differences. */
  private readonly bandwidth: readonly number[];
  private readonly degree: number;
  private readonly centred: Matrix;
  private readonly means: Float64Array;
  private readonly momentSums: MomentSums;

  /** @throws NadarayaError "unsupported" for a kernel whose local means have no gradient here, or too many coordinates. */
  constructor(weighing: Weighing, values: Matrix, degree: number) {
    const { kernel, keys, keyWidths, neighbours, categories } = weighing;
    const refuse = (message: string) => new NadarayaError("unsupported", message);
    if (kernel.sphere || categories || keys.dims > 8) {
      const what = categories
        ? "categories"
        : kernel.sphere
          ? `the kernel "${kernel.name}"`
          : `${keys.dims} coordinates`;
      throw refuse(
        `degree ${degree} and gradients are available in up to 8 coordinates off the sphere, not for ${what}`,
      );
    }
    if (degree === 0 && kernel.name !== "gaussian") {
      throw refuse(
        `the gradient of a local mean is available for the kernel "gaussian", not for "${kernel.name}"; degree 1 has one for every kernel`,
      );
    }
    if (degree === 0 && (keyWidths || neighbours !== undefined)) {
      const what = keyWidths ? "adaptive widths" : "neighbours";
      throw refuse(
        `the gradient of a local mean is available for one bandwidth, not with ${what}; degree 1 has one`,
      );
    }
    this.weighing = weighing;
    this.bandwidth = problemOf(weighing, values).bandwidth;
    this.degree = degree;
    ({ values: this.centred, means: this.means } = centred(values));
    this.fit = fitMoments(keys.dims, degree, values.dims, values.dims > 0);
    this.momentSums = new MomentSums(weighing, this.centred, this.fit.moments);
  }

  async predict(queries: Matrix, asked: SumsOptions): Promise<LocalFitResult> {
    const { weighing, centred, fit, means, bandwidth } = this;
    const { dims } = queries;
    const columns = centred.dims;
    const size = fit.basis.length;
    const options = { ...asked, tolerance: asked.tolerance * SHARE_OF_TOLERANCE };
    const mean = new Float64Array(queries.count * columns);
    const gradient = new Float64Array(queries.count * columns * dims);
    const row = new Float64Array(queries.count * size);
    const { moments, sums, logSums } = await this.moments(queries, options);
    const single = weighing.engine.info.backend === "webgpu" && sums.some(({ method }) => method === "dense");
    const unsure: number[] = [];
    let singular = 0;
    const { solve } = solver(fit);
    const coefficients = new Float64Array(columns * size);
    const write = (q: number, own: Float64Array, leastPivot: number) => {
      const pivot = solve(own, coefficients, row.subarray(q * size, (q + 1) * size));
      if (pivot < leastPivot) return unsure.push(q);
      if (pivot < SINGULAR_PIVOT) singular++;
      for (let c = 0; c < columns; c++) {
        const at = c * size;
        mean[q * columns + c] = Number.isNaN(own[0]) ? NaN : means[c] + coefficients[at];
        for (let j = 0; j < dims; j++) {
          const slope = this.degree > 0 ? coefficients[at + 1 + j] : this.slopeOfMean(own, c, j);
          gradient[(q * columns + c) * dims + j] = slope / bandwidth[j];
        }
      }
      return 0;
    };
    const width = fit.moments.length;
    for (let q = 0; q < queries.count; q++)
      write(q, moments.subarray(q * width, (q + 1) * width), single ? TRUSTED_PIVOT : 0);
    if (unsure.length > 0) {
      const again = unsure.splice(0);
      const exactly = { method: "cull", tolerance: 1e-14, signal: asked.signal } as const;
      const exact = await this.moments(rowsOf(queries, again), exactly);
      for (const [i, q] of again.entries()) {
        write(q, exact.moments.subarray(i * width, (i + 1) * width), 0);
        logSums[q] = exact.logSums[i];
      }
      sums.push(...exact.sums.map((each) => ({ ...each, rescued: again.length, empty: [] })));
    }
    return { mean, gradient, row, logSums, sums, singular };
  }

  /** The fit at every key, and the weight of its own value in it: the diagonal of the smoother. */
  async atKeys(asked: SumsOptions): Promise<{ mean: Float64Array; leverage: Float64Array }> {
    const { keys, kernel, shape, keyWeights } = this.weighing;
    const { mean, row, logSums } = await this.predict(keys, asked);
    const size = this.fit.basis.length;
    const atZero = kernel.alpha(0) ** (shape === "product" ? keys.dims : 1);
    const leverage = logSums.map(
      (log, i) => row[i * size] * (keyWeights ? keyWeights[i] : 1) * atZero * Math.exp(-log),
    );
    return { mean, leverage };
  }

  /** ∂/∂q of Σ α v / Σ α for the Gaussian: (E[t v] − E[t] E[v]) / h, E the weighted mean. */
  private slopeOfMean(own: Float64Array, column: number, j: number): number {
    // At degree 0 the keys' moments are the coordinates themselves, in their order.
    const { value } = this.fit;
    return own[value[column][1 + j]] - own[j] * own[value[column][0]];
  }

  /** The weighted means of all moments, m × moments. */
  moments(queries: Matrix, options: SumsOptions): Promise<MomentMeans> {
    return this.momentSums.at(queries, options);
  }

  dispose(): void {
    this.momentSums.dispose();
  }
}
