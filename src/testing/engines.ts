/** Engines for tests: a real adapter, or the test fails. */
import type { WebGpuBackend } from "../engine/webgpu-backend.ts";
import type { GpuContext } from "../gpu/context.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { Engine, type EngineOptions } from "../index.ts";
import { LIGHT_TILING } from "../methods/dense/gpu/plan.ts";
import { isWideRing } from "./ring.ts";

/** The calibration of every test, so that "auto" chooses alike on all machines. Measured calibrations have separate tests. */
export const calibration = { version: 1, pairsPerMillisecond: 2 ** 18, latency: 4 } as const;

let shared: Promise<Engine> | undefined;

/**
 * The engine on a real WebGPU adapter that all files of the Vitest project "gpu" share, with its device and compiled shaders: do not
 * dispose of it. Its tilings are those that compile fastest, in the wide ring those that a user's engine chooses. @throws if there is no adapter: a test must not pass without one.
 */
export async function gpuEngine(): Promise<Engine> {
  shared ??= ownGpuEngine();
  const starting = shared;
  const engine = await starting;
  if (engine.usable) return engine;
  if (shared === starting) shared = undefined;
  return gpuEngine();
}

/**
 * An engine with its own device, for tests that count its buffers, change its settings, or destroy it. Its tilings are those of `gpuEngine`.
 */
export async function ownGpuEngine(options: EngineOptions = {}): Promise<Engine> {
  const engine = await Engine.create({ backend: "webgpu", calibration, ...options });
  if (!engine.info.adapter?.vendor && !engine.info.adapter?.description)
    throw new Error("the adapter has no name");
  if (!isWideRing) useLightTilings(engine);
  return engine;
}

/** What an engine computes with on its GPU. */
export const contextOf = (engine: Engine): GpuContext =>
  (engine as unknown as { backend: WebGpuBackend }).backend.context;

/** Lets an engine cut all slices by the first guess of its rates, so that how many there are does not depend on the machine. */
export function fixSlices(engine: Engine): void {
  Object.assign(contextOf(engine).scheduler, { rates: { get: () => undefined, set: () => {} } });
}

/** Lets an engine compile the shaders that compile fastest, not those that a user's engine chooses. */
export function useLightTilings(engine: Engine): void {
  Object.assign(contextOf(engine), { lightTiling: LIGHT_TILING });
}

/** The device that an engine has now. */
export const gpuOf = (engine: Engine): Gpu => contextOf(engine).devices.current;
