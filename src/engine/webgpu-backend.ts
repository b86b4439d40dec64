/** The backend that computes on the GPU, and in float64 on the CPU where a tolerance or a query needs it. */

import type { GpuPoints } from "../data/matrix.ts";
import type { Calibration } from "../gpu/calibration.ts";
import type { GpuContext } from "../gpu/context.ts";
import { isOwn } from "../kernels/builtin.ts";
import { CullOnGpu } from "../methods/cull/gpu/method.ts";
import { CullOnCpu } from "../methods/cull/method.ts";
import { DenseOnGpu } from "../methods/dense/gpu/method.ts";
import { ExpandOnGpu } from "../methods/expand/gpu-method.ts";
import { ExpandOnCpu } from "../methods/expand/method.ts";
import type { Problem } from "../problem/problem.ts";
import { inValueUnits } from "../problem/value-units.ts";
import type { Backend } from "./backend.ts";
import { EngineProblem } from "./engine-problem.ts";
import type { Workers } from "./shared-work.ts";

export class WebGpuBackend implements Backend {
  readonly context: GpuContext;
  readonly workers: Workers;

  constructor(context: GpuContext, workers: Workers) {
    this.context = context;
    this.workers = workers;
  }

  async load(given: Problem): Promise<EngineProblem> {
    const { context, workers } = this;
    const { kernel } = given;
    if (isOwn(kernel)) await (await import("./check-kernel.ts")).checkKernel(kernel, context);
    const problem = inValueUnits(given);
    const dense = new DenseOnGpu(context, problem);
    const cull = new CullOnCpu(problem, workers);
    const expand = new ExpandOnCpu(problem, workers);
    const onGpu = [new CullOnGpu(context, problem), new ExpandOnGpu(context, problem, expand, dense)];
    return new EngineProblem(problem, { dense, cull, all: [dense, cull, expand, ...onGpu] }, context);
  }

  async read(points: GpuPoints, name: string): Promise<Float32Array> {
    const { copyOf } = await import("../gpu/copy.ts");
    return copyOf(this.context, points, name);
  }

  calibrate(): Promise<Calibration> {
    return this.context.calibrated.measure(true);
  }

  get lost(): boolean {
    return this.context.devices.areGone;
  }

  dispose(): void {
    this.context.devices.dispose();
    this.workers.dispose();
  }
}
