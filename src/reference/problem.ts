/** A problem of the reference, and what all of its statistics are computed from: repeated rows, categories, widths of keys and queries. */
import { type KernelName, type LogKernel, logKernelOf } from "./kernels.ts";
import { distance, logSumOf, logsOfPairs, type Shape, shares } from "./pairs.ts";

export type Rows = readonly (readonly number[])[];

/** A number, or a category with its kernel: see `categoryWeight`. */
export type CoordinateKind = "continuous" | "aitchison-aitken" | "li-racine" | "wang-van-ryzin";

export interface ReferenceProblem {
  /** n × d. */
  readonly keys: Rows;
  /** n × c. */
  readonly values?: Rows;
  readonly kernel: KernelName;
  /** "radial" by default. */
  readonly shape?: Shape;
  /** One a coordinate: h of a number, λ of a category; [τ] for "von-mises-fisher". */
  readonly bandwidth: readonly number[];
  /** Degree of the local polynomial, 0 by default. */
  readonly degree?: 0 | 1 | 2;
  readonly sampleWeights?: readonly number[];
  /** "importance" by default; "frequency": each row is repeated as often as its weight says; "precision": Var v = σ² / weight. */
  readonly weightType?: "importance" | "frequency" | "precision";
  /** All "continuous" by default. */
  readonly coordinates?: readonly CoordinateKind[];
  /** For each coordinate the levels of its categories, in their order; those of the keys, ascending, by default. */
  readonly levels?: readonly (readonly number[] | undefined)[];
  /** The exponent s of adaptive bandwidths h (f̃(kᵢ) / g)^−s (Abramson 1982; Silverman 1986, §5.3). */
  readonly adaptive?: number;
  /**
   * The bandwidth of a query is its distance to this many keys (Loftsgaarden and Quesenberry 1965), of the continuous coordinates and in units
   * of `bandwidth`; λ of categories stays as it is.
   */
  readonly neighbours?: number;
}

/** Rounding must not leave out the furthest of the neighbours, and a width of 0 reaches nothing. */
const NEIGHBOUR_MARGIN = 1 + 1e-12;
const LEAST_WIDTH = 1e-150;

/** A problem with its rows repeated and its weights at hand. */
export interface Prepared {
  /** The rows, repeated if weights are frequencies. */
  readonly keys: Rows;
  readonly values: Rows;
  /** The index in the problem of each of the rows, and of each row in the problem its first one here. */
  readonly origin: readonly number[];
  readonly first: readonly number[];
  readonly degree: 0 | 1 | 2;
  readonly kernel: LogKernel;
  readonly shape: Shape;
  readonly bandwidth: readonly number[];
  /** The weight of each row by itself, without its kernel: 1, or the importance of the sample. */
  readonly sampleWeights: readonly number[];
  /** What the variance of each row's value is divided by. */
  readonly precisions: readonly number[];
  /** Whether keys are directions. */
  readonly sphere: boolean;
  /** The factor of each row's bandwidth, if it is adaptive. */
  readonly widths?: readonly number[];
  readonly neighbours?: number;
  /** The indices of the coordinates that are numbers. */
  readonly continuous: readonly number[];
  readonly categories: readonly Category[];
}

export interface Category {
  readonly index: number;
  readonly kind: Exclude<CoordinateKind, "continuous">;
  /** The categories of the keys in ascending order. */
  readonly levels: readonly number[];
  readonly lambda: number;
}

export function prepare(problem: ReferenceProblem): Prepared {
  const { keys, values = keys.map(() => []), kernel, bandwidth, degree = 0, neighbours } = problem;
  const { coordinates = keys[0].map(() => "continuous" as const), sampleWeights: given } = problem;
  const weights = given ?? keys.map(() => 1);
  const repeated = problem.weightType === "frequency";
  const origin = weights.flatMap((w, i) => (repeated ? new Array<number>(w).fill(i) : [i]));
  const first = keys.map(() => -1);
  for (const [k, i] of origin.entries()) if (first[i] < 0) first[i] = k;
  const rows = {
    keys: origin.map((i) => keys[i]),
    values: origin.map((i) => values[i]),
    sampleWeights: origin.map((i) => (repeated ? 1 : weights[i])),
  };
  const categories = coordinates.flatMap((kind, index): Category[] => {
    if (kind === "continuous") return [];
    const levels =
      problem.levels?.[index] ?? [...new Set(keys.map((key) => key[index]))].sort((a, b) => a - b);
    return [{ index, kind, levels, lambda: bandwidth[index] }];
  });
  const sphere = kernel === "von-mises-fisher";
  const plain: Prepared = {
    ...rows,
    origin,
    first,
    precisions: origin.map((i) => (problem.weightType === "precision" ? weights[i] : 1)),
    sphere,
    degree,
    kernel: logKernelOf(kernel),
    shape: sphere ? "radial" : (problem.shape ?? "radial"),
    bandwidth: sphere ? keys[0].map(() => Math.sqrt(bandwidth[0])) : bandwidth,
    neighbours,
    continuous: [...coordinates.keys()].filter((j) => coordinates[j] === "continuous"),
    categories,
  };
  if (!problem.adaptive) return plain;
  if (neighbours !== undefined || categories.length > 0 || sphere)
    throw new Error("adaptive bandwidths are for one width and numbers");
  return { ...plain, widths: adaptiveWidths(plain, problem.adaptive) };
}

/** λᵢ = (f̃(kᵢ) / g)^−s, with f̃ the density by the plain bandwidth and g its geometric mean over the rows. */
function adaptiveWidths(plain: Prepared, sensitivity: number): number[] {
  const logDensity = plain.keys.map((key) => logSumOf(logWeightsOf(plain, key)));
  let [sum, total] = [0, 0];
  for (const [i, w] of plain.sampleWeights.entries()) [sum, total] = [sum + w * logDensity[i], total + w];
  return logDensity.map((log) => Math.exp(-sensitivity * (log - sum / total)));
}

/**
 * The weight of a pair of categories, with i and j their ranks among c of them:
 *
 *   aitchison-aitken (1976)   1 − λ if equal, else λ / (c − 1)
 *   li-racine (2003)          1 if equal, else λ
 *   wang-van-ryzin (1981)     1 − λ if equal, else (1 − λ) λ^|i − j| / 2
 *
 * A category without a level has no rank, and is not equal to any other.
 */
export function categoryWeight({ kind, levels, lambda }: Category, a: number, b: number): number {
  const [i, j] = [levels.indexOf(a), levels.indexOf(b)];
  if (kind === "wang-van-ryzin" && (i < 0 || j < 0))
    throw new Error(`${i < 0 ? a : b} is none of the categories of the keys`);
  switch (kind) {
    case "aitchison-aitken":
      return a === b ? 1 - lambda : lambda / (levels.length - 1);
    case "li-racine":
      return a === b ? 1 : lambda;
    case "wang-van-ryzin":
      return i === j ? 1 - lambda : ((1 - lambda) * lambda ** Math.abs(i - j)) / 2;
  }
}

/** The continuous coordinates of a row. */
const pick = (row: readonly number[], indices: readonly number[]) => indices.map((j) => row[j]);

/** The factor of the bandwidth at a query: 1, or the distance of its furthest neighbour. */
export function widthAt(prepared: Prepared, query: readonly number[]): number {
  const { keys, bandwidth, continuous, neighbours } = prepared;
  if (neighbours === undefined) return 1;
  const [point, widths] = [pick(query, continuous), pick(bandwidth, continuous)];
  const distances = keys.map((key) => distance(point, pick(key, continuous), widths)).sort((a, b) => a - b);
  return Math.max(distances[neighbours - 1] * NEIGHBOUR_MARGIN, LEAST_WIDTH);
}

/** log (w α) of every row, less one number for all of them, `scale`; −Infinity out of reach and for the row that is left out. */
export function scaledLogWeights(
  prepared: Prepared,
  query: readonly number[],
  without?: number,
): { logs: number[]; scale: number } {
  const { keys, kernel, shape, continuous, categories, widths, sampleWeights } = prepared;
  const stretch = widthAt(prepared, query);
  const bandwidth = continuous.map((j) => prepared.bandwidth[j] * stretch);
  const point = pick(query, continuous);
  const rows = categories.length > 0 ? keys.map((key) => pick(key, continuous)) : keys;
  const { logs, scale } =
    continuous.length > 0
      ? logsOfPairs(point, rows, { kernel, shape, bandwidth, widths })
      : { logs: keys.map(() => 0), scale: 0 };
  const result = Array.from(logs, (log, k) => {
    if (k === without) return -Infinity;
    // The mass of an adaptive key stays that of one key: its weight is divided by λ^d.
    const mass = Math.log(sampleWeights[k]) - (widths ? continuous.length * Math.log(widths[k]) : 0);
    let sum = log + mass;
    for (const category of categories)
      sum += Math.log(categoryWeight(category, query[category.index], keys[k][category.index]));
    return sum;
  });
  return { logs: result, scale };
}

/** log (w α) of every row of a prepared problem. */
export function logWeightsOf(prepared: Prepared, query: readonly number[], without?: number): number[] {
  const { logs, scale } = scaledLogWeights(prepared, query, without);
  return logs.map((log) => log + scale);
}

/** The shares of the rows of a prepared problem in the weights of a query: NaN if none is in reach. */
export function sharesAt(prepared: Prepared, query: readonly number[], without?: number): Float64Array {
  return shares(scaledLogWeights(prepared, query, without).logs);
}

/**
 * log (w α) of each key; −Infinity out of reach, and for the key `without`. Of a row that stands for several, only one copy is left out.
 */
export function logWeights(problem: ReferenceProblem, query: readonly number[], without?: number): number[] {
  const prepared = prepare(problem);
  const logs = logWeightsOf(prepared, query, without === undefined ? undefined : prepared.first[without]);
  return problem.keys.map((_, i) => logSumOf(logs.filter((_, k) => prepared.origin[k] === i)));
}

/** The weights of degree 0: m × n, each row sums to 1, or is NaN if no key is in reach. Copies of a row count together. */
export function weights(problem: ReferenceProblem, queries: Rows): number[][] {
  const prepared = prepare(problem);
  return queries.map((query) => {
    const row = problem.keys.map(() => 0);
    for (const [k, share] of sharesAt(prepared, query).entries()) row[prepared.origin[k]] += share;
    return row;
  });
}
