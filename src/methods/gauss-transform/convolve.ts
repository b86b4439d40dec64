/** Convolution of a grid along its axes: stage two of the fast Gauss transform. */

import { type ConvolutionKernel, wasmConvolution } from "./wasm/convolution-kernel.ts";

/** Numbers of a row that are taken together, so that what a column of them needs stays in the cache. */
const SEGMENT = 512;
/** Numbers that a line's piece makes at a time. */
const PIECE = 2 ** 15;
/** Empty rows up to which what is next to each other is summed as one. */
const GAP = 8;

/** Room for so many numbers of each. */
type KernelMaker = (inputs: number, outputs: number, taps: number) => ConvolutionKernel;

/** As `wasmConvolution`, where there is no WebAssembly. */
export const convolutionInTypeScript: KernelMaker = (...lengths) => {
  const [input, output, taps] = lengths.map((length) => new Float64Array(length));
  return {
    ...{ input, output, taps },
    run(count, tapStride, tapCount) {
      for (let t = 0; t < tapCount; t++) {
        const factor = taps[t];
        const from = t * tapStride;
        for (let i = 0; i < count; i++) output[i] += factor * input[from + i];
      }
    },
  };
};

/** Symmetric taps T(−reach) … T(reach) from T(0) … T(reach). */
export function mirrored(taps: Float64Array): Float64Array {
  const reach = taps.length - 1;
  return Float64Array.from({ length: 2 * reach + 1 }, (_, i) => taps[Math.abs(i - reach)]);
}

/**
 * out[…, i, …] += Σⱼ T(i − j) grids[…, j, …] along one axis of grids of these lengths, row-major. What is 0 costs
 * next to nothing. Terms are added in the order of j, however the grid is cut.
 * @param taps T(−reach) … T(reach)
 * @param isZero whether `out` holds zeros, which then are not read
 */
export function convolve(
  grids: Float64Array,
  lengths: readonly number[],
  axis: number,
  taps: Float64Array,
  out?: Float64Array,
  isZero = out === undefined,
  kernelOf: KernelMaker = kernelWithin,
): Float64Array {
  const sums = out ?? new Float64Array(grids.length);
  const length = lengths[axis];
  const inner = lengths.slice(axis + 1).reduce((product, each) => product * each, 1);
  const widest = Math.min(SEGMENT, inner);
  const reach = (taps.length - 1) / 2;
  const piece = Math.min(Math.ceil(PIECE / widest), length);
  const kernel = kernelOf((piece + 2 * reach) * widest, piece * widest, taps.length);
  kernel.taps.set(taps.toReversed());
  const filled = new Uint8Array(length);
  for (let base = 0; base < grids.length; base += length * inner) {
    for (let from = 0; from < inner; from += widest) {
      const width = Math.min(widest, inner - from);
      const corner = base + from;
      markFilled(grids, corner, inner, width, filled);
      let next = -1;
      for (let first = filled.indexOf(1); first >= 0; first = next) {
        const last = lastWithin(filled, first);
        const isFirst = next < 0;
        next = filled.indexOf(1, last + 1);
        // Others would add to the same sums.
        const isOnly = isFirst && next < 0;
        const end = Math.min(last + reach + 1, length);
        for (let start = Math.max(first - reach, 0); start < end; start += piece) {
          const rows = Math.min(piece, end - start);
          // Of the rows in reach those that are filled, and zeros around them.
          const [low, high] = [Math.max(start - reach, first), Math.min(start + rows + reach, last + 1)];
          const before = (start - reach) * width;
          copyRows(grids, corner, inner, kernel.input, -before, width, width, low, high);
          kernel.input.fill(0, 0, (low - start + reach) * width);
          kernel.input.fill(0, (high - start + reach) * width, (rows + 2 * reach) * width);
          if (isZero && isOnly) kernel.output.fill(0, 0, rows * width);
          else
            copyRows(sums, corner, inner, kernel.output, -start * width, width, width, start, start + rows);
          kernel.run(rows * width, width, taps.length);
          copyRows(kernel.output, -start * width, width, sums, corner, inner, width, start, start + rows);
        }
      }
    }
  }
  return sums;
}

/** Copies `width` numbers of each row from `low` to `high` − 1; row j begins at j strides from the corner. */
function copyRows(
  from: Float64Array,
  fromCorner: number,
  fromStride: number,
  to: Float64Array,
  toCorner: number,
  toStride: number,
  width: number,
  low: number,
  high: number,
): void {
  if (fromStride === width && toStride === width) {
    to.set(from.subarray(fromCorner + low * width, fromCorner + high * width), toCorner + low * width);
    return;
  }
  for (let j = low; j < high; j++) {
    const at = fromCorner + j * fromStride;
    to.set(from.subarray(at, at + width), toCorner + j * toStride);
  }
}

let kept: { readonly kernel: ConvolutionKernel; readonly room: readonly number[] } | undefined;

/** One that has room enough: the last one, or a new one. */
const kernelWithin: KernelMaker = (...room) => {
  const before = kept?.room ?? [0, 0, 0];
  if (!kept || room.some((numbers, i) => numbers > before[i])) {
    const most = room.map((numbers, i) => Math.max(numbers, before[i]));
    kept = { kernel: makeKernel(most), room: most };
  }
  return kept.kernel;
};

function makeKernel([inputs, outputs, taps]: readonly number[]): ConvolutionKernel {
  try {
    return wasmConvolution(inputs, outputs, taps);
  } catch {
    return convolutionInTypeScript(inputs, outputs, taps);
  }
}

/** Writes for each row whether it has numbers. */
function markFilled(
  grid: Float64Array,
  corner: number,
  stride: number,
  width: number,
  filled: Uint8Array,
): void {
  if (width === 1) {
    for (let j = 0, at = corner; j < filled.length; j++, at += stride) filled[j] = grid[at] === 0 ? 0 : 1;
    return;
  }
  for (let j = 0; j < filled.length; j++) {
    const end = corner + j * stride + width;
    let at = end - width;
    while (at < end && grid[at] === 0) at++;
    filled[j] = at < end ? 1 : 0;
  }
}

/** The last filled row that no gap separates from the first one. */
function lastWithin(filled: Uint8Array, first: number): number {
  let last = first;
  for (let j = first + 1; j < filled.length && j - last <= GAP; j++) if (filled[j] === 1) last = j;
  return last;
}
