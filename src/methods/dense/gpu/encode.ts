/**
 * From float64 data to what shaders read: centred, in units of the kernel, in single precision or in fixed point.
 *
 * Single precision keeps 24 bits of a coordinate, so a key at 1000 bandwidths from the centre is off by 6e-5 of one.
 * Where the keys extend far, where the sums of weights themselves are wanted, and for compact kernels, coordinates are counted in steps of a 2^31st of the extent
 * instead, and the difference of two is exact. What lies beyond even that is `tooWide`: float64 on the CPU does it.
 */

import { type Encoding, NEARER } from "../../../../shaders/distance.ts";
import type { Track } from "../../../../shaders/partials.ts";
import { type KeyNumbers, keyRows } from "../../../../shaders/record.ts";
import { columnMeans, type Matrix } from "../../../data/matrix.ts";
import { isGaussian, isOwn, kernels } from "../../../kernels/builtin.ts";
import type { Kernel } from "../../../kernels/kernel.ts";
import { outputsOf, type Problem } from "../../../problem/problem.ts";
import { accuracyOf, OWN_ROUNDINGS } from "./kernel-accuracy.ts";

/**
 * Up to this distance of the keys from their centre, in bandwidths, f32 coordinates meet the error budget: a distance is off by 1e-6 of a
 * bandwidth, and so is a weight, times the slope of its logarithm, at most 7 where sums are precise.
 */
const FLOAT_EXTENT = 8;
/** Up to this half extent, i32 coordinates do, divided by `errorsOfAll`. */
const FIXED_EXTENT = 1e4;
/** What distances may be off by, in bandwidths, before `precisionCheck` needs to know how much the sums change with them. */
const DISTANCE_ERROR = 1e-6;
/** Further than this many bandwidths from the keys, every sum is below precision, and queries need no exact coordinate. */
const REACH = { exponential: 40, widened: 128, compact: 2, power: 1000 };
/** Errors of the argument of a caller's kernel that shaders are written for. */
const PROBES = { least: 2 ** -21, most: 2 ** -14 } as const;
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
  /** Of a caller's kernel, a bound on the error of α's argument x as a share of 1 + x: a power of two. */
  readonly probe: number | undefined;
  /** What `precisionCheck` needs to know of each query besides its sum. */
  readonly track: Track | undefined;
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
  const all = errorsOfAll(problem);
  const own = isOwn(kernel);
  const fixed =
    extent > FLOAT_EXTENT ||
    own ||
    kernel.tail === "compact" ||
    sumsAlone ||
    (dims > 1 && !flat && furthest(problem, centre) > FLOAT_EXTENT);
  const limit = queryLimit(problem, extent, fixed);
  const step = fixed ? shortNumber((limit * kernel.shader.scale) / LARGEST) : 1;
  const most = (limit * kernel.shader.scale) / step;
  const coordinateError = fixed ? step / kernel.shader.scale : (2 * extent + 1) * 2 ** -24;
  const isWide = fixed && !flat && coordinateError * all > DISTANCE_ERROR;
  const argumentShare = argumentError(problem, coordinateError);
  const perUnit = Float64Array.from(bandwidth, (h) => (flat ? 0 : kernel.shader.scale / h / step));
  const { offset, scale } = valueUnits(values);

  return {
    encoding: fixed ? "fixed" : "float",
    tooWide: extent > FIXED_EXTENT / all || (own && (argumentShare > PROBES.most || !isKnown(kernel))),
    step,
    coordinateError,
    probe: own ? Math.max(2 ** Math.ceil(Math.log2(argumentShare)), PROBES.least) : undefined,
    track: trackOf(kernel) ?? (isWide ? "change" : undefined),
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

/** Whether single precision knows a caller's α well enough for any sum. */
function isKnown(kernel: Kernel): boolean {
  const { relative, absolute } = accuracyOf(kernel);
  return relative + absolute <= MOST_CHANGE;
}

/** How far from the centre a query may be, in bandwidths, and still be weighed on the GPU. */
function queryLimit({ kernel, keyBandwidthFactors }: Problem, extent: number, fixed: boolean): number {
  if (kernel.tail === "compact") return extent + REACH.compact;
  if (kernel.tail === "exponential")
    return extent + (keyBandwidthFactors ? REACH.widened : REACH.exponential);
  if (!fixed) return 1e9;
  const near = isOwn(kernel) ? extent + REACH.exponential : 1.05 * extent;
  return Math.max(near, Math.min(4 * extent, REACH.power));
}

/**
 * The error of log α where all coordinates err by 1, over that where one does, at the slopes that matter: 7 for the Gaussian's distance; at most 2.3 for the
 * factors of a product.
 */
const errorsOfAll = ({ shape, keys: { dims } }: Problem): number =>
  shape === "product" ? Math.max(dims / 3, 1) : Math.sqrt(dims);

/** The least number of 12 bits that is no smaller: single precision holds it and its square. */
function shortNumber(x: number): number {
  const unit = 2 ** (Math.floor(Math.log2(x)) - 11);
  return Math.ceil(x / unit) * unit;
}

/** How far the keys are from the centre, in the measure of `errorsOfAll`: single precision errs by a share of it. */
function furthest({ keys: { data, dims }, bandwidth, shape }: Problem, centre: Float64Array): number {
  let most = 0;
  for (let i = 0; i < data.length; ) {
    let sum = 0;
    for (let j = 0; j < dims; j++, i++) {
      const u = (data[i] - centre[j]) / bandwidth[j];
      sum += shape === "product" ? Math.abs(u) / 3 : u * u;
    }
    most = Math.max(most, shape === "product" ? sum : Math.sqrt(sum));
  }
  return most;
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

/** What the sums over compact kernels and over far coordinates may change, as a share, where the argument is off by its error. */
const MOST_CHANGE = 8e-6;
/** Above this, the sum of a caller's kernel whose α is larger than at any place that was tried may have overflowed. */
const LARGEST_SUM = 1e30;
/** Weights lighter than this, as a share of the largest, may be 0 in single precision after they are multiplied by a small α. */
const LEAST_SHARE = 1e-20;

/** What a kernel needs. */
export function trackOf(kernel: Kernel): Track | undefined {
  const { tail, jumps } = kernel;
  return isOwn(kernel) ? "change" : tail === "compact" ? (jumps ? "edge" : "change") : undefined;
}

/**
 * Compares sums with the encoder's error bound; `near` is the tracked row, in the argument's units.
 * @param totals whether Σ α itself is wanted, and not only means
 * @param track what `near` is: with the nearest key, the heaviest weight of a Gaussian is known
 */
export function precisionCheck(
  problem: Problem,
  encoder: Encoder,
  totals: boolean,
  track: Track | undefined = encoder.track,
): (sum: number, near: number) => PrecisionVerdict {
  const { kernel, keys, keyWeights, shape } = problem;
  const lightest = keyWeights ? keyWeights.least / keyWeights.most : 1;
  if (isOwn(kernel)) return ownCheck(problem, lightest);
  if (track === "change") return changeCheck(problem, encoder, lightest);
  if (kernel.tail === "compact") {
    // A user's kernel may be as light as it likes.
    const isZero = lightest > LEAST_SHARE && kernels.get(kernel.name) === kernel;
    const edge = 2 * (2 * encoder.coordinateError * Math.sqrt(keys.dims) + (keys.dims + 7) * 2 ** -24);
    return (sum, near) =>
      near < edge || (sum < LEAST_SUM && !(isZero && sum === 0))
        ? "below precision"
        : sum > 0
          ? "precise"
          : "empty";
  }
  // The heaviest of n weights is at least an nth of their sum.
  const mass = keyWeights ? keyWeights.total / keyWeights.most : keys.count;
  const atZero = kernel.alpha(0) ** (shape === "product" ? keys.dims : 1);
  const weight = LEAST_WEIGHT[totals ? "totals" : "means"];
  const least = kernel.tail === "exponential" ? Math.max(mass * atZero * weight, LEAST_SUM) : LEAST_SUM;
  // Beside one heavy key, n light ones may weigh as much, each an nth of it: half of the bound of exp2 is that of their logarithm, larger by log n.
  const leastHeavy = weight * atZero * (totals ? mass : Math.sqrt(mass));
  const isHeavy = (near: number) =>
    lightest * kernel.alpha(Math.sqrt(near) / kernel.shader.scale) >= leastHeavy;
  const known = track === "nearest" && isGaussian(kernel);
  return (sum, near) =>
    sum >= least || (known && sum >= LEAST_SUM && isHeavy(near)) ? "precise" : "below precision";
}

/**
 * A bound on the error of α's argument x as a share of 1 + x: σ, of a distance that is off by σ, and roundings. Sums and roots of compact kernels
 * and of callers' kernels are written so that they are rounded less often (shaders/distance.ts).
 */
function argumentError(
  { kernel, keys: { dims }, shape, keyBandwidthFactors }: Problem,
  coordinateError: number,
): number {
  const { shader, tail } = kernel;
  const inAll = shape === "product" ? 1 : dims;
  const sigma = shader.scale * coordinateError * Math.sqrt(inAll);
  const own = isOwn(kernel);
  const isExact = tail === "compact" || own;
  // Two conversions, a square, additions, the step's; a root may be off by 4.5 units in the last place, exp2(−x) by 3 + 2x.
  const squares = 4 + (isExact ? Math.ceil(Math.log2(inAll)) : inAll - 1) + (keyBandwidthFactors ? 4 : 0);
  const root = inAll === 1 ? 0 : isExact ? 2 : 9;
  const roundings =
    (shader.argument === "squared" ? squares : squares / 2 + root) +
    (tail === "exponential" ? 4 * Math.LOG2E : 0) +
    (own ? OWN_ROUNDINGS : 0);
  return sigma + roundings * 2 ** -24;
}

/**
 * `change` is what Σ α changes by if each argument is NEARER (1 + x) smaller. Weights of neighbours err alike, and a weight near a compact kernel's edge
 * by any share of itself, so that no bound of one weight would do.
 */
function changeCheck(
  problem: Problem,
  { coordinateError }: Encoder,
  lightest: number,
): (sum: number, change: number) => PrecisionVerdict {
  const share = argumentError(problem, coordinateError) / NEARER;
  const isZero = problem.kernel.tail === "compact" && lightest > LEAST_SHARE;
  return (sum, change) => {
    if (isZero && sum === 0 && change === 0) return "empty";
    return sum >= LEAST_SUM && share * change <= MOST_CHANGE * sum ? "precise" : "below precision";
  };
}

/**
 * Of a caller's kernel, `change` is the most that Σ α may change by if each argument errs as much as it may, wherever the kernel has steps or slopes; what
 * its WGSL errs by besides was measured.
 */
function ownCheck(
  { kernel, keys, keyWeights, shape }: Problem,
  lightest: number,
): (sum: number, change: number) => PrecisionVerdict {
  const { relative, absolute } = accuracyOf(kernel);
  const factors = shape === "product" ? keys.dims : 1;
  const ofAll = factors * absolute * (keyWeights ? keyWeights.total / keyWeights.most : keys.count);
  const isZero = kernel.tail === "compact" && lightest > LEAST_SHARE;
  return (sum, change) => {
    if (isZero && sum === 0 && change === 0) return "empty";
    const error = change + factors * relative * sum + ofAll;
    return sum >= LEAST_SUM && sum < LARGEST_SUM && error <= MOST_CHANGE * sum
      ? "precise"
      : "below precision";
  };
}
