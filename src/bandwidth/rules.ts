/** Bandwidths by rules of thumb: one formula each, from the spread of the keys and their number. */
import type { Matrix } from "../data.ts";
import { NadarayaError } from "../errors.ts";

export type RuleOfThumb = "scott" | "silverman";

const factors: Record<RuleOfThumb, { one: number; several: (d: number) => number }> = {
  /** Scott 1992; R's bw.nrd in one coordinate. */
  scott: { one: 1.06, several: () => 1 },
  /** Silverman 1986, (3.31) and (4.14); R's bw.nrd0 in one coordinate. */
  silverman: { one: 0.9, several: (d) => (4 / (d + 2)) ** (1 / (d + 4)) },
};

export const isRuleOfThumb = (name: string): name is RuleOfThumb => Object.hasOwn(factors, name);

/**
 * One bandwidth per coordinate. One coordinate: factor · min(σ, IQR / 1.34) · n^(−1/5). Several:
 * factor · σⱼ · n^(−1/(d+4)).
 * @throws NadarayaError "invalid-bandwidth" for fewer than 2 keys, or keys without spread.
 */
export function bandwidthByRule(rule: RuleOfThumb, keys: Matrix): number[] {
  const { count: n, dims } = keys;
  const { one, several } = factors[rule];
  return Array.from({ length: dims }, (_, j) => {
    const column = Float64Array.from({ length: n }, (_, i) => keys.data[i * dims + j]);
    const bandwidth =
      dims === 1
        ? one * robustSpread(column) * n ** -0.2
        : several(dims) * deviation(column) * n ** (-1 / (dims + 4));
    if (!(bandwidth > 0)) {
      throw new NadarayaError(
        "invalid-bandwidth",
        `bandwidth "${rule}" needs keys that differ; coordinate ${j} of the ${n} keys has no spread`,
      );
    }
    return bandwidth;
  });
}

/** The sample standard deviation, with n − 1. */
export function deviation(column: Float64Array): number {
  const n = column.length;
  let mean = 0;
  for (const x of column) mean += (x - column[0]) / n;
  let squares = 0;
  for (const x of column) squares += (x - column[0] - mean) ** 2;
  return Math.sqrt(squares / (n - 1));
}

/** min(σ, IQR / 1.34), or σ where the quartiles coincide. */
function robustSpread(column: Float64Array): number {
  const sorted = column.slice().sort();
  const iqr = quantile(sorted, 0.75) - quantile(sorted, 0.25);
  const sigma = deviation(column);
  return iqr > 0 ? Math.min(sigma, iqr / 1.34) : sigma;
}

/** Linear interpolation between order statistics (R's type 7). */
export function quantile(sorted: Float64Array, p: number): number {
  const at = (sorted.length - 1) * p;
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
}
