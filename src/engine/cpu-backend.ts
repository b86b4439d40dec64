/** The backend where there is no WebGPU: the float64 twins of the stages, a slice at a time so that the page stays responsive. */

import { NadarayaError } from "../common/errors.ts";
import { yieldToEventLoop } from "../common/yield.ts";
import type { Matrix } from "../data/matrix.ts";
import { denseCost } from "../methods/dense/cost.ts";
import {
  type DenseSums,
  denseSums,
  denseTask,
  kernelOptionsOf,
  type Shifted,
  shifted,
} from "../methods/dense/cpu/sums.ts";
import { weights as weightsTwin } from "../methods/dense/cpu/weights.ts";
import {
  type Backend,
  type LoadedProblem,
  outputsOf,
  type Problem,
  type RunOptions,
  type Sums,
  type SumsOptions,
  type Totals,
  weightMatrix,
} from "../problem/problem.ts";
import { type SerialisedProblem, serialiseProblem } from "../problem/serialised-problem.ts";
import { ranges, type TaskInputs } from "../workers/task.ts";
import { BackendProblem } from "./backend-problem.ts";
import { type Choice, chooseMethod, OWN_QUERY_BANDWIDTHS } from "./choose-method.ts";
import type { Workers } from "./shared-work.ts";

/** Pairs between two yields to the event loop: about 10 ms of one core. */
const PAIRS_PER_SLICE = 2 ** 19;
/** Most pairs that a worker is given at once. */
const PAIRS_PER_JOB = 2 ** 22;
/** Below this a sum of weights has lost digits to float64's underflow, of exponentials or of products of many factors. */
const LEAST_SUM = 1e-280;

export class CpuBackend implements Backend {
  readonly lost = false;
  readonly workers: Workers;

  constructor(workers: Workers) {
    this.workers = workers;
  }

  load(problem: Problem): Promise<LoadedProblem> {
    return Promise.resolve(new CpuProblem(problem, this));
  }

  async read(_buffer: GPUBuffer, _count: number, name: string): Promise<never> {
    throw new NadarayaError(
      "unsupported",
      `${name} lie on a GPU, but this engine computes on the CPU; expected an array`,
    );
  }

  dispose(): void {
    this.workers.dispose();
  }
}

class CpuProblem extends BackendProblem {
  private readonly backend: CpuBackend;
  private readonly serialised: SerialisedProblem | undefined;
  private values: Shifted | undefined;

  constructor(problem: Problem, backend: CpuBackend) {
    super(problem, backend.workers);
    this.backend = backend;
    this.serialised = serialiseProblem(problem);
  }

  async sums(queries: Matrix, options: SumsOptions, totals: Totals): Promise<Sums> {
    const dense = queries.widths ? OWN_QUERY_BANDWIDTHS : denseCost(this.problem, queries);
    const choice = await chooseMethod(options.method, dense, () =>
      this.float64.costs(queries, options.tolerance),
    );
    return choice.method === "dense"
      ? this.dense(choice, queries, options, totals)
      : this.float64.sums(choice, queries, options, totals);
  }

  private async dense(
    { method, reason }: Choice,
    queries: Matrix,
    options: RunOptions,
    want: Totals,
  ): Promise<Sums> {
    const { problem } = this;
    const { kernel, keys } = problem;
    const outputs = outputsOf(problem);
    const mean = new Float64Array(queries.count * outputs).fill(NaN);
    const totals = new Float64Array(queries.count);
    const belowPrecision: number[] = [];
    const empty: number[] = [];
    await this.eachSlice(queries, options, (slice, first) => {
      mean.set(slice.mean, first * outputs);
      for (const [q, sum] of slice.totals.entries()) {
        totals[first + q] = want === "log" ? Math.log(sum) : sum;
        if (kernel.tail !== "compact" && !(sum >= LEAST_SUM)) belowPrecision.push(first + q);
        else if (sum === 0) empty.push(first + q);
      }
    });
    const again = await this.float64.fallBack(queries, belowPrecision, options, (q, row, log) => {
      mean.set(row, q * outputs);
      totals[q] = want === "log" ? log : Math.exp(log);
      if (log === -Infinity) empty.push(q);
    });
    const evaluatedPairs = queries.count * keys.count + again;
    return {
      mean,
      totals,
      empty,
      method,
      reason,
      precision: "double",
      fallbackQueries: belowPrecision.length,
      evaluatedPairs,
    };
  }

  async sumsOnGpu(): Promise<never> {
    throw new NadarayaError(
      "unsupported",
      'output "gpu" needs an engine on WebGPU; this one computes on the CPU',
    );
  }

  async weights(queries: Matrix, options: RunOptions): Promise<Float32Array<ArrayBuffer>> {
    const { keys } = this.problem;
    const result = weightMatrix(keys.count, queries.count);
    await this.inTurn(queries, options, (slice, first) => {
      const input = { queries: slice, keys: keys.data, dims: keys.dims, ...kernelOptionsOf(this.problem) };
      const matrix = weightsTwin({ ...input, from: 0, to: keys.count });
      const m = slice.length / keys.dims;
      for (let k = 0; k < keys.count; k++) {
        result.set(matrix.subarray(k * m, (k + 1) * m), k * queries.count + first);
      }
    });
    return result;
  }

  dispose(): void {}

  /** Calls `take` with the sums of slices of the queries, by workers where that is worth it. */
  private async eachSlice(
    queries: Matrix,
    options: RunOptions,
    take: (slice: DenseSums, first: number) => void,
  ): Promise<void> {
    const { problem, serialised } = this;
    const share = serialised && (await this.backend.workers.share(denseCost(problem, queries), serialised));
    if (!share) {
      this.values ??= shifted(problem);
      const { values } = this;
      return this.inTurn(queries, options, (slice, first) => take(denseSums(problem, values, slice), first));
    }
    const { data, dims, count } = queries;
    const n = problem.keys.count;
    const most = Math.max(1, Math.floor(PAIRS_PER_JOB / n));
    const slices = ranges(count, share.size, [1, most]);
    let done = 0;
    const taskInputs: TaskInputs<Float64Array, DenseSums> = {
      count: slices.length,
      input: (taskIndex) => data.slice(slices[taskIndex].from * dims, slices[taskIndex].to * dims),
      take: (sums, taskIndex) => {
        take(sums, slices[taskIndex].from);
        done += sums.totals.length;
        options.onProgress?.({ done: done * n, total: count * n });
      },
    };
    return share.each(denseTask, serialised, taskInputs, options.signal);
  }

  /** Calls `work` with slices of the queries, yielding between them. */
  private async inTurn(
    queries: Matrix,
    { signal, onProgress }: RunOptions,
    work: (slice: Float64Array, first: number) => void,
  ): Promise<void> {
    const n = this.problem.keys.count;
    const { data, dims, count } = queries;
    const step = Math.max(1, Math.floor(PAIRS_PER_SLICE / n));
    for (let first = 0; first < count; first += step) {
      signal?.throwIfAborted();
      const last = Math.min(first + step, count);
      work(data.subarray(first * dims, last * dims), first);
      onProgress?.({ done: last * n, total: count * n });
      if (last < count) await yieldToEventLoop();
    }
  }
}
