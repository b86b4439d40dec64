/** The backend where there is no WebGPU: the float64 twins of the stages, a slice at a time so that the page lives. */
import type { Matrix } from "../data.ts";
import { NadarayaError } from "../errors.ts";
import { columnSum } from "../reference/column-sum.ts";
import { normalize } from "../reference/normalize.ts";
import { pairwise } from "../reference/pairwise.ts";
import { weights as weightsTwin } from "../reference/weights.ts";
import { breathe } from "./breathe.ts";
import { type Choice, chooseMethod, QUERY_WIDTHS } from "./choice/choose-method.ts";
import { Corrections } from "./choice/corrections.ts";
import { HostMethods } from "./host-methods.ts";
import { leaveOneOut } from "./leave-one-out.ts";
import {
  type Backend,
  type LeftOut,
  type LoadedProblem,
  outputsOf,
  type Problem,
  type RunOptions,
  type Sums,
  type SumsOptions,
  type Totals,
} from "./types.ts";

/** Expected nanoseconds of a pair, and for each of its coordinates; corrected by what it turns out to be. */
const NS = { compact: 13, other: 25, coordinate: 4 } as const;
/** Pairs between two breaths: about 10 ms of one core. */
const PAIRS_PER_SLICE = 2 ** 19;
/** Keys in a part, as on the GPU: sums over parts, then over the parts' sums. */
const KEYS_PER_PART = 4096;
/** Below this a sum of exponentials has lost digits to float64's underflow. */
const LEAST_SUM = 1e-280;

export class CpuBackend implements Backend {
  readonly lost = false;
  private readonly corrections = new Corrections();

  load(problem: Problem): Promise<LoadedProblem> {
    return Promise.resolve(new CpuProblem(problem, this.corrections));
  }

  async read(_buffer: GPUBuffer, _count: number, name: string): Promise<never> {
    throw new NadarayaError(
      "unsupported",
      `${name} lie on a GPU, but this engine computes on the CPU; expected an array`,
    );
  }

  dispose(): void {}
}

class CpuProblem implements LoadedProblem {
  private readonly problem: Problem;
  private readonly corrections: Corrections;
  private readonly host: HostMethods;
  /** Values less their first row, so that a large offset costs no digits. */
  private shifted: Float64Array | undefined;

  constructor(problem: Problem, corrections: Corrections) {
    this.problem = problem;
    this.corrections = corrections;
    this.host = new HostMethods(problem, corrections);
  }

  private get values(): Float64Array {
    const { data, dims } = this.problem.values;
    this.shifted ??= data.map((value, i) => value - data[i % dims]);
    return this.shifted;
  }

  async sums(queries: Matrix, options: SumsOptions, totals: Totals): Promise<Sums> {
    const { problem, corrections } = this;
    const dense = queries.widths
      ? QUERY_WIDTHS
      : corrections.correct("dense", problem, denseCost(problem, queries));
    const choice = await chooseMethod(options.method, dense, () =>
      this.host.costs(queries, options.tolerance),
    );
    return choice.method === "dense"
      ? this.dense(choice, queries, options, totals)
      : this.host.sums(choice, queries, options, totals);
  }

  private async dense(
    { method, reason }: Choice,
    queries: Matrix,
    options: RunOptions,
    want: Totals,
  ): Promise<Sums> {
    const start = performance.now();
    const { keys, values, kernel } = this.problem;
    const weighing = weighingOf(this.problem);
    const columns = values.dims;
    const outputs = outputsOf(this.problem);
    const mean = new Float64Array(queries.count * outputs);
    const totals = new Float64Array(queries.count);
    const untrusted: number[] = [];
    const empty: number[] = [];
    await this.eachSlice(queries, options, (slice, first) => {
      const partials: Float64Array[] = [];
      for (let from = 0; from < keys.count; from += KEYS_PER_PART) {
        const to = Math.min(from + KEYS_PER_PART, keys.count);
        const part = {
          queries: slice,
          keys: keys.data,
          values: this.problem.moments ? values.data : this.values,
          moments: this.problem.moments,
          dims: keys.dims,
          columns,
          from,
          to,
        };
        partials.push(pairwise({ ...part, ...weighing }));
      }
      const m = slice.length / keys.dims;
      const sums = normalize(columnSum(partials), m);
      for (let q = 0; q < m; q++) {
        totals[first + q] = want === "log" ? Math.log(sums[q]) : sums[q];
        for (let i = 0; i < outputs; i++) {
          const shift = this.problem.moments ? 0 : values.data[i];
          mean[(first + q) * outputs + i] = sums[q] > 0 ? shift + sums[(1 + i) * m + q] : NaN;
        }
        if (kernel.tail === "exponential" && sums[q] < LEAST_SUM) untrusted.push(first + q);
        else if (sums[q] === 0) empty.push(first + q);
      }
    });
    const milliseconds = performance.now() - start;
    this.host.spent(milliseconds);
    this.corrections.learn("dense", this.problem, denseCost(this.problem, queries), milliseconds);
    await this.host.rescue(queries, untrusted, options, (q, row, log) => {
      mean.set(row, q * outputs);
      totals[q] = want === "log" ? log : Math.exp(log);
      if (log === -Infinity) empty.push(q);
    });
    const evaluatedPairs = queries.count * keys.count;
    return { mean, totals, empty, method, reason, rescued: untrusted.length, evaluatedPairs };
  }

  async sumsOnGpu(): Promise<never> {
    throw new NadarayaError(
      "unsupported",
      'output "gpu" needs an engine on WebGPU; this one computes on the CPU',
    );
  }

  async weights(queries: Matrix, options: RunOptions): Promise<Float32Array<ArrayBuffer>> {
    const { keys } = this.problem;
    const result = new Float32Array(keys.count * queries.count);
    await this.eachSlice(queries, options, (slice, first) => {
      const input = { queries: slice, keys: keys.data, dims: keys.dims, ...weighingOf(this.problem) };
      const matrix = weightsTwin({ ...input, from: 0, to: keys.count });
      const m = slice.length / keys.dims;
      for (let k = 0; k < keys.count; k++) {
        result.set(matrix.subarray(k * m, (k + 1) * m), k * queries.count + first);
      }
    });
    return result;
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

  dispose(): void {}

  /** Calls `work` with blocks of queries, breathing between them. */
  private async eachSlice(
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
      if (last < count) await breathe();
    }
  }
}

function denseCost({ keys, kernel }: Problem, queries: Matrix): number {
  const pair = (kernel.tail === "compact" ? NS.compact : NS.other) + NS.coordinate * keys.dims;
  return (queries.count * keys.count * pair) / 1e6;
}

/** What the twins need to weigh a pair. */
const weighingOf = ({ kernel, shape, bandwidth, keyWeights, keyWidths }: Problem) => ({
  kernel,
  shape,
  bandwidth,
  keyWeights: keyWeights?.data,
  keyWidths,
});
