/**
 * What both backends compute in float64 on the CPU: the methods "cull" and "expand", and the fallback that
 * recomputes queries whose sums are below another method's precision.
 */

import { createYielder } from "../common/yield.ts";
import { type Matrix, rowsOf } from "../data/matrix.ts";
import type { Cost } from "../methods/cost.ts";
import { cullCost, fallbackCost, tooFewToSort } from "../methods/cull/cost.ts";
import { type CullOptions, cull } from "../methods/cull/cull.ts";
import { treeOf } from "../methods/cull/key-tree.ts";
import { nearestKeys, neighbourDistances } from "../methods/cull/nearest.ts";
import { cullMeans, logSumOf, meanOf, type WriteMean } from "../methods/cull/neighbour-means.ts";
import { scanKeys } from "../methods/cull/neighbours.ts";
import type { CullState } from "../methods/cull/task.ts";
import type { TileTree } from "../methods/cull/tile-tree.ts";
import type { Grid, Results, Transform } from "../methods/transform/transform.ts";
import {
  type EachQueryOptions,
  outputsOf,
  type Problem,
  type QueryWeights,
  type RunOptions,
  type Sums,
  type SumsOptions,
  type Totals,
} from "../problem/problem.ts";
import { serialiseProblem } from "../problem/serialised-problem.ts";
import { type Choice, type Costs, OWN_QUERY_BANDWIDTHS } from "./choose-method.ts";
import type { Workers } from "./shared-work.ts";

/** What the fallback leaves out of a sum, as a share of it. */
const FALLBACK_TOLERANCE = 1e-11;

/** Fewer queries are not worth the thought of sharing them. */
const FEW = 64;

/** Transforms that are kept with their grids: the last used ones, so that many tolerances do not fill the memory. */
const KEPT_TRANSFORMS = 2;

export class Float64Methods {
  private readonly problem: Problem;
  private readonly workers: Workers;
  private tree: TileTree | undefined;
  private readonly transforms = new Map<number, Transform | string>();
  private cullState: CullState | undefined;

  constructor(problem: Problem, workers: Workers) {
    this.problem = problem;
    this.workers = workers;
  }

  /**
   * What the two methods are expected to take on one core, with all that has to be made of the keys: the same numbers for the
   * same problem, whatever was computed before and however many workers there are.
   */
  async costs(queries: Matrix, tolerance: number): Promise<Omit<Costs, "dense">> {
    const { once, call } = cullCost(this.problem, queries, tolerance);
    const transform = queries.widths ? OWN_QUERY_BANDWIDTHS : await this.transform(tolerance);
    return {
      cull: once + call,
      expand: typeof transform === "string" ? transform : total(transform.cost(queries.count)),
    };
  }

  /** What "expand" does for this problem, or why there is nothing. */
  private async transform(tolerance: number): Promise<Transform | string> {
    const { planTransform } = await import("../methods/expand/plan.ts");
    const transform =
      this.transforms.get(tolerance) ?? planTransform(this.problem, tolerance, () => this.keys);
    this.transforms.delete(tolerance);
    this.transforms.set(tolerance, transform);
    for (const oldest of this.transforms.keys()) {
      if (this.transforms.size <= KEPT_TRANSFORMS) break;
      this.transforms.delete(oldest);
    }
    return transform;
  }

  private get keys(): TileTree {
    this.tree ??= treeOf(this.problem);
    return this.tree;
  }

  /** Sums over the pairs that matter, for all queries or for those with these indices; returns how many pairs those were. */
  async cull(
    queries: Matrix,
    of: Omit<CullOptions, "yieldToEventLoop">,
    options: RunOptions,
    write: WriteMean,
  ): Promise<number> {
    const { problem } = this;
    const { indices, tolerance, withoutSelf } = of;
    const count = indices?.length ?? queries.count;
    const reportDone = indices
      ? () => {}
      : (done: number) => options.onProgress?.(progress(done, count, problem));
    if (indices && !withoutSelf && !queries.widths && tooFewToSort(problem, count))
      return this.scan(queries, indices, tolerance, options, write);
    const share = await this.shareOfCulled(queries, count, tolerance);
    if (share) {
      const { shareCulled } = await import("../methods/cull/task.ts");
      return shareCulled(share.state, queries, of, share.with, options.signal, write, reportDone);
    }
    let done = 0;
    const yieldToEventLoop = createYielder(options);
    const pairs = await cullMeans(
      problem,
      this.keys,
      queries,
      { ...of, yieldToEventLoop },
      (query, mean, log) => {
        if (++done % 4096 === 0) reportDone(done);
        write(query, mean, log);
      },
    );
    reportDone(count);
    return pairs;
  }

  private async scan(
    queries: Matrix,
    indices: readonly number[],
    tolerance: number,
    options: RunOptions,
    write: WriteMean,
  ): Promise<number> {
    const mean = new Float64Array(outputsOf(this.problem));
    const yieldToEventLoop = createYielder(options);
    const { data, dims } = queries;
    let pairs = 0;
    for (const q of indices) {
      const neighbours = scanKeys(this.problem, data.subarray(q * dims, (q + 1) * dims), tolerance);
      const sum = meanOf(this.problem, neighbours, mean);
      pairs += neighbours.count;
      write(q, mean, logSumOf(neighbours.scale, sum));
      await yieldToEventLoop();
    }
    return pairs;
  }

  /** With whom culling for so many of the queries is shared, and what they need of the keys. */
  private async shareOfCulled(queries: Matrix, count: number, tolerance: number) {
    const problem = count < FEW ? undefined : serialiseProblem(this.problem);
    if (!problem) return undefined;
    const { call } = cullCost(this.problem, queries, tolerance);
    const state = this.cullState ?? { problem, tree: this.keys };
    const share = await this.workers.share((call * count) / queries.count, state);
    if (!share) return undefined;
    this.cullState = state;
    return { with: share, state };
  }

  /** All sums by one of the two methods. "expand" only where `costs` gives a number for it. */
  async sums({ method, reason }: Choice, queries: Matrix, options: SumsOptions, want: Totals): Promise<Sums> {
    options.signal?.throwIfAborted();
    const columns = outputsOf(this.problem);
    const mean = new Float64Array(queries.count * columns).fill(NaN);
    const totals = want === "none" ? undefined : new Float64Array(queries.count);
    const asLog = want === "log";
    const empty: number[] = [];
    const write: WriteMean = (q, row, log) => {
      if (columns > 0) mean.set(row, q * columns);
      if (totals) totals[q] = asLog ? log : Math.exp(log);
      if (log === -Infinity) empty.push(q);
    };
    let fallbackQueries = 0;
    let evaluatedPairs: number;
    if (method === "cull")
      evaluatedPairs = await this.cull(queries, { tolerance: options.tolerance }, options, write);
    else {
      const transform = await this.transform(options.tolerance);
      if (typeof transform === "string") throw new Error(transform);
      const belowPrecision = await this.expand(transform, queries, { mean, totals, asLog }, options, (done) =>
        options.onProgress?.(progress(done, queries.count, this.problem)),
      );
      fallbackQueries = belowPrecision.length;
      evaluatedPairs = await this.recompute(queries, belowPrecision, options, write);
    }
    return { mean, totals, empty, method, reason, precision: "double", fallbackQueries, evaluatedPairs };
  }

  /** Writes what the transform can promise; returns the queries for which it cannot. */
  private async expand(
    transform: Transform,
    queries: Matrix,
    results: Results,
    options: RunOptions,
    told: (done: number) => void,
  ): Promise<number[]> {
    const { workers } = this;
    const { signal } = options;
    const { once, call } = transform.cost(queries.count);
    const yieldToEventLoop = createYielder(options);
    const { readAll } = await import("../methods/expand/read.ts");
    const builders = transform.sharesBuild ? await workers.share(once) : undefined;
    const reader = await transform.build({ yieldToEventLoop, share: builders, signal });
    const readers = await workers.share(call, reader.state);
    return readAll(reader, queries, results, { yieldToEventLoop, share: readers, signal }, told);
  }

  /** The grid of the transform for this tolerance, where there is one. */
  async grid(tolerance: number): Promise<Grid | undefined> {
    const transform = await this.transform(tolerance);
    return typeof transform === "string" ? undefined : transform.grid;
  }

  /** Queries that a transform for the tolerance could not promise: by a finer one, or exactly; returns the evaluated pairs. */
  async recompute(
    queries: Matrix,
    belowPrecision: readonly number[],
    options: SumsOptions,
    write: WriteMean,
  ): Promise<number> {
    const transform = await this.transform(options.tolerance);
    const left =
      typeof transform === "string"
        ? belowPrecision
        : await this.refine(transform, queries, belowPrecision, options, write);
    return this.fallBack(queries, left, options, write);
  }

  /** Tries a finer transform for what the first one could not promise, where that is faster; returns what is still left. */
  private async refine(
    transform: Transform,
    queries: Matrix,
    belowPrecision: readonly number[],
    options: SumsOptions,
    write: WriteMean,
  ): Promise<readonly number[]> {
    const finer = belowPrecision.length > 0 ? transform.finer() : undefined;
    if (!finer) return belowPrecision;
    const columns = this.problem.values.dims;
    const subset = rowsOf(queries, belowPrecision);
    const [fine, exact] = [finer.cost(subset.count), fallbackCost(this.problem, subset, FALLBACK_TOLERANCE)];
    if (fine.once + fine.call > exact.once + exact.call) return belowPrecision;
    const mean = new Float64Array(subset.count * columns);
    const logs = new Float64Array(subset.count);
    const results = { mean, totals: logs, asLog: true };
    const left = new Set(await this.expand(finer, subset, results, options, () => {}));
    for (const [i, q] of belowPrecision.entries())
      if (!left.has(i)) write(q, mean.subarray(i * columns, (i + 1) * columns), logs[i]);
    return [...left].map((i) => belowPrecision[i]);
  }

  /** The same as "cull" for some queries, to float64's own precision. */
  async fallBack(
    queries: Matrix,
    indices: readonly number[],
    options: RunOptions,
    write: WriteMean,
  ): Promise<number> {
    if (indices.length === 0) return 0;
    return this.cull(queries, { indices, tolerance: FALLBACK_TOLERANCE }, options, write);
  }

  /** As `fallBack`, for queries that are the keys, each without itself. */
  async fallbackLeaveOneOut(
    indices: readonly number[],
    options: RunOptions,
    write: WriteMean,
  ): Promise<void> {
    if (indices.length === 0) return;
    const of = { indices, tolerance: FALLBACK_TOLERANCE, withoutSelf: true };
    await this.cull(this.problem.keys, of, options, write);
  }

  /** Writes exact weights into the columns with these indices of a matrix keys × queries. */
  async fallbackWeights(
    queries: Matrix,
    indices: readonly number[],
    matrix: Float32Array,
    options: RunOptions,
  ): Promise<void> {
    if (indices.length === 0) return;
    const { keys } = this.problem;
    const m = queries.count;
    const of = { indices, tolerance: FALLBACK_TOLERANCE, yieldToEventLoop: createYielder(options) };
    await cull(this.problem, this.keys, queries, of, (query, { keys: found, weights, count }) => {
      let total = 0;
      for (let i = 0; i < count; i++) total += weights[i];
      for (let k = 0; k < keys.count; k++) matrix[k * m + query] = count > 0 ? 0 : NaN;
      for (let i = 0; i < count; i++) matrix[found[i] * m + query] = weights[i] / total;
    });
  }

  /** The weights themselves, a query at a time. */
  async eachQuery(
    queries: Matrix,
    options: EachQueryOptions,
    found: (query: number, weights: QueryWeights) => void,
  ): Promise<void> {
    let done = 0;
    const { tolerance, indices, withoutSelf } = options;
    const of = { tolerance, indices, withoutSelf, yieldToEventLoop: createYielder(options) };
    await cull(this.problem, this.keys, queries, of, (query, neighbours) => {
      found(query, neighbours);
      if (++done % 1024 === 0) options.onProgress?.(progress(done, queries.count, this.problem));
    });
    options.onProgress?.(progress(queries.count, queries.count, this.problem));
  }

  nearest(queries: Matrix, indices: readonly number[]): number[] {
    return nearestKeys(this.keys, this.problem.bandwidth, queries, indices);
  }

  distances(queries: Matrix, rank: number): Float64Array {
    return neighbourDistances(this.keys, this.problem.bandwidth, queries, rank);
  }
}

const total = ({ once, call }: Cost) => once + call;

const progress = (done: number, of: number, { keys }: Problem) => ({
  done: done * keys.count,
  total: of * keys.count,
});
