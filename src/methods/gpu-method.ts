/** What the methods on the GPU have in common. */
import { NadarayaError } from "../common/errors.ts";
import type { Matrix } from "../data/matrix.ts";
import type { GpuContext } from "../gpu/context.ts";
import type { Problem, SumsOptions } from "../problem/problem.ts";
import type { Computed, Cost, SumsMethod } from "./method.ts";
import type { Results } from "./results.ts";

/** Error of f32 sums as a share of a column's range: the bound, and what is usual (docs/accuracy.md). */
const SINGLE = { most: 1e-5, typical: 1e-6 } as const;

/** Why sums in f32 are not precise enough; undefined where they are. "auto" takes them where dense sums would do as well. */
export function tooImprecise({ method, tolerance }: SumsOptions): string | undefined {
  const least = method === "auto" ? SINGLE.typical : SINGLE.most;
  return tolerance < least ? `single precision cannot promise a tolerance of ${tolerance}` : undefined;
}

export abstract class GpuMethod implements SumsMethod {
  abstract readonly name: SumsMethod["name"];
  readonly device = "gpu";
  readonly precision = "single";
  readonly context: GpuContext;
  readonly problem: Problem;
  private disposed = false;

  constructor(context: GpuContext, problem: Problem) {
    this.context = context;
    this.problem = problem;
  }

  abstract cost(queries: Matrix, options: SumsOptions): Promise<Cost | string>;
  abstract sums(queries: Matrix, options: SumsOptions, cost: Cost, results: Results): Promise<Computed>;

  /** @throws NadarayaError "disposed"; called whenever a run has waited for something else than the GPU */
  protected assertNotDisposed(): void {
    if (this.disposed) throw new NadarayaError("disposed", "this model was disposed of");
  }

  dispose(): void {
    this.disposed = true;
  }
}
