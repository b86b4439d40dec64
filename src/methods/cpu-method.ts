/** What the methods on the CPU have in common. */
import type { Matrix } from "../data/matrix.ts";
import type { Problem, SumsOptions } from "../problem/problem.ts";
import type { WorkSharing } from "../workers/task.ts";
import type { Computed, Cost, SumsMethod } from "./method.ts";
import type { Results } from "./results.ts";

export abstract class CpuMethod implements SumsMethod {
  abstract readonly name: SumsMethod["name"];
  readonly device = "cpu";
  readonly precision = "double";
  protected readonly problem: Problem;
  protected readonly workers: WorkSharing;

  constructor(problem: Problem, workers: WorkSharing) {
    this.problem = problem;
    this.workers = workers;
  }

  abstract cost(queries: Matrix, options: SumsOptions): Promise<Cost | string>;
  abstract sums(queries: Matrix, options: SumsOptions, cost: Cost, results: Results): Promise<Computed>;

  /** Nothing is held that a collector of garbage does not see. */
  dispose(): void {}
}
