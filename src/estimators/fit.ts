/** What every estimator's `fit` has in common: read the keys, choose the kernel, the shape and the bandwidth. */
import type { BandwidthRule, Selection } from "../bandwidth/select.ts";
import type { CoordinateKind } from "../categories.ts";
import {
  checkUnitLength,
  type GappyPoints,
  type Matrix,
  type Points,
  readBandwidth,
  readQueries,
} from "../data.ts";
import { type Engine, sharedEngine } from "../engine/engine.ts";
import type { LoadedProblem, Method, RunOptions, Sums, SumsOptions } from "../engine/types.ts";
import { NadarayaError, show } from "../errors.ts";
import { type Kernel, type KernelName, resolveKernel, type Shape } from "../kernels.ts";
import { type Rows, type RowsInput, readRows, type SampleWeights } from "../rows.ts";
import type { Weighing } from "../weighing.ts";

export interface KernelInput {
  /** n keys of 1 to 64 coordinates. */
  readonly keys: GappyPoints;
  /** A kernel's name or a kernel of your own (`defineKernel`); "gaussian" unless told. */
  readonly kernel?: KernelName | Kernel;
  /**
   * What each coordinate is, all "continuous" unless told; the others are categories given as numbers, whose bandwidth is λ: see
   * CoordinateKind. For the Gaussian, and degree 0 without gradients.
   */
  readonly coordinates?: readonly CoordinateKind[];
  /**
   * One number for all coordinates, one for each, or a rule; "scott" unless told. For "von-mises-fisher" it is the
   * temperature τ of exp(q·k/τ).
   */
  readonly bandwidth?: number | readonly number[] | Float64Array | BandwidthRule;
  /** "radial" (the default): α of the distance; "product": the product of α over the coordinates. */
  readonly shape?: Shape;
  /** One positive number a key, by which its weight is multiplied: how often it was seen, or one over its variance. */
  readonly sampleWeights?: SampleWeights;
  /**
   * What a row means in which something is missing (NaN, null or undefined): an "error" (unless told), or a row to "drop",
   * counted in the model's `dropped`.
   */
  readonly missing?: "error" | "drop";
  /**
   * Narrower where keys are dense, wider where they are sparse: the bandwidth of key i is h·λᵢ with λᵢ = (f̃(kᵢ) / g)^−s,
   * f̃ the density by h and g its geometric mean over the keys (Abramson 1982; Silverman 1986, §5.3). The number is s, from 0
   * to 1; `true` is ½. Each key's weight is divided by λᵢ^d, so that it stays the mass of one key.
   */
  readonly adaptive?: boolean | number;
  /**
   * The bandwidth of each query reaches to its nearest key but `neighbours` − 1 (distances in units of `bandwidth`, whose
   * proportions alone then matter; Loftsgaarden and Quesenberry 1965). With the boxcar: plain k-nearest-neighbour means.
   */
  readonly neighbours?: number;
}

export interface FitOptions extends RunOptions {
  /** Where to compute; without it, one engine is shared by all who bring none. */
  readonly engine?: Engine;
}

export interface PredictOptions extends RunOptions {
  /**
   * "dense" weighs every pair, on the GPU where there is one. "cull" weighs the pairs that can matter: exactly those for
   * compact kernels; on the GPU where a tolerance of 1e-5 or more lets it. "expand" is the fast Gauss transform, in time n + m, for the Gaussian in 1 to 3 coordinates.
   * "auto", unless told, takes what should be fastest; the report says what that was, and why.
   */
  readonly method?: Method | "auto";
  /**
   * What "cull" and "expand" may be off by for every query: |f̂ − f| ≤ tolerance · (the range of the values), and
   * |log Σ̂α − log Σα| ≤ tolerance for densities; 1e-6 unless told. Below that, "auto" stays in double precision.
   * docs/accuracy.md has the bound.
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
export type Select = (rule: string, weighing: Omit<Weighing, "bandwidth">, rows: Rows) => Promise<Selection>;

/** What every fit reads. */
export interface Fitted {
  readonly weighing: Weighing;
  /** How a rule chose the bandwidth; absent where numbers were given. */
  readonly selection?: Selection;
  readonly rows: Rows;
  readonly settings: Settings;
}

/** What was asked for beside the data and the bandwidth. */
export type Settings = Pick<KernelInput, "kernel" | "shape" | "adaptive" | "neighbours" | "coordinates">;

export async function readFit(
  input: KernelInput & RowsInput,
  options: FitOptions,
  select: Select,
): Promise<Fitted> {
  options.signal?.throwIfAborted();
  const { shape = "radial" } = input;
  const engine = options.engine ?? (await sharedEngine());
  const rows = await readRows(input, engine);
  const { sampleWeights: keyWeights } = rows;
  const kernel = resolveKernel(input.kernel ?? "gaussian");
  const categories =
    input.coordinates &&
    (await import("../categories.ts")).readCategories(input.coordinates, kernel, rows.keys);
  const keys = categories?.embed(rows.keys, "keys") ?? rows.keys;
  if (shape !== "radial" && shape !== "product") {
    throw new NadarayaError("invalid-input", `shape is ${show(shape)}, expected "radial" or "product"`);
  }
  const { bandwidth = "scott" } = input;
  const selection =
    typeof bandwidth === "string"
      ? await select(bandwidth, { keys, keyWeights, categories, kernel, shape, engine }, rows)
      : undefined;
  const chosen = selection?.bandwidth ?? readBandwidth(bandwidth as number, rows.keys.dims);
  categories?.check(chosen);
  if (kernel.sphere) {
    checkUnitLength(keys, "keys");
    if (chosen.some((h) => h !== chosen[0])) {
      throw new NadarayaError(
        "invalid-bandwidth",
        `kernel "${kernel.name}" has one temperature, not one for each coordinate`,
      );
    }
  }
  const neighbours = readNeighbours(input.neighbours, keys);
  const own = { keyWeights, categories, neighbours };
  const plain: Weighing = { keys, ...own, kernel, shape, bandwidth: chosen, engine };
  const { adaptive, coordinates } = input;
  const settings = { kernel: input.kernel, shape, adaptive, neighbours, coordinates };
  const weighing =
    adaptive === undefined || adaptive === false
      ? plain
      : await (await import("./adaptive.ts")).adapted(plain, adaptive, options);
  return { weighing, selection, rows, settings };
}

function readNeighbours(neighbours: number | undefined, { count }: Matrix): number | undefined {
  if (neighbours === undefined) return undefined;
  if (Number.isInteger(neighbours) && neighbours >= 1 && neighbours <= count) return neighbours;
  throw new NadarayaError(
    "invalid-input",
    `neighbours is ${show(neighbours)}, expected a whole number from 1 to the number of keys, ${count}`,
  );
}

/** A width that reaches nobody but who is in the same place; its square is still a number. */
const LEAST_WIDTH = 1e-150;

/** The queries with a width for each, where the nearest keys decide on it. */
export function reaching({ neighbours }: Weighing, queries: Matrix, problem: LoadedProblem): Matrix {
  if (neighbours === undefined) return queries;
  // A little more, so that rounding does not leave out the furthest of them; and not 0 where keys coincide.
  const widths = problem.distances(queries, neighbours).map((d) => Math.max(d * (1 + 1e-12), LEAST_WIDTH));
  return { ...queries, widths };
}

/** Queries that fit the keys. */
export async function readQueriesFor(weighing: Weighing, input: Points): Promise<Matrix> {
  const { kernel, engine, categories, bandwidth } = weighing;
  const given = readQueries(await engine.fetch(input, "queries"), bandwidth.length);
  const queries = categories?.embed(given, "queries") ?? given;
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
