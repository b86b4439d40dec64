/** What both backends answer alike: leave-one-out sums, the weights of single queries, and distances, all in float64 on the CPU. */
import type { Matrix } from "../data/matrix.ts";
import type {
  EachQueryOptions,
  LeaveOneOutSums,
  LoadedProblem,
  Problem,
  QueryWeights,
  RunOptions,
  Sums,
  SumsOnGpu,
  SumsOptions,
  Totals,
} from "../problem/problem.ts";
import { Float64Methods } from "./float64-methods.ts";
import { leaveOneOut } from "./leave-one-out.ts";
import type { Workers } from "./shared-work.ts";

export abstract class BackendProblem implements LoadedProblem {
  protected readonly problem: Problem;
  protected readonly float64: Float64Methods;

  constructor(problem: Problem, workers: Workers) {
    this.problem = problem;
    this.float64 = new Float64Methods(problem, workers);
  }

  abstract sums(queries: Matrix, options: SumsOptions, totals: Totals): Promise<Sums>;
  abstract sumsOnGpu(queries: Matrix, options: SumsOptions): Promise<SumsOnGpu>;
  abstract weights(queries: Matrix, options: RunOptions): Promise<Float32Array<ArrayBuffer>>;
  abstract dispose(): void;

  leaveOneOut(options: SumsOptions): Promise<LeaveOneOutSums> {
    const { problem, float64 } = this;
    return leaveOneOut(problem, float64, () => this.sums(problem.keys, options, "plain"), options);
  }

  eachQuery(
    queries: Matrix,
    options: EachQueryOptions,
    take: (query: number, weights: QueryWeights) => void,
  ): Promise<void> {
    return this.float64.eachQuery(queries, options, take);
  }

  nearest(queries: Matrix, indices: readonly number[]): number[] {
    return this.float64.nearest(queries, indices);
  }

  distances(queries: Matrix, rank: number): Float64Array {
    return this.float64.distances(queries, rank);
  }
}
