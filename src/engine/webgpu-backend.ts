/** The backend that computes on the GPU, and judges for every query whether single precision can be trusted. */
import { firstValueRow } from "../../shaders/partials.ts";
import { place } from "../../shaders/place.ts";
import { weights } from "../../shaders/weights.ts";
import type { Matrix } from "../data.ts";
import { NadarayaError } from "../errors.ts";
import { checkKernel } from "./check-kernel.ts";
import { type Encoder, encoder, judge, trackOf } from "./encode.ts";
import { type Gpu, ReadbackUsage, StorageUsage } from "./gpu.ts";
import { KeyBuffers } from "./key-buffers.ts";
import { bufferBytes } from "./plan.ts";
import { Rescue } from "./rescue.ts";
import { Scheduler } from "./scheduler.ts";
import { withScratch } from "./scratch.ts";
import { type Slice, type SumRequest, sumSlices, THREADS } from "./sum-slices.ts";
import { Tilings } from "./tiling-search.ts";
import type { Backend, LoadedProblem, Problem, RunOptions, Sums, SumsOnGpu } from "./types.ts";

/** Bytes of the weight matrix that are made and read back at a time. */
const WINDOW_BYTES = 2 ** 24;

export class WebGpuBackend implements Backend {
  readonly gpu: Gpu;
  readonly memoryBudget: number;
  readonly scheduler: Scheduler;
  readonly tilings: Tilings;

  constructor(gpu: Gpu, adapter: string, memoryBudget: number) {
    this.tilings = new Tilings(gpu, adapter);
    this.gpu = gpu;
    this.memoryBudget = memoryBudget;
    this.scheduler = new Scheduler(gpu);
  }

  async load(problem: Problem): Promise<LoadedProblem> {
    await checkKernel(problem.kernel, this);
    return new GpuProblem(this, problem);
  }

  read(buffer: GPUBuffer, count: number, name: string): Promise<Float32Array> {
    return this.gpu.copyOf(buffer, count, name);
  }

  get lost(): boolean {
    return this.gpu.isLost;
  }

  dispose(): void {
    this.gpu.dispose();
  }
}

class GpuProblem implements LoadedProblem {
  private readonly backend: WebGpuBackend;
  private readonly problem: Problem;
  private readonly encoder: Encoder;
  private readonly keyBuffers: KeyBuffers;
  private readonly rescue: Rescue;
  private readonly tracked: boolean;
  private disposed = false;

  constructor(backend: WebGpuBackend, problem: Problem) {
    this.backend = backend;
    this.problem = problem;
    this.encoder = encoder(problem);
    this.keyBuffers = new KeyBuffers(backend.gpu, problem, this.encoder);
    this.rescue = new Rescue(problem);
    this.tracked = trackOf(problem.kernel) !== undefined;
  }

  async sums(queries: Matrix, options: RunOptions): Promise<Sums> {
    const { valueOffset, valueScale } = this.encoder;
    const columns = this.problem.values.dims;
    const m = queries.count;
    const mean = new Float64Array(m * columns);
    const logSum = new Float64Array(m);
    const values = firstValueRow(this.tracked);
    const untrusted = await this.judged(queries, options, "means", ({ first, count, numbers }, empty) => {
      for (let q = 0; q < count; q++) {
        logSum[first + q] = empty[q] ? -Infinity : Math.log(numbers[q]);
        for (let c = 0; c < columns; c++) {
          const value = valueOffset[c] + valueScale[c] * numbers[(values + c) * count + q];
          mean[(first + q) * columns + c] = empty[q] ? NaN : value;
        }
      }
    });
    await this.rescue.sums(queries, untrusted, options, (q, row, log) => {
      mean.set(row, q * columns);
      logSum[q] = log;
    });
    return { mean, logSum, rescued: untrusted.length, evaluatedPairs: m * this.problem.keys.count };
  }

  async sumsOnGpu(queries: Matrix, options: RunOptions): Promise<SumsOnGpu> {
    const { gpu } = this.backend;
    const { valueOffset, valueScale } = this.encoder;
    const columns = this.problem.values.dims;
    const m = queries.count;
    const logSum = new Float64Array(m);
    const none = new Float32Array(columns).fill(NaN);
    const mean = await gpu.ownBuffer("means", Math.max(m * columns, 1) * 4);
    const write = (q: number, row: ArrayLike<number>) =>
      gpu.device.queue.writeBuffer(mean, q * columns * 4, Float32Array.from(row));
    try {
      const pipeline = await gpu.pipeline(
        "place",
        place({ columns, tracked: this.tracked, threads: THREADS }),
      );
      const units = new Float32Array(2 * columns);
      for (let c = 0; c < columns; c++) units.set([valueOffset[c], valueScale[c]], 2 * c);
      const untrusted = await this.judged(queries, options, "means on gpu", async (slice, empty) => {
        const { first, count, numbers, sums } = slice;
        await withScratch(gpu, async (scratch) => {
          const uniform = await scratch.uniform("place", [count, first]);
          const unitBuffer = await scratch.storage("units", units);
          const workgroups = [Math.ceil(count / THREADS), 1] as const;
          gpu.submit([{ pipeline, buffers: [uniform, sums, unitBuffer, mean], workgroups }]);
        });
        for (let q = 0; q < count; q++) {
          logSum[first + q] = empty[q] ? -Infinity : Math.log(numbers[q]);
          if (empty[q]) write(first + q, none);
        }
      });
      await this.rescue.sums(queries, untrusted, options, (q, row, log) => {
        write(q, row);
        logSum[q] = log;
      });
      const evaluatedPairs = m * this.problem.keys.count;
      return { mean, logSum, rescued: untrusted.length, evaluatedPairs, write };
    } catch (error) {
      mean.destroy();
      throw error;
    }
  }

  async weights(queries: Matrix, options: RunOptions): Promise<Float32Array<ArrayBuffer>> {
    const n = this.problem.keys.count;
    const m = queries.count;
    const matrix = new Float32Array(n * m);
    const untrusted = await this.judged(queries, options, "sums", async (slice, empty) => {
      await this.weightsOfSlice(slice, m, matrix, options);
      for (let q = 0; q < slice.count; q++) {
        if (empty[q]) for (let k = 0; k < n; k++) matrix[k * m + slice.first + q] = NaN;
      }
    });
    sumColumnsToOne(matrix, m);
    await this.rescue.weights(queries, untrusted, matrix, options);
    return matrix;
  }

  nearest(queries: Matrix, indices: readonly number[]): number[] {
    return this.rescue.nearest(queries, indices);
  }

  dispose(): void {
    this.disposed = true;
    this.keyBuffers.forget();
  }

  /** Takes the sums on the GPU and hands on each slice, with a flag for its empty windows; returns whom not to trust. */
  private async judged(
    queries: Matrix,
    options: RunOptions,
    want: SumRequest["want"],
    finish: (slice: Slice, empty: Uint8Array) => void | Promise<void>,
  ): Promise<number[]> {
    const { problem, encoder, keyBuffers } = this;
    const { gpu, scheduler, tilings, memoryBudget } = this.backend;
    if (this.disposed) throw new NadarayaError("disposed", "this model was disposed of");
    if (encoder.tooWide) return Array.from({ length: queries.count }, (_, q) => q);
    const verdict = judge(problem, encoder);
    const untrusted = new Set<number>();
    const remote = (query: number) => untrusted.add(query);
    await sumSlices({
      ...{
        gpu,
        scheduler,
        tilings,
        problem,
        encoder,
        keyBuffers,
        memoryBudget,
        queries,
        options,
        want,
        remote,
      },
      async finish(slice) {
        const { first, count, numbers } = slice;
        const empty = new Uint8Array(count);
        for (let q = 0; q < count; q++) {
          const judged = verdict(numbers[q], numbers[count + q]);
          if (judged === "untrusted") untrusted.add(first + q);
          empty[q] = judged === "empty" ? 1 : 0;
        }
        await finish(slice, empty);
      },
    });
    return [...untrusted];
  }

  /** Writes the columns of one slice into the matrix keys × m, a window of keys at a time. */
  private async weightsOfSlice(
    slice: Slice,
    m: number,
    matrix: Float32Array,
    options: RunOptions,
  ): Promise<void> {
    const { encoder, problem } = this;
    const { gpu, memoryBudget } = this.backend;
    const { keys, kernel, shape } = problem;
    const { limits } = gpu.device;
    const { encoding } = encoder;
    const code = weights({
      kernel,
      shape,
      dims: keys.dims,
      encoding,
      threads: THREADS,
    });
    const pipeline = await gpu.pipeline("weights", code);
    const bytes = Math.min(bufferBytes(limits, memoryBudget), WINDOW_BYTES);
    const fitting = Math.min(Math.floor(bytes / (4 * slice.count)), limits.maxComputeWorkgroupsPerDimension);
    const rows = Math.max(1, fitting);
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
        const workgroups = [Math.ceil(slice.count / THREADS), to - from] as const;
        gpu.submit([{ pipeline, buffers, workgroups }], [[result, readback, size * 4]]);
        return gpu.read(readback, size);
      });
      for (let k = 0; k < to - from; k++) {
        matrix.set(numbers.subarray(k * slice.count, (k + 1) * slice.count), (from + k) * m + slice.first);
      }
    }
  }
}

/** The sums of the GPU carry a rounding error of some 1e-6 for many equal weights: taken off here, in float64. */
function sumColumnsToOne(matrix: Float32Array, m: number): void {
  const sums = new Float64Array(m);
  for (let i = 0; i < matrix.length; i += m) for (let q = 0; q < m; q++) sums[q] += matrix[i + q];
  for (let i = 0; i < matrix.length; i += m) for (let q = 0; q < m; q++) matrix[i + q] /= sums[q];
}
