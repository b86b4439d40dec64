/**
 * A model at one time: its rows and what an engine holds of them. Calls answer for the snapshot that was there when they were made;
 * what it holds is freed when the model has moved on and the last of them has ended.
 */
import type { LoadedProblem } from "../../problem/problem.ts";
import type { Fitted } from "./fit.ts";

export class Snapshot {
  readonly fitted: Fitted;
  /** One, or several where there are more columns than one may have. */
  readonly problems: readonly LoadedProblem[];
  private readonly parts: { dispose(): void }[];
  private users = 0;
  private retired = false;

  constructor(fitted: Fitted, problems: readonly LoadedProblem[]) {
    this.fitted = fitted;
    this.problems = problems;
    this.parts = [...problems];
  }

  /** Runs a call that reads the snapshot. */
  async use<T>(work: () => Promise<T>): Promise<T> {
    this.users++;
    try {
      return await work();
    } finally {
      this.users--;
      this.free();
    }
  }

  /** To be called once no more calls begin. */
  retire(): void {
    this.retired = true;
    this.free();
  }

  /** What the weights of keys are read from. */
  async weighing(): Promise<Pick<LoadedProblem, "weights" | "eachQuery">> {
    return this.problems[0];
  }

  /** Keeps something that is freed with the snapshot. */
  protected keep<T extends { dispose(): void }>(part: T): T {
    this.parts.push(part);
    return part;
  }

  private free(): void {
    if (!this.retired || this.users > 0) return;
    for (const part of this.parts.splice(0)) part.dispose();
  }
}
