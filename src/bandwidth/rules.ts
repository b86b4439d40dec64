/** Bandwidths by rules of thumb: one formula each, from the spread of the keys and their number. */
import { type Matrix, total } from "../data.ts";
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
 * factor · σⱼ · n^(−1/(d+4)). With sample weights n is Kish's effective number (Σ w)² / Σ w², and σ and the quartiles are
 * weighted.
 * @throws NadarayaError "invalid-bandwidth" for fewer than 2 keys, or keys without spread.
 */
export function bandwidthByRule(rule: RuleOfThumb, keys: Matrix, weights?: Float64Array): number[] {
  const { count, dims } = keys;
  const n = weights ? effectiveNumber(weights) : count;
  const { one, several } = factors[rule];
  return Array.from({ length: dims }, (_, j) => {
    const column = new Float64Array(count);
    for (let i = 0; i < count; i++) column[i] = keys.data[i * dims + j];
    const bandwidth =
      dims === 1
        ? one * robustSpread(column, weights) * n ** -0.2
        : several(dims) * deviation(column, weights) * n ** (-1 / (dims + 4));
    if (!(bandwidth > 0)) {
      throw new NadarayaError(
        "invalid-bandwidth",
        `bandwidth "${rule}" needs keys that differ; coordinate ${j} of the ${count} keys has no spread`,
      );
    }
    return bandwidth;
  });
}

/** (Σ w)² / Σ w² (Kish 1965). */
function effectiveNumber(weights: Float64Array): number {
  let [sum, squares] = [0, 0];
  for (const w of weights) [sum, squares] = [sum + w, squares + w * w];
  return sum ** 2 / squares;
}

/** The sample standard deviation, with n − 1; weighted, with the effective number for n. */
export function deviation(column: Float64Array, weights?: Float64Array): number {
  const n = weights ? effectiveNumber(weights) : column.length;
  let [mean, total] = [0, 0];
  for (let i = 0; i < column.length; i++) {
    const w = weights ? weights[i] : 1;
    mean += w * (column[i] - column[0]);
    total += w;
  }
  mean /= total;
  let squares = 0;
  for (let i = 0; i < column.length; i++)
    squares += (weights ? weights[i] : 1) * (column[i] - column[0] - mean) ** 2;
  return Math.sqrt((squares / total) * (n / (n - 1)));
}

/** min(σ, IQR / 1.34), or σ where the quartiles coincide. */
function robustSpread(column: Float64Array, weights?: Float64Array): number {
  const at = weights ? weightedQuantiles(column, weights) : quantiles(column);
  const iqr = at(0.75) - at(0.25);
  const sigma = deviation(column, weights);
  return iqr > 0 ? Math.min(sigma, iqr / 1.34) : sigma;
}

const quantiles = (column: Float64Array) => {
  const sorted = column.slice().sort();
  return (p: number) => quantile(sorted, p);
};

/** The least number below or at which a share p of the weights lies. */
function weightedQuantiles(column: Float64Array, weights: Float64Array): (p: number) => number {
  const order = Uint32Array.from(column.keys()).sort((a, b) => column[a] - column[b]);
  const all = total(weights);
  return (p) => {
    let below = 0;
    const found = order.find((i) => {
      below += weights[i];
      return below >= p * all;
    });
    return column[found ?? order[order.length - 1]];
  };
}

/** Linear interpolation between order statistics (R's type 7). */
export function quantile(sorted: Float64Array, p: number): number {
  const at = (sorted.length - 1) * p;
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
}
