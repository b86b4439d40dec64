/** How well a regression fits the keys that it was made of. */
import { columnMeans, type Matrix, total } from "../../data/matrix.ts";
import type { KernelSpec } from "../../weighting/kernel-spec.ts";
import type { KeyFit } from "../uncertainty/standard-error.ts";

/** Leave-one-out residuals, leverages and criteria of a fitted regression. */
export interface Diagnostics {
  /** For each column the share of the values' variance that the fit explains: 1 − Σ w (v − f̂)² / Σ w (v − v̄)²; NaN for values without variance. */
  readonly rSquared: readonly number[];
  /** The same with every value predicted by the other keys alone; it may be negative. */
  readonly leaveOneOutRSquared: readonly number[];
  /** tr H, the trace of the smoother: how many parameters the fit is worth. */
  readonly effectiveParameters: number;
  /** n − tr H. */
  readonly residualDegreesOfFreedom: number;
  /**
   * For each column √(Σ w (v − f̂)² / (n − tr H)), in the values' units; w is scaled to a mean of 1, except precisions: with these it is the σ of a
   * row of weight 1. NaN if the fit passes through all values, which leaves no freedom.
   */
  readonly residualStandardError: readonly number[];
  /** v − f̂ at every key: n × columns, row-major, in the values' units. */
  readonly residuals: Float64Array;
  /** v minus what all other keys predict there: n × columns, row-major; NaN where no other key is in reach. */
  readonly leaveOneOutResiduals: Float64Array;
  /** Hᵢᵢ of every key: how far its own prediction moves if its value moves by 1. 1 where the fit passes through the value whatever it is. */
  readonly leverages: Float64Array;
}

/** Residual freedom below this share of the rows leaves residuals that are rounding. */
const USED_UP = 1e-9;

/** @param spec whose sample weights may be numbers of rows, or precisions */
export function diagnose(
  values: Matrix,
  { mean, meanWithout, leverage, free }: KeyFit,
  weights: Float64Array | undefined,
  { copies, precisions }: Pick<KernelSpec, "copies" | "precisions">,
): Diagnostics {
  const { data, dims } = values;
  const count = copies ? total(copies) : values.count;
  const scale = weights && !precisions ? count / total(weights) : 1;
  const weight = (i: number) => (weights ? scale * weights[i] : 1);
  const centre = columnMeans(values, weights);
  // Sums of 1 − H keep the digits that n − tr H loses.
  let freedom = 0;
  for (const [i, part] of free.entries()) freedom += copies ? copies[i] * part : part;
  const isUsedUp = !(freedom > USED_UP * count);
  const columns = Array.from({ length: dims }, (_, c) => {
    // In the unit of the largest deviation: squares of very small numbers are 0.
    let unit = 0;
    for (let i = 0; i < values.count; i++) unit = Math.max(unit, Math.abs(data[i * dims + c] - data[c]));
    let [all, residual, without] = [0, 0, 0];
    for (let i = 0; i < values.count; i++) {
      const v = data[i * dims + c];
      all += weight(i) * ((v - centre[c]) / unit) ** 2;
      residual += weight(i) * ((v - mean[i * dims + c]) / unit) ** 2;
      // Where no other key is in reach, the mean of all is the guess.
      const guess = meanWithout[i * dims + c];
      without += weight(i) * ((v - (Number.isNaN(guess) ? centre[c] : guess)) / unit) ** 2;
    }
    const isConstant = unit === 0;
    const error = isConstant ? 0 : unit * Math.sqrt(residual / freedom);
    return {
      rSquared: isConstant ? Number.NaN : 1 - residual / all,
      leaveOneOutRSquared: isConstant ? Number.NaN : 1 - without / all,
      residualStandardError: isUsedUp ? Number.NaN : error,
    };
  });
  return {
    rSquared: columns.map((column) => column.rSquared),
    leaveOneOutRSquared: columns.map((column) => column.leaveOneOutRSquared),
    effectiveParameters: count - freedom,
    residualDegreesOfFreedom: freedom,
    residualStandardError: columns.map((column) => column.residualStandardError),
    residuals: data.map((v, i) => v - mean[i]),
    leaveOneOutResiduals: data.map((v, i) => v - meanWithout[i]),
    leverages: leverage.slice(),
  };
}
