/** What `engine.info` says. */
import type { Calibration } from "../gpu/calibration.ts";
import type { AdapterInfo } from "../gpu/device.ts";

/** Where an engine computes, and why there. */
export interface EngineInfo {
  readonly backend: "webgpu" | "cpu";
  /** The GPU's adapter as it names itself; absent on the CPU. */
  readonly adapter?: AdapterInfo;
  /** Devices that were lost and replaced since the engine was made; absent on the CPU. */
  readonly lostDevices?: number;
  /** The limits that the plan keeps to; absent on the CPU. */
  readonly limits?: { readonly maxBufferSize: number; readonly maxStorageBufferBindingSize: number };
  /** Why "auto" fell back to the CPU; absent where it did not. */
  readonly reason?: string;
  readonly memoryBudget: number;
  /** What large problems are planned by: given, recalled, or measured for the first of them. Absent before that, and on the CPU. */
  readonly calibration?: Calibration;
  /** Most workers that share long work on the CPU; they are started when they are first needed. */
  readonly workers: number;
  /** Why there are no workers, where some were wanted and none could be started: one thread computes. */
  readonly workersReason?: string;
}
