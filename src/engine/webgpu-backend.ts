/** The backend that computes on the GPU. */
import type { Calibration } from "../gpu/calibration.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Scheduler } from "../gpu/scheduler.ts";
import { kernels } from "../kernels/builtin.ts";
import type { Backend, LoadedProblem, Problem } from "../problem/problem.ts";
import { GpuProblem } from "./gpu-problem.ts";
import type { Workers } from "./shared-work.ts";

export class WebGpuBackend implements Backend {
  readonly gpu: Gpu;
  readonly memoryBudget: number;
  readonly scheduler: Scheduler;
  readonly calibration: Calibration;
  readonly workers: Workers;

  constructor(
    gpu: Gpu,
    scheduler: Scheduler,
    calibration: Calibration,
    memoryBudget: number,
    workers: Workers,
  ) {
    this.gpu = gpu;
    this.scheduler = scheduler;
    this.calibration = calibration;
    this.memoryBudget = memoryBudget;
    this.workers = workers;
  }

  async load(problem: Problem): Promise<LoadedProblem> {
    const { kernel } = problem;
    if (kernels.get(kernel.name) !== kernel)
      await (await import("./check-kernel.ts")).checkKernel(kernel, this);
    return new GpuProblem(this, problem);
  }

  read(buffer: GPUBuffer, count: number, name: string): Promise<Float32Array> {
    return this.gpu.copyOf(buffer, count, name);
  }

  get lost(): boolean {
    return this.gpu.isLost;
  }

  dispose(): void {
    this.gpu.dispose();
    this.workers.dispose();
  }
}
