/** What the methods are expected to take for one problem where there is a GPU: on the GPU and on the CPU. */

import type { Matrix } from "../data/matrix.ts";
import { hasCutoff } from "../methods/cull/box-distance.ts";
import { culledGpuCost } from "../methods/cull/cost.ts";
import { denseGpuCost } from "../methods/dense/cost.ts";
import { fitOneBuffer } from "../methods/dense/gpu/key-buffers.ts";
import type { SumRequest } from "../methods/dense/gpu/slices.ts";
import type { Problem, SumsOptions } from "../problem/problem.ts";
import { type Choice, chooseMethod, OWN_QUERY_BANDWIDTHS } from "./choose-method.ts";
import type { Float64Methods } from "./float64-methods.ts";

/** What f32 sums are off by, as shares of a column's range: at most, and in practice (docs/accuracy.md). */
const SINGLE = { most: 1e-5, typical: 1e-6 } as const;

export interface GpuChoice extends Choice {
  readonly onGpu: boolean;
}

export class GpuCosts {
  private readonly problem: Problem;
  private readonly machine: Pick<SumRequest, "gpu" | "calibration">;
  private readonly float64: Float64Methods;

  constructor(problem: Problem, machine: Pick<SumRequest, "gpu" | "calibration">, float64: Float64Methods) {
    this.problem = problem;
    this.machine = machine;
    this.float64 = float64;
  }

  /**
   * A pure function of the problem, the queries, what is asked of their sums, and the engine's calibration.
   * @throws NadarayaError "unsupported"
   */
  async choose(queries: Matrix, options: SumsOptions): Promise<GpuChoice> {
    const { method, tolerance } = options;
    let dense: number | string = denseGpuCost(this.problem, queries.count, this.machine.calibration);
    if (queries.widths) dense = OWN_QUERY_BANDWIDTHS;
    else if (method === "auto" && tolerance < SINGLE.typical)
      dense = `single precision cannot promise a tolerance of ${tolerance}`;
    const onGpu = { dense: true, cull: false, expand: false };
    const choice = await chooseMethod(method, dense, async () => {
      const costs = await this.float64.costs(queries, tolerance);
      for (const each of ["cull", "expand"] as const) {
        const gpuCost = await this.onGpu(each, queries, options);
        onGpu[each] = gpuCost < Number(costs[each]);
        if (onGpu[each]) costs[each] = gpuCost;
      }
      return costs;
    });
    return { ...choice, onGpu: onGpu[choice.method] };
  }

  /** Infinity where the method cannot be used on the GPU, or not to the tolerance. In dense's place it may be as good as dense. */
  private async onGpu(method: "cull" | "expand", queries: Matrix, options: SumsOptions): Promise<number> {
    const { tolerance } = options;
    const enough = tolerance >= (options.method === "auto" ? SINGLE.typical : SINGLE.most);
    if (queries.widths || !enough) return Infinity;
    const { problem } = this;
    const { gpu, calibration } = this.machine;
    if (method === "cull") {
      if (!hasCutoff(problem) || !fitOneBuffer(problem, gpu)) return Infinity;
      return culledGpuCost(problem, queries, tolerance, denseGpuCost(problem, queries.count, calibration));
    }
    const grid = await this.float64.grid(tolerance);
    if (!grid) return Infinity;
    const { expandedGpuCost } = await import("../methods/gauss-transform/gpu/cost.ts");
    return expandedGpuCost(problem, grid, queries.count, gpu, calibration);
  }
}
