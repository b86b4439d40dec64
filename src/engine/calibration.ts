/**
 * What an adapter can do, measured once: names do not say (Firefox and Safari hide them). By this, "auto" chooses methods and runs
 * are cut into workgroups, so it is rounded to powers of two, kept for the adapter (in a browser also for the next visit), and the
 * same for every call of an engine.
 */
import { NadarayaError, show } from "../errors.ts";
import { kernels } from "../kernels.ts";
import { encoder } from "./encode.ts";
import type { Gpu } from "./gpu.ts";
import { KeyBuffers } from "./key-buffers.ts";
import type { Scheduler } from "./scheduler.ts";
import { sumSlices } from "./sum-slices.ts";
import type { Problem } from "./types.ts";

export interface Calibration {
  readonly version: 1;
  /** Gaussian weights of one coordinate, with one value column, that the adapter computes a millisecond; a power of two. */
  readonly pairsPerMillisecond: number;
  /** Milliseconds of the shortest run, from submission to numbers; a power of two. */
  readonly latency: number;
}

/** Of a processor that runs shaders: by this the measurement itself is planned. */
export const SLOW: Calibration = { version: 1, pairsPerMillisecond: 2 ** 17, latency: 2 };

const RANGES = {
  pairsPerMillisecond: [2 ** 8, 2 ** 32],
  latency: [2 ** -6, 2 ** 10],
} as const;

/** @throws NadarayaError "invalid-input" */
export function readCalibration(given: unknown): Calibration {
  if (isCalibration(given)) return given;
  throw new NadarayaError(
    "invalid-input",
    `calibration is ${show(given)}, expected what engine.info.calibration holds: version 1, and powers of two for pairsPerMillisecond and latency`,
  );
}

function isCalibration(given: unknown): given is Calibration {
  if (typeof given !== "object" || given === null) return false;
  const numbers = given as Record<string, unknown>;
  return (
    numbers.version === 1 &&
    Object.entries(RANGES).every(([name, [least, most]]) => {
      const value = numbers[name];
      return (
        typeof value === "number" && value >= least && value <= most && Number.isInteger(Math.log2(value))
      );
    })
  );
}

/** Those of this process or page, by adapter. */
const known = new Map<string, Promise<Calibration>>();

/** The calibration of an adapter, measured unless it is known. */
export function calibrationOf(adapter: string, gpu: Gpu, scheduler: Scheduler): Promise<Calibration> {
  let calibration = known.get(adapter);
  if (!calibration) {
    calibration = recalled(adapter, () => measure(gpu, scheduler));
    known.set(adapter, calibration);
    calibration.catch(() => known.delete(adapter));
  }
  return calibration;
}

async function recalled(adapter: string, make: () => Promise<Calibration>): Promise<Calibration> {
  const name = `nadaraya calibration 1, ${adapter}`;
  try {
    const stored: unknown = JSON.parse(globalThis.localStorage?.getItem(name) ?? "null");
    if (isCalibration(stored)) return stored;
  } catch {
    // Nothing is stored, or no text of ours, or storage is forbidden.
  }
  const made = await make();
  try {
    globalThis.localStorage?.setItem(name, JSON.stringify(made));
  } catch {
    // Storage may be full or forbidden: the next visit measures again.
  }
  return made;
}

/** Times of a run that are long enough to tell a rate from the latency, in milliseconds. */
const LONG_ENOUGH = 5;
const QUERIES = 1024;
const MOST_KEYS = 2 ** 20;

async function measure(gpu: Gpu, scheduler: Scheduler): Promise<Calibration> {
  const time = async (n: number, m: number): Promise<number> => {
    const column = (count: number) => ({
      data: new Float64Array(count).map((_, i) => i / count),
      count,
      dims: 1,
    });
    const [keys, queries] = [column(n), column(m)];
    const kernel = kernels.get("gaussian")!;
    const problem: Problem = { keys, values: keys, kernel, shape: "radial", bandwidth: [1] };
    const coder = encoder(problem);
    const keyBuffers = new KeyBuffers(gpu, problem, coder);
    let least = Infinity;
    for (let run = 0; run < 3; run++) {
      const milliseconds = await sumSlices({
        ...{ gpu, scheduler, calibration: SLOW, problem, encoder: coder, keyBuffers, queries },
        ...{ memoryBudget: 2 ** 26, options: {}, want: "means", remote: () => {}, finish: () => {} },
      });
      least = Math.min(least, milliseconds);
    }
    keyBuffers.close();
    return least;
  };
  const latency = await time(64, 64);
  let rate = 0;
  for (let n = 2048; n <= MOST_KEYS; n *= 8) {
    const milliseconds = Math.max((await time(n, QUERIES)) - latency, 0.01);
    rate = (n * QUERIES) / milliseconds;
    if (milliseconds >= LONG_ENOUGH) break;
  }
  return {
    version: 1,
    pairsPerMillisecond: rounded("pairsPerMillisecond", rate),
    latency: rounded("latency", latency),
  };
}

/** The nearest power of two in range. */
function rounded(name: keyof typeof RANGES, x: number): number {
  const [least, most] = RANGES[name];
  return Math.min(Math.max(2 ** Math.round(Math.log2(x)), least), most);
}
