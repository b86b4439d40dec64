/** The calibration that an engine plans by: always the same for the same problem. */

import { ASSUMED, type Calibration } from "../gpu/calibration.ts";
import type { CalibratedEngine } from "../gpu/context.ts";
import type { Devices } from "../gpu/devices.ts";
import { plausible } from "../gpu/scheduler.ts";
import { denseGpuRate } from "../methods/dense/cost.ts";
import type { Problem, RunOptions } from "../problem/problem.ts";
import type { EngineInfo } from "./info.ts";
import { raise, recall } from "./known-calibrations.ts";

/** Problems of fewer pairs are planned by a fixed calibration: to measure one would take longer than they do. */
export const FEW_PAIRS = 2 ** 22;

/** Where calibrations come from that are not given. */
export interface Calibrator {
  /** One that was measured before, and not too long ago. */
  recall(): Calibration | undefined;
  /** @param anew even if there is one */
  measure(anew: boolean): Promise<Calibration>;
  /** Has the next engine plan by this number of pairs per millisecond. */
  raise(pairsPerMillisecond: number): void;
}

export class Calibrated implements CalibratedEngine {
  /** Given, recalled, or measured for the first large problem. It never changes. */
  known: Calibration | undefined;
  private readonly calibrator: Calibrator;
  private readonly isGiven: boolean;
  private raised = 0;

  constructor(given: Calibration | undefined, calibrator: Calibrator) {
    this.calibrator = calibrator;
    this.isGiven = given !== undefined;
    this.known = given ?? calibrator.recall();
  }

  /** To be awaited before a problem of this number of pairs is planned. @throws the signal's reason if the call is aborted meanwhile */
  async ready(pairs: number, { signal }: RunOptions = {}): Promise<void> {
    if (this.known || pairs < FEW_PAIRS) return;
    const measuring = this.measure(false);
    if (!signal) return void (await measuring);
    let stop = () => {};
    const aborted = new Promise<never>((_, reject) => {
      stop = () => reject(signal.reason);
      signal.addEventListener("abort", stop);
      if (signal.aborted) stop();
    });
    await Promise.race([measuring, aborted]).finally(() => signal.removeEventListener("abort", stop));
  }

  async measure(anew: boolean): Promise<Calibration> {
    const measured = await this.calibrator.measure(anew);
    this.known ??= measured;
    return measured;
  }

  /** What a problem of this number of pairs is planned by. */
  of(pairs: number): Calibration {
    return (this.isGiven || pairs >= FEW_PAIRS ? this.known : undefined) ?? ASSUMED;
  }

  /**
   * Takes note of a submission of dense sums: of how long it took, and how many times as fast as expected its pairs were. Only problems count
   * that are like those of the calibration.
   */
  observe(
    problem: Problem,
    m: number,
    calibration: Calibration,
    pairs: number,
    wall: number,
    byGpu: number | undefined,
  ): void {
    const { kernel, keys, moments } = problem;
    const milliseconds = plausible(byGpu, wall);
    if (this.isGiven || !this.known || milliseconds < 1) return;
    if (moments || keys.dims > 3 || kernel.name !== "gaussian") return;
    const ratio = pairs / milliseconds / denseGpuRate(problem, m, calibration);
    const rate = ratio * calibration.pairsPerMillisecond;
    if (rate < 2 * Math.max(this.known.pairsPerMillisecond, this.raised)) return;
    this.raised = rate;
    this.calibrator.raise(rate);
  }
}

/** What an engine plans by that is given a calibration, or none. */
export const calibratedBy = (
  given: Calibration | undefined,
  { adapter, limits }: Pick<EngineInfo, "adapter" | "limits">,
  devices: Devices,
): Calibrated =>
  new Calibrated(given, calibratorOf(Object.values({ ...adapter, ...limits }).join(" "), devices));

/** Where calibrations come from that are not given. */
export const calibratorOf = (adapter: string, devices: Devices): Calibrator => ({
  recall: () => recall(adapter),
  measure: async (anew) => (await import("./calibrate.ts")).calibrate(adapter, devices, anew),
  raise: (rate) => raise(adapter, rate),
});
