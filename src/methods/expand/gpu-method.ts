/** The method "expand" on the GPU: the same grid as on the CPU, spread, convolved and read in f32. */
import type { Matrix } from "../../data/matrix.ts";
import type { GpuContext } from "../../gpu/context.ts";
import type { Problem, SumsOptions } from "../../problem/problem.ts";
import type { DenseOnGpu } from "../dense/gpu/method.ts";
import type { GridRuns } from "../gauss-transform/gpu/grid-runs.ts";
import { GpuMethod, tooImprecise } from "../gpu-method.ts";
import { type Computed, type Cost, OWN_QUERY_BANDWIDTHS, type Refined } from "../method.ts";
import type { Results } from "../results.ts";
import type { Grid } from "../transform/transform.ts";
import type { ExpandOnCpu } from "./method.ts";

export class ExpandOnGpu extends GpuMethod {
  readonly name = "expand";
  readonly onCpu: ExpandOnCpu;
  readonly dense: DenseOnGpu;
  private loaded: { readonly tolerance: number; readonly runs: GridRuns } | undefined;

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
    const runs = await this.runs(options);
    return { belowPrecision: await runs.sums(queries, options, results), evaluatedPairs: 0 };
  }

  /** How queries are summed, for a tolerance; the grid is made on first use. */
  async runs({ tolerance }: SumsOptions): Promise<GridRuns> {
    const [{ GridRuns }, grid] = await Promise.all([
      import("../gauss-transform/gpu/grid-runs.ts"),
      this.grid(tolerance),
    ]);
    this.assertNotDisposed();
    if (typeof grid === "string") throw new Error(grid);
    if (this.loaded?.tolerance !== tolerance) {
      this.loaded?.runs.expanded.forget();
      this.loaded = { tolerance, runs: new GridRuns(this.context, this.problem, grid) };
    }
    return this.loaded.runs;
  }

  async refine(
    queries: Matrix,
    belowPrecision: readonly number[],
    options: SumsOptions,
    results: Refined,
  ): Promise<readonly number[]> {
    if (belowPrecision.length === 0) return belowPrecision;
    const { refineOnGpu } = await import("../gauss-transform/gpu/refine.ts");
    return refineOnGpu(this, queries, belowPrecision, options, results);
  }

  override dispose(): void {
    super.dispose();
    this.loaded?.runs.expanded.forget();
  }

  private async grid(tolerance: number): Promise<Grid | string> {
    if (this.problem.moments) return "its grid on the GPU has no moments of differences";
    const transform = await this.onCpu.transform(tolerance);
    if (typeof transform === "string") return transform;
    return transform.grid ?? "the transform has no grid";
  }
}
