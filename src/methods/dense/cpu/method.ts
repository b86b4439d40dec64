/** The method "dense" in float64 on the CPU: the twins of the stages, a slice of queries at a time, by workers where that is faster. */
import { yieldToEventLoop } from "../../../common/yield.ts";
import type { Matrix } from "../../../data/matrix.ts";
import { isOwn } from "../../../kernels/builtin.ts";
import type { Problem, RunOptions, SumsOptions } from "../../../problem/problem.ts";
import { type SerialisedProblem, serialiseProblem } from "../../../problem/serialised-problem.ts";
import { ranges, type TaskInputs, type WorkSharing } from "../../../workers/task.ts";
import { CpuMethod } from "../../cpu-method.ts";
import { type Computed, type Cost, OWN_QUERY_BANDWIDTHS } from "../../method.ts";
import type { Results } from "../../results.ts";
import { denseCost } from "../cost.ts";
import { type DenseSums, denseSums, denseTask, kernelOptionsOf, type Shifted, shifted } from "./sums.ts";
import { weights as weightsTwin } from "./weights.ts";

/** Pairs between two yields to the event loop: about 10 ms of one core. */
const PAIRS_PER_SLICE = 2 ** 19;
/** Most pairs in one task of a worker. */
const PAIRS_PER_TASK = 2 ** 22;
/**
 * Below the first a sum of weights has lost digits to float64's underflow, of exponentials, of products of many factors, or of light keys; of heavy keys, if it is
 * below that many times the heaviest. Above the second it may overflow.
 */
const [LEAST_SUM, MOST_SUM] = [1e-280, 1e280];

/** The least α of the library's compact kernels beside the edge of their support, (2⁻⁵³)³, squared for errors; and what float64 holds. */
const [LEAST_FACTOR, LEAST_PRODUCT] = [1e-96, 1e-300];

/** Whether Σ α of 0 says that no key is in reach, and not that products underflow. */
function zeroMeansEmpty({ kernel, shape, keys: { dims }, keyWeights }: Problem): boolean {
  if (kernel.tail !== "compact") return false;
  const factors = shape === "product" ? dims : 1;
  const lightest = keyWeights?.least ?? 1;
  if (isOwn(kernel)) return factors === 1 && lightest >= 1;
  return LEAST_FACTOR ** factors * lightest > LEAST_PRODUCT;
}

export class DenseOnCpu extends CpuMethod {
  readonly name = "dense";
  private readonly serialised: SerialisedProblem | undefined;
  private values: Shifted | undefined;

  constructor(problem: Problem, workers: WorkSharing) {
    super(problem, workers);
    this.serialised = serialiseProblem(problem);
  }

  async cost(queries: Matrix): Promise<Cost | string> {
    return queries.bandwidthFactors
      ? OWN_QUERY_BANDWIDTHS
      : { once: 0, call: denseCost(this.problem, queries.count) };
  }

  async sums(queries: Matrix, options: SumsOptions, { call }: Cost, results: Results): Promise<Computed> {
    const { keys } = this.problem;
    const belowPrecision: number[] = [];
    const isZero = zeroMeansEmpty(this.problem);
    const leastSum = LEAST_SUM * Math.max(this.problem.keyWeights?.most ?? 1, 1);
    await this.eachSlice(queries, options, call, ({ mean, totals }, first) => {
      results.mean.set(mean, (first * mean.length) / totals.length);
      for (const [q, sum] of totals.entries()) {
        results.setTotal(first + q, sum);
        if (sum === 0 && isZero) results.empty.push(first + q);
        else if (!(sum >= leastSum && sum <= MOST_SUM)) belowPrecision.push(first + q);
      }
    });
    return { belowPrecision, evaluatedPairs: queries.count * keys.count };
  }

  /** Writes the weights into a matrix keys × queries; in float64 none are below precision. */
  async weights(queries: Matrix, options: RunOptions, matrix: Float32Array): Promise<readonly number[]> {
    const { problem } = this;
    const { keys } = problem;
    await this.inTurn(queries, options, (slice, first) => {
      const input = { queries: slice, keys: keys.data, dims: keys.dims, ...kernelOptionsOf(problem) };
      const columns = weightsTwin({ ...input, from: 0, to: keys.count });
      const m = slice.length / keys.dims;
      for (let k = 0; k < keys.count; k++)
        matrix.set(columns.subarray(k * m, (k + 1) * m), k * queries.count + first);
    });
    return [];
  }

  /** Calls `take` with the sums of slices of the queries, by workers where that is faster. */
  private async eachSlice(
    queries: Matrix,
    options: RunOptions,
    cost: number,
    take: (slice: DenseSums, first: number) => void,
  ): Promise<void> {
    const { problem, serialised } = this;
    const share = serialised && (await this.workers.share(cost, serialised));
    if (!share) {
      this.values ??= shifted(problem);
      const { values } = this;
      return this.inTurn(queries, options, (slice, first) => take(denseSums(problem, values, slice), first));
    }
    const { data, dims, count } = queries;
    const n = problem.keys.count;
    const most = Math.max(1, Math.floor(PAIRS_PER_TASK / n));
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
