/** The method "expand" on the GPU: the same grid as on the CPU, spread, convolved and read in f32. */
import { type GpuPoints, type Matrix, rowsOf } from "../../data/matrix.ts";
import type { GpuContext } from "../../gpu/context.ts";
import type { Devices } from "../../gpu/devices.ts";
import { outputsOf, type Problem, type SumsOptions } from "../../problem/problem.ts";
import { fallbackCost } from "../cull/cost.ts";
import { FALLBACK_TOLERANCE } from "../cull/method.ts";
import { denseGpuCost } from "../dense/cost.ts";
import type { DenseOnGpu } from "../dense/gpu/method.ts";
import type { ExpandedProblem } from "../gauss-transform/gpu/problem.ts";
import { GpuMethod, tooImprecise } from "../gpu-method.ts";
import { type Computed, type Cost, OWN_QUERY_BANDWIDTHS, type Refined, totalCost } from "../method.ts";
import { Results } from "../results.ts";
import type { Grid } from "../transform/transform.ts";
import type { ExpandOnCpu } from "./method.ts";

export class ExpandOnGpu extends GpuMethod {
  readonly name = "expand";
  private readonly onCpu: ExpandOnCpu;
  private readonly dense: DenseOnGpu;
  private loaded: { readonly tolerance: number; readonly problem: ExpandedProblem } | undefined;

  /**
   * @param onCpu plans the grid
   * @param dense computes sums of queries that the grid cannot bound
   */
  constructor(context: GpuContext, problem: Problem, onCpu: ExpandOnCpu, dense: DenseOnGpu) {
    super(context, problem);
    this.onCpu = onCpu;
    this.dense = dense;
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

  /**
   * Every pair on the GPU, where that is faster than what the CPU would do: single precision bounds sums there that are small next to
   * their neighbours', as a grid cannot.
   */
  async refine(
    queries: Matrix,
    belowPrecision: readonly number[],
    options: SumsOptions,
    results: Refined,
  ): Promise<readonly number[]> {
    const { context, problem, dense } = this;
    if (belowPrecision.length === 0) return belowPrecision;
    const subset = rowsOf(queries, belowPrecision);
    const onGpu = denseGpuCost(problem, subset.count, context.calibration);
    if (onGpu > totalCost(fallbackCost(problem, subset, FALLBACK_TOLERANCE)))
      return this.onCpu.refine(queries, belowPrecision, options, results);
    const columns = outputsOf(problem);
    const found = new Results(subset.count, columns, results.totals ? "log" : "none");
    const computed = await dense.carefulSums(subset, { ...options, onProgress: undefined }, found);
    const still = new Set(computed.belowPrecision);
    for (const [i, q] of belowPrecision.entries())
      if (!still.has(i))
        results.write(q, found.mean.subarray(i * columns, (i + 1) * columns), found.totals?.[i] ?? 0);
    return [...still].map((i) => belowPrecision[i]);
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
