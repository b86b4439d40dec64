import type { Tiling } from "../../shaders/partials.ts";
import type { Problem, RunOptions } from "../problem/problem.ts";
import type { Calibration } from "./calibration.ts";
import type { Devices } from "./devices.ts";
import type { Scheduler } from "./scheduler.ts";

/** By what calibration an engine plans; see src/engine/calibrated.ts. */
export interface CalibratedEngine {
  readonly known: Calibration | undefined;
  /** To be awaited before a problem of this number of pairs is planned. */
  ready(pairs: number, options?: RunOptions): Promise<void>;
  /** @param anew even if there is one */
  measure(anew: boolean): Promise<Calibration>;
  /** What a problem of this number of pairs is planned by. */
  of(pairs: number): Calibration;
  /** Takes note of how long a submission of dense sums of a problem at m queries took. */
  observe(
    problem: Problem,
    m: number,
    calibration: Calibration,
    pairs: number,
    wall: number,
    byGpu: number | undefined,
  ): void;
}

/** What every run on the GPU needs: the device, how work is submitted to it, and the memory it may take. */
export interface GpuContext {
  readonly devices: Devices;
  readonly scheduler: Scheduler;
  /** What the device can do. */
  readonly calibrated: CalibratedEngine;
  /** Most bytes of GPU memory for all runs and all models of the engine together. */
  readonly memoryBudget: number;
  /** For tests: the tiling whose shaders compile fastest, in place of the one that runs fastest. */
  readonly lightTiling?: Tiling;
}
