/** Weighted means of many moments: as many problems as it takes, each with as many as a shader sums at once. */

import { Lazy } from "../common/lazy.ts";
import { MAX_COLUMNS, type Matrix } from "../data/matrix.ts";
import type { Moment } from "../problem/moments.ts";
import type { LoadedProblem, Sums, SumsOptions } from "../problem/problem.ts";
import { joinedMeans } from "./column-means.ts";
import { type KernelSpec, problemOf } from "./kernel-spec.ts";

export interface MomentMeans {
  /** m × moments, row-major; NaN where no key is in reach. */
  readonly moments: Float64Array;
  /** log Σ α of every query. */
  readonly logSums: Float64Array;
  readonly sums: readonly Omit<Sums, "mean">[];
}

export class MomentSums {
  private readonly spec: KernelSpec;
  private readonly values: Matrix;
  private readonly wanted: readonly Moment[];
  private readonly problems = new Lazy<readonly LoadedProblem[]>();

  /** @param values centred: their columns' means are near 0 */
  constructor(spec: KernelSpec, values: Matrix, wanted: readonly Moment[]) {
    this.spec = spec;
    this.values = values;
    this.wanted = wanted;
  }

  async at(queries: Matrix, options: SumsOptions): Promise<MomentMeans> {
    const problems = await this.problems.get(() => this.load());
    const { mean: moments, ...rest } = await joinedMeans(problems, this.wanted.length, queries, options);
    return { moments, ...rest };
  }

  private async load(): Promise<readonly LoadedProblem[]> {
    const { wanted, spec, values } = this;
    const problems: LoadedProblem[] = [];
    for (let first = 0; first < wanted.length; first += MAX_COLUMNS) {
      const moments = wanted.slice(first, first + MAX_COLUMNS);
      problems.push(await spec.engine.load({ ...problemOf(spec, values), moments }));
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
