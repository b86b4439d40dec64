/**
 * What both backends compute in float64 on the CPU: the methods "cull" and "expand", and the rescue, which takes
 * again whatever another method cannot be trusted with.
 */
import { type CullOptions, cull, look, type Neighbours } from "../cull/cull.ts";
import { treeOf } from "../cull/key-tree.ts";
import { nearestKeys, neighbourDistances } from "../cull/nearest.ts";
import { meanOf } from "../cull/neighbour-means.ts";
import type { TileTree } from "../cull/tile-tree.ts";
import { type Matrix, rowsOf } from "../data.ts";
import type { Cost, Grid, Transform } from "../expand/transform.ts";
import { breathing } from "./breathe.ts";
import { type Choice, type Costs, QUERY_WIDTHS } from "./choice/choose-method.ts";
import type { Corrections } from "./choice/corrections.ts";
import { cullCost, rescueCost, tooFewToSort } from "./choice/cull-cost.ts";
import {
  type EachQueryOptions,
  type Method,
  outputsOf,
  type Problem,
  type QueryWeights,
  type RunOptions,
  type Sums,
  type SumsOptions,
  type Totals,
} from "./types.ts";

/** What the rescue leaves out of a sum, as a share of it. */
const RESCUE_TOLERANCE = 1e-11;

/** Where a method writes: the row of means, and log Σ α, −Infinity where no key is in reach. */
export type Write = (query: number, mean: Float64Array, logSum: number) => void;

export class HostMethods {
  private readonly problem: Problem;
  private readonly corrections: Corrections;
  private tree: TileTree | undefined;
  private credit = 0;
  /** Queries for which all keys were looked at. */
  private looked = 0;
  private readonly transforms = new Map<number, Transform | string>();

  constructor(problem: Problem, corrections: Corrections) {
    this.problem = problem;
    this.corrections = corrections;
  }

  /** What the two methods are expected to take. */
  async costs(queries: Matrix, tolerance: number): Promise<Omit<Costs, "dense">> {
    const [cull, expand] = (["cull", "expand"] as const).map(async (method) => {
      const cost = await this.costOf(method, queries, tolerance);
      if (typeof cost === "string") return cost;
      const left = { ...cost, once: Math.max(0, cost.once - this.credit) };
      const share = total(cost) > 0 ? total(left) / total(cost) : 1;
      return this.corrections.correct(method, this.problem, total(cost)) * share;
    });
    return { cull: await cull, expand: await expand };
  }

  /** Tells what this problem has cost by other means: who keeps asking is worth an investment of as much again. */
  spent(milliseconds: number): void {
    this.credit += milliseconds;
  }

  private async costOf(method: Method, queries: Matrix, tolerance: number): Promise<Cost | string> {
    if (method === "cull") return cullCost(this.problem, queries, tolerance);
    const transform = queries.widths ? QUERY_WIDTHS : await this.transform(tolerance);
    return typeof transform === "string" ? transform : transform.cost(queries.count);
  }

  /** What "expand" does for this problem, or why there is nothing. */
  private async transform(tolerance: number): Promise<Transform | string> {
    const known = this.transforms.get(tolerance);
    if (known !== undefined) return known;
    const { planTransform } = await import("../expand/plan.ts");
    const transform = planTransform(this.problem, tolerance, () => this.keys);
    this.transforms.set(tolerance, transform);
    return transform;
  }

  private get keys(): TileTree {
    this.tree ??= treeOf(this.problem);
    return this.tree;
  }

  /** Sums over the pairs that matter, for all queries or for those with these indices; returns how many pairs those were. */
  async cull(
    queries: Matrix,
    { indices, tolerance, withoutSelf }: Omit<CullOptions, "breathe">,
    options: RunOptions,
    write: Write,
  ): Promise<number> {
    const mean = new Float64Array(outputsOf(this.problem));
    const count = indices?.length ?? queries.count;
    let pairs = 0;
    let done = 0;
    const found = (query: number, neighbours: Neighbours) => {
      const sum = meanOf(this.problem, neighbours, mean);
      pairs += neighbours.count;
      done++;
      if (!indices && done % 4096 === 0) options.onProgress?.(progress(done, count, this.problem));
      write(query, mean, neighbours.scale + Math.log(sum));
    };
    const breathe = breathing(options);
    // Who looks again and again is better off with sorted keys.
    if (indices && !withoutSelf && !queries.widths && tooFewToSort(this.problem, count + this.looked)) {
      this.looked += count;
      const { data, dims } = queries;
      for (const q of indices) {
        found(q, look(this.problem, data.subarray(q * dims, (q + 1) * dims), tolerance));
        await breathe();
      }
    } else {
      await cull(this.problem, this.keys, queries, { indices, tolerance, withoutSelf, breathe }, found);
    }
    if (!indices) options.onProgress?.(progress(count, count, this.problem));
    return pairs;
  }

  /** All sums by one of the two methods. "expand" only where `costs` gives a number for it. */
  async sums({ method, reason }: Choice, queries: Matrix, options: SumsOptions, want: Totals): Promise<Sums> {
    options.signal?.throwIfAborted();
    const start = performance.now();
    const cost = await this.costOf(method, queries, options.tolerance);
    const columns = outputsOf(this.problem);
    const mean = new Float64Array(queries.count * columns);
    const totals = want === "none" ? undefined : new Float64Array(queries.count);
    const asLog = want === "log";
    const empty: number[] = [];
    const write: Write = (q, row, log) => {
      if (columns > 0) mean.set(row, q * columns);
      if (totals) totals[q] = asLog ? log : Math.exp(log);
      if (log === -Infinity) empty.push(q);
    };
    let rescued = 0;
    let evaluatedPairs: number;
    if (method === "cull")
      evaluatedPairs = await this.cull(queries, { tolerance: options.tolerance }, options, write);
    else {
      const transform = await this.transform(options.tolerance);
      if (typeof transform === "string") throw new Error(transform);
      const breathe = breathing(options);
      await transform.build(breathe);
      const untrusted = await transform.evaluate(queries, mean, totals, asLog, breathe, (done) =>
        options.onProgress?.(progress(done, queries.count, this.problem)),
      );
      rescued = untrusted.length;
      evaluatedPairs = await this.takeAgain(queries, untrusted, options, write);
    }
    if (typeof cost !== "string")
      this.corrections.learn(method, this.problem, total(cost), performance.now() - start);
    return { mean, totals, empty, method, reason, rescued, evaluatedPairs };
  }

  /** The grid of the transform for this tolerance, where there is one. */
  async grid(tolerance: number): Promise<Grid | undefined> {
    const transform = await this.transform(tolerance);
    return typeof transform === "string" ? undefined : transform.grid;
  }

  /** Queries that a transform for the tolerance could not promise: by a finer one, or exactly; returns the pairs weighed. */
  async takeAgain(
    queries: Matrix,
    untrusted: readonly number[],
    options: SumsOptions,
    write: Write,
  ): Promise<number> {
    const transform = await this.transform(options.tolerance);
    const left =
      typeof transform === "string"
        ? untrusted
        : await this.refine(transform, queries, untrusted, options, write);
    return this.rescue(queries, left, options, write);
  }

  /** Tries a finer transform for what the first one could not promise, where that is faster; returns what is still left. */
  private async refine(
    transform: Transform,
    queries: Matrix,
    untrusted: readonly number[],
    options: SumsOptions,
    write: Write,
  ): Promise<readonly number[]> {
    const finer = untrusted.length > 0 ? transform.finer() : undefined;
    if (!finer) return untrusted;
    const columns = this.problem.values.dims;
    const some = rowsOf(queries, untrusted);
    const [fine, exact] = [finer.cost(some.count), rescueCost(this.problem, some, RESCUE_TOLERANCE)];
    if (fine.once + fine.call > exact.once + exact.call) return untrusted;
    const breathe = breathing(options);
    await finer.build(breathe);
    const mean = new Float64Array(some.count * columns);
    const logs = new Float64Array(some.count);
    const left = new Set(await finer.evaluate(some, mean, logs, true, breathe, () => {}));
    for (const [i, q] of untrusted.entries())
      if (!left.has(i)) write(q, mean.subarray(i * columns, (i + 1) * columns), logs[i]);
    return [...left].map((i) => untrusted[i]);
  }

  /** The same as "cull" for some queries, to float64's own precision. */
  async rescue(
    queries: Matrix,
    indices: readonly number[],
    options: RunOptions,
    write: Write,
  ): Promise<number> {
    if (indices.length === 0) return 0;
    return this.cull(queries, { indices, tolerance: RESCUE_TOLERANCE }, options, write);
  }

  /** As the rescue, for queries that are the keys, each without itself. */
  async rescueLeftOut(indices: readonly number[], options: RunOptions, write: Write): Promise<void> {
    if (indices.length === 0) return;
    const of = { indices, tolerance: RESCUE_TOLERANCE, withoutSelf: true };
    await this.cull(this.problem.keys, of, options, write);
  }

  /** Writes exact weights into the columns with these indices of a matrix keys × queries. */
  async rescueWeights(
    queries: Matrix,
    indices: readonly number[],
    matrix: Float32Array,
    options: RunOptions,
  ): Promise<void> {
    if (indices.length === 0) return;
    const { keys } = this.problem;
    const m = queries.count;
    const of = { indices, tolerance: RESCUE_TOLERANCE, breathe: breathing(options) };
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
    const of = { tolerance, indices, withoutSelf, breathe: breathing(options) };
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
