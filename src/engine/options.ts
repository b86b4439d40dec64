/** What `Engine.create` takes. */
import { NadarayaError, show } from "../common/errors.ts";
import { checkOptions, isBetween, isWhole, listOf, optionNames } from "../common/options.ts";
import { didYouMean } from "../common/suggestions.ts";
import { MAX_COLUMNS, MAX_COORDINATES } from "../data/matrix.ts";
import { type Calibration, readCalibration } from "../gpu/calibration.ts";
import { type KernelName, kernels } from "../kernels/builtin.ts";

/** Options of `Engine.create`. */
export interface EngineOptions {
  /** Your own device: it is used as it is, within its limits, and never destroyed. */
  readonly device?: GPUDevice;
  /** "auto" (the default) takes WebGPU where there is an adapter and else the CPU; the others insist. */
  readonly backend?: "auto" | "webgpu" | "cpu";
  /**
   * Most bytes of GPU memory for all models and calls of the engine together; 512 MiB by default. With less of it, work is cut into
   * smaller parts, keys are uploaded more often, and calls wait for each other; what needs its keys or its grid as a whole is left to
   * the CPU. Buffers of `output: "gpu"` are the caller's and do not count.
   */
  readonly memoryBudget?: number;
  readonly powerPreference?: GPUPowerPreference;
  /**
   * Takes the place of measuring the adapter: what another engine's `calibrate()` returned. By it "auto" chooses methods, so
   * engines that are given the same one choose alike. Without it, problems of less than 4,194,304 pairs are planned by a fixed
   * calibration, and the adapter is measured for the first larger one, or recalled.
   */
  readonly calibration?: Calibration;
  /**
   * Called when the engine's own device was lost and another took its place; running calls go on by themselves. `console.warn` by
   * default.
   */
  readonly onDeviceLost?: (message: string) => void;
  /**
   * Problems that are expected: the shaders of "dense", and of the fast Gauss transform where it has one, are compiled at once, in the background, so that the first
   * call need not wait for them. What is not as described is compiled when it is needed.
   */
  readonly warm?: readonly WarmShape[];
  /** Most workers that share what is computed on the CPU; as many as there are processors by default, none for 0. */
  readonly workers?: number;
}

/** A problem, by what its shaders depend on. */
export interface WarmShape {
  /** "gaussian" by default. */
  readonly kernel?: KernelName;
  /** Coordinates. */
  readonly dims: number;
  /** Value columns; 1 by default, 0 for densities. */
  readonly columns?: number;
}

const OPTIONS = optionNames<EngineOptions>()({
  device: true,
  backend: true,
  memoryBudget: true,
  powerPreference: true,
  calibration: true,
  workers: true,
  warm: true,
  onDeviceLost: true,
});

/** @throws NadarayaError "invalid-input" */
export function checkEngineOptions(options: EngineOptions): void {
  checkOptions(options, OPTIONS, "Engine.create");
  const { backend = "auto", memoryBudget = Infinity, workers = 0 } = options;
  const refuse = (name: string, value: unknown, expected: string) => {
    throw new NadarayaError("invalid-input", `${name} is ${show(value)}, expected ${expected}`);
  };
  if (!["auto", "webgpu", "cpu"].includes(backend))
    refuse("backend", backend, `"auto", "webgpu" or "cpu"${didYouMean(backend, ["auto", "webgpu", "cpu"])}`);
  if (!isBetween(memoryBudget, 2 ** 20, Infinity))
    refuse("memoryBudget", memoryBudget, "at least 1 MiB (1048576 bytes)");
  if (options.calibration !== undefined) readCalibration(options.calibration);
  for (const [i, shape] of listOf<WarmShape>(options.warm ?? [], "warm").entries()) {
    checkOptions(shape, ["kernel", "dims", "columns"], `warm[${i}]`);
    const { kernel = "gaussian", dims, columns = 1 } = shape;
    if (!kernels.has(kernel)) refuse(`warm[${i}].kernel`, kernel, [...kernels.keys()].map(show).join(", "));
    if (!isWhole(dims, 1, MAX_COORDINATES)) refuse(`warm[${i}].dims`, dims, `1 to ${MAX_COORDINATES}`);
    if (!isWhole(columns, 0, MAX_COLUMNS)) refuse(`warm[${i}].columns`, columns, `0 to ${MAX_COLUMNS}`);
  }
  if (!isWhole(workers, 0)) refuse("workers", workers, "a whole number, 0 for none");
}
