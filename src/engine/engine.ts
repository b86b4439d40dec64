/** The engine: finds where to compute, says where that is and why, and holds problems for the estimators. */

import { NadarayaError, show } from "../common/errors.ts";
import { frozen } from "../common/frozen.ts";
import { assertInternal, INTERNAL } from "../common/internal.ts";
import { checkOptions, isRecord } from "../common/options.ts";
import { type GappyPoints, isOnGpu, type Points } from "../data/matrix.ts";
import type { Calibration } from "../gpu/calibration.ts";
import { findDevice, givenDevice } from "../gpu/device.ts";
import { Devices } from "../gpu/devices.ts";
import { Gpu } from "../gpu/gpu.ts";
import { surviveLosses } from "../gpu/resume.ts";
import { Scheduler } from "../gpu/scheduler.ts";
import type { LoadedProblem, Problem, RunOptions } from "../problem/problem.ts";
import type { Backend } from "./backend.ts";
import type { EngineInfo } from "./info.ts";
import type { EngineOptions } from "./options.ts";
import type { SelfTestReport } from "./self-test.ts";
import { Workers } from "./shared-work.ts";
import { WebGpuBackend } from "./webgpu-backend.ts";

const DEFAULT_BUDGET = 512 * 2 ** 20;

/** Where sums are computed: a GPU by WebGPU, or float64 on the CPU. Estimators share one engine unless they are given another. */
export class Engine implements Disposable {
  private readonly describe: () => EngineInfo;
  private readonly backend: Backend;
  private disposed = false;

  private constructor(token: symbol, describe: () => EngineInfo, backend: Backend) {
    assertInternal(token, "Engine", "await Engine.create()");
    this.describe = describe;
    this.backend = backend;
  }

  /** Where the engine computes now: another device may have taken the place of a lost one. */
  get info(): EngineInfo {
    return this.describe();
  }

  /**
   * @throws NadarayaError "no-webgpu" where `backend: "webgpu"` was asked for and there is none; "invalid-input" for
   *   options that are not known.
   */
  static async create(options: EngineOptions = {}): Promise<Engine> {
    // Callers may change the options afterwards.
    const own = copyOfOptions(options);
    (await import("./options.ts")).checkEngineOptions(own);
    const { device, backend = "auto", memoryBudget = DEFAULT_BUDGET, powerPreference } = own;
    const { onDeviceLost = console.warn } = own;
    const workers = new Workers(own.workers);
    const common = { memoryBudget };
    if (backend === "cpu") return Engine.onCpu(common, workers);
    let devices: Devices | undefined;
    try {
      const request = async () => new Gpu(await findDevice(powerPreference), memoryBudget);
      devices = device
        ? new Devices(new Gpu(givenDevice(device), memoryBudget))
        : new Devices(await request(), request, ({ message }) => onDeviceLost(message));
      return await Engine.onGpu(devices, memoryBudget, own, workers);
    } catch (error) {
      devices?.dispose();
      const isInput = error instanceof NadarayaError && error.code === "invalid-input";
      if (backend === "webgpu" || device || isInput || !(error instanceof NadarayaError)) throw error;
      return Engine.onCpu({ ...common, reason: error.message }, workers);
    }
  }

  private static async onCpu(
    info: Omit<EngineInfo, "backend" | "workers">,
    workers: Workers,
  ): Promise<Engine> {
    const { CpuBackend } = await import("./cpu-backend.ts");
    return new Engine(
      INTERNAL,
      () => ({ backend: "cpu", ...info, ...workers.info }),
      new CpuBackend(workers),
    );
  }

  private static async onGpu(
    devices: Devices,
    memoryBudget: number,
    { calibration: given, warm }: EngineOptions,
    workers: Workers,
  ): Promise<Engine> {
    const where = () => {
      const { adapter, device } = devices.current;
      const { maxBufferSize, maxStorageBufferBindingSize } = device.limits;
      return { adapter, limits: { maxBufferSize, maxStorageBufferBindingSize } };
    };
    await surviveLosses(devices, {}, (gpu) => gpu.idleQueue()); // throws where the device is lost already
    const { calibratedBy } = await import("./calibrated.ts");
    const calibrated = calibratedBy(given, where(), devices);
    const context = { devices, scheduler: new Scheduler(), calibrated, memoryBudget };
    if (warm) void (await import("./warm-up.ts")).warmUp(context, warm);
    const describe = (): EngineInfo => ({
      ...{ backend: "webgpu", ...where(), lostDevices: devices.replaced, memoryBudget },
      calibration: calibrated.known,
      ...workers.info,
    });
    return new Engine(INTERNAL, describe, new WebGpuBackend(context, workers));
  }

  /** For estimators: puts keys and values where queries can meet them. */
  load(problem: Problem): Promise<LoadedProblem> {
    this.assertNotDisposed();
    return this.backend.load(problem);
  }

  /** @throws NadarayaError "disposed" */
  assertNotDisposed(): void {
    if (this.disposed) throw new NadarayaError("disposed", "this engine was disposed of");
  }

  /** For estimators: points that the CPU can read, wherever they lie. */
  async fetch<P extends GappyPoints>(points: P, name: string): Promise<P | Points> {
    if (!isOnGpu(points)) return points;
    return { data: await this.backend.read(points, name), dims: points.dims };
  }

  /**
   * Measures anew what the adapter can do, and keeps it for the next engines: after it was measured in a busy moment, or before a page's
   * first long call. This engine takes it only if it has no calibration yet: it never changes.
   * @returns undefined on the CPU
   * @throws NadarayaError "disposed"
   */
  async calibrate(): Promise<Calibration | undefined> {
    this.assertNotDisposed();
    return this.backend.calibrate?.();
  }

  /**
   * Computes sums of every kernel by every method on this engine's device, and compares them with the formula in float64 and with
   * figures of R and statsmodels. It takes seconds; `text` of the report is to be pasted into an issue.
   * @throws NadarayaError "disposed"
   */
  async selfTest(options: RunOptions = {}): Promise<SelfTestReport> {
    checkOptions(options, ["signal", "onProgress"], "selfTest");
    this.assertNotDisposed();
    const { selfTest } = await import("./self-test.ts");
    return selfTest(
      (problem) => this.backend.load(problem),
      () => this.info,
      options,
    );
  }

  /** False once the engine was disposed of, or its device was lost and there is no other. */
  get usable(): boolean {
    return !this.disposed && !this.backend.lost;
  }

  /** Frees the GPU memory, and the device unless it is yours. Models of this engine are of no more use. */
  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.backend.dispose();
  }

  /** As `dispose`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

function copyOfOptions(options: EngineOptions): EngineOptions {
  if (!isRecord(options)) return options;
  const copyOf = <T>(value: T): T => (isRecord(value) ? frozen({ ...value }) : value);
  const { calibration, warm } = options as EngineOptions;
  return {
    ...options,
    calibration: copyOf(calibration),
    warm: Array.isArray(warm) ? warm.map(copyOf) : warm,
  };
}

/** The caller's engine, or the shared one. @throws NadarayaError "invalid-input" for what is no engine */
export function engineOf({ engine }: { readonly engine?: Engine }): Engine | Promise<Engine> {
  if (engine === undefined) return sharedEngine();
  if (typeof engine?.assertNotDisposed === "function") return engine;
  throw new NadarayaError(
    "invalid-input",
    `engine is ${show(engine)}, expected an Engine: await Engine.create()`,
  );
}

let shared: Promise<Engine> | undefined;

/** The engine of callers that did not bring one: made once, and again where its device was lost. */
export async function sharedEngine(): Promise<Engine> {
  const pending = shared ?? startShared();
  const engine = await pending;
  if (engine.usable) return engine;
  return shared === pending ? startShared() : sharedEngine();
}

function startShared(): Promise<Engine> {
  const starting = Engine.create();
  shared = starting;
  starting.catch(() => {
    if (shared === starting) shared = undefined;
  });
  return starting;
}
