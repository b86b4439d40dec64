/**
 * Random estimators of random sizes with random faults, hour after hour, each answer checked: `npm run soak -- --minutes 60`. Prints a
 * line a minute, and a report as JSON at the end; ends with 1 where an answer was wrong.
 */
import { parseArgs } from "node:util";
import { findGpu } from "../gpu/device.ts";
import {
  Engine,
  KernelClassifier,
  KernelDensity,
  type KernelName,
  KernelRegression,
  NadarayaError,
} from "../index.ts";
import { classes, kernelNamed, logIntegral, mean, nadarayaWatson } from "../reference/index.ts";
import { gpuOf } from "./engines.ts";
import { type Fault, Faults } from "./faults.ts";
import { draw, largestDifference } from "./random.ts";

const { values: given } = parseArgs({
  options: {
    minutes: { type: "string", default: "60" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
});

const names: readonly KernelName[] = ["gaussian", "laplace", "epanechnikov", "cauchy", "triangular"];
const faultKinds: readonly (Fault | undefined)[] = [
  undefined,
  undefined,
  "loss",
  "no memory",
  "throw",
  "reject",
  "refuse",
  "refuse",
];
const calibration = { version: 1, pairsPerMillisecond: 2 ** 20, latency: 0.5 } as const;

const random = draw(Number(given.seed));
const pick = <T>(from: readonly T[]): T => from[random.integer(0, from.length)];

const real = await findGpu();
const faults = new Faults();
Object.defineProperty(globalThis, "navigator", { value: { gpu: faults.gpu(real) }, configurable: true });
let engine = await makeEngine();

function makeEngine(): Promise<Engine> {
  const memoryBudget = pick([2 ** 20, 2 ** 23, 2 ** 29]);
  return Engine.create({ backend: "webgpu", calibration, memoryBudget, workers: 0, onDeviceLost: () => {} });
}

const counts = { answers: 0, wrong: 0, errors: 0, aborted: 0, engines: 1 };
const byFault: Record<string, number> = {};
const errors: Record<string, number> = {};
const wrongAnswers: unknown[] = [];
let worst = 0;

interface Task {
  readonly estimator: "regression" | "linear" | "density" | "classifier";
  readonly kernel: KernelName;
  readonly n: number;
  readonly m: number;
  readonly dims: number;
  readonly method: "auto" | "dense" | "cull" | "expand";
  readonly tolerance: number;
}

function drawTask(): Task {
  const estimator = pick(["regression", "regression", "linear", "density", "classifier"] as const);
  const kernel = pick(names);
  return {
    ...{ estimator, kernel },
    n: Math.round(10 ** random.uniform(0.5, 3.7)),
    m: Math.round(10 ** random.uniform(0, 3.3)),
    dims: random.integer(1, 4),
    method: kernel === "gaussian" ? pick(["auto", "dense", "cull", "expand"] as const) : "auto",
    tolerance: pick([1e-3, 1e-5, 1e-6]),
  };
}

/** What `work` gives, with the model disposed afterwards (tools/rooms.mjs cannot read `using` yet). */
async function thenDispose<T>(model: { dispose(): void }, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    model.dispose();
  }
}

/** Queries of a slow task that the reference answers. */
const SOME = 20;

/** An answer by an engine, and the right one; numbers of a scale of about 1. */
async function ask(task: Task, on: Engine, signal: AbortSignal) {
  const { estimator, kernel, n, m, dims, method, tolerance } = task;
  const points = (count: number) => ({
    data: Float64Array.from({ length: count * dims }, () => random.uniform(0, 4)),
    dims,
  });
  const [keys, queries] = [points(n), points(m)];
  const response = Float64Array.from(
    { length: n },
    (_, i) => Math.sin(keys.data[i * dims]) + 0.1 * random.normal(),
  );
  const bandwidth = 10 ** random.uniform(-1, 0.5);
  const bandwidths = new Array<number>(dims).fill(bandwidth);
  const options = { method: estimator === "linear" ? "auto" : method, tolerance, signal } as const;
  const oracle = (kernelName: KernelName) =>
    nadarayaWatson({
      ...{ keys: keys.data, values: response, queries: queries.data, dims, columns: 1 },
      ...{ kernel: kernelName, shape: "radial", bandwidth: bandwidths },
    });
  if (estimator === "regression") {
    const model = await KernelRegression.fit({ keys, values: response, kernel, bandwidth }, { engine: on });
    const forgotten = random.uniform(0, 1) < 0.1; // left for the collector
    const predict = () => model.predict(queries, options);
    const { mean } = await (forgotten ? predict() : thenDispose(model, predict));
    return { found: mean, expected: oracle(kernel).mean };
  }
  if (estimator === "density") {
    const model = await KernelDensity.fit({ keys, kernel: "gaussian", bandwidth }, { engine: on });
    const { logDensity } = await thenDispose(model, () => model.evaluate(queries, { tolerance, signal }));
    const norm = Math.log(n) + logIntegral("gaussian", "radial", bandwidths);
    return { found: logDensity, expected: oracle("gaussian").logSum.map((log) => log - norm) };
  }
  // The reference takes milliseconds a query here, so it answers some of them.
  const some = rowsOf(queries).slice(0, SOME);
  const rows = { keys: rowsOf(keys), bandwidth: bandwidths };
  if (estimator === "classifier") {
    const labels = Array.from(response, (y) => (y > 0.3 ? "high" : y < -0.3 ? "low" : "middle"));
    const model = await KernelClassifier.fit({ keys, labels, kernel, bandwidth }, { engine: on });
    const { probability } = await thenDispose(model, () => model.predict(queries, options));
    const expected = classes({ ...rows, kernel: kernelNamed(kernel) }, labels, some).probability.flat();
    return { found: probability.subarray(0, expected.length), expected };
  }
  const wide = Math.max(bandwidth, 1); // polynomials are determined
  const input = { keys, values: response, kernel: "gaussian", bandwidth: wide, degree: 1 } as const;
  const model = await KernelRegression.fit(input, { engine: on });
  const predicted = await thenDispose(model, () => model.predict(queries, options));
  const values = Array.from(response, (y) => [y]);
  const line = {
    ...rows,
    values,
    kernel: "gaussian",
    bandwidth: bandwidths.map(() => wide),
    degree: 1,
  } as const;
  return { found: predicted.mean.subarray(0, some.length), expected: mean(line, some).flat() };
}

function rowsOf({ data, dims }: { readonly data: Float64Array; readonly dims: number }): number[][] {
  return Array.from({ length: data.length / dims }, (_, i) => [...data.subarray(i * dims, (i + 1) * dims)]);
}

async function one(): Promise<void> {
  const task = drawTask();
  const controller = new AbortController();
  if (random.uniform(0, 1) < 0.1) setTimeout(() => controller.abort(), random.uniform(0, 60));
  try {
    const { found, expected } = await ask(task, engine, controller.signal);
    counts.answers++;
    const off = largestDifference(found, expected);
    const share = off / Math.max(task.tolerance, task.estimator === "linear" ? 1e-3 : 1e-5);
    worst = Math.max(worst, share);
    if (!(share <= 3)) {
      counts.wrong++;
      wrongAnswers.push({ ...task, off });
    }
  } catch (error) {
    if ((error as Error).name === "AbortError") counts.aborted++;
    else if (error instanceof NadarayaError) {
      counts.errors++;
      errors[error.code] = (errors[error.code] ?? 0) + 1;
    } else throw error;
  }
}

interface Sample {
  readonly minute: number;
  readonly residentMiB: number;
  readonly heapMiB: number;
  readonly gpuBytes: number;
}
const samples: Sample[] = [];
function sample(minute: number): void {
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  const mebibytes = (bytes: number) => Math.round(bytes / 2 ** 20);
  const held = gpuOf(engine).memory.freeCaches();
  samples.push({ minute, residentMiB: mebibytes(rss), heapMiB: mebibytes(heapUsed), gpuBytes: held });
  console.error(
    JSON.stringify({ ...samples.at(-1), ...counts, worst: Number(worst.toPrecision(2)), byFault, errors }),
  );
}

const start = performance.now();
const minutes = Number(given.minutes);
const elapsed = () => (performance.now() - start) / 60_000;
for (let minute = 0; elapsed() < minutes; ) {
  const fault = pick(faultKinds);
  const at = faults.calls + random.integer(1, 60);
  const before = faults.happened;
  if (fault === "no memory") gpuOf(engine).memory.freeCaches();
  faults.plan = (name, call) => {
    if (fault === "no memory")
      return name === "createBuffer" && random.uniform(0, 1) < 0.05 ? fault : undefined;
    return fault && call >= at && faults.happened === before ? fault : undefined;
  };
  await Promise.all(Array.from({ length: random.integer(1, 5) }, one));
  faults.plan = () => undefined;
  if (fault) byFault[fault] = (byFault[fault] ?? 0) + faults.happened - before;
  if (random.uniform(0, 1) < 0.01) {
    engine.dispose();
    engine = await makeEngine();
    counts.engines++;
  }
  if (elapsed() >= minute + 1) {
    minute = Math.floor(elapsed());
    sample(minute);
  }
}
engine.dispose();

const middle = (list: readonly number[]) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const third = Math.max(1, Math.floor(samples.length / 3));
const resident = samples.map(({ residentMiB }) => residentMiB);
const growth =
  middle(resident.slice(-third)) / middle(resident.slice(third, 2 * third).concat(resident.slice(-1))) - 1;
console.log(
  JSON.stringify(
    {
      version: 1,
      seed: given.seed,
      minutes,
      ...counts,
      worst,
      byFault,
      errors,
      growth,
      wrongAnswers: wrongAnswers.slice(0, 20),
      samples,
    },
    null,
    1,
  ),
);
process.exit(counts.wrong > 0 ? 1 : 0); // Dawn keeps the process alive
