/**
 * Dot-product attention (Vaswani et al. 2017) as kernel regression. Since |q − k|² = |q|² + |k|² − 2 q·k,
 *
 *   exp(q·k / τ) = exp(−|q − k|² / 2τ) · exp(|k|² / 2τ) · exp(|q|² / 2τ)
 *
 * and what depends on the query alone cancels, softmax attention is the regression with a Gaussian of the bandwidth √τ, in which
 * the key k weighs exp(|k|² / 2τ); on the unit sphere all weigh the same.
 */

import { NadarayaError, show } from "../../common/errors.ts";
import { checkInput, checkOptions, isBetween, isWhole, listOf, optionNames } from "../../common/options.ts";
import { createYielder } from "../../common/yield.ts";
import {
  isOnGpu,
  MAX_COORDINATES,
  type Matrix,
  type Points,
  readPoints,
  readRowsFor,
} from "../../data/matrix.ts";
import { type Engine, engineOf } from "../../engine/engine.ts";
import { kernels } from "../../kernels/builtin.ts";
import type { RunOptions } from "../../problem/problem.ts";
import { columnsOf, meansOf } from "../../weighting/column-means.ts";
import { mergePartials, type Partial } from "../model/partials.ts";

/** Queries, keys and values of one or several heads. */
export interface AttentionInput {
  /** m × d. */
  readonly queries: Points;
  /** n × d. */
  readonly keys: Points;
  /** n × c. */
  readonly values: Points;
  /** d and c are cut into so many equal parts, each of which attends on its own; 1 by default. */
  readonly heads?: number;
  /** τ of exp(q·k/τ); √(d / heads) by default. */
  readonly temperature?: number;
  /**
   * Which keys a query sees: "causal", those with an index no greater than its own; or m × n numbers or booleans, row-major, where
   * 0 and false hide the key. All of them by default.
   */
  readonly mask?: "causal" | ArrayLike<number | boolean>;
}

/** Options of `attention`. */
export interface AttentionOptions extends RunOptions {
  readonly engine?: Engine;
}

/** The result of `attention`. */
export interface Attention {
  /** m × c, row-major; NaN where a query sees no key. */
  readonly output: Float64Array;
}

const INPUT = optionNames<AttentionInput>()({
  queries: true,
  keys: true,
  values: true,
  heads: true,
  temperature: true,
  mask: true,
});
const OPTIONS = optionNames<AttentionOptions>()({ engine: true, signal: true, onProgress: true });

const isEmpty = (points: Points) => Array.isArray(points) && points.length === 0;

/** 1 where a key is seen, as a copy. @throws NadarayaError "invalid-input" for what is neither a number nor a boolean. */
function readMask(mask: AttentionInput["mask"]): "causal" | Uint8Array | undefined {
  if (mask === undefined || mask === "causal") return mask;
  return Uint8Array.from(listOf<number | boolean>(mask, "mask"), (each, i) => {
    if (typeof each === "boolean" || Number.isFinite(each)) return Number(each) === 0 ? 0 : 1;
    throw new NadarayaError("invalid-input", `mask[${i}] is ${show(each)}, expected a number or a boolean`);
  });
}

/** Keys' own weights beyond this range, in e-folds, are float64's business. */
const MOST_SPREAD = 60;
/** Queries that are masked together: earlier keys are seen by all of them, later ones by none. */
const BLOCK = 256;

/**
 * softmax(q·k / τ) applied to the values.
 * @throws NadarayaError "invalid-input"
 */
export async function attention(input: AttentionInput, options: AttentionOptions = {}): Promise<Attention> {
  checkInput(input, INPUT, "attention", { "the second argument": OPTIONS });
  checkOptions(options, OPTIONS, "attention", { "the first argument": INPUT });
  const { heads = 1 } = input;
  if (!isWhole(heads, 1))
    throw new NadarayaError("invalid-input", `heads is ${show(heads)}, expected a whole number from 1 on`);
  const read = (points: Points, name: string) =>
    isOnGpu(points) ? undefined : readPoints(points, name, { most: MAX_COORDINATES * heads });
  // Arrays are read before anything is awaited.
  const [ownKeys, ownValues, ownQueries] = [
    read(input.keys, "keys"),
    isOnGpu(input.values) ? undefined : readPoints(input.values, "values", { most: Infinity }),
    isEmpty(input.queries) ? undefined : read(input.queries, "queries"),
  ];
  const mask = readMask(input.mask);
  const engine = await engineOf(options);
  engine.assertNotDisposed();
  const keys = ownKeys ?? read(await engine.fetch(input.keys, "keys"), "keys")!;
  const values = readRowsFor(keys, ownValues ?? (await engine.fetch(input.values, "values")), "values");
  const queries =
    ownQueries ??
    (isEmpty(input.queries)
      ? { data: new Float64Array(0), dims: keys.dims, count: 0 }
      : read(await engine.fetch(input.queries, "queries"), "queries")!);
  if (queries.dims !== keys.dims)
    throw new NadarayaError(
      "invalid-input",
      `queries have ${queries.dims} coordinates, expected ${keys.dims} as the keys have`,
    );
  if (keys.dims % heads !== 0 || values.dims % heads !== 0) {
    throw new NadarayaError(
      "invalid-input",
      `heads is ${show(heads)}, expected a whole number that divides the ${keys.dims} coordinates and the ${values.dims} columns`,
    );
  }
  const { temperature = Math.sqrt(keys.dims / heads) } = input;
  if (!isBetween(temperature, Number.MIN_VALUE, Number.MAX_VALUE))
    throw new NadarayaError(
      "invalid-input",
      `temperature is ${show(temperature)}, expected a positive number`,
    );
  if (mask === "causal" && queries.count !== keys.count) {
    throw new NadarayaError(
      "invalid-input",
      `a causal mask needs as many queries as keys, there are ${queries.count} and ${keys.count}`,
    );
  }
  if (mask !== undefined && mask !== "causal" && mask.length !== queries.count * keys.count) {
    throw new NadarayaError(
      "invalid-input",
      `mask has ${mask.length} entries, expected ${queries.count} × ${keys.count}, one for each query and key`,
    );
  }
  const output = new Float64Array(queries.count * values.dims);
  const width = values.dims / heads;
  for (let head = 0; head < heads; head++) {
    const one: Head = {
      keys: partOf(keys, head, heads),
      values: partOf(values, head, heads),
      queries: partOf(queries, head, heads),
      temperature,
      engine,
      options,
    };
    const mean =
      mask === undefined
        ? (await all(one, 0, queries.count, keys.count)).mean
        : mask === "causal"
          ? await causal(one)
          : (await directly(one, 0, queries.count, 0, keys.count, (q, k) => mask[q * keys.count + k] !== 0))
              .mean;
    for (let q = 0; q < queries.count; q++)
      output.set(mean.subarray(q * width, (q + 1) * width), q * values.dims + head * width);
  }
  return { output };
}

interface Head {
  readonly keys: Matrix;
  readonly values: Matrix;
  readonly queries: Matrix;
  readonly temperature: number;
  readonly engine: Engine;
  readonly options: RunOptions;
}

/** The queries from … to − 1 over the first keys, on the engine. */
async function all(head: Head, from: number, to: number, keyCount: number): Promise<Partial> {
  const { temperature, engine, options } = head;
  const keys = rows(head.keys, 0, keyCount);
  const values = rows(head.values, 0, keyCount);
  const queries = rows(head.queries, from, to);
  const logs = new Float64Array(keyCount);
  for (let k = 0; k < keyCount; k++) logs[k] = squaredNorm(keys, k) / (2 * temperature);
  let [least, most] = [Infinity, -Infinity];
  for (const log of logs) [least, most] = [Math.min(least, log), Math.max(most, log)];
  if (most - least > MOST_SPREAD) return directly(head, from, to, 0, keyCount, () => true);
  const spec = {
    ...({ kernel: kernels.get("gaussian")!, shape: "radial", keys, engine } as const),
    bandwidth: new Array<number>(keys.dims).fill(Math.sqrt(temperature)),
    keyWeights: logs.map((log) => Math.exp(log - most)),
  };
  const requested = { method: "auto", tolerance: 1e-6, ...runOf(options) } as const;
  const { mean, logSums } = await meansOf(spec, values, queries, requested);
  // Back from the Gaussian's exponents to those of q·k / τ.
  return {
    mean,
    logSums: logSums.map((log, q) => log + most + squaredNorm(queries, q) / (2 * temperature)),
  };
}

const runOf = ({ signal, onProgress }: AttentionOptions): RunOptions => ({ signal, onProgress });

/** Each block of queries sees the keys before it, on the engine, and those of its own up to itself, one by one. */
async function causal(head: Head): Promise<Float64Array> {
  const { queries, values } = head;
  const mean = new Float64Array(queries.count * values.dims);
  for (let from = 0; from < queries.count; from += BLOCK) {
    const to = Math.min(from + BLOCK, queries.count);
    const partials = [await directly(head, from, to, from, to, (q, k) => k <= q)];
    if (from > 0) partials.push(await all(head, from, to, from));
    mean.set(mergePartials(partials).mean, from * values.dims);
  }
  return mean;
}

/** Pair by pair in float64: queries from … to − 1 over the keys first … last − 1 that they see. */
async function directly(
  { keys, values, queries, temperature, options }: Head,
  from: number,
  to: number,
  first: number,
  last: number,
  sees: (query: number, key: number) => boolean,
): Promise<Partial> {
  options.signal?.throwIfAborted();
  const yieldToEventLoop = createYielder(options);
  const { dims } = keys;
  const columns = values.dims;
  const mean = new Float64Array((to - from) * columns);
  const logSums = new Float64Array(to - from);
  const logs = new Float64Array(last - first);
  for (let q = from; q < to; q++) {
    let most = -Infinity;
    for (let k = first; k < last; k++) {
      let dot = 0;
      if (sees(q, k))
        for (let j = 0; j < dims; j++) dot += queries.data[q * dims + j] * keys.data[k * dims + j];
      else dot = -Infinity;
      logs[k - first] = dot / temperature;
      most = Math.max(most, logs[k - first]);
    }
    const row = mean.subarray((q - from) * columns, (q - from + 1) * columns);
    let total = 0;
    for (let k = first; k < last && most > -Infinity; k++) {
      const weight = Math.exp(logs[k - first] - most);
      total += weight;
      for (let c = 0; c < columns; c++) row[c] += weight * values.data[k * columns + c];
    }
    for (let c = 0; c < columns; c++) row[c] /= total;
    logSums[q - from] = most + Math.log(total);
    await yieldToEventLoop();
  }
  return { mean, logSums };
}

function squaredNorm({ data, dims }: Matrix, i: number): number {
  let sum = 0;
  for (let j = 0; j < dims; j++) sum += data[i * dims + j] ** 2;
  return sum;
}

const rows = ({ data, dims }: Matrix, from: number, to: number): Matrix => ({
  data: data.subarray(from * dims, to * dims),
  count: to - from,
  dims,
});

const partOf = (matrix: Matrix, part: number, parts: number): Matrix =>
  columnsOf(matrix, (part * matrix.dims) / parts, matrix.dims / parts);
