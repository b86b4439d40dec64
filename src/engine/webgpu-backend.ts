/** The backend that computes on the GPU, and judges for every query whether single precision can be trusted. */
import { firstValueRow } from "../../shaders/partials.ts";
import { place } from "../../shaders/place.ts";
import type { Matrix } from "../data.ts";
import { NadarayaError } from "../errors.ts";
import { kernels } from "../kernels.ts";
import { plainMoments } from "../moments.ts";
import { type Choice, chooseMethod } from "./choose-method.ts";
import { type Encoder, encoder, judge, trackOf } from "./encode.ts";
import type { Gpu } from "./gpu.ts";
import { HostMethods, QUERY_WIDTHS } from "./host-methods.ts";
import { KeyBuffers } from "./key-buffers.ts";
import { leaveOneOut } from "./leave-one-out.ts";
import { Pace } from "./pace.ts";
import { Scheduler } from "./scheduler.ts";
import { withScratch } from "./scratch.ts";
import { type Slice, type SumRequest, sumSlices, THREADS } from "./sum-slices.ts";
import { Tilings } from "./tiling-search.ts";
import type {
  Backend,
  LeftOut,
  LoadedProblem,
  Problem,
  RunOptions,
  Sums,
  SumsOnGpu,
  SumsOptions,
  Totals,
} from "./types.ts";

export class WebGpuBackend implements Backend {
  readonly gpu: Gpu;
  readonly memoryBudget: number;
  readonly scheduler: Scheduler;
  readonly tilings: Tilings;
  readonly pace: Pace;

  constructor(gpu: Gpu, adapter: string, memoryBudget: number) {
    this.tilings = new Tilings(gpu, adapter);
    this.pace = new Pace(adapter);
    this.gpu = gpu;
    this.memoryBudget = memoryBudget;
    this.scheduler = new Scheduler(gpu);
  }

  async load(problem: Problem): Promise<LoadedProblem> {
    const { kernel } = problem;
    if (kernels.get(kernel.name) !== kernel)
      await (await import("./check-kernel.ts")).checkKernel(kernel, this);
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
  private readonly host: HostMethods;
  private onGpu: { readonly encoder: Encoder; readonly keyBuffers: KeyBuffers } | undefined;
  private readonly tracked: boolean;
  private disposed = false;

  constructor(backend: WebGpuBackend, problem: Problem) {
    this.backend = backend;
    this.problem = problem;
    this.host = new HostMethods(problem);
    this.tracked = trackOf(problem.kernel) !== undefined;
  }

  async sums(queries: Matrix, options: SumsOptions, totals: Totals): Promise<Sums> {
    const choice = this.choose(queries, options);
    return choice.method === "dense"
      ? this.dense(choice, queries, options, totals)
      : this.host.sums(choice, queries, options, totals);
  }

  private choose(queries: Matrix, { method, tolerance }: SumsOptions): Choice {
    if (this.disposed) throw new NadarayaError("disposed", "this model was disposed of");
    const expected = queries.widths ? QUERY_WIDTHS : this.backend.pace.expect(this.problem, queries.count);
    return chooseMethod(method, expected, () => this.host.costs(queries, tolerance));
  }

  private async dense(
    { method, reason }: Choice,
    queries: Matrix,
    options: RunOptions,
    want: Totals,
  ): Promise<Sums> {
    const start = performance.now();
    const units = momentUnits(this.problem, this.gpuSide.encoder);
    const outputs = units.length;
    const m = queries.count;
    const mean = new Float64Array(m * outputs);
    const totals = want === "none" ? undefined : new Float64Array(m);
    const unit = this.problem.keyWeights?.most ?? 1;
    const totalOf = (sum: number) => (want === "log" ? Math.log(sum * unit) : sum * unit);
    const values = firstValueRow(this.tracked);
    const { untrusted, empty } = await this.judged(queries, options, "means", (slice, isEmpty) => {
      const { first, count, numbers } = slice;
      for (let q = 0; q < count; q++) {
        if (totals) totals[first + q] = totalOf(isEmpty[q] ? 0 : numbers[q]);
        for (let i = 0; i < outputs; i++) {
          const value = units[i].offset + units[i].scale * numbers[(values + i) * count + q];
          mean[(first + q) * outputs + i] = isEmpty[q] ? NaN : value;
        }
      }
    });
    this.backend.pace.learn(this.problem, m, performance.now() - start);
    this.host.spent(performance.now() - start);
    await this.host.rescue(queries, untrusted, options, (q, row, log) => {
      mean.set(row, q * outputs);
      if (totals) totals[q] = want === "log" ? log : Math.exp(log);
      if (log === -Infinity) empty.push(q);
    });
    const evaluatedPairs = m * this.problem.keys.count;
    return { mean, totals, empty, method, reason, rescued: untrusted.length, evaluatedPairs };
  }

  async sumsOnGpu(queries: Matrix, options: SumsOptions): Promise<SumsOnGpu> {
    const { gpu } = this.backend;
    const columns = this.problem.values.dims;
    const mean = await gpu.ownBuffer("means", Math.max(queries.count * columns, 1) * 4);
    const write = (q: number, row: ArrayLike<number>) =>
      gpu.device.queue.writeBuffer(mean, q * columns * 4, Float32Array.from(row));
    try {
      const choice = this.choose(queries, options);
      if (choice.method === "dense") return await this.denseOnGpu(choice, queries, options, mean, write);
      const sums = await this.host.sums(choice, queries, options, "none");
      gpu.write(mean, Float32Array.from(sums.mean));
      return { ...sums, mean, write };
    } catch (error) {
      mean.destroy();
      throw error;
    }
  }

  private async denseOnGpu(
    { method, reason }: Choice,
    queries: Matrix,
    options: RunOptions,
    mean: GPUBuffer,
    write: SumsOnGpu["write"],
  ): Promise<SumsOnGpu> {
    const { gpu } = this.backend;
    const { valueOffset, valueScale } = this.gpuSide.encoder;
    const columns = this.problem.values.dims;
    const none = new Float32Array(columns).fill(NaN);
    const pipeline = await gpu.pipeline("place", place({ columns, tracked: this.tracked, threads: THREADS }));
    const units = new Float32Array(2 * columns);
    for (let c = 0; c < columns; c++) units.set([valueOffset[c], valueScale[c]], 2 * c);
    const { untrusted, empty } = await this.judged(
      queries,
      options,
      "means on gpu",
      async ({ first, count, sums }, isEmpty) => {
        await withScratch(gpu, async (scratch) => {
          const uniform = await scratch.uniform("place", [count, first]);
          const unitBuffer = await scratch.storage("units", units);
          const workgroups = [Math.ceil(count / THREADS), 1] as const;
          gpu.submit([{ pipeline, buffers: [uniform, sums, unitBuffer, mean], workgroups }]);
        });
        for (let q = 0; q < count; q++) if (isEmpty[q]) write(first + q, none);
      },
    );
    await this.host.rescue(queries, untrusted, options, (q, row, log) => {
      write(q, row);
      if (log === -Infinity) empty.push(q);
    });
    const evaluatedPairs = queries.count * this.problem.keys.count;
    return { mean, empty, method, reason, rescued: untrusted.length, evaluatedPairs, write };
  }

  async weights(queries: Matrix, options: RunOptions): Promise<Float32Array<ArrayBuffer>> {
    const n = this.problem.keys.count;
    const m = queries.count;
    const matrix = new Float32Array(n * m);
    const { sumColumnsToOne, weightsOfSlice } = await import("./gpu-weights.ts");
    const { untrusted } = await this.judged(queries, options, "sums", async (slice, empty) => {
      await weightsOfSlice(
        this.backend.gpu,
        this.problem,
        this.gpuSide.encoder,
        slice,
        m,
        matrix,
        this.backend.memoryBudget,
        options,
      );
      for (let q = 0; q < slice.count; q++) {
        if (empty[q]) for (let k = 0; k < n; k++) matrix[k * m + slice.first + q] = NaN;
      }
    });
    sumColumnsToOne(matrix, m);
    await this.host.rescueWeights(queries, untrusted, matrix, options);
    return matrix;
  }

  leaveOneOut(options: SumsOptions): Promise<LeftOut> {
    const { problem, host } = this;
    return leaveOneOut(
      problem,
      host,
      () => this.sums(problem.keys, options, problem.values.dims > 0 ? "plain" : "log"),
      options,
    );
  }

  eachQuery: LoadedProblem["eachQuery"] = (queries, options, found) =>
    this.host.eachQuery(queries, options, found);

  nearest(queries: Matrix, indices: readonly number[]): number[] {
    return this.host.nearest(queries, indices);
  }

  distances(queries: Matrix, rank: number): Float64Array {
    return this.host.distances(queries, rank);
  }

  dispose(): void {
    this.disposed = true;
    this.onGpu?.keyBuffers.forget();
  }

  /** What only dense sums and weights need: made when first asked for. */
  private get gpuSide(): { readonly encoder: Encoder; readonly keyBuffers: KeyBuffers } {
    if (!this.onGpu) {
      const made = encoder(this.problem);
      this.onGpu = { encoder: made, keyBuffers: new KeyBuffers(this.backend.gpu, this.problem, made) };
    }
    return this.onGpu;
  }

  /**
   * Takes the sums on the GPU and hands on each slice, with a flag for its empty windows; returns the queries with
   * empty windows and those not to trust.
   */
  private async judged(
    queries: Matrix,
    options: RunOptions,
    want: SumRequest["want"],
    finish: (slice: Slice, isEmpty: Uint8Array) => void | Promise<void>,
  ): Promise<{ untrusted: number[]; empty: number[] }> {
    const { problem } = this;
    const { encoder, keyBuffers } = this.gpuSide;
    const { gpu, scheduler, tilings, memoryBudget } = this.backend;
    if (this.disposed) throw new NadarayaError("disposed", "this model was disposed of");
    if (encoder.tooWide) return { untrusted: Array.from({ length: queries.count }, (_, q) => q), empty: [] };
    const verdict = judge(problem, encoder);
    const empty: number[] = [];
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
        const isEmpty = new Uint8Array(count);
        for (let q = 0; q < count; q++) {
          const judged = verdict(numbers[q], numbers[count + q]);
          if (judged === "untrusted") untrusted.add(first + q);
          if (judged !== "empty") continue;
          isEmpty[q] = 1;
          if (!untrusted.has(first + q)) empty.push(first + q);
        }
        await finish(slice, isEmpty);
      },
    });
    return { untrusted: [...untrusted], empty };
  }
}

/** From the GPU's means of moments to their own units: offset + scale · mean. */
function momentUnits(problem: Problem, { valueOffset, valueScale }: Encoder) {
  const { values, keys, kernel } = problem;
  const moments = problem.moments ?? plainMoments(values.dims, keys.dims);
  return moments.map(({ column, powers }) => {
    // The shader's differences are (q − k) · scale / h.
    const degree = powers.reduce((sum, power) => sum + power, 0);
    const scale = (-1 / kernel.shader.scale) ** degree * (column === undefined ? 1 : valueScale[column]);
    return { offset: column === undefined || degree > 0 ? 0 : valueOffset[column], scale };
  });
}
