/**
 * What an adapter can do, measured once: names do not say (Firefox and Safari hide them). By this, "auto" chooses methods and runs
 * are cut into workgroups, so it is rounded to powers of two, kept for the adapter (in a browser also for the next visit), and the
 * same for every call of an engine.
 */
import { type Calibration, isCalibration, RANGES, SLOW } from "../gpu/calibration.ts";
import type { Devices } from "../gpu/devices.ts";
import { Scheduler } from "../gpu/scheduler.ts";
import { kernels } from "../kernels/builtin.ts";
import { encoder } from "../methods/dense/gpu/encode.ts";
import { KeyBuffers } from "../methods/dense/gpu/key-buffers.ts";
import { sumSlices } from "../methods/dense/gpu/sums.ts";
import type { Problem } from "../problem/problem.ts";

/** Those of this process or page, by adapter. */
const known = new Map<string, Promise<Calibration>>();

/** The calibration of an adapter, measured unless it is known. */
export function calibrationOf(adapter: string, devices: Devices): Promise<Calibration> {
  let calibration = known.get(adapter);
  if (!calibration) {
    calibration = recalled(adapter, () => measure(devices));
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
  const calibration = await make();
  try {
    globalThis.localStorage?.setItem(name, JSON.stringify(calibration));
  } catch {
    // Storage may be full or forbidden: the next visit measures again.
  }
  return calibration;
}

/** Times of a run that are long enough to tell a rate from the latency, in milliseconds. */
const LONG_ENOUGH = 5;
const QUERIES = 1024;
const MOST_KEYS = 2 ** 20;

async function measure(devices: Devices): Promise<Calibration> {
  const scheduler = new Scheduler();
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
    const keyBuffers = new KeyBuffers(problem, coder);
    let least = Infinity;
    for (let run = 0; run < 3; run++) {
      const milliseconds = await sumSlices({
        ...{ devices, scheduler, calibration: SLOW, problem, encoder: coder, keyBuffers, queries },
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
