/**
 * Fits local polynomials over the engine's sums: the moments, a small system for every query; and where that is nearly
 * singular, least squares over the query's keys themselves, in float64.
 */

import { NadarayaError } from "../../common/errors.ts";
import { createYielder } from "../../common/yield.ts";
import { centred, type Matrix, noColumns, total } from "../../data/matrix.ts";
import { isGaussian } from "../../kernels/builtin.ts";
import { logSumOf } from "../../methods/cull/neighbour-means.ts";
import { momentUnits } from "../../methods/transform/recentre.ts";
import {
  type EachQueryOptions,
  type QueryWeights,
  type RunOptions,
  type Sums,
  type SumsOptions,
  weightMatrix,
} from "../../problem/problem.ts";
import { type KernelSpec, problemOf, withProblem } from "../../weighting/kernel-spec.ts";
import { type MomentMeans, MomentSums } from "../../weighting/moment-sums.ts";
import { type Determined, minimumNormFit } from "./minimum-norm.ts";
import { type FitMoments, fitMoments, solver } from "./moments.ts";

/**
 * Systems whose least pivot is below this share of their diagonal (for "expand", of the weights) do not tell the slopes, and are solved
 * from the keys.
 */
const LEAST_PIVOT = { single: 0.1, double: 1e-6, cull: 1e-4, expand: 1e-4 } as const;
/** So are systems whose slopes may be decided by keys that are negligible beside one at the query itself. */
const LEAST_OF_SCALE = 1e-9;
/**
 * So are systems that make more of their moments' errors: moments are known to 1e-7 in single precision, to 1e-15 in double, and by "cull" and
 * "expand" to a thousandth of the tolerance; a mean to 1e-5, 1e-8 and the tolerance.
 */
const MOST_AMPLIFIED = { single: 1e2, double: 1e7, cull: 1e3, expand: 1e2 } as const;
/**
 * Keys lighter than this share of the heaviest, over their number, are left out if a query is solved from its keys: they are below what rounding
 * leaves of the sums, and would decide the slopes far from all keys.
 */
const NEGLIGIBLE = 1e-14;
/** What others weigh together is negligible beside a key whose 1 − H is below this: see `NEGLIGIBLE`. */
const LEAST_FREE = 1e-13;
/** Above this leverage of a key, leaving it out by a formula loses digits. */
const MOST_LEVERAGE = 0.8;
/** Queries between two looks at the clock. */
const QUERIES_AT_ONCE = 256;
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
  /** Σ l² of the queries that were solved from their keys, l the weights of the mean; NaN for others. */
  readonly squares: Float64Array;
  readonly sums: readonly Omit<Sums, "mean">[];
  /** Queries around which the keys do not determine the polynomial: it was left flat where they do not. */
  readonly singular: number;
  /** Queries that were solved from their keys. */
  readonly again: number;
}

/** Fits one query by its keys. */
interface KeysOfQuery {
  readonly found: QueryWeights;
  solve(coefficients: Float64Array, row: Float64Array): Determined;
  /** After `solve`, the weight of each key found in the mean: they sum to 1, and may be negative. */
  weigh(weights: Float64Array): void;
  /** After `solve`, Σ l² of these weights; rows for which one key stands count one by one, and of precisions p it is Σ l² / p. */
  sumOfSquares(): number;
}

type MomentPrecision = keyof typeof LEAST_PIVOT;

/** What moments are known to: see `LEAST_PIVOT`. */
export function precisionOf(sums: readonly Pick<Sums, "method" | "precision">[]): MomentPrecision {
  if (sums.some(({ precision }) => precision === "single")) return "single";
  return (["expand", "cull"] as const).find((name) => sums.some(({ method }) => method === name)) ?? "double";
}

/** log Σ α of the keys found. */
function logOf({ weights, count, scale }: QueryWeights): number {
  let total = 0;
  for (let i = 0; i < count; i++) total += weights[i];
  return logSumOf(scale, total);
}

const MOST_DIMS = 8;

/** Whether a local line can be fitted to keys like these. */
export const hasLines = ({ kernel, categories, keys }: KernelSpec): boolean =>
  !kernel.sphere && !categories && keys.dims <= MOST_DIMS;

/** The keys that weigh at least this share of the heaviest row, of which each key may stand for several. */
function withoutNegligible(found: QueryWeights, share: number, copies?: Float64Array): QueryWeights {
  const { keys, weights, count, scale } = found;
  const ofOne = (i: number) => weights[i] / (copies ? copies[keys[i]] : 1);
  let heaviest = 0;
  for (let i = 0; i < count; i++) heaviest = Math.max(heaviest, ofOne(i));
  const kept: number[] = [];
  for (let i = 0; i < count; i++) if (ofOne(i) >= share * heaviest) kept.push(i);
  if (kept.length === count) return found;
  return {
    keys: Uint32Array.from(kept, (i) => keys[i]),
    weights: Float64Array.from(kept, (i) => weights[i]),
    count: kept.length,
    scale,
  };
}

export class LocalFit {
  readonly fit: FitMoments;
  private readonly spec: KernelSpec;
  /** The unit of the moments' differences. */
  private readonly bandwidth: readonly number[];
  private readonly degree: number;
  private readonly centred: Matrix;
  private readonly means: Float64Array;
  /** The largest value of each column, centred. */
  private readonly largest: Float64Array;
  /** For each basis function, the size of what "expand" knows it by. */
  private readonly scale: Float64Array;
  private readonly momentSums: MomentSums;

  /** @throws NadarayaError "unsupported" for a kernel whose local means have no gradient here, or too many coordinates. */
  constructor(spec: KernelSpec, values: Matrix, degree: number) {
    const { kernel, keys, keyBandwidthFactors, neighbours, categories } = spec;
    const refuse = (message: string) => new NadarayaError("unsupported", message);
    if (!hasLines(spec)) {
      const what = categories
        ? "categories"
        : kernel.sphere
          ? `the kernel "${kernel.name}"`
          : `${keys.dims} coordinates`;
      throw refuse(
        `degree ${degree} and gradients are available in up to ${MOST_DIMS} coordinates off the sphere, not for ${what}`,
      );
    }
    if (degree === 0 && !isGaussian(kernel)) {
      throw refuse(
        `the gradient of a local mean is available for the kernel "gaussian", not for "${kernel.name}"; degree 1 has one for every kernel`,
      );
    }
    if (degree === 0 && (keyBandwidthFactors || neighbours !== undefined)) {
      const what = keyBandwidthFactors ? "adaptive bandwidths" : "neighbours";
      throw refuse(
        `the gradient of a local mean is available for one bandwidth, not with ${what}; degree 1 has one`,
      );
    }
    this.spec = spec;
    this.bandwidth = problemOf(spec, values).bandwidth;
    this.degree = degree;
    ({ values: this.centred, means: this.means } = centred(values));
    this.largest = new Float64Array(values.dims).fill(Number.MIN_VALUE);
    const { data } = this.centred;
    for (let i = 0; i < data.length; i++) {
      const c = i % values.dims;
      this.largest[c] = Math.max(this.largest[c], Math.abs(data[i]));
    }
    this.fit = fitMoments(keys.dims, degree, values.dims, values.dims > 0);
    const units = momentUnits({ keys, bandwidth: this.bandwidth });
    this.scale = Float64Array.from(this.fit.basis, (powers) =>
      powers.reduce((product, power, j) => product * units[j] ** power, 1),
    );
    this.momentSums = new MomentSums(spec, this.centred, this.fit.moments);
  }

  async predict(queries: Matrix, asked: SumsOptions): Promise<LocalFitResult> {
    const { centred, fit, means, largest, bandwidth } = this;
    const { dims } = queries;
    const columns = centred.dims;
    const size = fit.basis.length;
    const mean = new Float64Array(queries.count * columns).fill(NaN);
    const gradient = new Float64Array(queries.count * columns * dims).fill(NaN);
    const row = new Float64Array(queries.count * size).fill(NaN);
    const squares = new Float64Array(queries.count).fill(NaN);
    const { moments, sums, logSums } = await this.moments(queries, asked);
    const isExpanded = sums.some(({ method }) => method === "expand");
    const kind = precisionOf(sums);
    const [leastPivot, mostAmplified] = [LEAST_PIVOT[kind], MOST_AMPLIFIED[kind]];
    const unsure: number[] = [];
    const { solve } = solver(fit, this.scale);
    const coefficients = new Float64Array(columns * size);
    const rowOf = (q: number) => row.subarray(q * size, (q + 1) * size);
    const write = (q: number, slope: (column: number, j: number) => number) => {
      for (let c = 0; c < columns; c++) {
        mean[q * columns + c] = means[c] + coefficients[c * size];
        for (let j = 0; j < dims; j++) gradient[(q * columns + c) * dims + j] = slope(c, j) / bandwidth[j];
      }
    };
    const scale = isExpanded ? this.scale : new Float64Array(size).fill(1);
    /**
     * What relative errors of the moments are in the mean, as a share of the values: for S β = r, the first row of S⁻¹ times δr − δS β. Sums have
     * errors of their own size; those of "expand" are shares of the weights, and of the keys' extent where bandwidths are wider.
     */
    const amplified = (moments: Float64Array, row: Float64Array): number => {
      let inRow = 0;
      for (let a = 0; a < size; a++) {
        const square = fit.product[a][a];
        if (!isExpanded && square >= 0) scale[a] = Math.sqrt(moments[square]);
        inRow += Math.abs(row[a]) * scale[a];
      }
      let most = 1;
      for (let c = 0; c < columns; c++) {
        let own = 0;
        for (let a = 0; a < size; a++) own += Math.abs(coefficients[c * size + a]) * scale[a];
        most = Math.max(most, 1 + own / largest[c]);
      }
      return inRow * most;
    };
    const slopeOfFit = (column: number, j: number) => coefficients[column * size + 1 + j];
    const width = fit.moments.length;
    const pause = createYielder(asked);
    for (let q = 0; q < queries.count; q++) {
      if (q % QUERIES_AT_ONCE === 0) await pause();
      const sums = moments.subarray(q * width, (q + 1) * width);
      if (logSums[q] === -Infinity) continue; // no key is in reach
      if (this.degree > 0) {
        const { ofDiagonal, ofScale } = solve(sums, coefficients, rowOf(q));
        const isRegular = ofScale > LEAST_OF_SCALE && (isExpanded ? ofScale : ofDiagonal) >= leastPivot;
        if (isRegular && amplified(sums, rowOf(q)) <= mostAmplified) write(q, slopeOfFit);
        else unsure.push(q);
      } else {
        solve(sums, coefficients, rowOf(q));
        write(q, (c, j) => this.slopeOfMean(sums, c, j));
      }
    }
    let singular = 0;
    if (unsure.length > 0) {
      const exact = { indices: unsure, signal: asked.signal };
      await this.fromKeys(queries, exact, (query, keys) => {
        if (keys.solve(coefficients, rowOf(query)) !== "polynomial") singular++;
        write(query, slopeOfFit);
        logSums[query] = logOf(keys.found);
        squares[query] = keys.sumOfSquares();
      });
    }
    return { mean, gradient, row, logSums, squares, sums, singular, again: unsure.length };
  }

  /** Solves single queries from their keys, in float64. */
  private async fromKeys(
    queries: Matrix,
    options: Omit<EachQueryOptions, "tolerance">,
    take: (query: number, keys: KeysOfQuery) => void,
  ): Promise<void> {
    const { spec, centred, fit, bandwidth } = this;
    const { keys, copies, precisions } = spec;
    const divisors = copies ?? precisions;
    const { data, dims } = queries;
    const { solve, weigh } = minimumNormFit(fit.basis, keys, centred, bandwidth);
    const shares = new Float64Array(keys.count);
    const share = NEGLIGIBLE / (copies ? total(copies) : keys.count);
    await withProblem(spec, noColumns(keys), (problem) =>
      problem.eachQuery(queries, { ...options, tolerance: share }, (query, reached) => {
        const point = data.subarray(query * dims, (query + 1) * dims);
        const found = withoutNegligible(reached, share, copies);
        take(query, {
          found,
          solve: (coefficients, row) => solve(point, found, coefficients, row),
          weigh: (weights) => weigh(found, weights),
          sumOfSquares: () => {
            weigh(found, shares);
            let sum = 0;
            for (let i = 0; i < found.count; i++) {
              // Without itself a key stands for one row less.
              const left = copies && options.withoutSelf && found.keys[i] === query ? 1 : 0;
              sum += shares[i] ** 2 / (divisors ? divisors[found.keys[i]] - left : 1);
            }
            return found.count > 0 ? sum : NaN;
          },
        });
      }),
    );
  }

  /**
   * Calls `take` with every query and the weights of its keys in the mean, which sum to 1 and may be negative (the equivalent kernel, Fan and
   * Gijbels 1996, §3.2.2): in float64, from the keys.
   */
  async eachQuery(
    queries: Matrix,
    options: RunOptions,
    take: (query: number, weights: QueryWeights) => void,
  ): Promise<void> {
    const size = this.fit.basis.length;
    const [coefficients, row] = [new Float64Array(this.centred.dims * size), new Float64Array(size)];
    const weights = new Float64Array(this.spec.keys.count);
    await this.fromKeys(queries, options, (query, { found, solve, weigh }) => {
      solve(coefficients, row);
      weigh(weights);
      take(query, { keys: found.keys, weights, count: found.count, scale: 0 });
    });
  }

  /** These weights: keys × queries, row-major; NaN for queries that no key reaches. */
  async weights(queries: Matrix, options: RunOptions): Promise<Float32Array<ArrayBuffer>> {
    const matrix = weightMatrix(this.spec.keys.count, queries.count);
    await this.eachQuery(queries, options, (query, { keys, weights, count }) => {
      for (let k = query; k < matrix.length && count === 0; k += queries.count) matrix[k] = NaN;
      for (let i = 0; i < count; i++) matrix[keys[i] * queries.count + query] = weights[i];
    });
    return matrix;
  }

  /** Σ l² of the queries with these indices, l the weights of the mean: in float64, from the keys. */
  async sumsOfSquares(
    queries: Matrix,
    indices: readonly number[],
    { signal }: RunOptions,
    take: (query: number, sum: number) => void,
  ): Promise<void> {
    if (indices.length === 0) return;
    const size = this.fit.basis.length;
    const [coefficients, row] = [new Float64Array(this.centred.dims * size), new Float64Array(size)];
    await this.fromKeys(queries, { indices, signal }, (query, { solve, sumOfSquares }) => {
      solve(coefficients, row);
      take(query, sumOfSquares());
    });
  }

  /**
   * The fit at every key, with and without it, its leverage and 1 − leverage, and Σ l² of the fit without it, l the other keys'
   * weights in it.
   */
  async leaveOneOut(asked: SumsOptions, squaresOf?: (fitted: LocalFitResult) => Promise<Float64Array>) {
    const { spec, centred, means, fit } = this;
    const { keys, kernel, shape, keyWeights, copies, precisions } = spec;
    const fitted = await this.predict(keys, asked);
    const { mean, row, logSums } = fitted;
    const squares = await squaresOf?.(fitted);
    const size = fit.basis.length;
    const columns = centred.dims;
    const atZero = kernel.alpha(0) ** (shape === "product" ? keys.dims : 1);
    const ownOf = (i: number) => (keyWeights ? keyWeights[i] / (copies ? copies[i] : 1) : 1) * atZero;
    const leverage = logSums.map((log, i) => row[i * size] * ownOf(i) * Math.exp(-log));
    const free = leverage.map((h) => 1 - h);
    const meanWithout = new Float64Array(mean.length);
    const squaresWithout = new Float64Array(keys.count);
    const alone: number[] = [];
    for (let i = 0; i < keys.count; i++) {
      const h = leverage[i];
      if (!(h <= MOST_LEVERAGE)) {
        alone.push(i);
        continue;
      }
      // Least squares without one row: the residual grows by 1 / (1 − H).
      for (let c = 0; c < columns; c++) {
        const value = means[c] + centred.data[i * columns + c];
        meanWithout[i * columns + c] = (mean[i * columns + c] - h * value) / (1 - h);
      }
      if (squares)
        squaresWithout[i] =
          Math.max(squares[i] - (h * h) / (precisions ? precisions[i] : 1), 0) / (1 - h) ** 2;
    }
    const coefficients = new Float64Array(columns * size);
    const ownRow = new Float64Array(size);
    const exact = { indices: alone, withoutSelf: true, signal: asked.signal };
    await this.fromKeys(keys, exact, (i, { found, solve, sumOfSquares }) => {
      const determined = solve(coefficients, ownRow);
      for (let c = 0; c < columns; c++) meanWithout[i * columns + c] = means[c] + coefficients[c * size];
      squaresWithout[i] = sumOfSquares();
      const { weights, count, scale } = found;
      let all = 0;
      for (let k = 0; k < count; k++) all += weights[k];
      // H / (1 − H) is the key's weight times the first entry of the inverse without it. Where the others leave the polynomial's value at the
      // key free, the fit passes through it.
      const part = 1 / (1 + (ownOf(i) * ownRow[0] * Math.exp(-scale)) / all);
      free[i] = determined === "nothing" || part < LEAST_FREE ? 0 : part;
      leverage[i] = 1 - free[i];
    });
    return { mean, meanWithout, leverage, free, squaresWithout };
  }

  /** ∂/∂q of Σ α v / Σ α for the Gaussian: (E[t v] − E[t] E[v]) / h, E the weighted mean. */
  private slopeOfMean(own: Float64Array, column: number, j: number): number {
    // At degree 0 the keys' moments are the coordinates themselves, in their order.
    const { value } = this.fit;
    return own[value[column][1 + j]] - own[j] * own[value[column][0]];
  }

  /** The weighted means of all moments, m × moments. */
  moments(queries: Matrix, options: SumsOptions): Promise<MomentMeans> {
    return this.momentSums.at(queries, { ...options, tolerance: options.tolerance * SHARE_OF_TOLERANCE });
  }

  dispose(): void {
    this.momentSums.dispose();
  }
}
