import { kernels } from "../kernels/builtin.ts";
import type { Problem } from "./problem.ts";

export interface SerialisedProblem extends Omit<Problem, "kernel"> {
  /** Its name. */
  readonly kernel: string;
}

/** Undefined where a kernel is a user's own, or derived from another. */
export function serialiseProblem(problem: Problem): SerialisedProblem | undefined {
  const { kernel, ...rest } = problem;
  return kernels.get(kernel.name) === kernel ? { ...rest, kernel: kernel.name } : undefined;
}

export function deserialiseProblem({ kernel, ...rest }: SerialisedProblem): Problem {
  return { ...rest, kernel: kernels.get(kernel)! };
}
