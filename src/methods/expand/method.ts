/** The method "expand" in float64 on the CPU: the transform that suits the kernel, read by every query. */
import type { Matrix } from "../../data/matrix.ts";
import type { SumsOptions } from "../../problem/problem.ts";
import { CpuMethod } from "../cpu-method.ts";
import { treeOf } from "../cull/key-tree.ts";
import { type Computed, type Cost, OWN_QUERY_BANDWIDTHS, type Refined } from "../method.ts";
import type { Results } from "../results.ts";
import type { Transform } from "../transform/transform.ts";
import type { Planned } from "./plan.ts";

/** Transforms that are kept with their grids: the last used ones, so that many tolerances do not fill the memory. */
const KEPT_TRANSFORMS = 2;

export class ExpandOnCpu extends CpuMethod {
  readonly name = "expand";
  private readonly transforms = new Map<number, Planned | string>();

  async cost(queries: Matrix, { tolerance }: SumsOptions): Promise<Cost | string> {
    if (queries.bandwidthFactors) return OWN_QUERY_BANDWIDTHS;
    const transform = await this.transform(tolerance);
    return typeof transform === "string" ? transform : transform.cost(queries.count);
  }

  async sums(queries: Matrix, options: SumsOptions, cost: Cost, results: Results): Promise<Computed> {
    const planned = await this.planned(options.tolerance);
    if (typeof planned === "string") throw new Error(planned);
    const { mean, totals, asLog } = results;
    const asked = { mean, totals, asLog, acceptedError: options.acceptedError };
    const { readTransform } = await import("./run.ts");
    return {
      belowPrecision: await readTransform({ ...this.run, ...planned }, queries, asked, cost, options),
      evaluatedPairs: 0,
    };
  }

  async refine(
    queries: Matrix,
    belowPrecision: readonly number[],
    options: SumsOptions,
    results: Refined,
  ): Promise<readonly number[]> {
    if (belowPrecision.length === 0) return belowPrecision;
    const planned = await this.planned(options.tolerance);
    if (typeof planned === "string") return belowPrecision;
    const { refineTransform } = await import("./run.ts");
    return refineTransform({ ...this.run, ...planned }, queries, belowPrecision, options, results);
  }

  private get run() {
    const { problem, workers } = this;
    return { problem, workers };
  }

  /** The transform for this tolerance, or why there is none. */
  async transform(tolerance: number): Promise<Transform | string> {
    const planned = await this.planned(tolerance);
    return typeof planned === "string" ? planned : planned.transform;
  }

  /** Planned once, built when it is first read. */
  private async planned(tolerance: number): Promise<Planned | string> {
    const { planTransform } = await import("./plan.ts");
    const { problem, transforms } = this;
    const planned = transforms.get(tolerance) ?? planTransform(problem, tolerance, () => treeOf(problem));
    transforms.delete(tolerance);
    transforms.set(tolerance, planned);
    for (const oldest of transforms.keys()) {
      if (transforms.size <= KEPT_TRANSFORMS) break;
      transforms.delete(oldest);
    }
    return planned;
  }
}
