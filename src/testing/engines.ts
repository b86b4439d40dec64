/** Engines for tests: a real adapter, or the test fails. */
import type { WebGpuBackend } from "../engine/webgpu-backend.ts";
import type { GpuContext } from "../gpu/context.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { Engine } from "../index.ts";

/** Of every test: "auto" then chooses alike on all machines. What is measured has tests of its own. */
const calibration = { version: 1, pairsPerMillisecond: 2 ** 18, latency: 4 } as const;

/** An engine on a real WebGPU adapter. @throws where there is none: a test must not pass on nothing. */
export async function gpuEngine(): Promise<Engine> {
  const engine = await Engine.create({ backend: "webgpu", calibration });
  if (!engine.info.adapter?.vendor && !engine.info.adapter?.description)
    throw new Error("the adapter has no name");
  return engine;
}

/** What an engine computes with on its GPU. */
export const contextOf = (engine: Engine): GpuContext =>
  (engine as unknown as { backend: WebGpuBackend }).backend.context;

/** Lets an engine cut all slices by the first guess of its rates, so that how many there are does not depend on the machine. */
export function fixSlices(engine: Engine): void {
  Object.assign(contextOf(engine).scheduler, { rates: { get: () => undefined, set: () => {} } });
}

/** The device that an engine has now. */
export const gpuOf = (engine: Engine): Gpu => contextOf(engine).devices.current;
