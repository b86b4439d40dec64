/**
 * Measures what an adapter can do: names do not say (Firefox and Safari hide them). By this, "auto" chooses methods and runs are cut into
 * workgroups, so it is rounded to powers of two and kept for the adapter.
 */
import { type Calibration, fixedCalibration, rounded, SLOW } from "../gpu/calibration.ts";
import type { Devices } from "../gpu/devices.ts";
import { Scheduler } from "../gpu/scheduler.ts";
import { kernels } from "../kernels/builtin.ts";
import { encoder } from "../methods/dense/gpu/encode.ts";
import { KeyBuffers } from "../methods/dense/gpu/key-buffers.ts";
import { sumSlices } from "../methods/dense/gpu/sums.ts";
import type { Problem } from "../problem/problem.ts";
import { recall, remember } from "./known-calibrations.ts";

/** Measurements that are being made, by adapter: engines share them. */
const running = new Map<string, Promise<Calibration>>();

/** @param anew even if the adapter's calibration is known */
export async function calibrate(adapter: string, devices: Devices, anew: boolean): Promise<Calibration> {
  const known = anew ? undefined : recall(adapter);
  if (known) return known;
  // Another engine's may fail, as that is disposed of: then the next one measures.
  for (let other = running.get(adapter); other; other = running.get(adapter)) {
    const calibration = await other.catch(() => undefined);
    if (calibration) return calibration;
  }
  const own = measure(devices)
    .then(fixedCalibration)
    .finally(() => running.delete(adapter));
  running.set(adapter, own);
  const calibration = await own;
  remember(adapter, calibration);
  return calibration;
}

const QUERIES = 1024;
const FEWEST_KEYS = 2048;
const MOST_KEYS = 2 ** 20;
/** Milliseconds of a run that tell a rate from the latency, and of one that is longer than what may disturb it. */
const LONG_ENOUGH = 5;
const LONG = 100;
/** Milliseconds between the last runs: one busy moment must not cover them all. */
const PAUSES = [10, 30, 60];

/** Runs of one size, each as fast as the fastest of them: whatever disturbs one makes it slower. */
class Runs {
  private readonly devices: Devices;
  private readonly problem: Problem;
  private readonly queries: number;
  /** Milliseconds from submission to numbers. */
  wall = Infinity;
  /** The same by the GPU's clock. */
  private byGpu = Infinity;

  constructor(devices: Devices, keys: number, queries: number) {
    const kernel = kernels.get("gaussian")!;
    const points = column(keys);
    this.devices = devices;
    this.queries = queries;
    this.problem = { keys: points, values: points, kernel, shape: "radial", bandwidth: [1] };
  }

  async run(): Promise<void> {
    const { devices, problem } = this;
    const coder = encoder(problem);
    const keyBuffers = new KeyBuffers(problem, coder);
    let [wall, byGpu] = [0, 0];
    await sumSlices({
      ...{ devices, scheduler: new Scheduler(), calibration: SLOW, problem, encoder: coder, keyBuffers },
      ...{ queries: column(this.queries), memoryBudget: 2 ** 26, options: {}, want: "means" },
      remote() {},
      finish() {},
      onMeasured(_, milliseconds, millisecondsByGpu) {
        wall += milliseconds;
        byGpu += millisecondsByGpu ?? Infinity;
      },
    });
    keyBuffers.close();
    this.wall = Math.min(this.wall, wall);
    this.byGpu = Math.min(this.byGpu, byGpu);
  }

  /** Milliseconds of the work itself, if the shortest run of all took `latency`. A clock that is much faster than the wall's is wrong. */
  milliseconds(latency: number): number {
    const byWall = this.wall - latency;
    if (this.byGpu < Infinity) return Math.max(this.byGpu, byWall / 8, 0.01);
    return Math.max(byWall, this.wall / 2, 0.01);
  }

  rate(latency: number): number {
    return (this.problem.keys.count * this.queries) / this.milliseconds(latency);
  }
}

const column = (count: number) => ({
  data: Float64Array.from({ length: count }, (_, i) => i / count),
  count,
  dims: 1,
});

async function measure(devices: Devices): Promise<Calibration> {
  const shortest = new Runs(devices, 64, 64);
  const sizes: Runs[] = [];
  const fastest = () => Math.max(0, ...sizes.map((size) => size.rate(shortest.wall)));
  const runBoth = async (size: Runs) => {
    await shortest.run();
    await size.run();
  };
  /** Whether the last size tells the rate: more work takes longer, unless the measurement is of something else. */
  const suffices = () => {
    const [last, before] = [sizes.at(-1), sizes.at(-2)];
    if (!last) return false;
    const milliseconds = last.milliseconds(shortest.wall);
    const isSteady = before && last.rate(shortest.wall) < 1.5 * before.rate(shortest.wall);
    return milliseconds > LONG || (milliseconds > LONG_ENOUGH && isSteady);
  };
  await shortest.run(); // compiles
  let keys = FEWEST_KEYS;
  for (const pause of [0, ...PAUSES]) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    if (sizes.length > 0) await runBoth(sizes.at(-1)!);
    for (; !suffices() && keys <= MOST_KEYS; keys *= 8) {
      const size = new Runs(devices, keys, QUERIES);
      for (let run = 0; run < 2; run++) await runBoth(size);
      sizes.push(size);
    }
  }
  return {
    version: 1,
    pairsPerMillisecond: rounded("pairsPerMillisecond", fastest()),
    latency: rounded("latency", shortest.wall),
  };
}
