/** The method "expand" in float64 on the CPU: the transform that suits the kernel, read by every query. */
import { createYielder } from "../../common/yield.ts";
import { type Matrix, rowsOf } from "../../data/matrix.ts";
import { outputsOf, type RunOptions, type SumsOptions } from "../../problem/problem.ts";
import { CpuMethod } from "../cpu-method.ts";
import { fallbackCost } from "../cull/cost.ts";
import { treeOf } from "../cull/key-tree.ts";
import { FALLBACK_TOLERANCE } from "../cull/method.ts";
import { type Computed, type Cost, OWN_QUERY_BANDWIDTHS, type Refined, totalCost } from "../method.ts";
import { type ResultArrays, Results } from "../results.ts";
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
    const belowPrecision = await this.read(planned, queries, asked, cost, options);
    return { belowPrecision, evaluatedPairs: 0 };
  }

  async refine(
    queries: Matrix,
    belowPrecision: readonly number[],
    options: SumsOptions,
    { write }: Refined,
  ): Promise<readonly number[]> {
    if (belowPrecision.length === 0) return belowPrecision;
    const planned = await this.planned(options.tolerance);
    if (typeof planned === "string") return belowPrecision;
    const finer = planned.transform.finer();
    if (!finer) return belowPrecision;
    const columns = outputsOf(this.problem);
    const subset = rowsOf(queries, belowPrecision);
    const cost = finer.cost(subset.count);
    if (totalCost(cost) > totalCost(fallbackCost(this.problem, subset, FALLBACK_TOLERANCE)))
      return belowPrecision;
    const { mean, totals, asLog } = new Results(subset.count, columns, "log");
    const fine = { mean, totals, asLog };
    const still = new Set(
      await this.read({ ...planned, transform: finer }, subset, fine, cost, { signal: options.signal }),
    );
    for (const [i, q] of belowPrecision.entries())
      if (!still.has(i)) write(q, fine.mean.subarray(i * columns, (i + 1) * columns), fine.totals![i]);
    return [...still].map((i) => belowPrecision[i]);
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

  /** Builds the transform where that is not done yet, and writes what it can promise; returns the queries for which it cannot. */
  private async read(
    { transform, recentring }: Planned,
    queries: Matrix,
    results: ResultArrays,
    { once, call }: Cost,
    options: RunOptions,
  ): Promise<number[]> {
    const { workers, problem } = this;
    const { signal } = options;
    const n = problem.keys.count;
    const yieldToEventLoop = createYielder(options);
    const { readAll } = await import("./read.ts");
    const builders = transform.sharesBuild ? await workers.share(once) : undefined;
    const reader = await transform.build({ yieldToEventLoop, share: builders, signal });
    const readers = await workers.share(call, reader.state);
    const means = recentring && new Float64Array(queries.count * recentring.columns);
    const read = means ? { ...results, mean: means } : results;
    const effort = { yieldToEventLoop, share: readers, signal };
    const belowPrecision = await readAll(reader, queries, read, effort, (done) =>
      options.onProgress?.({ done: done * n, total: queries.count * n }),
    );
    if (means) recentring.apply(queries, means, results.mean);
    return belowPrecision;
  }
}
