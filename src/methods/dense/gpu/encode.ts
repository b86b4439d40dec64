/**
 * From float64 data to what shaders read: centred, in units of the kernel, in single precision or in fixed point.
 *
 * Single precision keeps 24 bits of a coordinate, so a key at 1000 bandwidths from the centre is off by 6e-5 of one.
 * Where the keys extend far, and where the sums of weights themselves are wanted, coordinates are counted in steps of a 2^31st of the extent instead, and the
 * difference of two is exact. What lies beyond even that is `tooWide`: float64 on the CPU does it.
 */

import type { Encoding } from "../../../../shaders/distance.ts";
import { type KeyNumbers, keyRows } from "../../../../shaders/record.ts";
import { columnMeans, type Matrix } from "../../../data/matrix.ts";
import { isGaussian } from "../../../kernels/builtin.ts";
import type { Kernel } from "../../../kernels/kernel.ts";
import { outputsOf, type Problem } from "../../../problem/problem.ts";

/**
 * Up to this half extent of the keys, in bandwidths, f32 coordinates meet the error budget: a difference is off by 1e-6 of a
 * bandwidth, and so is a weight, times its distance.
 */
const FLOAT_EXTENT = 8;
/** Up to this one, i32 coordinates do. */
const FIXED_EXTENT = 1e4;
/** Further than this many bandwidths from the keys, every sum is below precision, and queries need no exact coordinate. */
const REACH = { exponential: 128, compact: 2 };
/** The largest |i32| used, so that differences do not overflow. */
const LARGEST = 2 ** 30 - 1;

export interface Encoder {
  readonly encoding: Encoding;
  /** True where no encoding keeps the error budget. */
  readonly tooWide: boolean;
  /** Size of a fixed step in the kernel's units; 1 for "float". */
  readonly step: number;
  /** A bound on the error of a difference of two coordinates, in bandwidths. */
  readonly coordinateError: number;
  /** Values on the GPU are (value − offset) / scale, for each column. */
  readonly valueOffset: Float64Array;
  readonly valueScale: Float64Array;
  /** Keys from … to − 1 with their bandwidth factors, weights (as shares of the largest) and values, as shaders/record.ts lays them out. */
  keys(from: number, to: number): Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;
  /** Coordinates of queries from … to − 1, one coordinate after the other; `remote` is called with those too far out. */
  queries(
    queries: Matrix,
    from: number,
    to: number,
    remote: (index: number) => void,
  ): Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;
}

/** What the records of a problem's keys hold. */
export const carriedBy = ({ keys, values, keyWeights, keyBandwidthFactors }: Problem): KeyNumbers => ({
  dims: keys.dims,
  columns: values.dims,
  weighted: keyWeights !== undefined,
  widened: keyBandwidthFactors !== undefined,
});

export function encoder(problem: Problem): Encoder {
  const { keys, values, kernel, bandwidth, keyWeights, keyBandwidthFactors } = problem;
  const rows = keyRows(carriedBy(problem));
  const { dims } = keys;
  const columns = values.dims;
  const flat = kernel.tail === "flat";
  const { centre, extent } = flat ? nowhere(dims) : middleAndExtent(keys, bandwidth);
  const sumsAlone = outputsOf(problem) === 0 && kernel.tail === "exponential";
  const fixed = extent > FLOAT_EXTENT || kernel.jumps === true || sumsAlone;
  const limit = queryLimit(kernel, extent, fixed);
  const step = fixed ? (limit * kernel.shader.scale) / LARGEST : 1;
  const most = (limit * kernel.shader.scale) / step;
  const perUnit = Float64Array.from(bandwidth, (h) => (flat ? 0 : kernel.shader.scale / h / step));
  const { offset, scale } = valueUnits(values);

  return {
    encoding: fixed ? "fixed" : "float",
    tooWide: extent > FIXED_EXTENT,
    step,
    coordinateError: fixed ? limit / LARGEST : (2 * extent + 1) * 2 ** -24,
    valueOffset: offset,
    valueScale: scale,

    keys(from, to) {
      const count = to - from;
      const numbers = new Float32Array(rows.count * count);
      const integers = new Int32Array(numbers.buffer);
      const coordinates = fixed ? integers : numbers;
      for (let j = 0; j < dims; j++) {
        for (let i = 0; i < count; i++) {
          const x = (keys.data[(from + i) * dims + j] - centre[j]) * perUnit[j];
          coordinates[j * count + i] = fixed ? Math.round(x) : x;
        }
      }
      for (let i = 0; i < count && keyBandwidthFactors; i++)
        numbers[rows.perWidth * count + i] = 1 / keyBandwidthFactors[from + i];
      for (let i = 0; i < count && keyWeights; i++)
        numbers[rows.weight * count + i] = keyWeights.data[from + i] / keyWeights.most;
      for (let c = 0; c < columns; c++) {
        for (let i = 0; i < count; i++) {
          numbers[(rows.values + c) * count + i] =
            (values.data[(from + i) * columns + c] - offset[c]) / scale[c];
        }
      }
      return coordinates;
    },

    queries(queries, from, to, remote) {
      const m = to - from;
      const coordinates = fixed ? new Int32Array(m * dims) : new Float32Array(m * dims);
      for (let j = 0; j < dims; j++) {
        for (let q = 0; q < m; q++) {
          let x = (queries.data[(from + q) * dims + j] - centre[j]) * perUnit[j];
          if (Math.abs(x) > most) {
            x = Math.sign(x) * most;
            remote(from + q);
          }
          coordinates[j * m + q] = fixed ? Math.round(x) : x;
        }
      }
      return coordinates;
    },
  };
}

/** How far from the centre a query may be, in bandwidths, and still be weighed on the GPU. */
function queryLimit(kernel: Kernel, extent: number, fixed: boolean): number {
  if (kernel.tail === "exponential" || kernel.tail === "compact") return extent + REACH[kernel.tail];
  return fixed ? 4 * extent : 1e9;
}

const nowhere = (dims: number) => ({ centre: new Float64Array(dims), extent: 0 });

/** The middle of the keys' box, and half its largest side in bandwidths. */
function middleAndExtent(
  keys: Matrix,
  bandwidth: readonly number[],
): { centre: Float64Array; extent: number } {
  const { data, dims, count } = keys;
  const least = new Float64Array(dims).fill(Infinity);
  const largest = new Float64Array(dims).fill(-Infinity);
  for (let i = 0, at = 0; i < count; i++) {
    for (let j = 0; j < dims; j++, at++) {
      if (data[at] < least[j]) least[j] = data[at];
      if (data[at] > largest[j]) largest[j] = data[at];
    }
  }
  const centre = least.map((low, j) => low + (largest[j] - low) / 2);
  const extent = Math.max(...centre.map((c, j) => (c - least[j]) / bandwidth[j]));
  return { centre, extent };
}

/** For each value column its mean, and the largest distance from it (1 where all are equal). */
function valueUnits(values: Matrix): { offset: Float64Array; scale: Float64Array } {
  const { data, dims } = values;
  const offset = columnMeans(values);
  const scale = new Float64Array(dims);
  for (let i = 0; i < data.length; i++) {
    const j = i % dims;
    scale[j] = Math.max(scale[j], Math.abs(data[i] - offset[j]));
  }
  return { offset, scale: scale.map((s) => s || 1) };
}

/** What the f32 sums of one query say. */
export type PrecisionVerdict = "precise" | "empty" | "below precision";

/** Below this products of many factors that fall slowly come near to single precision's least number. */
const LEAST_SUM = 1e-26;
/**
 * What the heaviest weight of a query must be at least, in units of α(0), for exponentials. WGSL's exp2 may be off by 3 + 2|x| units in
 * the last place, (3 + 2.9 L) 2⁻²³ of a weight of e^−L, and its argument, whose squares are rounded three times, by 3.5e-7 L. Of a mean of two
 * values that is at most half, and e^−25 keeps it below 1e-5 of their range; in Σ α itself nothing cancels, and it has to be e^−12.
 */
const LEAST_WEIGHT = { means: 1.4e-11, totals: 6e-6 } as const;

/** What the row `near` records for `precisionCheck`. */
export type Track = "edge" | "nearest";

/** What a kernel needs. */
export function trackOf({ tail, jumps }: Kernel): Track | undefined {
  return tail === "compact" ? (jumps ? "edge" : "nearest") : undefined;
}

/**
 * Compares sums with the encoder's error bound; `near` is the tracked row, in the argument's units.
 * @param totals whether Σ α itself is wanted, and not only means
 * @param track what `near` is, where it is more than the kernel needs: with the nearest key, the heaviest weight of a Gaussian is known
 */
export function precisionCheck(
  problem: Problem,
  { coordinateError }: Encoder,
  totals: boolean,
  track?: Track,
): (sum: number, near: number) => PrecisionVerdict {
  const { kernel, keys, keyWeights, shape } = problem;
  if (kernel.tail !== "compact") {
    // The heaviest of n weights is at least an nth of their sum.
    const mass = keyWeights ? keyWeights.total / keyWeights.most : keys.count;
    const atZero = kernel.alpha(0) ** (shape === "product" ? keys.dims : 1);
    const weight = LEAST_WEIGHT[totals ? "totals" : "means"];
    const least = kernel.tail === "exponential" ? Math.max(mass * atZero * weight, LEAST_SUM) : LEAST_SUM;
    const lightest = keyWeights ? keyWeights.least / keyWeights.most : 1;
    const isHeavy = (near: number) =>
      lightest * kernel.alpha(Math.sqrt(near) / kernel.shader.scale) >= weight * atZero;
    const known = track === "nearest" && isGaussian(kernel);
    return (sum, near) =>
      sum >= least || (known && sum >= LEAST_SUM && isHeavy(near)) ? "precise" : "below precision";
  }
  // In reach of the keys, u and u² are known to about this much, and so are weights, whose slopes are about 1.
  const error = 2 * coordinateError * Math.sqrt(keys.dims) + 2 ** -21;
  const edge = 2 * error;
  if (kernel.jumps) return (sum, near) => (near < edge ? "below precision" : sum > 0 ? "precise" : "empty");
  const leastSum = error * 2e5;
  return (sum, near) => (sum >= leastSum ? "precise" : near > 1 + edge ? "empty" : "below precision");
}
