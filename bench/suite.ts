/** The benchmark: this adapter's ceilings, our kernels on its roofline, and peers next to us, all in one run. */

import { type AdapterInfo, findDevice } from "../src/gpu/device.ts";
import { Gpu } from "../src/gpu/gpu.ts";
import {
  Engine,
  type EngineOptions,
  type Kernel,
  type KernelName,
  KernelRegression,
  kernelNames,
} from "../src/index.ts";
import { type Ceilings, measureCeilings } from "./ceilings.ts";
import { measure, type Timing } from "./measure.ts";
import { type MethodRow, methodSteps } from "./methods.ts";
import { javascript } from "./peers/javascript.ts";
import { jaxJs } from "./peers/jax-js.ts";
import { oneThreadPerQuery } from "./peers/one-thread-per-query.ts";
import { type ResidentRow, residentSteps } from "./resident.ts";
import { type Instructions, instructionsPerPair, pairsAtCeiling } from "./roofline.ts";
import { type StatisticRow, statisticSteps } from "./statistics.ts";
import { errorOf, type Workload, workload } from "./workload.ts";

export interface Size {
  readonly n: number;
  readonly m: number;
  readonly dims: number;
  readonly columns: number;
}

/** One measurement: from typed array to typed array, with the keys already on the GPU. */
export interface Row extends Size {
  readonly kernel: string;
  /** "nadaraya", or a peer's name. */
  readonly by: string;
  readonly time: Timing;
  /** By the median. */
  readonly pairsPerSecond: number;
  /** Share of what the instruction ceilings allow; for our own rows. */
  readonly ofCeiling?: number;
  readonly instructions?: Instructions;
  /** Largest error against float64, as a share of the values' range. */
  readonly error: number;
}

export interface Results {
  readonly version: 1;
  readonly date: string;
  readonly where: string;
  readonly adapter: string;
  readonly ceilings: Ceilings;
  /** Milliseconds from a new engine to the first means: shader compilation included. */
  readonly firstCall: number;
  /** The same but for the engine, whose shaders were warmed. */
  readonly firstCallWarm?: number;
  readonly rows: readonly Row[];
  /** How time grows with the data, by method. */
  readonly methods: readonly MethodRow[];
  readonly statistics: readonly StatisticRow[];
  /** The fast Gauss transform by the GPU's clock. */
  readonly resident?: readonly ResidentRow[];
}

export interface SuiteOptions {
  /** Where this runs, in words: "Node v20 (Dawn)" or the browser's name. */
  readonly where: string;
  /** All kernels × coordinates, next to the comparisons. */
  readonly full: boolean;
  readonly progress: (what: string, done: number, total: number) => void;
  /** Takes what is measured so far, after each step. */
  readonly onResults?: (results: Results) => void;
  /** Ends the run at once; what is measured so far is the result. */
  readonly signal?: AbortSignal;
}

const SQUARE = 16_384;
/** Enough runs for the engine to have found its tiling, which it then remembers. */
const WARM_UPS = 6;
/** Keys and queries that keep a GPU busy for longer than a call takes besides. */
const LARGE = 262_144;
/** Pairs a millisecond from which an adapter is one. */
const GPU_RATE = 2 ** 26;

/** Of what was measured before the run was ended, where it was. */
export async function runSuite({
  where,
  full,
  progress,
  onResults,
  signal,
}: SuiteOptions): Promise<Results | undefined> {
  const found = await findDevice();
  const firstCall = await timeFirstCall();
  const firstCallWarm = await timeFirstCall([{ dims: 1 }]);
  const gpu = new Gpu(found, 2 ** 29);
  const engine = await Engine.create({ device: found.device });
  await engine.calibrate();
  const rows: Row[] = [];
  const methods: MethodRow[] = [];
  const statistics: StatisticRow[] = [];
  const resident: ResidentRow[] = [];

  const steps: [string, () => Promise<unknown>][] = [];
  let ceilings: Ceilings | undefined;
  steps.push([
    "ceilings of the adapter",
    async () => {
      ceilings = await measureCeilings(gpu);
    },
  ]);
  const add = (what: string, work: () => Promise<Row | undefined>) =>
    steps.push([
      what,
      async () => {
        const row = await work();
        if (row) rows.push(row);
      },
    ]);
  const ours = (kernel: KernelName, size: Size) =>
    add(`nadaraya, ${label(kernel, size)}`, () =>
      measureKernel(engine, kernel, instructionsPerPair(kernel, size.dims, size.columns), size, ceilings!),
    );

  for (const dims of [1, 4, 16]) {
    const size = { n: SQUARE, m: SQUARE, dims, columns: 1 };
    ours("gaussian", size);
    add(`one thread per query, d = ${dims}`, async () => {
      const work = workload(SQUARE, SQUARE, dims);
      return peer("one thread per query", size, work, () => oneThreadPerQuery(gpu, work));
    });
    add(`plain JavaScript, d = ${dims}`, async () => {
      const small = { ...size, m: 2048 };
      const work = workload(small.n, small.m, dims);
      return peer("plain JavaScript", small, work, () => javascript(work));
    });
    // jax-js stores the n × m matrix: 1024 queries fit the limits of every adapter.
    add(`jax-js, d = ${dims}`, async () => {
      const few = { ...size, m: 1024 };
      const work = workload(few.n, few.m, dims);
      const run = await jaxJs(work).catch(() => undefined);
      return run && peer("jax-js", few, work, run);
    });
  }
  if (engine.info.calibration!.pairsPerMillisecond >= GPU_RATE)
    for (const dims of [1, 2, 3, 4, 16]) ours("gaussian", { n: LARGE, m: LARGE, dims, columns: 1 });
  ours("gaussian", { n: SQUARE, m: SQUARE, dims: 1, columns: 2 });
  ours("gaussian", { n: SQUARE, m: SQUARE, dims: 1, columns: 4 });
  ours("gaussian", { n: 4_000_000, m: 1, dims: 1, columns: 1 });
  ours("gaussian", { n: 1_000_000, m: 16, dims: 1, columns: 1 });
  ours("gaussian", { n: 16, m: 1_000_000, dims: 1, columns: 1 });
  ours("gaussian", { n: 1_000_000, m: 512, dims: 1, columns: 1 });
  if (full) {
    for (const dims of [1, 2, 3, 4, 8, 16, 64]) {
      for (const kernel of kernelNames.filter((name) => name !== "von-mises-fisher") as KernelName[]) {
        ours(kernel, { n: 8192, m: 8192, dims, columns: 1 });
      }
    }
  }

  for (const [what, work] of residentSteps(engine))
    steps.push([what, async () => void resident.push(await work(ceilings!))]);

  for (const [what, work] of methodSteps(engine, full))
    steps.push([what, async () => void methods.push(await work())]);

  for (const [what, work] of statisticSteps(engine))
    steps.push([what, async () => void statistics.push(await work())]);

  const adapter = adapterName(found.adapter);
  const date = new Date().toISOString().slice(0, 10);
  const results = (): Results | undefined =>
    ceilings && {
      ...{ version: 1, date, where, adapter, ceilings, firstCall, firstCallWarm },
      ...{ rows: [...rows], methods: [...methods], statistics: [...statistics], resident: [...resident] },
    };
  const aborted = new Promise<void>((resolve) => {
    signal?.addEventListener("abort", () => resolve(), { once: true });
  });
  for (const [i, [what, work]] of steps.entries()) {
    if (signal?.aborted) break;
    progress(what, i, steps.length);
    const step = work();
    await Promise.race([step, aborted]);
    // A step that was left is of no interest, nor how it fails once its device is gone.
    if (signal?.aborted) step.catch(() => {});
    const soFar = results();
    if (soFar) onResults?.(soFar);
  }
  if (!signal?.aborted) progress("done", steps.length, steps.length);
  engine.dispose();
  found.device.destroy();
  return results();
}

/** An adapter in words, as it names itself. */
export const adapterName = ({ vendor, architecture, device, description }: AdapterInfo): string =>
  [vendor, architecture, /^(0x)?[\da-f]*$/i.test(device) ? "" : device, description]
    .filter(Boolean)
    .join(" ");

const label = (kernel: string, { n, m, dims, columns }: Size) =>
  `${kernel}, n = ${n}, m = ${m}, d = ${dims}${columns > 1 ? `, ${columns} columns` : ""}`;

export async function measureKernel(
  engine: Engine,
  kernel: KernelName | Kernel,
  instructions: Instructions,
  size: Size,
  ceilings: Ceilings,
): Promise<Row> {
  const { n, m, dims, columns } = size;
  const work = workload(n, m, dims, columns);
  const { keys, values, queries, bandwidth } = work;
  const input = { keys: { data: keys, dims }, values: { data: values, dims: columns }, kernel, bandwidth };
  const model = await KernelRegression.fit(input, { engine });
  let mean: Float64Array = new Float64Array();
  const time = await measure(
    async () => {
      ({ mean } = await model.predict({ data: queries, dims }, { method: "dense" }));
    },
    5,
    WARM_UPS,
  );
  model.dispose();
  const pairsPerSecond = (n * m) / (time.median / 1000);
  return {
    ...size,
    kernel: typeof kernel === "string" ? kernel : kernel.name,
    by: "nadaraya",
    time,
    pairsPerSecond,
    ofCeiling: pairsPerSecond / pairsAtCeiling(instructions, ceilings),
    instructions,
    error: errorOf(mean, work, typeof kernel === "string" ? kernel : kernel.alpha),
  };
}

async function peer(by: string, size: Size, work: Workload, run: () => Promise<Float64Array>): Promise<Row> {
  let mean: Float64Array = new Float64Array();
  const time = await measure(async () => {
    mean = await run();
  });
  const pairsPerSecond = (size.n * size.m) / (time.median / 1000);
  return { ...size, kernel: "gaussian", by, time, pairsPerSecond, error: errorOf(mean, work) };
}

/** Milliseconds of a new engine's first call; with the engine's own, unless its shaders are warmed first. */
async function timeFirstCall(warm?: EngineOptions["warm"]): Promise<number> {
  const { keys, values, queries } = workload(1000, 1000, 1);
  let start = performance.now();
  const engine = await Engine.create({ backend: "webgpu", warm });
  if (warm) {
    await new Promise((resolve) => setTimeout(resolve, 5000));
    start = performance.now();
  }
  const model = await KernelRegression.fit({ keys, values, bandwidth: 0.5 }, { engine });
  await model.predict(queries, { method: "dense" });
  const milliseconds = performance.now() - start;
  engine.dispose();
  return milliseconds;
}
