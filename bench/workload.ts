/** What is measured: data of a size, reproducible, and its exact answer at a few queries. */
import { randomLcg, randomNormal, randomUniform } from "d3-random";
import type { KernelName } from "../src/kernels/builtin.ts";
import type { Kernel } from "../src/kernels/kernel.ts";
import { nadarayaWatson } from "../src/reference/index.ts";

export interface Workload {
  /** n × dims, row-major. */
  readonly keys: Float64Array;
  /** n (× columns, row-major). */
  readonly values: Float64Array;
  /** m × dims, row-major. */
  readonly queries: Float64Array;
  readonly dims: number;
  readonly columns: number;
  readonly bandwidth: number;
}

/** Keys and queries uniform in a cube of side 5; values a wave of the coordinates, with noise. */
export function workload(n: number, m: number, dims: number, columns = 1): Workload {
  const source = randomLcg(0.42);
  const uniform = randomUniform.source(source)(0, 5);
  const normal = randomNormal.source(source)(0, 1);
  const keys = Float64Array.from({ length: n * dims }, () => uniform());
  const values = Float64Array.from({ length: n * columns }, (_, i) => {
    const x = keys[Math.floor(i / columns) * dims];
    return 2 * Math.sin(x + (i % columns)) + x + normal();
  });
  const queries = Float64Array.from({ length: m * dims }, () => uniform());
  return { keys, values, queries, dims, columns, bandwidth: 0.5 * Math.sqrt(dims) };
}

/** The error that means on the GPU are promised to be within, as a share of the values' range: docs/accuracy.md derives it. */
export const PROMISED = 1e-5;

/** The largest error at some of the queries, as a share of the values' range. */
export function errorOf(
  means: Float64Array,
  work: Workload,
  kernel: KernelName | Kernel["alpha"] = "gaussian",
): number {
  const { keys, values, queries, dims, columns, bandwidth } = work;
  const m = queries.length / dims;
  const some = Math.max(1, Math.min(m, Math.floor(4e6 / (values.length / columns))));
  const picked = Array.from({ length: some }, (_, i) => Math.floor((i * m) / some));
  const expected = nadarayaWatson({
    keys,
    values,
    dims,
    columns,
    queries: Float64Array.from(picked.flatMap((q) => [...queries.subarray(q * dims, (q + 1) * dims)])),
    kernel,
    shape: "radial",
    bandwidth: new Array<number>(dims).fill(bandwidth),
  }).mean;
  let [least, largest] = [Infinity, -Infinity];
  for (const v of values) [least, largest] = [Math.min(least, v), Math.max(largest, v)];
  let worst = 0;
  picked.forEach((q, i) => {
    for (let c = 0; c < columns; c++) {
      const error = Math.abs(means[q * columns + c] - expected[i * columns + c]);
      if (!(error <= worst))
        worst = Number.isNaN(error) && Number.isNaN(expected[i * columns + c]) ? worst : error;
    }
  });
  return worst / (largest - least);
}
