/** The backend that computes in float64 on the CPU: the three methods, on this thread and its workers. */
import { NadarayaError } from "../common/errors.ts";
import type { GpuPoints } from "../data/matrix.ts";
import { CullOnCpu } from "../methods/cull/method.ts";
import { DenseOnCpu } from "../methods/dense/cpu/method.ts";
import { ExpandOnCpu } from "../methods/expand/method.ts";
import type { Problem } from "../problem/problem.ts";
import { inValueUnits } from "../problem/value-units.ts";
import type { Backend } from "./backend.ts";
import { EngineProblem } from "./engine-problem.ts";
import type { Workers } from "./shared-work.ts";

export class CpuBackend implements Backend {
  readonly lost = false;
  readonly workers: Workers;

  constructor(workers: Workers) {
    this.workers = workers;
  }

  async load(given: Problem): Promise<EngineProblem> {
    const { workers } = this;
    const problem = inValueUnits(given);
    const dense = new DenseOnCpu(problem, workers);
    const cull = new CullOnCpu(problem, workers);
    const expand = new ExpandOnCpu(problem, workers);
    return new EngineProblem(problem, { dense, cull, all: [dense, cull, expand] });
  }

  async read(_: GpuPoints, name: string): Promise<never> {
    throw new NadarayaError(
      "unsupported",
      `${name} lie on a GPU, but this engine computes on the CPU; expected an array`,
    );
  }

  dispose(): void {
    this.workers.dispose();
  }
}
