/** What cross-validation needs of a regression: predictions with and without each key. */
import type { Matrix } from "../data/matrix.ts";
import type { LeaveOneOutSums, SumsOptions } from "../problem/problem.ts";
import { type KernelSpec, withProblem } from "../weighting/kernel-spec.ts";

/** A way to predict values by keys. */
export interface Smoother {
  /** Keys before and after each one that are left out with it; 0 by default. */
  readonly gap?: number;
  /** At the keys, each with and without itself. */
  leaveOneOut(
    spec: KernelSpec,
    values: Matrix,
    options: SumsOptions,
  ): Promise<Pick<LeaveOneOutSums, "mean" | "meanWithout" | "leverage">>;
  /** The means at queries, row-major. */
  at(spec: KernelSpec, values: Matrix, queries: Matrix, options: SumsOptions): Promise<Float64Array>;
}

export const localMean: Smoother = {
  leaveOneOut: (spec, values, options) =>
    withProblem(spec, values, (problem) => problem.leaveOneOut(options)),
  at: (spec, values, queries, options) =>
    withProblem(spec, values, async (problem) => (await problem.sums(queries, options, "none")).mean),
};
