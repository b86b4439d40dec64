/**
 * From a backend's sums to sums that can be trusted. Where Σ α has underflowed or is of the size of its own rounding
 * error, the query is taken again in float64 by a k-d tree: the limit far from all keys is then right by itself
 * (the nearest key's value), and compact kernels get exactly the keys that are in reach.
 */
import type { Matrix } from "../data.ts";
import { exactMean, keysThatMatter } from "../reference/exact.ts";
import { KdTree } from "../reference/kd-tree.ts";
import type { Problem, RunOptions } from "./types.ts";

/** How long the rescue computes before it lets the page breathe, in milliseconds. */
const BREATH = 12;

export class Rescue {
  private readonly problem: Problem;
  private tree: KdTree | undefined;

  constructor(problem: Problem) {
    this.problem = problem;
  }

  private get keys(): KdTree {
    const { keys, bandwidth } = this.problem;
    this.tree ??= new KdTree(keys.data, keys.dims, bandwidth);
    return this.tree;
  }

  /** Calls `write` with the exact means and the log sum of each of the queries with these indices. */
  async sums(
    queries: Matrix,
    indices: readonly number[],
    options: RunOptions,
    write: (index: number, mean: Float64Array, logSum: number) => void,
  ): Promise<void> {
    const { kernel, shape, values } = this.problem;
    const mean = new Float64Array(values.dims);
    await this.forEach(queries, indices, options, (index, query) => {
      const logSum = exactMean(this.keys, kernel, shape, values.data, values.dims, query, mean);
      write(index, mean, logSum);
    });
  }

  /** Writes exact weights into the columns with these indices of a matrix keys × queries. */
  async weights(
    queries: Matrix,
    indices: readonly number[],
    matrix: Float32Array,
    options: RunOptions,
  ): Promise<void> {
    const { kernel, shape, keys } = this.problem;
    const m = queries.count;
    await this.forEach(queries, indices, options, (index, query) => {
      const found: [number, number][] = [];
      const largest = keysThatMatter(this.keys, kernel, shape, query, (key, log) => found.push([key, log]));
      const total = found.reduce((sum, [, log]) => sum + Math.exp(log - largest), 0);
      for (let k = 0; k < keys.count; k++) matrix[k * m + index] = largest === -Infinity ? NaN : 0;
      for (const [key, log] of found) matrix[key * m + index] = Math.exp(log - largest) / total;
    });
  }

  nearest(queries: Matrix, indices: readonly number[]): number[] {
    const { dims } = queries;
    return indices.map((i) => this.keys.nearest(queries.data.subarray(i * dims, (i + 1) * dims)));
  }

  private async forEach(
    queries: Matrix,
    indices: readonly number[],
    { signal }: RunOptions,
    work: (index: number, query: Float64Array) => void,
  ): Promise<void> {
    const { data, dims } = queries;
    let breath = performance.now();
    for (const index of indices) {
      work(index, data.subarray(index * dims, (index + 1) * dims));
      if (performance.now() - breath > BREATH) {
        await breathe();
        signal?.throwIfAborted();
        breath = performance.now();
      }
    }
  }
}

/** Lets other tasks of the thread run. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
