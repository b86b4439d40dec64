/**
 * Every kernel by every method, in both encodings of coordinates, on the engine's own device: compared with the
 * independent reference in float64, and with figures of other people's software.
 */

import { largestDifference } from "../common/difference.ts";
import { NadarayaError } from "../common/errors.ts";
import { randomFrom } from "../common/random.ts";
import type { Matrix } from "../data/matrix.ts";
import { kernelNames, kernels } from "../kernels/builtin.ts";
import { keyWeights, type Problem, type RunOptions } from "../problem/problem.ts";
import { nadarayaWatson } from "../reference/nadaraya-watson.ts";
import type { EngineProblem } from "./engine-problem.ts";
import type { EngineInfo } from "./info.ts";
import { knownFigures } from "./known-figures.ts";
import { recompute } from "./recompute.ts";

/** One comparison. */
export interface SelfTestCase {
  /** Kernel, coordinates, encoding, method and device. */
  readonly name: string;
  /** How far the worst number is off, as a share of what is promised (docs/accuracy.md); the case is right up to 1. */
  readonly error: number;
  /** What was thrown. */
  readonly message?: string;
}

/** What `engine.selfTest()` found. */
export interface SelfTestReport {
  readonly passed: boolean;
  readonly cases: readonly SelfTestCase[];
  readonly failures: readonly SelfTestCase[];
  readonly info: EngineInfo;
  /** All that a bug report needs, as Markdown. */
  readonly text: string;
}

/** What single precision promises of means, as a share of the values' range, and of log Σ α. */
const SINGLE = 1e-5;
/** The tolerance of methods in float64. */
const DOUBLE = 1e-6;
const KEYS = 257;
const QUERIES = 65;

/** A problem with its queries, and how far sums are off: errors of means as a share of the values' range, of log Σ α as they are. */
interface Known {
  readonly name: string;
  readonly problem: Problem;
  readonly queries: Matrix;
  readonly errorOf: (mean: Float64Array, logSum: Float64Array) => number;
}

/** Values are drawn from −1 to 1. */
const RANGE = 2;

/** Problems of all kinds; some extend over so many bandwidths that coordinates are counted in fixed steps. */
function* drawn(): Generator<Known> {
  const random = randomFrom(20261126);
  const between = (least: number, most: number) => least + (most - least) * random();
  for (const kernelName of kernelNames)
    for (const [dims, extent, shape, weighted] of [
      [1, 2, "radial", false],
      [3, 2, kernelName === "von-mises-fisher" ? "radial" : "product", true],
      [2, 60, "radial", false],
    ] as const) {
      const kernel = kernels.get(kernelName)!;
      if (kernel.sphere && (extent > 2 || dims < 2)) continue;
      const points = (count: number): Matrix => {
        const data = Float64Array.from({ length: count * dims }, () => between(-extent, extent));
        for (let i = 0; kernel.sphere && i < count; i++) {
          const row = data.subarray(i * dims, (i + 1) * dims);
          const length = Math.hypot(...row);
          for (let j = 0; j < dims; j++) row[j] /= length;
        }
        return { data, count, dims };
      };
      const keys = points(KEYS);
      const values = {
        data: Float64Array.from({ length: KEYS }, () => between(-1, 1)),
        count: KEYS,
        dims: 1,
      };
      const weights = weighted ? keyWeights(values.data.map((value) => 1.5 + value)) : undefined;
      const name = `${kernelName}, ${dims} coordinate${dims > 1 ? "s" : ""}, ${shape}${weighted ? ", weighted" : ""}, ${extent > 8 ? "fixed" : "float"}`;
      const problem = {
        keys,
        values,
        kernel,
        shape,
        bandwidth: new Array<number>(dims).fill(1),
        keyWeights: weights,
      };
      const queries = points(QUERIES);
      const expected = nadarayaWatson({
        keys: keys.data,
        values: values.data,
        queries: queries.data,
        dims,
        columns: 1,
        kernel: kernelName,
        shape,
        bandwidth: problem.bandwidth,
        keyWeights: weights?.data,
      });
      const errorOf: Known["errorOf"] = (mean, logSum) =>
        Math.max(largestDifference(mean, expected.mean) / RANGE, largestDifference(logSum, expected.logSum));
      yield { name, problem, queries, errorOf };
    }
}

/** Figures of other people's software. */
function* published(): Generator<Known> {
  for (const known of knownFigures) {
    const { name, dims, kernel, shape, bandwidth, mean, tolerance } = known;
    const matrix = (data: readonly number[], width: number): Matrix => ({
      data: Float64Array.from(data),
      count: data.length / width,
      dims: width,
    });
    const keys = matrix(known.keys, dims);
    const problem = { keys, values: matrix(known.values, 1), kernel: kernels.get(kernel)!, shape, bandwidth };
    const queries = known.queries ? matrix(known.queries, dims) : keys;
    const errorOf: Known["errorOf"] = (found) => (largestDifference(found, mean) <= tolerance ? 0 : Infinity);
    yield { name, problem, queries, errorOf };
  }
}

type Load = (problem: Problem) => Promise<EngineProblem>;

export async function selfTest(
  load: Load,
  info: () => EngineInfo,
  options: RunOptions,
): Promise<SelfTestReport> {
  options.signal?.throwIfAborted();
  const cases: SelfTestCase[] = [];
  const all = [...drawn(), ...published()];
  for (const [i, { name, problem, queries, errorOf }] of all.entries()) {
    options.signal?.throwIfAborted();
    const loaded = await load(problem);
    try {
      for (const method of loaded.methods.all) {
        const tolerance = method.device === "gpu" ? SINGLE : DOUBLE;
        const sumsOptions = { method: method.name, tolerance, signal: options.signal };
        const cost = await method.cost(queries, sumsOptions);
        if (typeof cost === "string") continue; // it does not compute such sums
        const where = `${name}: ${method.name} on the ${method.device}`;
        const { cull } = loaded.methods;
        try {
          const sums = await recompute(problem, method, cost, cull, queries, sumsOptions, "log");
          cases.push({ name: where, error: errorOf(sums.mean, sums.totals!) / tolerance });
        } catch (error) {
          if (!(error instanceof NadarayaError)) throw error;
          cases.push({ name: where, error: Infinity, message: `${error.code}: ${error.message}` });
        }
      }
    } finally {
      loaded.dispose();
    }
    options.onProgress?.({ done: i + 1, total: all.length });
  }
  const failures = cases.filter(({ error }) => !(error <= 1));
  const passed = failures.length === 0;
  const report = { passed, cases, failures, info: info() };
  return { ...report, text: textOf(report) };
}

function textOf({ passed, cases, failures, info }: Omit<SelfTestReport, "text">): string {
  const byMethod = new Map<string, number>();
  for (const { name, error } of cases) {
    const method = name.slice(name.lastIndexOf(": ") + 2);
    byMethod.set(method, Math.max(byMethod.get(method) ?? 0, error));
  }
  const share = (error: number) => (Number.isFinite(error) ? error.toPrecision(2) : "wrong");
  const { adapter, ...rest } = info;
  return [
    `### nadaraya self-test: ${passed ? "passed" : "FAILED"}, ${cases.length - failures.length} of ${cases.length} right`,
    "",
    `- runs in: ${globalThis.navigator?.userAgent ?? `Node ${globalThis.process?.version}`}`,
    `- adapter: ${adapter ? JSON.stringify(adapter) : "none, the CPU computes"}`,
    `- engine: ${JSON.stringify(rest)}`,
    "",
    "| method | largest error, as a share of what is promised |",
    "| --- | --- |",
    ...[...byMethod].map(([method, error]) => `| ${method} | ${share(error)} |`),
    ...failures
      .slice(0, 50)
      .map(({ name, error, message }) => `- wrong: ${name}: ${message ?? share(error)}`),
    "",
  ].join("\n");
}
