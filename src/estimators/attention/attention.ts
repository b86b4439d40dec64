/** Dot-product attention (Vaswani et al. 2017): its input, checked and copied. */

import { NadarayaError, show } from "../../common/errors.ts";
import { checkInput, checkOptions, isBetween, isWhole, listOf, optionNames } from "../../common/options.ts";
import { asWhole } from "../../common/progress.ts";
import { isOnGpu, MAX_COORDINATES, type Points, readPoints, readRowsFor } from "../../data/matrix.ts";
import { type Engine, engineOf } from "../../engine/engine.ts";
import type { RunOptions } from "../../problem/problem.ts";

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
   * Which keys a query sees: "causal", those with an index no greater than its own; or m × n booleans, or numbers 1 and 0, row-major:
   * true and 1 if the query sees the key. All of them by default.
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

/** 1 where a key is seen, as a copy. @throws NadarayaError "invalid-input" for anything except booleans, 0 and 1 */
function readMask(mask: AttentionInput["mask"]): "causal" | Uint8Array | undefined {
  if (mask === undefined || mask === "causal") return mask;
  if (typeof mask !== "object" || mask === null)
    throw new NadarayaError(
      "invalid-input",
      `mask is ${show(mask)}, expected "causal" or an array of booleans; without a mask every query sees every key`,
    );
  const numbers = listOf<number | boolean>(mask, "mask");
  const other = numbers.findIndex((each) => typeof each !== "boolean" && each !== 0 && each !== 1);
  if (other < 0) return Uint8Array.from(numbers, Number);
  throw new NadarayaError(
    "invalid-input",
    `mask[${other}] is ${show(numbers[other])}, expected true or 1 if the query sees the key, else false or 0; of an additive mask, give true for 0 and false for −Infinity`,
  );
}

/**
 * softmax(q·k / τ) applied to the values.
 * @throws NadarayaError "invalid-input"
 */
export async function attention(input: AttentionInput, options: AttentionOptions = {}): Promise<Attention> {
  checkInput(input, INPUT, "attention", { "the second argument": OPTIONS });
  checkOptions(options, OPTIONS, "attention", { "the first argument": INPUT });
  const { heads = 1, temperature: givenTemperature } = input;
  if (!isWhole(heads, 1))
    throw new NadarayaError("invalid-input", `heads is ${show(heads)}, expected a whole number from 1 on`);
  const read = (points: Points, name: string) =>
    isOnGpu(points) ? undefined : readPoints(points, name, { most: MAX_COORDINATES * heads });
  // Arrays are read before anything is awaited.
  const readQueries = (points: Points) =>
    isOnGpu(points)
      ? undefined
      : readPoints(points, "queries", { most: MAX_COORDINATES * heads, canBeEmpty: true });
  const [ownKeys, ownValues, ownQueries] = [
    read(input.keys, "keys"),
    isOnGpu(input.values) ? undefined : readPoints(input.values, "values", { most: Infinity }),
    readQueries(input.queries),
  ];
  const mask = readMask(input.mask);
  const engine = await engineOf(options);
  engine.assertNotDisposed();
  const keys = ownKeys ?? read(await engine.fetch(input.keys, "keys"), "keys")!;
  const values = readRowsFor(keys, ownValues ?? (await engine.fetch(input.values, "values")), "values");
  const queries = ownQueries ?? readQueries(await engine.fetch(input.queries, "queries"))!;
  if (queries.count > 0 && queries.dims !== keys.dims)
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
  const temperature = givenTemperature === undefined ? Math.sqrt(keys.dims / heads) : givenTemperature;
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
  const { softmax } = await import("./softmax.ts");
  const all = { keys, values, queries, temperature };
  const pairs = heads * queries.count * keys.count;
  const output = await asWhole(options, (whole) => softmax(all, heads, mask, engine, whole), pairs);
  return { output };
}
