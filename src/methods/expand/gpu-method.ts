/** The method "expand" on the GPU: the same grid as on the CPU, spread, convolved and read in f32. */
import type { GpuPoints, Matrix } from "../../data/matrix.ts";
import type { GpuContext } from "../../gpu/context.ts";
import type { Devices } from "../../gpu/devices.ts";
import type { Problem, SumsOptions } from "../../problem/problem.ts";
import type { ExpandedProblem } from "../gauss-transform/gpu/problem.ts";
import { GpuMethod, tooImprecise } from "../gpu-method.ts";
import { type Computed, type Cost, OWN_QUERY_BANDWIDTHS } from "../method.ts";
import type { Results } from "../results.ts";
import type { Grid } from "../transform/transform.ts";
import type { ExpandOnCpu } from "./method.ts";

export class ExpandOnGpu extends GpuMethod {
  readonly name = "expand";
  private readonly onCpu: ExpandOnCpu;
  private loaded: { readonly tolerance: number; readonly problem: ExpandedProblem } | undefined;

  /** @param onCpu plans the grid, and refines what it cannot promise */
  constructor(context: GpuContext, problem: Problem, onCpu: ExpandOnCpu) {
    super(context, problem);
    this.onCpu = onCpu;
  }

  async cost(queries: Matrix, options: SumsOptions): Promise<Cost | string> {
    if (queries.bandwidthFactors) return OWN_QUERY_BANDWIDTHS;
    const imprecise = tooImprecise(options);
    if (imprecise) return imprecise;
    const grid = await this.grid(options.tolerance);
    if (typeof grid === "string") return grid;
    const { expandedGpuCost } = await import("../gauss-transform/gpu/cost.ts");
    const call = expandedGpuCost(this.problem, grid, queries.count, this.context);
    return call < Infinity ? { once: 0, call } : "the grid does not suit the GPU";
  }

  async sums(queries: Matrix, options: SumsOptions, _: Cost, results: Results): Promise<Computed> {
    const { expanded, queriesOf, intoResults, readGrid } = await this.load(options.tolerance);
    const source = queriesOf(queries, expanded.positions);
    const sink = intoResults(expanded, results);
    return {
      belowPrecision: await readGrid(this.context, expanded, source, options, sink),
      evaluatedPairs: 0,
    };
  }

  /**
   * As `sums`, into a buffer of f32, m × columns.
   * @param devices the device of the buffer alone: with it, what is there is lost
   */
  async means(
    devices: Devices,
    queries: Matrix,
    options: SumsOptions,
    mean: GPUBuffer,
  ): Promise<Computed & { readonly empty: readonly number[] }> {
    const { expanded, queriesOf, intoBuffer, readGrid } = await this.load(options.tolerance);
    const source = queriesOf(queries, expanded.positions);
    const context = { ...this.context, devices };
    const belowPrecision = await readGrid(context, expanded, source, options, intoBuffer(expanded, mean));
    return { belowPrecision, evaluatedPairs: 0, empty: [] };
  }

  /** As `means`, of queries that are on the device too; undefined where they cannot be placed on the grid there. */
  async meansOf(
    devices: Devices,
    queries: GpuPoints,
    count: number,
    options: SumsOptions,
    mean: GPUBuffer,
  ): Promise<readonly number[] | undefined> {
    const { expanded, queriesOnGpu, intoBuffer, readGrid } = await this.load(options.tolerance);
    const axes = expanded.positions.ofFloats;
    if (!axes) return undefined;
    const source = queriesOnGpu(queries, count, axes);
    return readGrid({ ...this.context, devices }, expanded, source, options, intoBuffer(expanded, mean));
  }

  private async load(tolerance: number) {
    const [{ ExpandedProblem }, sums, sources, sinks, grid] = await Promise.all([
      import("../gauss-transform/gpu/problem.ts"),
      import("../gauss-transform/gpu/sums.ts"),
      import("../gauss-transform/gpu/query-source.ts"),
      import("../gauss-transform/gpu/sums-sink.ts"),
      this.grid(tolerance),
    ]);
    this.assertNotDisposed();
    if (typeof grid === "string") throw new Error(grid);
    if (this.loaded?.tolerance !== tolerance) {
      this.loaded?.problem.forget();
      this.loaded = { tolerance, problem: new ExpandedProblem(this.problem, grid) };
    }
    return { expanded: this.loaded.problem, ...sums, ...sources, ...sinks };
  }

  refine(...query: Parameters<ExpandOnCpu["refine"]>): Promise<readonly number[]> {
    return this.onCpu.refine(...query);
  }

  override dispose(): void {
    super.dispose();
    this.loaded?.problem.forget();
  }

  private async grid(tolerance: number): Promise<Grid | string> {
    if (this.problem.moments) return "its grid on the GPU has no moments of differences";
    const transform = await this.onCpu.transform(tolerance);
    if (typeof transform === "string") return transform;
    return transform.grid ?? "the transform has no grid";
  }
}
