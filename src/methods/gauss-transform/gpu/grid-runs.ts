/** Sums by a grid on the GPU, from queries and into results wherever these are. */
import type { GpuPoints, Matrix } from "../../../data/matrix.ts";
import type { GpuContext } from "../../../gpu/context.ts";
import type { Devices } from "../../../gpu/devices.ts";
import type { Problem, SumsOptions } from "../../../problem/problem.ts";
import type { Results } from "../../results.ts";
import type { Grid } from "../../transform/transform.ts";
import { ExpandedProblem } from "./problem.ts";
import { queriesOf, queriesOnGpu } from "./query-source.ts";
import { readGrid } from "./sums.ts";
import { intoBuffer, intoResults } from "./sums-sink.ts";

/** Each returns the queries that are below precision, in their order. */
export class GridRuns {
  readonly expanded: ExpandedProblem;
  private readonly context: GpuContext;

  constructor(context: GpuContext, problem: Problem, grid: Grid) {
    this.context = context;
    this.expanded = new ExpandedProblem(problem, grid);
  }

  sums(queries: Matrix, options: SumsOptions, results: Results): Promise<readonly number[]> {
    const { context, expanded } = this;
    const source = queriesOf(queries, expanded.positions);
    return readGrid(context, expanded, source, options, intoResults(expanded, results));
  }

  /**
   * Into a buffer of f32, m × columns.
   * @param devices the device of the buffer alone: with it, what is there is lost
   */
  means(
    devices: Devices,
    queries: Matrix,
    options: SumsOptions,
    mean: GPUBuffer,
  ): Promise<readonly number[]> {
    const { expanded } = this;
    const source = queriesOf(queries, expanded.positions);
    return readGrid({ ...this.context, devices }, expanded, source, options, intoBuffer(expanded, mean));
  }

  /** As `means`, of queries that are on the device too; undefined where they cannot be placed on the grid there. */
  async meansOf(
    devices: Devices,
    queries: GpuPoints,
    count: number,
    options: SumsOptions,
    mean: GPUBuffer,
  ): Promise<readonly number[] | undefined> {
    const { expanded } = this;
    const axes = expanded.positions.ofFloats;
    if (!axes) return undefined;
    const source = queriesOnGpu(queries, count, axes);
    return readGrid({ ...this.context, devices }, expanded, source, options, intoBuffer(expanded, mean));
  }
}
