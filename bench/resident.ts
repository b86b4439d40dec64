/**
 * The fast Gauss transform on the GPU by its own clock: a grid made from keys that are there, read by queries that are there, into means that
 * stay there, at the clocks of a GPU that is not idle; and what the adapter would take for its arithmetic and its bytes alone.
 */
import { binsOfGrid } from "../shaders/bins.ts";
import { passesFor } from "../shaders/sort.ts";
import { wgsl } from "../shaders/text.ts";
import type { WebGpuBackend } from "../src/engine/webgpu-backend.ts";
import { Gpu, StorageUsage } from "../src/gpu/gpu.ts";
import { withScratch } from "../src/gpu/scratch.ts";
import { type Engine, KernelRegression } from "../src/index.ts";
import { ExpandOnGpu } from "../src/methods/expand/gpu-method.ts";
import type { Grid } from "../src/methods/transform/transform.ts";
import type { Ceilings } from "./ceilings.ts";
import { measure, median, type Timing } from "./measure.ts";
import { normalWorkload } from "./methods.ts";
import { errorOf } from "./workload.ts";

export interface ResidentRow {
  readonly n: number;
  readonly m: number;
  readonly dims: number;
  readonly bandwidth: number;
  readonly tolerance: number;
  readonly gridPoints: number;
  /** Milliseconds by the GPU's clock, medians. */
  readonly build: number;
  readonly read: number;
  /** What both would take at the ceilings, milliseconds. */
  readonly limit: number;
  /** `predict` with output "gpu", the grid made before, by the wall. */
  readonly call: Timing;
  readonly fallbackQueries: number;
  readonly error: number;
}

const RUNS = 9;
const WARM_UPS = 3;
const TOLERANCE = 1e-5;
/** Adapters below this many pairs a millisecond are processors. */
const PROCESSOR = 2 ** 21;

const BUSY = wgsl`
@group(0) @binding(0) var<storage, read_write> result: array<f32>;

@compute @workgroup_size(64)
fn busy(@builtin(global_invocation_id) id: vec3u) {
  var x = f32(id.x) * 1e-6;
  for (var i = 0u; i < 100000u; i++) { x = x * x + 0.2; }
  result[id.x] = x;
}
`;
/** Milliseconds of other work before what is timed: an idle GPU lowers its clocks, and takes five times as long for the first milliseconds. */
const BUSY_FOR = 300;

/** Keeps a GPU busy for so long, from now on; resolves at once. */
async function keepBusy(gpu: Gpu): Promise<void> {
  const pipeline = await gpu.pipeline("busy", BUSY);
  await withScratch(gpu, async (scratch) => {
    const buffers = [await scratch.buffer("busy", 4 * 64 * 4096, StorageUsage)];
    const pass = { pipeline, buffers, workgroups: [4096, 1] } as const;
    const time = await measure(async () => {
      gpu.submit([pass]);
      await gpu.idleQueue();
    }, 3);
    for (let sum = 0; sum < BUSY_FOR; sum += time.least) gpu.submit([pass]);
  });
}

/** Calls `work` and returns the milliseconds of its passes by the GPU's clock; NaN where it has none. */
async function gpuTime(work: () => Promise<unknown>): Promise<number> {
  const times: Promise<number | undefined>[] = [];
  const { submitTimed } = Gpu.prototype;
  Gpu.prototype.submitTimed = function (...passes) {
    const submission = submitTimed.apply(this, passes);
    if (passes[0].length > 0) times.push(submission.milliseconds);
    return submission;
  };
  try {
    await work();
  } finally {
    Gpu.prototype.submitTimed = submitTimed;
  }
  return (await Promise.all(times)).reduce<number>((sum, each) => sum + (each ?? Number.NaN), 0);
}

/** Multiply-adds and bytes that cannot be done without, at the adapter's ceilings, one after the other. */
function limitOf({ axes, window, points, charges }: Grid, n: number, m: number, ceilings: Ceilings): number {
  const dims = axes.length;
  const touched = window.width ** dims;
  const taps = 2 * window.taps.length;
  const passes = passesFor(binsOfGrid(axes.map(({ length }) => length)));
  // Bounds take two convolutions more along each axis, and one along all but the last.
  const convolutions = dims * (charges + 2) + dims - 1;
  const fma = (n + m) * touched * charges + points * taps * convolutions;
  const sort = passes * 20; // bins are read twice, the order once, and both are written
  const bytes = n * (sort + 8 * (dims + charges)) + m * 4 * (dims + charges) + points * 8 * convolutions;
  return 1000 * (fma / ceilings.fma + bytes / ceilings.storageBytes);
}

async function resident(
  engine: Engine,
  gpu: Gpu,
  dims: number,
  n: number,
  ceilings: Ceilings,
): Promise<ResidentRow> {
  const { device } = gpu;
  const work = normalWorkload(n, n, dims);
  const queries = Float32Array.from(work.queries);
  const usage = GPU_STORAGE | GPU_COPY;
  const buffer = device.createBuffer({ size: queries.byteLength, usage });
  device.queue.writeBuffer(buffer, 0, queries);
  const input = { keys: { data: work.keys, dims }, values: work.values, bandwidth: work.bandwidth };
  const options = { method: "expand", tolerance: TOLERANCE, output: "gpu" } as const;
  const builds: number[] = [];
  const reads: number[] = [];
  let fallbackQueries = 0;
  let call: Timing | undefined;
  let grid: Grid | undefined;
  let means = new Float64Array();
  for (let run = 0; run < RUNS + WARM_UPS; run++) {
    const model = await KernelRegression.fit(input, { engine });
    const predict = async () => {
      const { mean, report } = await model.predict({ buffer, dims }, options);
      fallbackQueries = report.fallbackQueries;
      return mean;
    };
    await keepBusy(gpu);
    const first = await gpuTime(async () => (await predict()).destroy());
    await keepBusy(gpu);
    const again = await gpuTime(async () => (await predict()).destroy());
    // The first calls are not timed by the GPU: its timers are made when they are first asked for.
    if (Number.isFinite(first - again)) {
      builds.push(first - again);
      reads.push(again);
    }
    if (run === RUNS + WARM_UPS - 1) {
      const [problem] = Reflect.get(model, "snapshot").problems;
      const method = problem.methods.all.find((each: unknown) => each instanceof ExpandOnGpu);
      grid = Reflect.get(method, "loaded").runs.expanded.grid;
      call = await measure(async () => (await predict()).destroy(), RUNS, 2);
      const mean = await predict();
      const copy = (await engine.fetch({ buffer: mean, dims: 1 }, "means")) as { data: Float32Array };
      means = Float64Array.from(copy.data);
      mean.destroy();
    }
    model.dispose();
  }
  buffer.destroy();
  const { bandwidth } = work;
  return {
    ...{ n, m: n, dims, bandwidth, tolerance: TOLERANCE, gridPoints: grid!.points },
    ...{ build: median(builds), read: median(reads), limit: limitOf(grid!, n, n, ceilings) },
    ...{
      call: call!,
      fallbackQueries,
      error: errorOf(means, { ...work, queries: Float64Array.from(queries) }),
    },
  };
}

const GPU_STORAGE = 0x80;
const GPU_COPY = 0x0c;

type Step = readonly [what: string, work: (ceilings: Ceilings) => Promise<ResidentRow>];

/** A million by a million; nothing on a processor, which takes minutes and has no clocks of its own. */
export function residentSteps(engine: Engine): Step[] {
  const { context } = Reflect.get(engine, "backend") as WebGpuBackend;
  if (engine.info.calibration!.pairsPerMillisecond < PROCESSOR) return [];
  const n = 1_000_000;
  const { current } = context.devices;
  return [1, 2, 3].map((dims) => [
    `on the GPU, ${n} × ${n}, d = ${dims}`,
    (ceilings) => resident(engine, current, dims, n, ceilings),
  ]);
}
