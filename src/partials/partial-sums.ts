/** The sums of some of the keys at all queries, with everything that has to agree before they are added to those of other keys. */

import { NadarayaError, show } from "../common/errors.ts";
import { frozen } from "../common/frozen.ts";
import { assertInternal, INTERNAL } from "../common/internal.ts";
import type { WeightType } from "../estimators/model/fit.ts";
import type { CategoryCoordinate, CoordinateKind } from "../kernels/categories.ts";
import type { Kernel, Shape } from "../kernels/kernel.ts";
import { BINS, ExactSums, MOST_TERMS } from "./exact-sums.ts";

/** What partial sums are sums of: they merge only where all of it is equal. */
export interface PartialSettings {
  /** The names of the keys' columns, and of the values'; without values, they are sums for a density. */
  readonly x: readonly string[];
  readonly y: readonly string[];
  /** Those of them that are dates: milliseconds since 1970. */
  readonly dates: readonly string[];
  /** The kernel's name. */
  readonly kernel: string;
  readonly shape: Shape;
  /** One number a coordinate. */
  readonly bandwidth: readonly number[];
  /** The kind of each coordinate, if some are categories, with the declared levels. */
  readonly coordinates?: readonly (CoordinateKind | CategoryCoordinate)[];
  readonly weightType: WeightType;
  /** The largest error of each shard's sums, as for `predict`. */
  readonly tolerance: number;
  /** Whether the sums that errors need, Σ α y² and Σ α², are there. */
  readonly errors: boolean;
}

/** Some of the keys. */
export interface Shard {
  /** Which keys: two shards with one id are the same keys. By default a hash of their numbers. */
  readonly id: string;
  /** How messages call it. */
  readonly name: string;
  readonly rows: number;
  /** Rows with a missing cell, which were dropped. */
  readonly dropped: number;
  /** Σ of the sample weights; the number of rows where there are none. */
  readonly weight: number;
}

/** What is added for one shard to one sum, at most. */
export const TERMS_PER_SHARD = 8;
/** How many shards can be merged into one. */
export const MOST_SHARDS = MOST_TERMS / TERMS_PER_SHARD;

/** Columns of sums, each of one number a query, by their place in `PartialSums.sums`. */
export interface SumLayout {
  readonly count: number;
  /** Σ α. */
  readonly weight: number;
  /** Σ α y of the first column; the others follow. */
  readonly values: number;
  /** Σ α y² of the first column, and Σ α², where `errors` are asked for. */
  readonly squares: number;
  readonly squaredWeight: number;
}

export function layoutOf({ y, errors }: Pick<PartialSettings, "y" | "errors">): SumLayout {
  const columns = y.length;
  return {
    count: errors ? 2 * columns + 2 : columns + 1,
    ...{ weight: 0, values: 1, squares: 1 + columns, squaredWeight: 1 + 2 * columns },
  };
}

/** The fields of PartialSums. */
type Fields = Pick<PartialSums, "settings" | "kernel" | "queries" | "queriesHash" | "shards" | "sums">;

/** Sums over some of the keys, for every query. */
export class PartialSums {
  readonly settings: PartialSettings;
  /** The kernel that `settings` names. */
  readonly kernel: Kernel;
  /** Row-major, one row a query. */
  readonly queries: Float64Array<ArrayBuffer>;
  /** A hash of the queries' numbers. */
  readonly queriesHash: string;
  /** In the order of their ids. */
  readonly shards: readonly Shard[];
  /**
   * Columns of one sum a query each: Σ α; Σ α y of each value column; with `errors` also Σ α y² of each, and Σ α². The weight α of equal
   * categories is 1 here; `logWeightsOfSums` has the kernel's.
   */
  readonly sums: ExactSums;

  /** For `partial` and `decodePartial`. */
  constructor(token: symbol, fields: Fields) {
    assertInternal(token, "PartialSums", "await model.partial(queries)");
    const { settings, kernel, queries, queriesHash, shards, sums } = fields;
    this.settings = frozen(settings);
    this.kernel = kernel;
    this.queries = queries;
    this.queriesHash = queriesHash;
    this.shards = frozen(shards);
    this.sums = sums;
  }

  /** The number of queries. */
  get count(): number {
    return this.queries.length / this.settings.x.length;
  }

  /** The number of rows in all shards. */
  get rows(): number {
    return this.shards.reduce((sum, { rows }) => sum + rows, 0);
  }
}

/** @throws NadarayaError "invalid-input" for what is none; `where` says who was given it */
export function checkSums(given: unknown, where: string): asserts given is PartialSums {
  if (!(given instanceof PartialSums))
    throw new NadarayaError("invalid-input", `${where} was given ${show(given)}, expected PartialSums`);
}

/**
 * The sums over all keys of disjoint shards: the same to the last digit in whatever order and grouping they are merged.
 * @param names how messages call each of them
 * @throws NadarayaError "invalid-input" where they are sums of different things, where one shard is in two of them, and for more than MOST_SHARDS
 */
export function mergePartialSums(partials: readonly PartialSums[], names?: readonly string[]): PartialSums {
  const nameOf = (i: number) => names?.[i] ?? `partials[${i}]`;
  if (!Array.isArray(partials) || partials.length === 0)
    throw new NadarayaError(
      "invalid-input",
      `partials is ${show(partials)}, expected one or more PartialSums`,
    );
  const stranger = partials.findIndex((each) => !(each instanceof PartialSums));
  if (stranger >= 0)
    throw new NadarayaError(
      "invalid-input",
      `${nameOf(stranger)} is ${show(partials[stranger])}, expected PartialSums`,
    );
  const [first] = partials;
  const owners = new Map<string, number>();
  for (const [i, partial] of partials.entries()) {
    checkSame(partial, first, nameOf(i), nameOf(0));
    for (const { id, name } of partial.shards) {
      const owner = owners.get(id);
      if (owner !== undefined)
        throw new NadarayaError(
          "invalid-input",
          `shard ${show(name)} is both in ${nameOf(owner)} and in ${nameOf(i)}: its rows would count twice`,
        );
      owners.set(id, i);
    }
  }
  if (owners.size > MOST_SHARDS)
    throw new NadarayaError(
      "invalid-input",
      `there are ${owners.size} shards, expected at most ${MOST_SHARDS}`,
    );
  const { settings, kernel, queries, queriesHash } = first;
  const sums = new ExactSums(first.sums.length, first.sums.tops.slice(), first.sums.bins.slice());
  for (const partial of partials.slice(1)) sums.addAll(partial.sums);
  const shards = partials.flatMap((partial) => partial.shards).sort(byId);
  return new PartialSums(INTERNAL, { settings, kernel, queries: queries.slice(), queriesHash, shards, sums });
}

const byId = (a: Shard, b: Shard) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/** @throws NadarayaError "invalid-input" that names the first difference */
function checkSame(given: PartialSums, expected: PartialSums, name: string, other: string): void {
  const refuse = (what: string, a: unknown, b: unknown) =>
    new NadarayaError(
      "invalid-input",
      `${name} has ${what} ${JSON.stringify(a)}, expected ${JSON.stringify(b)} as in ${other}`,
    );
  const keys = new Set([...Object.keys(expected.settings), ...Object.keys(given.settings)]);
  for (const key of keys as Set<keyof PartialSettings>) {
    const [a, b] = [given.settings[key], expected.settings[key]];
    if (JSON.stringify(a) !== JSON.stringify(b)) throw refuse(key, a, b);
  }
  if (given.kernel !== expected.kernel)
    throw new NadarayaError(
      "invalid-input",
      `${name} has another kernel ${show(given.kernel.name)} than ${other}, expected the same object, as both are your own`,
    );
  if (given.queriesHash !== expected.queriesHash || given.count !== expected.count) {
    const at = given.queries.findIndex((x, i) => x !== expected.queries[i]);
    const row = Math.floor(Math.max(at, 0) / given.settings.x.length);
    throw new NadarayaError(
      "invalid-input",
      given.count === expected.count
        ? `${name} has other queries than ${other}: they differ in row ${row + 1}`
        : `${name} has ${given.count} queries, expected the ${expected.count} of ${other}`,
    );
  }
}

/** Sums that belong to such settings and queries, of no shard. */
export const noSums = (settings: PartialSettings, count: number): ExactSums =>
  new ExactSums(layoutOf(settings).count * count);

/** Whether sums have the size that settings and queries ask for. */
export const fits = (sums: ExactSums, settings: PartialSettings, count: number): boolean =>
  sums.length === layoutOf(settings).count * count && sums.bins.length === sums.length * BINS;
