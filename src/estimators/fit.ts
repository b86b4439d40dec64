/** What every estimator's `fit` has in common: read the keys, choose the kernel, the shape and the bandwidth. */
import { type BandwidthRule, bandwidthByRule } from "../bandwidth/rules.ts";
import { checkUnitLength, type Matrix, type Points, readBandwidth, readKeys, readQueries } from "../data.ts";
import { type Engine, sharedEngine } from "../engine/engine.ts";
import type { Problem, RunOptions, Sums } from "../engine/types.ts";
import { NadarayaError, show } from "../errors.ts";
import { type Kernel, type KernelName, resolveKernel, type Shape } from "../kernels.ts";

export interface KernelInput {
  /** n keys of 1 to 64 coordinates. */
  readonly keys: Points;
  /** A kernel's name or a kernel of your own (`defineKernel`); "gaussian" unless told. */
  readonly kernel?: KernelName | Kernel;
  /**
   * One number for all coordinates, one for each, or a rule; "scott" unless told. For "von-mises-fisher" it is the
   * temperature τ of exp(q·k/τ).
   */
  readonly bandwidth?: number | readonly number[] | Float64Array | BandwidthRule;
  /** "radial" (the default): α of the distance; "product": the product of α over the coordinates. */
  readonly shape?: Shape;
}

export interface FitOptions extends RunOptions {
  /** Where to compute; without it, one engine is shared by all who bring none. */
  readonly engine?: Engine;
}

export interface PredictOptions extends RunOptions {
  /** "auto" and "dense" weigh every pair. */
  readonly method?: "auto" | "dense";
}

export interface Report {
  readonly method: "dense";
  /** Pairs (query, key) of the question, and those that were weighed. */
  readonly pairs: number;
  readonly evaluatedPairs: number;
  readonly milliseconds: number;
  /** Queries with no key in the kernel's reach. */
  readonly emptyQueries: number;
  /** Queries taken again in float64 because their sums were too small to trust. */
  readonly rescuedQueries: number;
}

/** Keys and how to weigh them, checked. */
export interface Weighing {
  readonly keys: Matrix;
  readonly kernel: Kernel;
  readonly shape: Shape;
  /** As the user means it: for the sphere, the temperature. */
  readonly bandwidth: readonly number[];
  readonly engine: Engine;
}

export async function readWeighing(input: KernelInput, options: FitOptions): Promise<Weighing> {
  const { shape = "radial" } = input;
  const engine = options.engine ?? (await sharedEngine());
  const keys = readKeys(await engine.fetch(input.keys, "keys"));
  const kernel = resolveKernel(input.kernel ?? "gaussian");
  if (shape !== "radial" && shape !== "product") {
    throw new NadarayaError("invalid-input", `shape is ${show(shape)}, expected "radial" or "product"`);
  }
  const { bandwidth = "scott" } = input;
  const chosen =
    typeof bandwidth === "string" ? bandwidthByRule(bandwidth, keys) : readBandwidth(bandwidth, keys.dims);
  if (kernel.sphere) {
    checkUnitLength(keys, "keys");
    if (chosen.some((h) => h !== chosen[0])) {
      throw new NadarayaError(
        "invalid-bandwidth",
        `kernel "${kernel.name}" has one temperature, not one for each coordinate`,
      );
    }
  }
  return { keys, kernel, shape, bandwidth: chosen, engine };
}

/** The engine's problem: a sphere's temperature τ is the bandwidth √τ, and a Gaussian's product is radial. */
export function problemOf({ keys, kernel, shape, bandwidth }: Weighing, values: Matrix): Problem {
  const separable = kernel.name === "gaussian" || kernel.sphere || kernel.tail === "flat" || keys.dims === 1;
  return {
    keys,
    values,
    kernel,
    shape: separable ? "radial" : shape,
    bandwidth: kernel.sphere ? bandwidth.map(Math.sqrt) : bandwidth,
  };
}

/** Queries that fit the keys. */
export async function readQueriesFor({ keys, kernel, engine }: Weighing, input: Points): Promise<Matrix> {
  const queries = readQueries(await engine.fetch(input, "queries"), keys.dims);
  if (kernel.sphere) checkUnitLength(queries, "queries");
  return queries;
}

export function checkMethod({ method = "auto" }: PredictOptions): void {
  if (method !== "auto" && method !== "dense") {
    throw new NadarayaError(
      "unsupported",
      `method ${show(method)} is not available; expected "auto" or "dense"`,
    );
  }
}

export function reportOf(sums: readonly Omit<Sums, "mean">[], pairs: number, start: number): Report {
  const total = (of: (sums: Omit<Sums, "mean">) => number) => sums.reduce((sum, each) => sum + of(each), 0);
  return {
    method: "dense",
    pairs,
    evaluatedPairs: total((s) => s.evaluatedPairs),
    milliseconds: performance.now() - start,
    emptyQueries: sums[0].logSum.reduce((count, log) => count + (log === -Infinity ? 1 : 0), 0),
    rescuedQueries: Math.max(...sums.map((s) => s.rescued)),
  };
}
