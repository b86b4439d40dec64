/**
 * How time grows with the data, from a thousand points to ten million: our methods, whole calls from typed arrays to
 * typed array, next to the double loop and the fast Gauss transform in plain JavaScript.
 */
import { randomLcg, randomNormal, randomUniform } from "d3-random";
import { Engine, type KernelName, KernelRegression } from "../src/index.ts";
import { measure, type Timing } from "./measure.ts";
import { fastGaussTransform } from "./peers/fast-gauss-transform.ts";
import { javascript } from "./peers/javascript.ts";
import { errorOf, type Workload } from "./workload.ts";

type MethodName = "dense" | "cull" | "expand" | "auto";

export interface MethodRow {
  /** "nadaraya" or a peer's name. */
  readonly by: string;
  readonly method?: MethodName;
  /** What "auto" took. */
  readonly took?: string;
  /** On the CPU engine: how many workers it had, 0 for the calling thread alone. */
  readonly workers?: number;
  /** What was asked of "cull" and "expand"; the default by default. */
  readonly tolerance?: number;
  /** "fit and predict", or "predict" with a model that has predicted before. */
  readonly what: "fit and predict" | "predict";
  readonly kernel: KernelName;
  readonly n: number;
  readonly m: number;
  readonly dims: number;
  readonly bandwidth: number;
  readonly time: Timing;
  readonly error: number;
}

/** Normal keys and queries in `dims` coordinates with Scott's bandwidth, unless another is given. */
export function normalWorkload(n: number, m: number, dims: number, bandwidth?: number): Workload {
  const source = randomLcg(0.17);
  const normal = randomNormal.source(source)(0, 1);
  const keys = Float64Array.from({ length: n * dims }, () => normal());
  const values = Float64Array.from({ length: n }, (_, i) => 2 * Math.sin(3 * keys[i * dims]) + normal());
  const queries = Float64Array.from({ length: m * dims }, () => normal());
  return { keys, values, queries, dims, columns: 1, bandwidth: bandwidth ?? n ** (-1 / (dims + 4)) };
}

/** Keys and queries uniform in the unit square. */
function square(n: number, m: number, bandwidth: number): Workload {
  const uniform = randomUniform.source(randomLcg(0.3))(0, 1);
  const keys = Float64Array.from({ length: 2 * n }, () => uniform());
  const values = Float64Array.from({ length: n }, (_, i) => Math.sin(9 * keys[2 * i]) + uniform());
  const queries = Float64Array.from({ length: 2 * m }, () => uniform());
  return { keys, values, queries, dims: 2, columns: 1, bandwidth };
}

interface Case {
  readonly work: Workload;
  readonly kernel: KernelName;
  readonly runs: number;
}

const sizes = ({ values, queries, dims, bandwidth }: Workload) => ({
  n: values.length,
  m: queries.length / dims,
  dims,
  bandwidth,
});

const model = ({ keys, values, dims, bandwidth }: Workload, kernel: KernelName, engine: Engine) =>
  KernelRegression.fit({ keys: { data: keys, dims }, values, kernel, bandwidth }, { engine });

export async function ours(
  engine: Engine,
  { work, kernel, runs }: Case,
  method: MethodName,
  tolerance?: number,
): Promise<MethodRow> {
  let mean: Float64Array = new Float64Array();
  let took = "";
  const queries = { data: work.queries, dims: work.dims };
  const time = await measure(async () => {
    const fitted = await model(work, kernel, engine);
    const prediction = await fitted.predict(queries, { method, tolerance });
    fitted.dispose();
    ({ mean } = prediction);
    took = prediction.report.method;
  }, runs);
  const error = errorOf(mean, work, kernel);
  const what = "fit and predict";
  return { by: "nadaraya", method, took, tolerance, what, kernel, ...sizes(work), time, error };
}

/** As `ours` on a CPU engine; all of its workers, or none. */
async function onCpu(work: Case, method: MethodName, workers?: 0): Promise<MethodRow> {
  const engine = await Engine.create({ backend: "cpu", workers });
  const row = await ours(engine, work, method);
  engine.dispose();
  return { ...row, workers: engine.info.workers };
}

export async function again(
  engine: Engine,
  { work, kernel, runs }: Case,
  method: MethodName,
): Promise<MethodRow> {
  const fitted = await model(work, kernel, engine);
  const queries = { data: work.queries, dims: work.dims };
  let mean: Float64Array = new Float64Array();
  const time = await measure(async () => {
    ({ mean } = await fitted.predict(queries, { method }));
  }, runs);
  fitted.dispose();
  const error = errorOf(mean, work, kernel);
  return { by: "nadaraya", method, what: "predict", kernel, ...sizes(work), time, error };
}

export async function peer(
  by: string,
  { work, runs }: Case,
  run: (work: Workload) => Promise<Float64Array>,
): Promise<MethodRow> {
  let mean: Float64Array = new Float64Array();
  const time = await measure(async () => {
    mean = await run(work);
  }, runs);
  const error = errorOf(mean, work);
  return { by, what: "fit and predict", kernel: "gaussian", ...sizes(work), time, error };
}

type Step = readonly [what: string, work: () => Promise<MethodRow>];

/** The measurements, to be made one after another; `full` adds the largest. */
export function methodSteps(engine: Engine, full: boolean): Step[] {
  const steps: Step[] = [];
  const million = 1_000_000;
  const gaussian = (n: number, m: number, dims: number, runs = 5): Case => ({
    work: normalWorkload(n, m, dims),
    kernel: "gaussian",
    runs,
  });
  const add = (what: string, work: () => Promise<MethodRow>) => steps.push([what, work]);

  for (const dims of [1, 2, 3]) {
    const runs = dims === 3 ? 3 : 5;
    const size = () => gaussian(million, million, dims, runs);
    add(`a million by a million, d = ${dims}`, () => ours(engine, size(), "auto"));
    add(`a million by a million again, d = ${dims}`, () => again(engine, size(), "auto"));
    if (dims < 3)
      add(`fast Gauss transform in JavaScript, d = ${dims}`, () =>
        peer("fast Gauss transform, JavaScript", size(), fastGaussTransform),
      );
  }
  for (const n of [1e3, 1e4, 1e5, 1e6, 1e7]) {
    const m = Math.min(n, million);
    const runs = n > million ? 3 : 5;
    if (n !== million) {
      add(`expand, n = ${n}`, () => ours(engine, gaussian(n, m, 1, runs), "expand"));
      add(`fast Gauss transform in JavaScript, n = ${n}`, () =>
        peer("fast Gauss transform, JavaScript", gaussian(n, m, 1, runs), fastGaussTransform),
      );
    }
    if (n <= 1e4) add(`cull, n = ${n}`, () => ours(engine, gaussian(n, n, 1, 3), "cull"));
    if (n <= 1e4 || (full && n <= 1e5))
      add(`dense, n = ${n}`, () => ours(engine, gaussian(n, n, 1, n > 1e4 ? 1 : 5), "dense"));
    if (n <= 1e4)
      add(`double loop, n = ${n}`, () => peer("double loop, JavaScript", gaussian(n, n, 1, 3), javascript));
  }
  add("ten million keys by ten million queries", () => ours(engine, gaussian(1e7, 1e7, 1, 1), "expand"));

  // A compact kernel whose support holds 0.1 % of the keys: π h² = 0.001.
  const compact = (runs: number, m = 1e5): Case => ({
    work: square(1e5, m, Math.sqrt(0.001 / Math.PI)),
    kernel: "epanechnikov",
    runs,
  });
  add("compact kernel, culled", () => ours(engine, compact(5), "cull"));
  add("compact kernel, culled in single precision", () => ours(engine, compact(5), "cull", 1e-5));
  add("compact kernel, dense", () => ours(engine, full ? compact(1) : compact(1, 1e4), "dense"));
  add("compact kernel in one coordinate, a million by a million", () =>
    ours(engine, { ...gaussian(million, million, 1), kernel: "epanechnikov" }, "auto"),
  );

  const shared: [string, () => Case, MethodName][] = [
    ["dense", () => gaussian(10_000, 20_000, 1, 3), "dense"],
    ["cull, compact", () => compact(3), "cull"],
    ["expand, d = 2", () => gaussian(million, million, 2, 3), "expand"],
    ["expand, d = 3", () => gaussian(million, million, 3, 3), "expand"],
    ["expand, compact", () => ({ ...gaussian(million, million, 1, 3), kernel: "epanechnikov" }), "expand"],
  ];
  for (const [what, work, method] of shared) {
    add(`on the CPU, ${what}`, () => onCpu(work(), method, 0));
    add(`on the CPU with workers, ${what}`, () => onCpu(work(), method));
  }

  return steps;
}
