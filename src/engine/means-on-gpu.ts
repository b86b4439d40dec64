/** Means that stay on the GPU, for callers that draw them or compute on them there. */
import { NadarayaError } from "../common/errors.ts";
import { extentsOf } from "../data/extents.ts";
import { type GpuPoints, type Matrix, readQueries } from "../data/matrix.ts";
import type { GpuContext } from "../gpu/context.ts";
import { rowsOf, rowsOnGpu } from "../gpu/copy.ts";
import { Usage } from "../gpu/device.ts";
import { Devices } from "../gpu/devices.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { surviveLosses } from "../gpu/resume.ts";
import type { CullOnCpu } from "../methods/cull/method.ts";
import type { DenseOnCpu } from "../methods/dense/cpu/method.ts";
import type { DenseOnGpu } from "../methods/dense/gpu/method.ts";
import type { ExpandOnGpu } from "../methods/expand/gpu-method.ts";
import { type SumsMethod, totalCost } from "../methods/method.ts";
import type { WriteMean } from "../methods/results.ts";
import type { Problem, Sums, SumsOnGpu, SumsOptions, Totals } from "../problem/problem.ts";
import type { Choice } from "./choose-method.ts";

/** What is needed of a loaded problem. */
export interface Loaded {
  readonly problem: Problem;
  readonly methods: { readonly dense: DenseOnCpu | DenseOnGpu; readonly cull: CullOnCpu };
  run(choice: Choice, queries: Matrix, options: SumsOptions, totals: Totals): Promise<Sums>;
}

/** The size of the buffer of means. */
export const meansBytes = (queries: number, columns: number): number => 4 * Math.max(queries * columns, 1);

/** What f32 holds, with the precision that means promise and room for what they are computed from. */
const FLOATS = [2 ** -100, 2 ** 126] as const;

/** What two roundings to f32 may lose of a column's range: as much as means promise to be off by. */
const PROMISE = 1e-5;
const TWO_ROUNDINGS = 2 ** -23;
/** Values that differ by no more than this share are equal, except for rounding. */
const ROUNDING = 4 * Number.EPSILON;

/** @throws NadarayaError "unsupported" for values whose means f32 cannot hold, or not to the precision that means promise */
function checkFloats({ values, meanUnits }: Problem): void {
  const extents = extentsOf(values).map(({ least, most }, c) => {
    const unit = meanUnits?.[c] ?? 1;
    return { least: least * unit, most: most * unit };
  });
  const largest = extents.map(({ least, most }) => Math.max(-least, most));
  const [least, most] = FLOATS;
  const wrong = largest.findIndex((x) => x > most || (x > 0 && x < least));
  if (wrong >= 0)
    throw new NadarayaError(
      "unsupported",
      `output "gpu" is of f32, and the largest value of column ${wrong} is ${largest[wrong]}, expected ${least} to ${most}, or 0: scale the values, or read the means as an array`,
    );
  const offset = extents.findIndex(
    ({ least: low, most: high }, c) =>
      high - low > ROUNDING * largest[c] && largest[c] * TWO_ROUNDINGS > PROMISE * (high - low),
  );
  if (offset >= 0) {
    const { least: low, most: high } = extents[offset];
    throw new NadarayaError(
      "unsupported",
      `output "gpu" is of f32, which keeps 24 bits of a mean, and column ${offset} has values from ${low} to ${high}: subtract ${low + (high - low) / 2} from them before the fit, or read the means as an array`,
    );
  }
}

/**
 * Means in a buffer of the engine's device; where that is lost, they are computed again on the next one. Means of values in units are read back and
 * multiplied in float64, since f32 does not hold all units.
 */
export function meansOnGpu(
  context: GpuContext,
  loaded: Loaded,
  choice: Choice,
  queries: Matrix,
  options: SumsOptions,
): Promise<SumsOnGpu> {
  checkFloats(loaded.problem);
  return surviveLosses(context.devices, options, async (gpu) => {
    const columns = loaded.problem.values.dims;
    const mean = await gpu.ownBuffer("means", meansBytes(queries.count, columns));
    const write: SumsOnGpu["write"] = (q, row) => gpu.write(mean, Float32Array.from(row), q * columns * 4);
    try {
      const sums = await fill(gpu, loaded, choice, queries, options, mean, write);
      await gpu.submit([]).accepted; // what was written has arrived, on a device that is still there
      return { ...sums, mean, write };
    } catch (error) {
      mean.destroy();
      throw error;
    }
  });
}

async function fill(
  gpu: Gpu,
  loaded: Loaded,
  choice: Choice,
  queries: Matrix,
  options: SumsOptions,
  mean: GPUBuffer,
  write: SumsOnGpu["write"],
): Promise<Omit<SumsOnGpu, "mean" | "write">> {
  const { method, reason } = choice;
  const computed = loaded.problem.meanUnits
    ? undefined
    : await meansThere(gpu, choice, queries, options, mean, write);
  if (!computed) {
    const { mean: means, ...sums } = await loaded.run(choice, queries, options, "none");
    gpu.write(mean, Float32Array.from(means));
    return sums;
  }
  const { belowPrecision, evaluatedPairs } = computed;
  const empty = [...computed.empty];
  const take: WriteMean = (q, row, logSum) => {
    write(q, row);
    if (logSum === -Infinity) empty.push(q);
  };
  const still =
    (await method.refine?.(queries, belowPrecision, options, { write: take, totals: undefined })) ??
    belowPrecision;
  const again = await loaded.methods.cull.recompute(queries, still, options, take);
  return {
    ...{ empty, method: method.name, reason, precision: method.precision },
    ...{ fallbackQueries: belowPrecision.length, evaluatedPairs: evaluatedPairs + again },
  };
}

/** Undefined where the method has to read means back, or has no room to leave them where they are. */
async function meansThere(
  gpu: Gpu,
  { method, onCpu }: Choice,
  queries: Matrix,
  options: SumsOptions,
  mean: GPUBuffer,
  write: SumsOnGpu["write"],
) {
  const devices = new Devices(gpu);
  try {
    if (method.device === "gpu" && "means" in method)
      return await (method as DenseOnGpu).means(devices, queries, options, mean, write);
    if (!("runs" in method)) return undefined;
    const runs = await (method as ExpandOnGpu).runs(options);
    const belowPrecision = await runs.means(devices, queries, options, mean);
    return { belowPrecision, evaluatedPairs: 0, empty: [] };
  } catch (error) {
    if (onCpu && error instanceof NadarayaError && error.code === "out-of-memory") return undefined;
    throw error;
  }
}

/** What is needed of a loaded problem for queries on the GPU. */
type AllMethods = Loaded["methods"] & { readonly all: readonly SumsMethod[] };

/**
 * Means at queries that lie on the GPU, of which nothing comes back but those whose sums are below single precision. Undefined
 * where the queries have to be read: another method is faster, or cannot do without.
 * @throws NadarayaError "invalid-input" for queries that are no numbers
 */
export async function meansOfGpuQueries(
  context: GpuContext,
  { problem, methods }: { readonly problem: Problem; readonly methods: AllMethods },
  queries: GpuPoints,
  options: SumsOptions,
): Promise<SumsOnGpu | undefined> {
  checkFloats(problem);
  if (problem.meanUnits) return undefined;
  const { buffer, dims } = queries;
  const count = rowsOnGpu(queries, "queries");
  const { current: gpu } = context.devices;
  const columns = problem.values.dims;
  if (options.method !== "auto" && options.method !== "expand") return undefined;
  if (dims !== problem.keys.dims || count === 0 || columns === 0) return undefined;
  if ((buffer.usage & Usage.STORAGE) === 0) return undefined;
  if (buffer.size > gpu.device.limits.maxStorageBufferBindingSize) return undefined;
  const method = methods.all.find((each): each is ExpandOnGpu => "runs" in each);
  if (!method) return undefined;
  const unread = { data: new Float64Array(), dims, count };
  await context.calibrated.ready(count * problem.keys.count, options);
  const cost = await method.cost(unread, options);
  if (typeof cost === "string") return undefined;
  const dense = options.method === "auto" ? await methods.dense.cost(unread, options) : "not asked for";
  if (typeof dense !== "string" && totalCost(dense) < totalCost(cost)) return undefined;

  const devices = new Devices(gpu); // the queries are on no other one
  const mean = await gpu.ownBuffer("means", meansBytes(count, columns));
  const write: SumsOnGpu["write"] = (q, row) => gpu.write(mean, Float32Array.from(row), q * columns * 4);
  try {
    const failed = await (await method.runs(options)).meansOf(devices, queries, count, options, mean);
    if (!failed) {
      mean.destroy();
      return undefined;
    }
    const read = await rowsOf({ ...context, devices }, queries, failed);
    const rows = readQueries({ data: read, dims }, dims, failed);
    const take: WriteMean = (i, row) => write(failed[i], row);
    const all = failed.map((_, i) => i);
    const still = await method.refine(rows, all, options, { write: take, totals: undefined });
    const evaluatedPairs = await methods.cull.recompute(rows, still, options, take);
    await gpu.submit([]).accepted;
    return {
      ...{ mean, write, empty: [], method: method.name, precision: method.precision, evaluatedPairs },
      ...{ reason: "the queries are on the GPU", fallbackQueries: failed.length },
    };
  } catch (error) {
    mean.destroy();
    const isUnusable = error instanceof NadarayaError && ["out-of-memory", "gpu-error"].includes(error.code);
    if (isUnusable && !gpu.isLost) return undefined; // reading them says what is wrong, or does without
    throw error;
  }
}
