/** Convolution of a grid along its axes: stage two of the fast Gauss transform. */

import { AT_ONCE, type ConvolutionKernel, wasmConvolution } from "./wasm/convolution-kernel.ts";

/** Rows of at least so many numbers are convolved where they lie next to each other; shorter ones are taken as one long line. */
const LONG = 128;
/** Numbers of a long row that are taken together, so that what a column of them needs stays in the cache. */
const SEGMENT = 512;
/** Numbers of long rows that are copied at a time. */
const CHUNK = 2 ** 19;
/** Numbers of short rows that are made at a time. */
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
    run(count, tapStride, tapCount, inputAt = 0, outputAt = 0, tapAt = 0) {
      for (let t = 0; t < tapCount; t++) {
        const factor = taps[tapAt + t];
        const from = inputAt + t * tapStride;
        for (let i = 0; i < count; i++) output[outputAt + i] += factor * input[from + i];
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
 * @param overwrites whether what `out` holds is replaced, not added to
 */
export function convolve(
  grids: Float64Array,
  lengths: readonly number[],
  axis: number,
  taps: Float64Array,
  out?: Float64Array,
  overwrites = out === undefined,
  kernelOf: KernelMaker = kernelWithin,
): Float64Array {
  const sums = out ?? new Float64Array(grids.length);
  const inner = lengths.slice(axis + 1).reduce((product, each) => product * each, 1);
  const work = { grids, sums, length: lengths[axis], inner, taps, overwrites, kernelOf };
  if (inner < LONG) convolveShort(work);
  else convolveLong(work);
  return sums;
}

interface Work {
  readonly grids: Float64Array;
  readonly sums: Float64Array;
  /** Rows that are convolved with each other, and numbers of a row. */
  readonly length: number;
  readonly inner: number;
  readonly taps: Float64Array;
  readonly overwrites: boolean;
  readonly kernelOf: KernelMaker;
}

/** Rows in pieces, as one line of numbers each, with zeros around it. */
function convolveShort({ grids, sums, length, inner, taps, overwrites, kernelOf }: Work): void {
  const reach = (taps.length - 1) / 2;
  const piece = Math.min(Math.ceil(PIECE / inner), length);
  const kernel = kernelOf((piece + 2 * reach) * inner, piece * inner, taps.length);
  kernel.taps.set(taps.toReversed());
  const filled = new Uint8Array(length);
  for (let corner = 0; corner < grids.length; corner += length * inner) {
    markFilled(grids, corner, inner, inner, filled);
    const runs = runsOf(filled);
    if (overwrites) {
      // All but what the only run writes.
      const [[first, last]] = runs.length === 1 ? runs : [[length + reach, length + reach]];
      sums.fill(0, corner, corner + Math.min(Math.max(first - reach, 0), length) * inner);
      sums.fill(0, corner + Math.min(last + reach + 1, length) * inner, corner + length * inner);
    }
    for (const [first, last] of runs) {
      const end = Math.min(last + reach + 1, length);
      for (let start = Math.max(first - reach, 0); start < end; start += piece) {
        const rows = Math.min(piece, end - start);
        // Of the rows in reach those that are filled, and zeros around them.
        const [low, high] = [Math.max(start - reach, first), Math.min(start + rows + reach, last + 1)];
        const before = (start - reach) * inner;
        kernel.input.set(grids.subarray(corner + low * inner, corner + high * inner), low * inner - before);
        kernel.input.fill(0, 0, (low - start + reach) * inner);
        kernel.input.fill(0, (high - start + reach) * inner, (rows + 2 * reach) * inner);
        const target = sums.subarray(corner + start * inner, corner + (start + rows) * inner);
        if (overwrites && runs.length === 1) kernel.output.fill(0, 0, rows * inner);
        else kernel.output.set(target);
        kernel.run(rows * inner, inner, taps.length);
        target.set(kernel.output.subarray(0, rows * inner));
      }
    }
  }
}

/** Rows in chunks of columns: each is copied once, and made segment by segment. */
function convolveLong({ grids, sums, length, inner, taps, overwrites, kernelOf }: Work): void {
  const reach = (taps.length - 1) / 2;
  // The kernel may go on to the end of a block of numbers.
  const most = Math.max(Math.floor(CHUNK / length / AT_ONCE), 1) * AT_ONCE;
  const stride = Math.min(most, Math.ceil(inner / AT_ONCE) * AT_ONCE);
  const kernel = kernelOf(length * stride, length * stride, taps.length);
  const { input, output } = kernel;
  kernel.taps.set(taps.toReversed());
  const filled = new Uint8Array(length);
  for (let base = 0; base < grids.length; base += length * inner)
    for (let from = 0; from < inner; from += most) {
      const columns = Math.min(most, inner - from);
      copyRows(grids, base + from, inner, input, 0, stride, columns, 0, length);
      if (overwrites) output.fill(0, 0, length * stride);
      else copyRows(sums, base + from, inner, output, 0, stride, columns, 0, length);
      for (let segment = 0; segment < columns; segment += SEGMENT) {
        const width = Math.min(SEGMENT, columns - segment);
        markFilled(input, segment, stride, width, filled);
        for (const [first, last] of runsOf(filled))
          for (let row = Math.max(first - reach, 0); row < Math.min(last + reach + 1, length); row++) {
            const low = Math.max(row - reach, first);
            const count = Math.min(row + reach, last) - low + 1;
            const at = low * stride + segment;
            kernel.run(width, stride, count, at, row * stride + segment, low - row + reach);
          }
      }
      copyRows(output, 0, stride, sums, base + from, inner, columns, 0, length);
    }
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

/** Filled rows from the first to the last without a gap between them, in their order. */
function runsOf(filled: Uint8Array): [first: number, last: number][] {
  const runs: [number, number][] = [];
  for (let first = filled.indexOf(1); first >= 0; ) {
    let last = first;
    for (let j = first + 1; j < filled.length && j - last <= GAP; j++) if (filled[j] === 1) last = j;
    runs.push([first, last]);
    first = filled.indexOf(1, last + 1);
  }
  return runs;
}
