/** Draws the rows and the queries of a case: first as plain numbers around 1, then in the units that a caller gives. */
import type { CoordinateKind } from "../../index.ts";
import { type Draw, draw } from "../random.ts";
import { type Case, isCriterion, MANY_DIMS } from "./features.ts";

/** An array of rows. */
export type Table = readonly (readonly number[])[];

/** An affine unit: a given number is offset + unit · x. Units are powers of two, so that no digit is lost. */
export interface Unit {
  readonly unit: number;
  readonly offset: number;
}

/** Rows and queries, as numbers around 1. */
export interface CaseData {
  readonly keys: Table;
  readonly values: Table;
  readonly labels: readonly string[];
  readonly sampleWeights?: readonly number[];
  readonly queries: Table;
  /** For each query a value at which its conditional density is asked. */
  readonly at: readonly number[];
  readonly coordinates?: readonly CoordinateKind[];
  /** One number a coordinate: λ of the category, τ on the sphere. */
  readonly bandwidth: readonly number[];
  readonly neighbours?: number;
  readonly adaptive?: number;
  readonly keyUnit: Unit;
  readonly valueUnit: Unit;
}

const UNITS: Readonly<Record<Case["scale"], { readonly keys: Unit; readonly values: Unit }>> = {
  plain: { keys: { unit: 1, offset: 0 }, values: { unit: 1, offset: 0 } },
  /** Days of the year 2023 in milliseconds. */
  epoch: { keys: { unit: 2 ** 26, offset: 1.7e12 }, values: { unit: 1, offset: 1e6 } },
  tiny: { keys: { unit: 2 ** -400, offset: 0 }, values: { unit: 2 ** -660, offset: 0 } },
  huge: { keys: { unit: 2 ** 400, offset: 0 }, values: { unit: 2 ** 400, offset: 0 } },
};

const NONE: Unit = { unit: 1, offset: 0 };

/** The number that a caller gives for x. */
export const givenOf = (x: number, { unit, offset }: Unit): number => offset + unit * x;
/** The x of a given number. */
export const plainOf = (given: number, { unit, offset }: Unit): number => (given - offset) / unit;

const COMPACT: readonly string[] = ["epanechnikov", "boxcar", "tricube"];
/** The categories, as numbers whose differences are not those of their ranks. */
export const LEVELS = [1, 2, 4];
/** Rows; for quadratic polynomials of eight coordinates, which have 45 coefficients; and for searches, which fit many times. */
const [SOME, MANY, FEW] = [48, 60, 32];
const QUERIES = 12;

/** The data of a case; the same for the same seed. */
export function dataOf(given: Case, seed: number): CaseData {
  const random = draw(seed);
  const dims = given.dims === "many" ? MANY_DIMS : Number(given.dims);
  const columns = Number(given.columns);
  const onSphere = given.kernel === "von-mises-fisher";
  const isClassifier = given.asked.startsWith("classes");
  const keyUnit = onSphere ? NONE : UNITS[given.scale].keys;
  const valueUnit = UNITS[given.scale].values;
  const count =
    dims > 3 && given.degree === "2" ? MANY : isCriterion(given.rule) && !isClassifier ? FEW : SOME;
  const category = given.category === "none" ? undefined : given.category;
  const rounded = (row: readonly number[]) => row.map((x) => plainOf(givenOf(x, keyUnit), keyUnit));

  const points = Array.from({ length: count }, () =>
    rounded(onSphere ? direction(random, dims) : uniform(random, dims)),
  );
  // The last quarter of tied rows has the keys of the first.
  const first = Math.floor((3 * count) / 4);
  const tied = points.map((row, i) => (given.rows === "tied" && i >= first ? points[i - first] : row));
  const keys = tied.map((row, i) => (category ? [...row, LEVELS[i % LEVELS.length]] : row));
  const values = tied.map((row, i) =>
    Array.from({ length: columns }, (_, c) => {
      const trend = Math.sin(row[0] * (onSphere ? 3 : 0.6) + c) + 0.1 * row[dims - 1];
      const value = trend + 0.3 * (i % LEVELS.length) * (category ? 1 : 0) + 0.3 * random.normal();
      return plainOf(givenOf(value, valueUnit), valueUnit);
    }),
  );
  const classes = columns > 1 ? 20 : 2;
  const labels = tied.map((_, i) => `class ${random.integer(0, classes) === 0 ? 0 : i % classes}`);
  const sampleWeights = {
    none: undefined,
    importance: () => random.uniform(0.2, 3),
    frequency: () => random.integer(1, 5),
  }[given.weights];

  const far = given.windows === "sparse" && given.degree === "0" && !onSphere;
  const queries = Array.from({ length: QUERIES }, (_, q) => {
    const key = tied[random.integer(0, count)];
    const near = key.map((x) => x + 0.3 * random.normal());
    const place = onSphere
      ? direction(random, dims)
      : q === 0
        ? key
        : far && q === 1
          ? key.map((x) => x + 70)
          : q % 2
            ? near.map((x) => Math.min(Math.max(x, 0), 10))
            : uniform(random, dims).map((x) => 1 + 0.8 * x);
    const row = rounded(given.queries === "buffer" ? place.map((x) => single(x, keyUnit)) : place);
    return category ? [...row, LEVELS[q % LEVELS.length]] : row;
  });
  const at = queries.map(() => plainOf(givenOf(random.uniform(-1.5, 2), valueUnit), valueUnit));

  const width = widthOf(given, dims) * (given.windows === "sparse" ? 0.35 : 1);
  const bandwidth = Array.from({ length: dims }, (_, j) => (onSphere ? 0.4 : width * (1 + 0.1 * (j % 3))));
  return {
    ...{ keys, values, labels, queries, at, keyUnit, valueUnit },
    sampleWeights: sampleWeights && keys.map(sampleWeights),
    coordinates: category && [...Array.from({ length: dims }, () => "continuous" as const), category],
    bandwidth: category ? [...bandwidth, 0.3] : bandwidth,
    neighbours: given.width === "neighbours" ? neighboursOf(given, count) : undefined,
    adaptive: given.width === "adaptive" ? 0.5 : undefined,
  };
}

const uniform = (random: Draw, dims: number): number[] =>
  Array.from({ length: dims }, () => random.uniform(0, 10));

/** A unit vector. */
function direction(random: Draw, dims: number): number[] {
  const row = Array.from({ length: dims }, () => random.normal());
  const length = Math.hypot(...row);
  return row.map((x) => x / length);
}

/** What is left of x in a buffer of 32-bit numbers. */
const single = (x: number, unit: Unit): number => plainOf(Math.fround(givenOf(x, unit)), unit);

/** A bandwidth with most keys in reach. */
function widthOf({ kernel, shape }: Case, dims: number): number {
  if (COMPACT.includes(kernel))
    return shape === "product" ? 4 + 0.8 * dims : 4 * Math.sqrt(dims) + 0.6 * dims;
  return 1.2 + 0.5 * dims;
}

/** Most keys (45 of them would leave the 45 coefficients of MANY without digits), but few in sparse windows, and no more than a shard has. */
const neighboursOf = (given: Case, count: number): number =>
  (given.windows === "sparse" && given.degree === "0") || isMerged(given)
    ? 5
    : Math.round((count === MANY ? 0.9 : 0.75) * count);

/** Rows of a fit, as plain numbers. */
export interface PlainRows {
  readonly keys: Table;
  readonly values: Table;
  readonly labels: readonly string[];
  readonly sampleWeights?: readonly number[];
}

/** Rows that a change adds or removes. */
export const MORE = 6;

/** The rows that a model is fitted to before its history, and that its bandwidth is chosen for. */
export function fittedRows({ history }: Case, rows: PlainRows): PlainRows {
  const { keys, values, labels, sampleWeights } = rows;
  if (history === "added") return part(rows, (i) => i < keys.length - MORE);
  if (history !== "removed") return rows;
  return {
    keys: [...keys.slice(-MORE), ...keys],
    values: [...values.slice(0, MORE).map((row) => row.map((v) => v + 1)), ...values],
    labels: [...labels.slice(-MORE), ...labels],
    sampleWeights: sampleWeights && [...sampleWeights.slice(-MORE), ...sampleWeights],
  };
}

/** Some of the rows. */
export function part(
  { keys, values, labels, sampleWeights }: PlainRows,
  takes: (i: number) => boolean,
): PlainRows {
  const some = <T>(list: readonly T[]): readonly T[] => list.filter((_, i) => takes(i));
  return {
    keys: some(keys),
    values: some(values),
    labels: some(labels),
    sampleWeights: sampleWeights && some(sampleWeights),
  };
}

/** Whether the rows are those of several models, whose sums are merged. */
export const isMerged = ({ asked }: Case): boolean => asked.startsWith("merged ");

/** The shards of merged sums. Those of categories have not all the same ones. */
export function shardsOf({ category }: Case, rows: PlainRows): readonly PlainRows[] {
  if (category === "none") return [0, 1, 2].map((shard) => part(rows, (i) => i % 3 === shard));
  const level = (i: number) => LEVELS.indexOf(rows.keys[i].at(-1)!);
  return [0, 1].map((shard) =>
    part(rows, (i) => (level(i) === 1 ? i % 2 === shard : level(i) === 2 * shard)),
  );
}
