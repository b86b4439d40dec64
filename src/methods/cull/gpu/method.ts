/** The method "cull" on the GPU: keys and queries in the order of their trees, and only tiles within reach are evaluated. */
import type { Matrix } from "../../../data/matrix.ts";
import { SLICE_MILLISECONDS } from "../../../gpu/scheduler.ts";
import type { SumsOptions } from "../../../problem/problem.ts";
import { denseGpuCost, denseGpuRate } from "../../dense/cost.ts";
import { fitOneBuffer } from "../../dense/gpu/key-buffers.ts";
import { CULLED_BLOCK } from "../../dense/gpu/plan.ts";
import { GpuMethod, tooImprecise } from "../../gpu-method.ts";
import { type Computed, type Cost, OWN_QUERY_BANDWIDTHS } from "../../method.ts";
import type { Results } from "../../results.ts";
import { hasCutoff } from "../box-distance.ts";
import { culledGpuCost, evaluatedPairsOnGpu } from "../cost.ts";
import { treeOf } from "../key-tree.ts";
import type { CulledProblem } from "./problem.ts";

export class CullOnGpu extends GpuMethod {
  readonly name = "cull";
  private culled: CulledProblem | undefined;

  async cost(queries: Matrix, options: SumsOptions): Promise<Cost | string> {
    const { problem, context } = this;
    if (queries.bandwidthFactors) return OWN_QUERY_BANDWIDTHS;
    if (!hasCutoff(problem)) return "the kernel has no cutoff";
    if (!fitOneBuffer(problem, context)) return "the keys do not fit one buffer of the GPU";
    const imprecise = tooImprecise(options);
    if (imprecise) return imprecise;
    const { calibrated } = context;
    const calibration = calibrated.of(problem.keys.count * queries.count);
    const block = CULLED_BLOCK * evaluatedPairsOnGpu(problem, queries, options.tolerance);
    if (block > SLICE_MILLISECONDS * denseGpuRate(problem, queries.count, calibration))
      return "the keys in reach of a block of queries would take the GPU too long at a time";
    const dense = denseGpuCost(problem, queries.count, calibrated);
    return { once: 0, call: culledGpuCost(problem, queries, options.tolerance, dense) };
  }

  async sums(queries: Matrix, options: SumsOptions, _: Cost, results: Results): Promise<Computed> {
    const [{ CulledProblem }, { culledSums }] = await Promise.all([
      import("./problem.ts"),
      import("./run.ts"),
    ]);
    this.assertNotDisposed();
    this.culled ??= new CulledProblem(this.problem, treeOf(this.problem));
    return culledSums(this, this.culled, queries, options, results);
  }

  forgetKeys(): void {
    this.culled?.keyBuffers.forget();
  }

  override dispose(): void {
    super.dispose();
    this.culled?.keyBuffers.close();
  }
}
