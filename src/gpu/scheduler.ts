/**
 * Keeps the GPU busy with submissions of about 40 ms, so that neither the page nor the driver's watchdog ever waits:
 * measures how fast pairs go, sizes the next slice by it, keeps two slices in flight, reports progress, stops on abort.
 */

import type { RunOptions } from "../problem/problem.ts";
import type { Gpu } from "./gpu.ts";

/** The time that one submission should take on this adapter, in milliseconds. */
export const SLICE_MILLISECONDS = 50;

/** Pairs per millisecond assumed of an adapter before the first measurement: a software adapter's. */
const FIRST_RATE = 5e4;

export class Scheduler {
  private readonly gpu: Gpu;
  /** Pairs per millisecond by the family of the pipeline, measured. */
  private readonly rates = new Map<string, number>();

  constructor(gpu: Gpu) {
    this.gpu = gpu;
  }

  /** Starts a run of `total` pairs by pipelines of the family `key`. */
  start(key: string, total: number, options: RunOptions): Run {
    return new Run(this.gpu, this.rates, key, total, options);
  }
}

export class Run {
  private done = 0;
  private lastFinished = 0;
  private readonly inFlight: Promise<void>[] = [];
  private readonly gpu: Gpu;
  private readonly rates: Map<string, number>;
  private readonly key: string;
  private readonly total: number;
  private readonly options: RunOptions;

  constructor(gpu: Gpu, rates: Map<string, number>, key: string, total: number, options: RunOptions) {
    this.gpu = gpu;
    this.rates = rates;
    this.key = key;
    this.total = total;
    this.options = options;
    options.signal?.throwIfAborted();
  }

  /** Pairs that the next submission should hold. */
  get budget(): number {
    return SLICE_MILLISECONDS * this.rate;
  }

  /** Pairs per millisecond, as last measured. */
  get rate(): number {
    return this.rates.get(this.key) ?? FIRST_RATE;
  }

  /**
   * To be called after each submission, with its time by the GPU's clock where there is one. Waits while two are in flight.
   */
  async submitted(pairs: number, gpuTime: Promise<number | undefined>): Promise<void> {
    const start = performance.now();
    const finished = this.gpu.idleQueue().then(async () => {
      const now = performance.now();
      const milliseconds = (await gpuTime) ?? now - Math.max(start, this.lastFinished);
      this.measure(pairs, milliseconds);
      this.lastFinished = now;
      this.done += pairs;
      this.options.onProgress?.({ done: this.done, total: this.total });
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
   * One measurement is disturbed by whatever else the machine does, so the rate follows half way; but short
   * submissions mostly measure the latency, and may only raise it, quickly.
   */
  private measure(pairs: number, milliseconds: number): void {
    const change = pairs / Math.max(milliseconds, 0.05) / this.rate;
    const factor =
      milliseconds < SLICE_MILLISECONDS / 4 ? clamp(change, 1, 4) : Math.sqrt(clamp(change, 1 / 4, 4));
    this.rates.set(this.key, this.rate * factor);
  }
}

const clamp = (x: number, least: number, most: number) => Math.min(Math.max(x, least), most);
