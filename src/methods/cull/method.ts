/**
 * The method "cull" in float64 on the CPU. With a tolerance near float64's own precision it is also the fallback that recomputes
 * queries whose sums are below another method's precision.
 */
import { createYielder } from "../../common/yield.ts";
import type { Matrix } from "../../data/matrix.ts";
import type { EachQueryOptions, QueryWeights, RunOptions, SumsOptions } from "../../problem/problem.ts";
import { serialiseProblem } from "../../problem/serialised-problem.ts";
import { CpuMethod } from "../cpu-method.ts";
import type { Computed, Cost } from "../method.ts";
import type { Results, WriteMean } from "../results.ts";
import { cullCost } from "./cost.ts";
import { type CullOptions, cull } from "./cull.ts";
import { treeOf } from "./key-tree.ts";
import { nearestKeys } from "./nearest.ts";
import { cullMeans } from "./neighbour-means.ts";
import type { CullState } from "./task.ts";
import type { TileTree } from "./tile-tree.ts";

/** What the fallback leaves out of a sum, as a share of it. */
export const FALLBACK_TOLERANCE = 1e-11;
/** Fewer queries are never shared with workers. */
const LEAST_SHARED = 64;

type Selection = Omit<CullOptions, "yieldToEventLoop">;

export class CullOnCpu extends CpuMethod {
  readonly name = "cull";
  private tree: TileTree | undefined;
  private state: CullState | undefined;

  async cost(queries: Matrix, { tolerance }: SumsOptions): Promise<Cost> {
    return cullCost(this.problem, queries, tolerance);
  }

  async sums(queries: Matrix, options: SumsOptions, { call }: Cost, results: Results): Promise<Computed> {
    const { tolerance } = options;
    const evaluatedPairs = await this.run(queries, { tolerance }, call, options, results.write);
    return { belowPrecision: [], evaluatedPairs };
  }

  /** The queries with these indices, to float64's own precision; returns how many pairs it evaluated. */
  async recompute(
    queries: Matrix,
    indices: readonly number[],
    options: RunOptions,
    write: WriteMean,
    withoutSelf = false,
  ): Promise<number> {
    const { problem } = this;
    if (indices.length === 0) return 0;
    const tolerance = FALLBACK_TOLERANCE;
    if (!queries.bandwidthFactors) {
      const { recomputeFew } = await import("./few-queries.ts");
      const selection = { indices, tolerance, withoutSelf, yieldToEventLoop: createYielder(options) };
      const pairs = await recomputeFew(problem, queries, selection, write);
      if (pairs !== undefined) return pairs;
    }
    const few = indices.length < LEAST_SHARED;
    const cost = few ? 0 : (cullCost(problem, queries, tolerance).call * indices.length) / queries.count;
    const selection = { indices, tolerance, withoutSelf };
    return this.run(queries, selection, cost, { signal: options.signal }, write);
  }

  /** Writes exact weights into the columns with these indices of a matrix keys × queries. */
  async recomputeWeights(
    queries: Matrix,
    indices: readonly number[],
    matrix: Float32Array,
    options: RunOptions,
  ): Promise<void> {
    if (indices.length === 0) return;
    const { keys } = this.problem;
    const m = queries.count;
    const selection = { indices, tolerance: FALLBACK_TOLERANCE, yieldToEventLoop: createYielder(options) };
    await cull(this.problem, this.keys, queries, selection, (query, neighbours) => {
      const { weights, count } = neighbours;
      let total = 0;
      for (let i = 0; i < count; i++) total += weights[i];
      for (let k = 0; k < keys.count; k++) matrix[k * m + query] = count > 0 ? 0 : NaN;
      for (let i = 0; i < count; i++) matrix[neighbours.keys[i] * m + query] = weights[i] / total;
    });
  }

  /** Calls `take` with every query and the weights of its keys. */
  async eachQuery(
    queries: Matrix,
    options: EachQueryOptions,
    take: (query: number, weights: QueryWeights) => void,
  ): Promise<void> {
    let done = 0;
    const { tolerance, indices, withoutSelf } = options;
    const selection = { tolerance, indices, withoutSelf, yieldToEventLoop: createYielder(options) };
    await cull(this.problem, this.keys, queries, selection, (query, neighbours) => {
      take(query, neighbours);
      if (++done % 1024 === 0) this.report(options, done, queries.count);
    });
    this.report(options, queries.count, queries.count);
  }

  nearest(queries: Matrix, indices: readonly number[]): number[] {
    return nearestKeys(this.keys, this.problem.bandwidth, queries, indices);
  }

  async distances(queries: Matrix, rank: number): Promise<Float64Array> {
    const { neighbourDistances } = await import("./neighbour-distances.ts");
    return neighbourDistances(this.problem, this.keys, queries, rank);
  }

  private get keys(): TileTree {
    this.tree ??= treeOf(this.problem);
    return this.tree;
  }

  /** Sums over the pairs that matter, for all queries or for those with the indices; returns how many pairs those were. */
  private async run(
    queries: Matrix,
    selection: Selection,
    cost: number,
    options: RunOptions,
    write: WriteMean,
  ): Promise<number> {
    const count = selection.indices?.length ?? queries.count;
    const { signal } = options;
    const report = (done: number) => this.report(options, done, count);
    const share = await this.shareOf(count, cost);
    if (share) {
      const { shareCulled } = await import("./task.ts");
      return shareCulled(share.state, queries, selection, share.runner, signal, write, report);
    }
    let done = 0;
    const withYield = { ...selection, yieldToEventLoop: createYielder(options) };
    const pairs = await cullMeans(this.problem, this.keys, queries, withYield, (query, mean, logSum) => {
      if (++done % 4096 === 0) report(done);
      write(query, mean, logSum);
    });
    report(count);
    return pairs;
  }

  /** The workers for so many queries, where sharing is faster, and what they need of the keys. */
  private async shareOf(count: number, cost: number) {
    const problem = count < LEAST_SHARED ? undefined : serialiseProblem(this.problem);
    if (!problem) return undefined;
    const state = this.state ?? { problem, tree: this.keys };
    const runner = await this.workers.share(cost, state);
    if (!runner) return undefined;
    this.state = state;
    return { runner, state };
  }

  private report({ onProgress }: RunOptions, done: number, of: number): void {
    const n = this.problem.keys.count;
    onProgress?.({ done: done * n, total: of * n });
  }
}
