/**
 * Dot-product attention (Vaswani et al. 2017) as kernel regression. Since |q − k|² = |q|² + |k|² − 2 q·k,
 *
 *   exp(q·k / τ) = exp(−|q − k|² / 2τ) · exp(|k|² / 2τ) · exp(|q|² / 2τ)
 *
 * and what depends on the query alone cancels, softmax attention is the regression with a Gaussian of the bandwidth √τ, in which
 * the key k weighs exp(|k|² / 2τ); on the unit sphere all weigh the same.
 */
import { MAX_COLUMNS, type Matrix, type Points, readKeys, readQueries, readRowsFor } from "./data.ts";
import { type Engine, sharedEngine } from "./engine/engine.ts";
import type { RunOptions } from "./engine/types.ts";
import { NadarayaError, show } from "./errors.ts";
import { mergePartials, type Partial } from "./estimators/partials.ts";
import { kernels } from "./kernels.ts";
import { problemOf } from "./weighing.ts";

export interface AttentionInput {
  /** m × d. */
  readonly queries: Points;
  /** n × d. */
  readonly keys: Points;
  /** n × c. */
  readonly values: Points;
  /** d and c are cut into so many equal parts, each of which attends on its own; 1 unless told. */
  readonly heads?: number;
  /** τ of exp(q·k/τ); √(d / heads) unless told. */
  readonly temperature?: number;
  /**
   * Which keys a query sees: "causal", those with an index no greater than its own; or m × n numbers, row-major, where 0 hides
   * the key. All of them unless told.
   */
  readonly mask?: "causal" | ArrayLike<number>;
}

export interface AttentionOptions extends RunOptions {
  readonly engine?: Engine;
}

export interface Attention {
  /** m × c, row-major; NaN where a query sees no key. */
  readonly output: Float64Array;
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
  const engine = options.engine ?? (await sharedEngine());
  const keys = readKeys(await engine.fetch(input.keys, "keys"));
  const values = readRowsFor(keys, await engine.fetch(input.values, "values"), "values");
  const queries = readQueries(await engine.fetch(input.queries, "queries"), keys.dims);
  const { heads = 1, mask } = input;
  if (!(Number.isInteger(heads) && heads >= 1 && keys.dims % heads === 0 && values.dims % heads === 0)) {
    throw new NadarayaError(
      "invalid-input",
      `heads is ${show(heads)}, expected a whole number that divides the ${keys.dims} coordinates and the ${values.dims} columns`,
    );
  }
  const { temperature = Math.sqrt(keys.dims / heads) } = input;
  if (!(temperature > 0 && temperature < Infinity))
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
      keys: columnsOf(keys, head, heads),
      values: columnsOf(values, head, heads),
      queries: columnsOf(queries, head, heads),
      temperature,
      engine,
      options,
    };
    const mean =
      mask === undefined
        ? (await all(one, 0, queries.count, keys.count)).mean
        : mask === "causal"
          ? await causal(one)
          : directly(one, 0, queries.count, 0, keys.count, (q, k) => mask[q * keys.count + k] !== 0).mean;
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
  const weighing = {
    ...({ kernel: kernels.get("gaussian")!, shape: "radial", keys, engine } as const),
    bandwidth: new Array<number>(keys.dims).fill(Math.sqrt(temperature)),
    keyWeights: logs.map((log) => Math.exp(log - most)),
  };
  const mean = new Float64Array(queries.count * values.dims);
  let logSums: Float64Array | undefined;
  for (let first = 0; first < values.dims; first += MAX_COLUMNS) {
    const count = Math.min(MAX_COLUMNS, values.dims - first);
    const problem = await engine.load(problemOf(weighing, someColumns(values, first, count)));
    const asked = { method: "auto", tolerance: 1e-6, ...options } as const;
    const sums = await problem.sums(queries, asked, "log");
    problem.dispose();
    for (let q = 0; q < queries.count; q++)
      mean.set(sums.mean.subarray(q * count, (q + 1) * count), q * values.dims + first);
    // Back from the Gaussian's exponents to those of q·k / τ.
    logSums ??= sums.totals!.map((log, q) => log + most + squaredNorm(queries, q) / (2 * temperature));
  }
  return { mean, logSums: logSums! };
}

/** Each block of queries sees the keys before it, on the engine, and those of its own up to itself, one by one. */
async function causal(head: Head): Promise<Float64Array> {
  const { queries, values } = head;
  const mean = new Float64Array(queries.count * values.dims);
  for (let from = 0; from < queries.count; from += BLOCK) {
    const to = Math.min(from + BLOCK, queries.count);
    const partials = [directly(head, from, to, from, to, (q, k) => k <= q)];
    if (from > 0) partials.push(await all(head, from, to, from));
    mean.set(mergePartials(partials).mean, from * values.dims);
  }
  return mean;
}

/** Pair by pair in float64: queries from … to − 1 over the keys first … last − 1 that they see. */
function directly(
  { keys, values, queries, temperature }: Head,
  from: number,
  to: number,
  first: number,
  last: number,
  sees: (query: number, key: number) => boolean,
): Partial {
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

const columnsOf = (matrix: Matrix, part: number, parts: number): Matrix =>
  parts === 1 ? matrix : someColumns(matrix, (part * matrix.dims) / parts, matrix.dims / parts);

function someColumns({ data, dims, count }: Matrix, first: number, width: number): Matrix {
  const result = new Float64Array(count * width);
  for (let i = 0; i < count; i++)
    result.set(data.subarray(i * dims + first, i * dims + first + width), i * width);
  return { data: result, count, dims: width };
}
