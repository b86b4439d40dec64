/** The explicit weight matrix, made on the GPU a window at a time: the only place where n × m numbers exist. */
import { keyRows } from "../../../../shaders/record.ts";
import { weights } from "../../../../shaders/weights.ts";
import type { Matrix } from "../../../data/matrix.ts";
import type { GpuContext } from "../../../gpu/context.ts";
import { ReadbackUsage, StorageUsage } from "../../../gpu/gpu.ts";
import { withScratch } from "../../../gpu/scratch.ts";
import { threadForEach } from "../../../gpu/workgroups.ts";
import type { RunOptions } from "../../../problem/problem.ts";
import { checkedSums, type DeviceProblem, type FinishSlice } from "./checked-sums.ts";
import { carriedBy } from "./encode.ts";
import { keysPerWindow } from "./plan.ts";
import { type Slice, THREADS } from "./slices.ts";
import { sumSlices } from "./sums.ts";

/** Writes the weights into a matrix keys × queries; returns the queries whose columns are below precision. */
export async function writeWeights(
  context: GpuContext,
  onGpu: DeviceProblem,
  queries: Matrix,
  options: RunOptions,
  matrix: Float32Array,
): Promise<readonly number[]> {
  const n = onGpu.problem.keys.count;
  const m = queries.count;
  const want = { want: "sums", totals: false } as const;
  const finish: FinishSlice = async (slice, isEmpty) => {
    await weightsOfSlice(context.memoryBudget, onGpu, slice, m, matrix, options);
    for (let q = 0; q < slice.count; q++)
      if (isEmpty[q]) for (let k = 0; k < n; k++) matrix[k * m + slice.first + q] = NaN;
  };
  const checked = await checkedSums(context, onGpu, queries, options, want, sumSlices, finish);
  sumColumnsToOne(matrix, m);
  return checked.belowPrecision;
}

/** Writes the columns of one slice into the matrix keys × m, a window of keys at a time. */
async function weightsOfSlice(
  memoryBudget: number,
  { problem, encoder }: DeviceProblem,
  slice: Slice,
  m: number,
  matrix: Float32Array,
  options: RunOptions,
): Promise<void> {
  const { keys, kernel, shape } = problem;
  const { gpu } = slice;
  const { encoding } = encoder;
  const code = weights({
    ...carriedBy(problem),
    kernel,
    shape,
    encoding,
    threads: THREADS,
  });
  const pipeline = await gpu.pipeline("weights", code);
  const numbersPerKey = keyRows(carriedBy(problem)).count;
  const rows = keysPerWindow(slice.count, numbersPerKey, gpu.device.limits, memoryBudget);
  for (let from = 0; from < keys.count; from += rows) {
    options.signal?.throwIfAborted();
    const to = Math.min(from + rows, keys.count);
    const size = (to - from) * slice.count;
    const numbers = await withScratch(gpu, async (scratch) => {
      const window = await scratch.storage("keys", encoder.keys(from, to));
      const result = await scratch.buffer("weights", size * 4, StorageUsage);
      const readback = await scratch.buffer("readback", size * 4, ReadbackUsage);
      const uniform = await scratch.uniform("weights", [slice.count, to - from], encoder.step);
      const buffers = [uniform, window, slice.queries, slice.sums, result];
      const workgroups = threadForEach(slice.count, THREADS, to - from);
      const { accepted } = gpu.submit([{ pipeline, buffers, workgroups }], [[result, readback, size * 4]]);
      const [read] = await Promise.all([gpu.read(readback, size), accepted]);
      return read;
    });
    for (let k = 0; k < to - from; k++) {
      matrix.set(numbers.subarray(k * slice.count, (k + 1) * slice.count), (from + k) * m + slice.first);
    }
  }
}

/** The sums of the GPU carry a rounding error of some 1e-6 for many equal weights: taken off here, in float64. */
function sumColumnsToOne(matrix: Float32Array, m: number): void {
  const sums = new Float64Array(m);
  for (let i = 0; i < matrix.length; i += m) for (let q = 0; q < m; q++) sums[q] += matrix[i + q];
  for (let i = 0; i < matrix.length; i += m) for (let q = 0; q < m; q++) matrix[i + q] /= sums[q];
}
