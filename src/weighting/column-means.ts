/** Weighted means of any number of value columns: as many problems as it takes, each with as many as a shader sums at once. */
import { MAX_COLUMNS, type Matrix } from "../data/matrix.ts";
import type { LoadedProblem, Sums, SumsOptions } from "../problem/problem.ts";
import { type KernelSpec, problemOf } from "./kernel-spec.ts";

export interface Means {
  /** m × columns, row-major; NaN where no key is in reach. */
  readonly mean: Float64Array;
  /** log Σ α of every query. */
  readonly logSums: Float64Array;
  readonly sums: readonly Omit<Sums, "mean">[];
}

export class ColumnMeans {
  private readonly columns: number;
  private readonly problems: readonly LoadedProblem[];

  private constructor(columns: number, problems: readonly LoadedProblem[]) {
    this.columns = columns;
    this.problems = problems;
  }

  static async of(spec: KernelSpec, values: Matrix): Promise<ColumnMeans> {
    const problems: LoadedProblem[] = [];
    for (let first = 0; first < values.dims; first += MAX_COLUMNS) {
      const block = columnsOf(values, first, Math.min(MAX_COLUMNS, values.dims - first));
      problems.push(await spec.engine.load(problemOf(spec, block)));
    }
    return new ColumnMeans(values.dims, problems);
  }

  at(queries: Matrix, options: SumsOptions): Promise<Means> {
    return joinedMeans(this.problems, this.columns, queries, options);
  }

  dispose(): void {
    for (const problem of this.problems) problem.dispose();
  }
}

/** The means of problems that have up to MAX_COLUMNS outputs each, side by side: so many columns in all. */
export async function joinedMeans(
  problems: readonly LoadedProblem[],
  columns: number,
  queries: Matrix,
  options: SumsOptions,
): Promise<Means> {
  const mean = new Float64Array(queries.count * columns);
  const sums: Omit<Sums, "mean">[] = [];
  for (const [group, problem] of problems.entries()) {
    const part = partOf(options, group, problems.length);
    const { mean: some, ...rest } = await problem.sums(queries, part, "log");
    const first = group * MAX_COLUMNS;
    const count = Math.min(MAX_COLUMNS, columns - first);
    for (let q = 0; q < queries.count; q++)
      mean.set(some.subarray(q * count, (q + 1) * count), q * columns + first);
    sums.push(rest);
  }
  return { mean, logSums: sums[0].totals!, sums };
}

/** Options whose progress is that of the part `index` of `count` equal ones. */
function partOf(options: SumsOptions, index: number, count: number): SumsOptions {
  const { onProgress } = options;
  if (!onProgress || count === 1) return options;
  return {
    ...options,
    onProgress: ({ done, total }) => onProgress({ done: index * total + done, total: count * total }),
  };
}

/** The means of columns that are asked for once. */
export async function meansOf(
  spec: KernelSpec,
  values: Matrix,
  queries: Matrix,
  options: SumsOptions,
): Promise<Means> {
  const columns = await ColumnMeans.of(spec, values);
  try {
    return await columns.at(queries, options);
  } finally {
    columns.dispose();
  }
}

/** So many columns from one on. */
export function columnsOf({ data, dims, count }: Matrix, first: number, width: number): Matrix {
  if (width === dims) return { data, dims, count };
  const block = new Float64Array(count * width);
  for (let i = 0; i < count; i++)
    block.set(data.subarray(i * dims + first, i * dims + first + width), i * width);
  return { data: block, count, dims: width };
}
