/** What an engine is to its two backends. */
import type { GpuPoints } from "../data/matrix.ts";
import type { Calibration } from "../gpu/calibration.ts";
import type { Problem } from "../problem/problem.ts";
import type { EngineProblem } from "./engine-problem.ts";

export interface Backend {
  /** True once the device is gone. */
  readonly lost: boolean;
  load(problem: Problem): Promise<EngineProblem>;
  /** A copy of points on the GPU. @throws NadarayaError "unsupported" where there is none */
  read(points: GpuPoints, name: string): Promise<Float32Array>;
  /** Measures what a GPU can do. */
  calibrate?(): Promise<Calibration>;
  dispose(): void;
}
