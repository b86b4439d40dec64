/**
 * Keeps the GPU busy with submissions of SLICE_MILLISECONDS, so that neither the page nor the driver's watchdog ever waits:
 * measures how fast pairs go, sizes the next slice by it, keeps two slices in flight, reports progress, stops on abort.
 */

import type { RunOptions } from "../problem/problem.ts";
import type { Gpu, Submission } from "./gpu.ts";

/** The time that one submission should take on this adapter, in milliseconds. */
export const SLICE_MILLISECONDS = 50;

export class Scheduler {
  /** Pairs per millisecond by the family of the pipeline, measured. */
  readonly rates = new Map<string, number>();
  /** When the last submission of any run was finished. */
  lastFinished = 0;

  start(gpu: Gpu, work: Work, options: RunOptions): Run {
    return new Run(this, gpu, work, options);
  }
}

/** What a run has to do. */
export interface Work {
  /** The family of its pipelines: those of one family are equally fast. */
  readonly family: string;
  /** Pairs, or another unit of work, and how many of them are done already. */
  readonly total: number;
  readonly done: number;
  /** Pairs per millisecond that are assumed until the first measurement. */
  readonly firstRate: number;
  /** Called with the pairs of a submission, its milliseconds, and these by the GPU's clock if it has one. */
  readonly onMeasured?: (pairs: number, wall: number, byGpu: number | undefined) => void;
}

export class Run {
  private readonly inFlight: Promise<void>[] = [];
  private readonly scheduler: Scheduler;
  private readonly gpu: Gpu;
  private readonly work: Work;
  private readonly options: RunOptions;
  private done: number;

  constructor(scheduler: Scheduler, gpu: Gpu, work: Work, options: RunOptions) {
    this.scheduler = scheduler;
    this.gpu = gpu;
    this.work = work;
    this.options = options;
    this.done = work.done;
    options.signal?.throwIfAborted();
  }

  /** Pairs that the next submission should hold. */
  get budget(): number {
    return SLICE_MILLISECONDS * this.rate;
  }

  /** Pairs per millisecond, as last measured. */
  get rate(): number {
    const { family, firstRate } = this.work;
    return this.scheduler.rates.get(family) ?? firstRate;
  }

  /**
   * To be called after each submission, with its time by the GPU's clock where there is one. Waits while two are in flight.
   */
  async submitted(pairs: number, submission: Submission): Promise<void> {
    const { scheduler, options } = this;
    const start = performance.now();
    const finished = this.gpu.idleQueue().then(async () => {
      const now = performance.now();
      const wall = now - Math.max(start, scheduler.lastFinished);
      scheduler.lastFinished = now;
      await submission.accepted;
      const byGpu = await submission.milliseconds;
      this.measure(pairs, plausible(byGpu, wall));
      this.work.onMeasured?.(pairs, wall, byGpu);
      this.done += pairs;
      options.onProgress?.({ done: this.done, total: this.work.total });
    });
    finished.catch(() => {}); // seen below, or by finish()
    this.inFlight.push(finished);
    if (this.inFlight.length > 1) await this.inFlight.shift();
    this.options.signal?.throwIfAborted();
  }

  /** Waits for everything submitted. */
  async finish(): Promise<void> {
    for (const finished of this.inFlight.splice(0)) await finished;
    this.options.signal?.throwIfAborted();
  }

  /**
   * One measurement is disturbed by whatever else the machine does, so the rate follows half way, and the whole way only where
   * a submission took far too long; short submissions mostly measure the latency, and may only raise the rate, quickly.
   */
  private measure(pairs: number, milliseconds: number): void {
    const change = pairs / Math.max(milliseconds, 0.05) / this.rate;
    let factor = Math.sqrt(clamp(change, 1 / 4, 4));
    if (milliseconds < SLICE_MILLISECONDS / 4) factor = clamp(change, 1, 4);
    if (milliseconds > SLICE_MILLISECONDS * 4) factor = clamp(change, 1 / 64, 1);
    this.scheduler.rates.set(this.work.family, this.rate * factor);
  }
}

/**
 * The milliseconds of a submission by the GPU's clock, if it has one that can be right: some count other units, and slices that are sized
 * by these grow without bound.
 */
export function plausible(byGpu: number | undefined, wall: number): number {
  return Math.max(byGpu ?? wall, wall > 20 ? wall / 8 : 0);
}

const clamp = (x: number, least: number, most: number) => Math.min(Math.max(x, least), most);
