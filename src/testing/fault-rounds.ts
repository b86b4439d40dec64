/** Rounds of answers while the device fails, for Node and for browsers: what happened, and how far the answers were off. */

import type { Methods } from "../engine/engine-problem.ts";
import { Engine, KernelRegression, NadarayaError } from "../index.ts";
import { fixSlices, gpuOf } from "./engines.ts";
import { type Fault, Faults } from "./faults.ts";
import { draw, largestDifference } from "./random.ts";
import { isFastRing } from "./ring.ts";

/** A GPU's calibration, so that every method computes on the device, and little memory, so that there are many slices. */
export const faultOptions = {
  calibration: { version: 1, pairsPerMillisecond: 2 ** 24, latency: 2 ** -3 },
  memoryBudget: 2 ** 20,
} as const;

function workload(n: number, m: number, dims: number) {
  const { uniform, normal } = draw(7);
  const points = (count: number) => ({
    data: Float64Array.from({ length: count * dims }, () => uniform(0, 4)),
    dims,
  });
  const keys = points(n);
  const values = Float64Array.from({ length: n }, (_, i) => Math.sin(keys.data[i * dims]) + 0.1 * normal());
  return { input: { keys, values, bandwidth: 0.4 }, queries: points(m) };
}

/** In the fast ring the grid is of one coordinate: every lost device compiles its stages again, and fewer of them. */
const gridDims = isFastRing ? 1 : 2;

/** The three methods on the GPU, several slices each. */
export const faultCases = {
  dense: { ...workload(2000, 20_000, 1), options: { method: "dense" } },
  cull: { ...workload(6000, 6000, 2), options: { method: "cull", tolerance: 1e-4 } },
  expand: { ...workload(3000, 9000, gridDims), options: { method: "expand", tolerance: 1e-4 } },
} as const;

export type FaultCase = keyof typeof faultCases;
export const faultCaseNames = Object.keys(faultCases) as FaultCase[];

/** The means of a case by a new model. */
export async function answer(engine: Engine, name: FaultCase): Promise<Float64Array> {
  const { input, queries, options } = faultCases[name];
  const model = await KernelRegression.fit(input, { engine });
  onlyOnGpu(model);
  try {
    return (await model.predict(queries, options)).mean;
  } finally {
    model.dispose();
  }
}

/**
 * Leaves a model only the methods on the GPU: "auto" and "expand" might take the CPU for so few points.
 * @param except those that may be on the CPU all the same
 */
export function onlyOnGpu(model: KernelRegression, except: readonly string[] = []): void {
  const { problems } = (model as unknown as { current: { problems: { methods: Methods }[] } }).current;
  for (const { methods } of problems)
    Object.assign(methods, {
      all: methods.all.filter(({ device, name }) => device === "gpu" || except.includes(name)),
    });
}

/** Where `navigator.gpu` is put for engines to find. */
export type Install = (gpu: GPU) => void;

/** An engine of its own, whose devices fail as planned. */
export async function faultyEngine(install: Install, real: GPU, more: object = {}) {
  const faults = new Faults();
  const warnings: string[] = [];
  install(faults.gpu(real));
  const onDeviceLost = (message: string) => warnings.push(message);
  const engine = await Engine.create({ backend: "webgpu", ...faultOptions, onDeviceLost, ...more });
  fixSlices(engine); // so that calls can be counted
  return { engine, faults, warnings };
}

const known = new Map<FaultCase, ReturnType<typeof computeUndisturbed>>();

/** The means without faults, and how many calls of the device they take: the same every time, and so computed once. */
export function undisturbed(install: Install, real: GPU, name: FaultCase) {
  const found = known.get(name) ?? computeUndisturbed(install, real, name);
  known.set(name, found);
  return found;
}

async function computeUndisturbed(install: Install, real: GPU, name: FaultCase) {
  const { engine, faults } = await faultyEngine(install, real);
  const before = faults.calls;
  const mean = await answer(engine, name);
  const calls = faults.calls - before;
  engine.dispose();
  return { mean, calls };
}

export interface FaultReport {
  /** Faults that happened. */
  readonly faults: number;
  /** Answers in spite of them, and how far they were off at most. */
  readonly answers: number;
  readonly worst: number;
  /** Errors of the library that calls ended with, and errors that are none of ours. */
  readonly errors: readonly string[];
  readonly foreign: readonly string[];
  readonly lostDevices: number;
  readonly warnings: number;
  /** Bytes that were still held at the end. */
  readonly heldBytes: number;
}

/** Asks for the same means again and again, with one fault a round at a random call, or for "no memory" in one of twenty allocations and one more. */
export async function faultRounds(
  install: Install,
  real: GPU,
  name: FaultCase,
  fault: Fault,
  rounds: number,
  seed: number,
): Promise<FaultReport> {
  const { mean, calls } = await undisturbed(install, real, name);
  const { engine, faults, warnings } = await faultyEngine(install, real);
  const random = draw(seed);
  const errors: string[] = [];
  const foreign: string[] = [];
  let answers = 0;
  let worst = 0;
  for (let round = 0; round < rounds; round++) {
    const at = faults.calls + 1 + Math.floor(random.uniform(0, 0.5 * calls));
    const before = faults.happened;
    let allocations = round % 8;
    const { memory } = gpuOf(engine);
    memory.freeCaches();
    memory.trim(); // so that every round allocates
    faults.plan = (call, index) => {
      if (fault === "no memory")
        return call === "createBuffer" && (allocations++ === 7 || random.uniform(0, 1) < 0.05)
          ? fault
          : undefined;
      // A call that can fail so may come some calls later.
      return index >= at && faults.happened === before ? fault : undefined;
    };
    try {
      worst = Math.max(worst, largestDifference(await answer(engine, name), mean));
      answers++;
    } catch (error) {
      (error instanceof NadarayaError ? errors : foreign).push(String(error));
    }
    faults.plan = () => undefined;
  }
  worst = Math.max(worst, largestDifference(await answer(engine, name), mean));
  const { memory } = gpuOf(engine);
  memory.trim();
  const { lostDevices = 0 } = engine.info;
  engine.dispose();
  return {
    ...{ faults: faults.happened, answers, worst, errors, foreign },
    ...{ lostDevices, warnings: warnings.length, heldBytes: memory.liveBytes },
  };
}
