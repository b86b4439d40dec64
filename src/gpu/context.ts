import type { Calibration } from "./calibration.ts";
import type { Devices } from "./devices.ts";
import type { Scheduler } from "./scheduler.ts";

/** What every run on the GPU needs: the device, how work is submitted to it, what it can do, and the memory it may take. */
export interface GpuContext {
  readonly devices: Devices;
  readonly scheduler: Scheduler;
  readonly calibration: Calibration;
  /** Most bytes of GPU memory for all runs and all models of the engine together. */
  readonly memoryBudget: number;
  /** For tests: takes the tilings whose shaders compile fastest, however fast they run. */
  readonly lightTilings?: boolean;
}
