/** The method "expand" in float64 on the CPU: the transform that suits the kernel, read by every query. */
import { createYielder } from "../../common/yield.ts";
import { type Matrix, rowsOf } from "../../data/matrix.ts";
import type { RunOptions, SumsOptions } from "../../problem/problem.ts";
import { CpuMethod } from "../cpu-method.ts";
import { fallbackCost } from "../cull/cost.ts";
import { treeOf } from "../cull/key-tree.ts";
import { FALLBACK_TOLERANCE } from "../cull/method.ts";
import { type Computed, type Cost, OWN_QUERY_BANDWIDTHS, totalCost } from "../method.ts";
import { type ResultArrays, Results } from "../results.ts";
import type { Transform } from "../transform/transform.ts";

/** Transforms that are kept with their grids: the last used ones, so that many tolerances do not fill the memory. */
const KEPT_TRANSFORMS = 2;

export class ExpandOnCpu extends CpuMethod {
  readonly name = "expand";
  private readonly transforms = new Map<number, Transform | string>();

  async cost(queries: Matrix, { tolerance }: SumsOptions): Promise<Cost | string> {
    if (queries.bandwidthFactors) return OWN_QUERY_BANDWIDTHS;
    const transform = await this.transform(tolerance);
    return typeof transform === "string" ? transform : transform.cost(queries.count);
  }

  async sums(queries: Matrix, options: SumsOptions, cost: Cost, results: Results): Promise<Computed> {
    const transform = await this.transform(options.tolerance);
    if (typeof transform === "string") throw new Error(transform);
    const belowPrecision = await this.read(transform, queries, results, cost, options);
    return { belowPrecision, evaluatedPairs: 0 };
  }

  async refine(
    queries: Matrix,
    belowPrecision: readonly number[],
    options: SumsOptions,
    { write }: Results,
  ): Promise<readonly number[]> {
    if (belowPrecision.length === 0) return belowPrecision;
    const transform = await this.transform(options.tolerance);
    const finer = typeof transform === "string" ? undefined : transform.finer();
    if (!finer) return belowPrecision;
    const columns = this.problem.values.dims;
    const subset = rowsOf(queries, belowPrecision);
    const cost = finer.cost(subset.count);
    if (totalCost(cost) > totalCost(fallbackCost(this.problem, subset, FALLBACK_TOLERANCE)))
      return belowPrecision;
    const fine = new Results(subset.count, columns, "log");
    const still = new Set(await this.read(finer, subset, fine, cost, { signal: options.signal }));
    for (const [i, q] of belowPrecision.entries())
      if (!still.has(i)) write(q, fine.mean.subarray(i * columns, (i + 1) * columns), fine.totals![i]);
    return [...still].map((i) => belowPrecision[i]);
  }

  /** The transform for this tolerance, or why there is none; planned once, built when it is first read. */
  async transform(tolerance: number): Promise<Transform | string> {
    const { planTransform } = await import("./plan.ts");
    const { problem, transforms } = this;
    const transform = transforms.get(tolerance) ?? planTransform(problem, tolerance, () => treeOf(problem));
    transforms.delete(tolerance);
    transforms.set(tolerance, transform);
    for (const oldest of transforms.keys()) {
      if (transforms.size <= KEPT_TRANSFORMS) break;
      transforms.delete(oldest);
    }
    return transform;
  }

  /** Builds the transform where that is not done yet, and writes what it can promise; returns the queries for which it cannot. */
  private async read(
    transform: Transform,
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
    return readAll(reader, queries, results, { yieldToEventLoop, share: readers, signal }, (done) =>
      options.onProgress?.({ done: done * n, total: queries.count * n }),
    );
  }
}
