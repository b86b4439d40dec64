/** A problem held by an engine: chooses a method for each call, runs it, and answers what only float64 on the CPU can. */
import { NadarayaError } from "../common/errors.ts";
import type { GpuPoints, Matrix } from "../data/matrix.ts";
import type { GpuContext } from "../gpu/context.ts";
import type { CullOnCpu } from "../methods/cull/method.ts";
import type { DenseOnCpu } from "../methods/dense/cpu/method.ts";
import type { DenseOnGpu } from "../methods/dense/gpu/method.ts";
import type { SumsMethod } from "../methods/method.ts";
import {
  type EachQueryOptions,
  type LeaveOneOutSums,
  type LoadedProblem,
  type Problem,
  type QueryWeights,
  type RunOptions,
  type Sums,
  type SumsOnGpu,
  type SumsOptions,
  type Totals,
  weightMatrix,
} from "../problem/problem.ts";
import { inCallersUnits } from "../problem/value-units.ts";
import { type Choice, chooseMethod } from "./choose-method.ts";
import { recompute } from "./recompute.ts";

/** The methods of a backend for one problem. */
export interface Methods {
  readonly dense: DenseOnCpu | DenseOnGpu;
  /** In float64 on the CPU: also the fallback of all the others. */
  readonly cull: CullOnCpu;
  /** All of them; of two that are expected to take equally long, the first is taken. */
  readonly all: readonly SumsMethod[];
}

/** Frees what the methods hold on a GPU when a problem is collected that was not disposed of. */
const forgotten = new FinalizationRegistry<Methods>(({ all }) => {
  for (const method of all) method.dispose();
});

export class EngineProblem implements LoadedProblem {
  readonly problem: Problem;
  readonly methods: Methods;
  private readonly context: GpuContext | undefined;
  private disposed = false;

  constructor(problem: Problem, methods: Methods, context?: GpuContext) {
    this.problem = problem;
    this.methods = methods;
    this.context = context;
    if (context) forgotten.register(this, methods, this);
  }

  async sums(queries: Matrix, options: SumsOptions, totals: Totals): Promise<Sums> {
    return this.run(await this.choose(queries, options), queries, options, totals);
  }

  async sumsOnGpu(queries: Matrix, options: SumsOptions): Promise<SumsOnGpu> {
    const { context } = this;
    if (!context)
      throw new NadarayaError(
        "unsupported",
        'output "gpu" needs an engine on WebGPU; this one computes on the CPU',
      );
    const { meansOnGpu } = await import("./means-on-gpu.ts");
    const choice = await this.choose(queries, options);
    this.forgetOtherKeys(choice.method);
    return meansOnGpu(context, this, choice, queries, options);
  }

  async sumsOfGpuQueries(queries: GpuPoints, options: SumsOptions): Promise<SumsOnGpu | undefined> {
    const { context } = this;
    if (!context) return undefined;
    this.assertNotDisposed();
    const { meansOfGpuQueries } = await import("./means-on-gpu.ts");
    return meansOfGpuQueries(context, this, queries, options);
  }

  async weights(queries: Matrix, options: RunOptions): Promise<Float32Array<ArrayBuffer>> {
    this.assertNotDisposed();
    const { dense, cull } = this.methods;
    await this.ready(queries, options);
    const matrix = weightMatrix(this.problem.keys.count, queries.count);
    const belowPrecision = await dense.weights(queries, options, matrix);
    await cull.recomputeWeights(queries, belowPrecision, matrix, options);
    return matrix;
  }

  async leaveOneOut(options: SumsOptions): Promise<LeaveOneOutSums> {
    const { leaveOneOut } = await import("./leave-one-out.ts");
    const { problem, methods } = this;
    return leaveOneOut(problem, methods.cull, () => this.sums(problem.keys, options, "plain"), options);
  }

  eachQuery(
    queries: Matrix,
    options: EachQueryOptions,
    take: (query: number, weights: QueryWeights) => void,
  ): Promise<void> {
    return this.methods.cull.eachQuery(queries, options, take);
  }

  nearest(queries: Matrix, indices: readonly number[]): number[] {
    return this.methods.cull.nearest(queries, indices);
  }

  distances(queries: Matrix, rank: number): Promise<Float64Array> {
    return this.methods.cull.distances(queries, rank);
  }

  dispose(): void {
    this.disposed = true;
    forgotten.unregister(this);
    for (const method of this.methods.all) method.dispose();
  }

  /** Resolves when it is known how fast the GPU is, if these are many pairs. */
  async ready(queries: Matrix, options: RunOptions): Promise<void> {
    await this.context?.calibrated.ready(queries.count * this.problem.keys.count, options);
  }

  private async choose(queries: Matrix, options: SumsOptions): Promise<Choice> {
    this.assertNotDisposed();
    await this.ready(queries, options);
    return chooseMethod(this.methods.all, queries, options);
  }

  /** By the chosen method; by the same on the CPU where the GPU's memory does not suffice. */
  async run(choice: Choice, queries: Matrix, options: SumsOptions, totals: Totals): Promise<Sums> {
    const { problem, methods } = this;
    const { method, cost, reason, onCpu } = choice;
    this.forgetOtherKeys(method);
    try {
      const sums = await recompute(problem, method, cost, methods.cull, queries, options, totals);
      inCallersUnits(problem, sums.mean);
      return { ...sums, reason };
    } catch (error) {
      if (!(onCpu && error instanceof NadarayaError && error.code === "out-of-memory")) throw error;
      return this.run({ ...onCpu, reason }, queries, options, totals);
    }
  }

  /** Keys lie on the GPU once, in the order of the method that read them last. */
  private forgetOtherKeys(method: SumsMethod): void {
    if (!method.forgetKeys) return;
    for (const other of this.methods.all) if (other !== method) other.forgetKeys?.();
  }

  private assertNotDisposed(): void {
    if (this.disposed) throw new NadarayaError("disposed", "this model was disposed of");
  }
}
