/** Means that stay on the GPU, for callers that draw them or compute on them there. */
import type { Matrix } from "../data/matrix.ts";
import type { GpuContext } from "../gpu/context.ts";
import { Devices } from "../gpu/devices.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { surviveLosses } from "../gpu/resume.ts";
import type { CullOnCpu } from "../methods/cull/method.ts";
import type { DenseOnCpu } from "../methods/dense/cpu/method.ts";
import type { DenseOnGpu } from "../methods/dense/gpu/method.ts";
import type { Problem, Sums, SumsOnGpu, SumsOptions, Totals } from "../problem/problem.ts";
import type { Choice } from "./choose-method.ts";

/** What is needed of a loaded problem. */
export interface Loaded {
  readonly problem: Problem;
  readonly methods: { readonly dense: DenseOnCpu | DenseOnGpu; readonly cull: CullOnCpu };
  run(choice: Choice, queries: Matrix, options: SumsOptions, totals: Totals): Promise<Sums>;
}

/** Means in a buffer of the engine's device; where that is lost, they are computed again on the next one. */
export function meansOnGpu(
  context: GpuContext,
  loaded: Loaded,
  choice: Choice,
  queries: Matrix,
  options: SumsOptions,
): Promise<SumsOnGpu> {
  return surviveLosses(context.devices, options, async (gpu) => {
    const columns = loaded.problem.values.dims;
    const mean = await gpu.ownBuffer("means", Math.max(queries.count * columns, 1) * 4);
    const write: SumsOnGpu["write"] = (q, row) => gpu.write(mean, Float32Array.from(row), q * columns * 4);
    try {
      const sums = await fill(gpu, loaded, choice, queries, options, mean, write);
      await gpu.submit([]).accepted; // what was written has arrived, on a device that is still there
      return { ...sums, mean, write };
    } catch (error) {
      mean.destroy();
      throw error;
    }
  });
}

async function fill(
  gpu: Gpu,
  loaded: Loaded,
  choice: Choice,
  queries: Matrix,
  options: SumsOptions,
  mean: GPUBuffer,
  write: SumsOnGpu["write"],
): Promise<Omit<SumsOnGpu, "mean" | "write">> {
  const { dense, cull } = loaded.methods;
  if (!(choice.method === dense && "means" in dense)) {
    const { mean: means, ...sums } = await loaded.run(choice, queries, options, "none");
    gpu.write(mean, Float32Array.from(means));
    return sums;
  }
  const computed = await dense.means(new Devices(gpu), queries, options, mean, write);
  const { belowPrecision, evaluatedPairs } = computed;
  const empty = [...computed.empty];
  const again = await cull.recompute(queries, belowPrecision, options, (q, row, logSum) => {
    write(q, row);
    if (logSum === -Infinity) empty.push(q);
  });
  const { reason } = choice;
  const fallbackQueries = belowPrecision.length;
  return {
    ...{ empty, method: dense.name, reason, precision: dense.precision },
    ...{ fallbackQueries, evaluatedPairs: evaluatedPairs + again },
  };
}
