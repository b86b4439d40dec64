/** Weighted means of many moments: as many problems as it takes, each with as many as a shader sums at once. */
import { MAX_COLUMNS, type Matrix } from "./data.ts";
import type { LoadedProblem, Sums, SumsOptions } from "./engine/types.ts";
import { Lazy } from "./lazy.ts";
import type { Moment } from "./moments.ts";
import { problemOf, type Weighing } from "./weighing.ts";

export interface MomentMeans {
  /** m × moments, row-major; NaN where no key is in reach. */
  readonly moments: Float64Array;
  /** log Σ α of every query. */
  readonly logSums: Float64Array;
  readonly sums: Omit<Sums, "mean">[];
}

export class MomentSums {
  private readonly weighing: Weighing;
  private readonly values: Matrix;
  private readonly wanted: readonly Moment[];
  private readonly problems = new Lazy<readonly LoadedProblem[]>();

  /** @param values centred: their columns' means are near 0 */
  constructor(weighing: Weighing, values: Matrix, wanted: readonly Moment[]) {
    this.weighing = weighing;
    this.values = values;
    this.wanted = wanted;
  }

  async at(queries: Matrix, options: SumsOptions): Promise<MomentMeans> {
    const width = this.wanted.length;
    const moments = new Float64Array(queries.count * width);
    const sums: Omit<Sums, "mean">[] = [];
    for (const [group, problem] of (await this.problems.get(() => this.load())).entries()) {
      const { mean, ...rest } = await problem.sums(queries, options, "log");
      const first = group * MAX_COLUMNS;
      const count = Math.min(MAX_COLUMNS, width - first);
      for (let q = 0; q < queries.count; q++)
        moments.set(mean.subarray(q * count, (q + 1) * count), q * width + first);
      sums.push(rest);
    }
    return { moments, sums, logSums: sums[0].totals! };
  }

  private async load(): Promise<readonly LoadedProblem[]> {
    const { wanted, weighing, values } = this;
    const problems: LoadedProblem[] = [];
    for (let first = 0; first < wanted.length; first += MAX_COLUMNS) {
      const moments = wanted.slice(first, first + MAX_COLUMNS);
      problems.push(await weighing.engine.load({ ...problemOf(weighing, values), moments }));
    }
    return problems;
  }

  dispose(): void {
    this.problems.value?.then(
      (problems) => {
        for (const problem of problems) problem.dispose();
      },
      () => {}, // there are none
    );
  }
}
