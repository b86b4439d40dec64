/** A problem on the GPU: runs the chosen method, checks for every query whether single precision was enough, and recomputes those below it. */

import { firstValueRow } from "../../shaders/partials.ts";
import { NadarayaError } from "../common/errors.ts";
import { type Matrix, rowsOf } from "../data/matrix.ts";
import { evaluatedPairsOnGpu } from "../methods/cull/cost.ts";
import type { CulledProblem } from "../methods/cull/gpu/problem.ts";
import { treeOf } from "../methods/cull/key-tree.ts";
import { TileTree } from "../methods/cull/tile-tree.ts";
import { type Encoder, encoder, precisionCheck, trackOf } from "../methods/dense/gpu/encode.ts";
import { KeyBuffers } from "../methods/dense/gpu/key-buffers.ts";
import { CULLED_BLOCK } from "../methods/dense/gpu/plan.ts";
import type { Slice, SumRequest } from "../methods/dense/gpu/slices.ts";
import { sumSlices } from "../methods/dense/gpu/sums.ts";
import type { ExpandedProblem } from "../methods/gauss-transform/gpu/problem.ts";
import { plainMoments } from "../problem/moments.ts";
import {
  type Problem,
  type RunOptions,
  type Sums,
  type SumsOnGpu,
  type SumsOptions,
  type Totals,
  weightMatrix,
} from "../problem/problem.ts";
import { BackendProblem } from "./backend-problem.ts";
import type { Choice } from "./choose-method.ts";
import { type GpuChoice, GpuCosts } from "./gpu-costs.ts";
import type { Workers } from "./shared-work.ts";

interface CheckedOptions {
  readonly take?: (request: SumRequest) => Promise<unknown>;
  /** Whether Σ α itself is wanted. */
  readonly totals?: boolean;
}

/** A problem as it lies on the GPU. */
type GpuInputs = Pick<SumRequest, "problem" | "encoder" | "keyBuffers">;

/** The device, what it can do, and the workers of the engine. */
export interface Machine extends Pick<SumRequest, "gpu" | "scheduler" | "calibration" | "memoryBudget"> {
  readonly workers: Workers;
}

export class GpuProblem extends BackendProblem {
  private readonly backend: Machine;
  private readonly costs: GpuCosts;
  private onGpu: GpuInputs | undefined;
  private culledOnGpu: CulledProblem | undefined;
  private expandedOnGpu: { tolerance: number; problem: ExpandedProblem } | undefined;
  private readonly tracked: boolean;
  private disposed = false;

  constructor(backend: Machine, problem: Problem) {
    super(problem, backend.workers);
    this.backend = backend;
    this.costs = new GpuCosts(problem, backend, this.float64);
    this.tracked = trackOf(problem.kernel) !== undefined;
  }

  async sums(queries: Matrix, options: SumsOptions, totals: Totals): Promise<Sums> {
    const choice = await this.choose(queries, options);
    if (choice.method === "dense") return this.dense(choice, queries, options, totals);
    if (!choice.onGpu) return this.float64.sums(choice, queries, options, totals);
    return choice.method === "cull"
      ? this.culled(choice, queries, options, totals)
      : this.expanded(choice, queries, options, totals);
  }

  private choose(queries: Matrix, options: SumsOptions): Promise<GpuChoice> {
    this.notDisposed();
    return this.costs.choose(queries, options);
  }

  private notDisposed(): void {
    if (this.disposed) throw new NadarayaError("disposed", "this model was disposed of");
  }

  private async dense(choice: Choice, queries: Matrix, options: RunOptions, want: Totals): Promise<Sums> {
    const pairs = queries.count * this.problem.keys.count;
    this.culledOnGpu?.keyBuffers.forget();
    return this.single(choice, this.gpuInputs, queries, undefined, options, want, async (request) => {
      await sumSlices(request);
      return pairs;
    });
  }

  private async culled(choice: Choice, queries: Matrix, options: SumsOptions, want: Totals): Promise<Sums> {
    const { problem, backend } = this;
    const { tolerance } = options;
    const [{ CulledProblem }, { sumCulledSlices }] = await Promise.all([
      import("../methods/cull/gpu/problem.ts"),
      import("../methods/cull/gpu/sums.ts"),
    ]);
    this.culledOnGpu ??= new CulledProblem(backend.gpu, problem, treeOf(problem));
    const culled = this.culledOnGpu;
    this.onGpu?.keyBuffers.forget(); // keys lie on the GPU once, in one order or the other
    const queryTree = new TileTree(queries, problem.bandwidth, CULLED_BLOCK);
    const { order } = queryTree;
    const expected = evaluatedPairsOnGpu(problem, queries, tolerance);
    const sorted = rowsOf(queries, order);
    try {
      return await this.single(choice, culled, sorted, order, options, want, (request) =>
        sumCulledSlices(request, culled, queryTree, tolerance, expected),
      );
    } catch (error) {
      if (!(error instanceof NadarayaError && error.code === "out-of-memory")) throw error;
      return this.float64.sums(choice, queries, options, want);
    }
  }

  private async expanded(choice: Choice, queries: Matrix, options: SumsOptions, want: Totals): Promise<Sums> {
    const { problem, float64, backend } = this;
    const { gpu, scheduler, memoryBudget } = backend;
    const { tolerance } = options;
    const [{ ExpandedProblem }, { sumByGrid }, grid] = await Promise.all([
      import("../methods/gauss-transform/gpu/problem.ts"),
      import("../methods/gauss-transform/gpu/sums.ts"),
      float64.grid(tolerance),
    ]);
    this.notDisposed();
    if (!grid) throw new Error("only a problem with a grid is expanded on the GPU");
    if (this.expandedOnGpu?.tolerance !== tolerance) {
      this.expandedOnGpu?.problem.forget();
      this.expandedOnGpu = { tolerance, problem: new ExpandedProblem(gpu, problem, grid) };
    }
    const expanded = this.expandedOnGpu.problem;
    try {
      const sums = await sumByGrid({
        gpu,
        scheduler,
        memoryBudget,
        expanded,
        float64,
        queries,
        options,
        want,
      });
      return { ...sums, method: choice.method, reason: choice.reason };
    } catch (error) {
      if (!(error instanceof NadarayaError && error.code === "out-of-memory")) throw error;
      return float64.sums(choice, queries, options, want);
    }
  }

  /**
   * Sums in single precision; queries below its precision are recomputed in float64; `order` are the places of the queries in the
   * result, `take` returns how many pairs it evaluated.
   */
  private async single(
    { method, reason }: Choice,
    side: GpuInputs,
    queries: Matrix,
    order: Uint32Array | undefined,
    options: RunOptions,
    want: Totals,
    take: (request: SumRequest) => Promise<number>,
  ): Promise<Sums> {
    const units = momentUnits(side.problem, side.encoder);
    const outputs = units.length;
    const m = queries.count;
    const mean = new Float64Array(m * outputs).fill(NaN);
    const totals = want === "none" ? undefined : new Float64Array(m);
    const unit = this.problem.keyWeights?.most ?? 1;
    const totalOf = (sum: number) => (want === "log" ? Math.log(sum * unit) : sum * unit);
    const values = firstValueRow(this.tracked);
    const place = (query: number) => (order ? order[query] : query);
    let evaluatedPairs = 0;
    const { belowPrecision, empty } = await this.checkedSums(
      side,
      queries,
      options,
      "means",
      ({ first, count, numbers }, isEmpty) => {
        for (let q = 0; q < count; q++) {
          const at = place(first + q);
          if (totals) totals[at] = totalOf(isEmpty[q] ? 0 : numbers[q]);
          for (let i = 0; i < outputs; i++) {
            const value = units[i].offset + units[i].scale * numbers[(values + i) * count + q];
            mean[at * outputs + i] = isEmpty[q] ? NaN : value;
          }
        }
      },
      {
        totals: want !== "none",
        take: async (request) => {
          evaluatedPairs = await take(request);
        },
      },
    );
    evaluatedPairs += await this.float64.fallBack(queries, belowPrecision, options, (q, row, log) => {
      mean.set(row, place(q) * outputs);
      if (totals) totals[place(q)] = want === "log" ? log : Math.exp(log);
      if (log === -Infinity) empty.push(q);
    });
    const where = order ? empty.map(place).sort((a, b) => a - b) : empty;
    return {
      ...{ mean, totals, empty: where, method, reason, precision: "single" },
      ...{ fallbackQueries: belowPrecision.length, evaluatedPairs },
    };
  }

  async sumsOnGpu(queries: Matrix, options: SumsOptions): Promise<SumsOnGpu> {
    const { gpu } = this.backend;
    const columns = this.problem.values.dims;
    const mean = await gpu.ownBuffer("means", Math.max(queries.count * columns, 1) * 4);
    const write = (q: number, row: ArrayLike<number>) =>
      gpu.device.queue.writeBuffer(mean, q * columns * 4, Float32Array.from(row));
    try {
      const choice = await this.choose(queries, options);
      if (choice.method === "dense") return await this.denseOnGpu(choice, queries, options, mean, write);
      const sums = await this.sums(queries, options, "none");
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
    const inputs = this.gpuInputs;
    const { placing } = await import("../methods/dense/gpu/place-means.ts");
    const columns = this.problem.values.dims;
    const place = await placing(this.backend.gpu, inputs.encoder, columns, this.tracked, mean, write);
    const { belowPrecision, empty } = await this.checkedSums(inputs, queries, options, "means on gpu", place);
    const fallbackPairs = await this.float64.fallBack(queries, belowPrecision, options, (q, row, log) => {
      write(q, row);
      if (log === -Infinity) empty.push(q);
    });
    const onGpu = inputs.encoder.tooWide ? 0 : queries.count * this.problem.keys.count;
    const evaluatedPairs = onGpu + fallbackPairs;
    return {
      ...{ mean, empty, method, reason, precision: "single", write },
      ...{ fallbackQueries: belowPrecision.length, evaluatedPairs },
    };
  }

  async weights(queries: Matrix, options: RunOptions): Promise<Float32Array<ArrayBuffer>> {
    const n = this.problem.keys.count;
    const m = queries.count;
    const matrix = weightMatrix(n, m);
    const { sumColumnsToOne, weightsOfSlice } = await import("../methods/dense/gpu/weights.ts");
    const { belowPrecision } = await this.checkedSums(
      this.gpuInputs,
      queries,
      options,
      "sums",
      async (slice, empty) => {
        await weightsOfSlice(
          this.backend.gpu,
          this.problem,
          this.gpuInputs.encoder,
          slice,
          m,
          matrix,
          this.backend.memoryBudget,
          options,
        );
        for (let q = 0; q < slice.count; q++) {
          if (empty[q]) for (let k = 0; k < n; k++) matrix[k * m + slice.first + q] = NaN;
        }
      },
    );
    sumColumnsToOne(matrix, m);
    await this.float64.fallbackWeights(queries, belowPrecision, matrix, options);
    return matrix;
  }

  dispose(): void {
    this.disposed = true;
    this.onGpu?.keyBuffers.close();
    this.culledOnGpu?.keyBuffers.close();
    this.expandedOnGpu?.problem.forget();
  }

  /** What only dense sums and weights need: made when first asked for. */
  private get gpuInputs(): GpuInputs {
    const { problem } = this;
    if (!this.onGpu) {
      const newEncoder = encoder(problem);
      const keyBuffers = new KeyBuffers(this.backend.gpu, problem, newEncoder);
      this.onGpu = { problem, encoder: newEncoder, keyBuffers };
    }
    return this.onGpu;
  }

  /**
   * Computes the sums on the GPU and passes each slice on, with a flag for empty windows; returns the queries with
   * empty windows and those below precision.
   */
  private async checkedSums(
    side: GpuInputs,
    queries: Matrix,
    options: RunOptions,
    want: SumRequest["want"],
    finish: (slice: Slice, isEmpty: Uint8Array) => void | Promise<void>,
    { take = sumSlices, totals = false }: CheckedOptions = {},
  ): Promise<{ belowPrecision: number[]; empty: number[] }> {
    const { gpu, scheduler, calibration, memoryBudget } = this.backend;
    this.notDisposed();
    if (side.encoder.tooWide)
      return { belowPrecision: Array.from({ length: queries.count }, (_, q) => q), empty: [] };
    const checkPrecision = precisionCheck(side.problem, side.encoder, totals);
    const empty: number[] = [];
    const belowPrecision = new Set<number>();
    await take({
      ...side,
      gpu,
      scheduler,
      calibration,
      memoryBudget,
      queries,
      options,
      want,
      remote: (query) => belowPrecision.add(query),
      async finish(slice) {
        const { first, count, numbers } = slice;
        const isEmpty = new Uint8Array(count);
        for (let q = 0; q < count; q++) {
          const precision = checkPrecision(numbers[q], numbers[count + q]);
          if (precision === "below precision") belowPrecision.add(first + q);
          if (precision !== "empty") continue;
          isEmpty[q] = 1;
          if (!belowPrecision.has(first + q)) empty.push(first + q);
        }
        await finish(slice, isEmpty);
      },
    });
    return { belowPrecision: [...belowPrecision], empty };
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
