import type { Tiling } from "../../shaders/partials.ts";
import type { Calibrated } from "./calibrated.ts";
import type { Devices } from "./devices.ts";
import type { Scheduler } from "./scheduler.ts";

/** What every run on the GPU needs: the device, how work is submitted to it, and the memory it may take. */
export interface GpuContext {
  readonly devices: Devices;
  readonly scheduler: Scheduler;
  /** What the device can do. */
  readonly calibrated: Calibrated;
  /** Most bytes of GPU memory for all runs and all models of the engine together. */
  readonly memoryBudget: number;
  /** For tests: the tiling whose shaders compile fastest, in place of the one that runs fastest. */
  readonly lightTiling?: Tiling;
}
