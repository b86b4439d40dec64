/** Collects passes into submissions that take about as long as the scheduler wants: one for all of them on a fast adapter. */
import type { Gpu, Pass } from "../../../gpu/gpu.ts";
import type { Run } from "../../../gpu/scheduler.ts";
import { workgroupsOf } from "../../../gpu/workgroups.ts";
import { THREADS } from "../../dense/gpu/slices.ts";

/** How much a stage has to do. */
export interface StageSize {
  /** Threads, or workgroups. */
  readonly count: number;
  readonly of: "threads" | "workgroups";
  /** Work of each, in the run's unit. */
  readonly each: number;
}

export class StageQueue {
  private readonly gpu: Gpu;
  private readonly run: Run;
  private passes: Pass[] = [];
  private work = 0;
  private readonly accepted: Promise<void>[] = [];

  constructor(gpu: Gpu, run: Run) {
    this.gpu = gpu;
    this.run = run;
  }

  /** Adds a stage that is run as one. */
  async add(pipeline: GPUComputePipeline, buffers: Pass["buffers"], size: StageSize): Promise<void> {
    const { count, of, each } = size;
    const workgroups = workgroupsOf(
      this.gpu.device.limits,
      of === "threads" ? Math.ceil(count / THREADS) : count,
    );
    this.passes.push({ pipeline, buffers, workgroups });
    this.work += count * each;
    if (this.work >= this.run.budget) await this.submit();
  }

  /** Adds a stage in as many ranges as it needs; `buffersOf` a range tells it which. */
  async addInRanges(
    pipeline: GPUComputePipeline,
    size: StageSize,
    buffersOf: (first: number, count: number) => Promise<readonly GPUBuffer[]>,
  ): Promise<void> {
    const { count, of, each } = size;
    const least = of === "threads" ? THREADS : 1;
    for (let first = 0; first < count; ) {
      const fitting = Math.max(Math.ceil((this.run.budget - this.work) / each), least);
      const range = Math.min(fitting, count - first);
      await this.add(pipeline, await buffersOf(first, range), { count: range, of, each });
      first += range;
    }
  }

  /** Submits what there is; the copies come after it. */
  async submit(copies: Parameters<Gpu["submitTimed"]>[1] = []): Promise<void> {
    if (this.passes.length === 0 && copies.length === 0) return;
    const submission = this.gpu.submitTimed(this.passes, copies);
    const { work } = this;
    [this.passes, this.work] = [[], 0];
    this.accepted.push(submission.accepted);
    await this.run.submitted(work, submission);
  }

  /** Resolves when the GPU has taken all that was submitted. */
  async allAccepted(): Promise<void> {
    await Promise.all(this.accepted);
  }
}
