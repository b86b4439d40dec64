/** What every estimator's `fit` has in common: read the keys, choose the kernel, the shape and the bandwidth. */
import type { BandwidthRule, Selection } from "../bandwidth/select.ts";
import { checkUnitLength, type Matrix, type Points, readBandwidth, readKeys, readQueries } from "../data.ts";
import { type Engine, sharedEngine } from "../engine/engine.ts";
import type { Method, RunOptions, Sums, SumsOptions } from "../engine/types.ts";
import { NadarayaError, show } from "../errors.ts";
import { type Kernel, type KernelName, resolveKernel, type Shape } from "../kernels.ts";
import type { Weighing } from "../weighing.ts";

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
  /**
   * "dense" weighs every pair, on the GPU where there is one. "cull" weighs the pairs that can matter: exactly those for
   * compact kernels. "expand" is the fast Gauss transform, in time n + m, for the Gaussian in 1 to 3 coordinates.
   * "auto", unless told, takes what should be fastest; the report says what that was, and why.
   */
  readonly method?: Method | "auto";
  /**
   * What "cull" and "expand" may be off by for every query: |f̂ − f| ≤ tolerance · (the range of the values), and
   * |log Σ̂α − log Σα| ≤ tolerance for densities; 1e-6 unless told. docs/accuracy.md has the bound.
   */
  readonly tolerance?: number;
}

export interface Report {
  readonly method: Method;
  /** Why that method: the milliseconds that each was expected to take. */
  readonly reason: string;
  /** Pairs (query, key) of the question, and those that were weighed. */
  readonly pairs: number;
  readonly evaluatedPairs: number;
  readonly milliseconds: number;
  /** Queries with no key in the kernel's reach. */
  readonly emptyQueries: number;
  /** Queries taken again in float64 because their sums were too small to trust. */
  readonly rescuedQueries: number;
  /** Of local polynomials: queries around which the keys do not span one; the directions that they lack were left flat. */
  readonly singularQueries?: number;
}

/** Chooses the bandwidth by a rule that an estimator knows. */
export type Select = (rule: string, weighing: Omit<Weighing, "bandwidth">) => Promise<Selection>;

export async function readWeighing(
  input: KernelInput,
  options: FitOptions,
  select: Select,
): Promise<{ weighing: Weighing; selection?: Selection }> {
  const { shape = "radial" } = input;
  const engine = options.engine ?? (await sharedEngine());
  const keys = readKeys(await engine.fetch(input.keys, "keys"));
  const kernel = resolveKernel(input.kernel ?? "gaussian");
  if (shape !== "radial" && shape !== "product") {
    throw new NadarayaError("invalid-input", `shape is ${show(shape)}, expected "radial" or "product"`);
  }
  const { bandwidth = "scott" } = input;
  const selection =
    typeof bandwidth === "string" ? await select(bandwidth, { keys, kernel, shape, engine }) : undefined;
  const chosen = selection?.bandwidth ?? readBandwidth(bandwidth as number, keys.dims);
  if (kernel.sphere) {
    checkUnitLength(keys, "keys");
    if (chosen.some((h) => h !== chosen[0])) {
      throw new NadarayaError(
        "invalid-bandwidth",
        `kernel "${kernel.name}" has one temperature, not one for each coordinate`,
      );
    }
  }
  return { weighing: { keys, kernel, shape, bandwidth: chosen, engine }, selection };
}

/** Queries that fit the keys. */
export async function readQueriesFor({ keys, kernel, engine }: Weighing, input: Points): Promise<Matrix> {
  const queries = readQueries(await engine.fetch(input, "queries"), keys.dims);
  if (kernel.sphere) checkUnitLength(queries, "queries");
  return queries;
}

const methods: readonly string[] = ["auto", "dense", "cull", "expand"];

/** The engine's options of a call, checked. */
export function sumsOptions({ method = "auto", tolerance = 1e-6, ...run }: PredictOptions): SumsOptions {
  if (!methods.includes(method)) {
    throw new NadarayaError(
      "invalid-input",
      `method is ${show(method)}, expected ${methods.map(show).join(", ")}`,
    );
  }
  if (!(typeof tolerance === "number" && tolerance > 0 && tolerance < 1)) {
    throw new NadarayaError(
      "invalid-input",
      `tolerance is ${show(tolerance)}, expected a number between 0 and 1`,
    );
  }
  return { method, tolerance, signal: run.signal, onProgress: run.onProgress };
}

export function reportOf(sums: readonly Omit<Sums, "mean">[], pairs: number, start: number): Report {
  const [{ method, reason, empty }] = sums;
  return {
    method,
    reason,
    pairs,
    evaluatedPairs: sums.reduce((sum, each) => sum + each.evaluatedPairs, 0),
    milliseconds: performance.now() - start,
    emptyQueries: empty.length,
    rescuedQueries: Math.max(...sums.map((s) => s.rescued)),
  };
}
