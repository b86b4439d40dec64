/** Input → checked float64, row-major. Nothing passes this door that is not a finite number in a rectangle. */
import { NadarayaError, show } from "../common/errors.ts";
import { hintForArray, hintForNumber } from "../common/hints.ts";
import { refuseTransferred } from "../common/options.ts";
import { copyAsFloat64, isTypedArray, type TypedArray } from "../common/typed-arrays.ts";
import { extentsOf } from "./extents.ts";

/**
 * One coordinate: a flat array, typed or not. Several: rows, each an array or a typed array, or row-major `data` with the number of
 * coordinates `dims`.
 */
export type Points =
  | TypedArray
  | readonly number[]
  | readonly (readonly number[] | TypedArray)[]
  | { readonly data: Float32Array | Float64Array | TypedArray | readonly number[]; readonly dims: number }
  | GpuPoints;

/** Points in which numbers may be missing, where `missing: "drop"` is asked for. */
export type GappyPoints =
  | Points
  | readonly (number | null | undefined)[]
  | readonly (readonly (number | null | undefined)[])[];

/**
 * f32, row-major, in a buffer of the engine's device with the usage COPY_SRC. They are read back once, to be checked,
 * centred and scaled in float64 as any others; but for queries in a buffer that has the usage STORAGE too, where means stay on the GPU (output "gpu") and the fast Gauss
 * transform computes them: of these only the few that it cannot answer are read.
 */
export interface GpuPoints {
  readonly buffer: GPUBuffer;
  /** Coordinates, or columns, a row. */
  readonly dims: number;
  /** Rows; as many as the buffer holds by default. */
  readonly count?: number;
}

export function isOnGpu(points: unknown): points is GpuPoints {
  // A proxy of a typed array has a buffer as well.
  return typeof points === "object" && points !== null && "buffer" in points && !("byteLength" in points);
}

/** Row-major numbers: `count` rows of `dims`. */
export interface Matrix {
  readonly data: Float64Array;
  readonly count: number;
  readonly dims: number;
  /** Of queries: what the bandwidth is multiplied by for each; 1 by default. */
  readonly bandwidthFactors?: Float64Array;
}

export const MAX_COORDINATES = 64;
export const MAX_COLUMNS = 16;

const invalid = (message: string) => new NadarayaError("invalid-input", message);

/** Missing numbers, which are NaN, null and undefined: refused; refused with the option that drops their rows; or read as NaN. */
type Gaps = "refused" | "droppable" | "read";

const DROP_THEM = '; missing: "drop" leaves out such rows';

/** Always a copy: what the caller does with the array afterwards changes nothing. */
function flatten(input: GappyPoints, name: string, gaps: Gaps): Matrix {
  refuseTransferred(input, name);
  if (isTypedArray(input)) return { data: copyAsFloat64(input, name), count: input.length, dims: 1 };
  if (Array.isArray(input)) {
    return isRow(input[0])
      ? joinedRows(input, input[0].length, name, gaps)
      : { data: toFloat64(input, name, gaps), count: input.length, dims: 1 };
  }
  if (input !== null && typeof input === "object" && "data" in input && "dims" in input) {
    const { data, dims } = input;
    if (!Number.isInteger(dims) || dims < 1)
      throw invalid(`${name}.dims is ${show(dims)}, expected a positive integer`);
    if (!isRow(data))
      throw invalid(`${name}.data is ${show(data)}, expected an array of numbers${hintForArray(data)}`);
    if (data.length % dims !== 0) {
      throw invalid(
        `${name}.data has ${data.length} numbers, expected a multiple of ${name}.dims, which is ${dims}`,
      );
    }
    return { data: toFloat64(data, `${name}.data`, gaps), count: data.length / dims, dims };
  }
  throw invalid(
    `${name} is ${show(input)}, expected an array or a typed array of numbers, an array of rows, { data, dims } or { buffer, dims }${hintForArray(input)}`,
  );
}

type Row = readonly unknown[] | TypedArray;

const isRow = (value: unknown): value is Row => Array.isArray(value) || isTypedArray(value);

/** Rows of `dims` numbers each, one after the other. */
function joinedRows(rows: readonly unknown[], dims: number, name: string, gaps: Gaps): Matrix {
  const data = new Float64Array(rows.length * dims);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    if (!isRow(row) || row.length !== dims) {
      throw invalid(
        `${name}[${i}] is ${isRow(row) ? `a row of ${row.length} numbers` : show(row)}, expected a row of ${dims} as ${name}[0] is`,
      );
    }
    if (!Array.isArray(row)) {
      refuseTransferred(row, `${name}[${i}]`);
      data.set(copyAsFloat64(row as TypedArray, `${name}[${i}]`), i * dims);
      continue;
    }
    for (let j = 0; j < dims; j++) {
      const value = gaps === "read" ? (row[j] ?? NaN) : row[j];
      if (typeof value !== "number") throw noNumber(`${name}[${i}][${j}]`, value, gaps);
      data[i * dims + j] = value;
    }
  }
  return { data, count: rows.length, dims };
}

function noNumber(where: string, value: unknown, gaps: Gaps): NadarayaError {
  const isGap = value === null || value === undefined;
  const hint = isGap && gaps === "droppable" ? DROP_THEM : hintForNumber(value);
  return invalid(`${where} is ${show(value)}, expected a number${hint}`);
}

function toFloat64(input: Row, name: string, gaps: Gaps): Float64Array {
  refuseTransferred(input, name);
  if (isTypedArray(input)) return copyAsFloat64(input, name);
  const result = new Float64Array(input.length);
  for (let i = 0; i < input.length; i++) {
    const value = gaps === "read" ? (input[i] ?? NaN) : input[i];
    if (typeof value !== "number") throw noNumber(`${name}[${i}]`, value, gaps);
    result[i] = value;
  }
  return result;
}

/** The original rows of those that are left where others were dropped. */
export type Places = ArrayLike<number> | undefined;

/** Where row i, column j is in what the caller gave. */
const whereIs = (i: number, j: number, dims: number, places: Places) => {
  const row = places ? places[i] : i;
  return dims === 1 ? `[${row}]` : `[${row}][${j}]`;
};

/** Beyond this the squares that statistics need are no longer numbers. */
const LARGEST = 1e150;
/** Queries may be further out: there the limit holds. */
export const FURTHEST = 1e300;

interface Check {
  readonly name: string;
  /** Most columns, and what they are. */
  readonly most: number;
  readonly what: string;
  readonly largest?: number;
  readonly places?: Places;
  readonly gaps?: Gaps;
}

function check(
  matrix: Matrix,
  { name, most, what, largest = LARGEST, places, gaps = "refused" }: Check,
): Matrix {
  const { data, dims, count } = matrix;
  if (count > 0 && (dims < 1 || dims > most)) {
    const hint = count < dims && dims > most && most > 1 ? "; give one row for each observation" : "";
    throw new NadarayaError(
      "unsupported",
      `${name} have ${dims} ${what}, expected ${most > 1 ? `1 to ${most}` : 1}${hint}`,
    );
  }
  if (count === 0) return matrix;
  if (extentsOf(matrix).every(({ least, most: highest }) => least >= -largest && highest <= largest))
    return matrix;
  for (let i = 0; i < data.length; i++) {
    if (data[i] <= largest && data[i] >= -largest) continue;
    if (gaps === "read" && Number.isNaN(data[i])) continue;
    const expected = Number.isFinite(data[i])
      ? `a magnitude of at most ${largest}; rescale`
      : `a finite number${gaps === "droppable" && Number.isNaN(data[i]) ? DROP_THEM : ""}`;
    const where = whereIs(Math.floor(i / dims), i % dims, dims, places);
    throw invalid(`${name}${where} is ${data[i]}, expected ${expected}`);
  }
  return matrix;
}

/** Keys: at least one row. */
export function readKeys(input: GappyPoints): Matrix {
  const keys = check(flatten(input, "keys", "droppable"), {
    name: "keys",
    most: MAX_COORDINATES,
    what: "coordinates",
    gaps: "droppable",
  });
  if (keys.count === 0) throw invalid("keys is empty, expected at least one key");
  return keys;
}

/** With NaN where something is missing: NaN, null or undefined. */
export function readLeniently(input: GappyPoints, name: "keys" | "values" | "sampleWeights"): Matrix {
  const what = name === "keys" ? "coordinates" : "columns";
  const most = { keys: MAX_COORDINATES, values: MAX_COLUMNS, sampleWeights: 1 }[name];
  return check(flatten(input, name, "read"), { name, most, what, gaps: "read" });
}

/**
 * Queries: any number of rows, with as many coordinates as the keys.
 * @param places the rows' own numbers, where they are some of many
 */
export function readQueries(input: Points, dims: number, places?: Places): Matrix {
  const name = "queries";
  const coordinates = { most: MAX_COORDINATES, what: "coordinates" };
  const queries = check(flatten(input, name, "refused"), { name, ...coordinates, largest: FURTHEST, places });
  if (queries.count === 0) return { ...queries, dims };
  if (queries.dims !== dims) {
    throw invalid(
      `queries have ${queries.dims} coordinate${queries.dims === 1 ? "" : "s"}, expected ${dims} as the keys have${hintForShape(queries, dims)}`,
    );
  }
  return queries;
}

/** How queries of another number of coordinates could have been meant. */
function hintForShape({ data, dims, count }: Matrix, expected: number): string {
  if (dims === 1 && count === expected) return `; write [[${data.join(", ")}]] for one query`;
  if (dims === 1) return "; of several coordinates write rows: [[x, y], …]";
  if (expected === 1 && count === 1) return "; write a flat array for queries of one coordinate";
  return count === expected ? "; give one row for each query, not for each coordinate" : "";
}

/** Finite numbers in rows; at least one row unless there may be none. */
export function readPoints(
  input: Points,
  name: string,
  {
    canBeEmpty = false,
    ...limits
  }: Partial<Pick<Check, "most" | "largest">> & { readonly canBeEmpty?: boolean } = {},
): Matrix {
  const points = check(flatten(input, name, "refused"), {
    name,
    most: MAX_COORDINATES,
    what: "coordinates",
    ...limits,
  });
  if (points.count === 0 && !canBeEmpty) throw invalid(`${name} is empty, expected at least one row`);
  return points;
}

/** Values: one row a key, of up to 16 columns. */
export const readValues = (input: GappyPoints, keys: Matrix): Matrix =>
  readRowsFor(keys, input, "values", { most: MAX_COLUMNS, gaps: "droppable" });

/** One row for each key, or whatever the rows are `whose`, of at most `most` columns. */
export function readRowsFor(
  keys: Matrix,
  input: GappyPoints,
  name: string,
  {
    most = Infinity,
    whose = "key",
    gaps = "refused",
  }: { readonly most?: number; readonly whose?: string; readonly gaps?: Gaps } = {},
): Matrix {
  const rows = check(flatten(input, name, gaps), { name, most, what: "columns", gaps });
  if (rows.count !== keys.count)
    throw invalid(
      `${name} has ${rows.count} row${rows.count === 1 ? "" : "s"}, expected ${keys.count}, one for each ${whose}${hintForColumns(rows, keys, name)}`,
    );
  return rows;
}

/** Which of two tables was given by columns. */
function hintForColumns(rows: Matrix, keys: Matrix, name: string): string {
  if (rows.dims > 1 && rows.dims === keys.count) return `; ${name} are columns, expected rows`;
  if (keys.dims > 1 && keys.dims === rows.count)
    return `; there are ${keys.count} rows of ${keys.dims} coordinates, expected one row for each observation`;
  return "";
}

/** On the unit sphere every row has length 1; we refuse to guess what another length was meant to say. */
export function checkUnitLength(points: Matrix, name: string, places?: Places): void {
  const { data, dims, count } = points;
  for (let i = 0; i < count; i++) {
    let squared = 0;
    for (let j = 0; j < dims; j++) squared += data[i * dims + j] ** 2;
    if (Math.abs(squared - 1) > 1e-5) {
      throw invalid(
        `${name}[${places ? places[i] : i}] has length ${Math.sqrt(squared)}, expected a unit vector for this kernel`,
      );
    }
  }
}

/** Whether a number can be the bandwidth of a coordinate. */
export const isBandwidth = (h: number): boolean => h >= 1 / LARGEST && h <= LARGEST;

/**
 * One bandwidth a coordinate; for a category, whose number is no length, as small as it may be.
 * @throws NadarayaError "invalid-bandwidth"
 */
export function readBandwidth(
  input: number | readonly number[] | TypedArray,
  dims: number,
  isCategory: (j: number) => boolean = () => false,
  name = "bandwidth",
  of = "keys",
): number[] {
  refuseTransferred(input, name);
  const list = listOfBandwidths(input, dims, name);
  if (list.length !== dims) {
    const given = list.length ? `has ${list.length} numbers` : `is ${show(input)}`;
    throw new NadarayaError(
      "invalid-bandwidth",
      `${name} ${given}, expected a number or ${dims} of them, one for each coordinate`,
    );
  }
  for (let j = 0; j < dims; j++) {
    if (
      typeof list[j] !== "number" ||
      !(list[j] >= (isCategory(j) ? Number.MIN_VALUE : 1 / LARGEST) && list[j] <= LARGEST)
    ) {
      const where = typeof input === "number" ? "" : `[${j}]`;
      const extreme = typeof list[j] === "number" && list[j] > 0 && list[j] < Infinity;
      const expected = extreme
        ? `a number from ${1 / LARGEST} to ${LARGEST}; rescale the ${of}`
        : "a positive finite number";
      throw new NadarayaError(
        "invalid-bandwidth",
        `${name}${where} is ${show(list[j])}, expected ${expected}${hintForNumber(list[j])}`,
      );
    }
  }
  return list;
}

function listOfBandwidths(input: unknown, dims: number, name: string): number[] {
  if (typeof input === "number") return new Array<number>(dims).fill(input);
  if (isTypedArray(input)) return [...copyAsFloat64(input, name)];
  return Array.isArray(input) ? [...input] : [];
}

/** The rows with these indices. */
export function rowsOf({ data, dims, bandwidthFactors }: Matrix, indices: ArrayLike<number>): Matrix {
  const count = indices.length;
  const rows = new Float64Array(count * dims);
  for (let i = 0, to = 0; i < count; i++) {
    for (let from = indices[i] * dims, end = from + dims; from < end; from++) rows[to++] = data[from];
  }
  const rowFactors = bandwidthFactors && Float64Array.from(indices, (i) => bandwidthFactors[i]);
  return { data: rows, count, dims, bandwidthFactors: rowFactors };
}

/** Rows that have no columns: what densities have for values. */
export const noColumns = ({ count }: Pick<Matrix, "count">): Matrix => ({
  data: new Float64Array(0),
  count,
  dims: 0,
});

export const total = (numbers: Float64Array): number => numbers.reduce((sum, number) => sum + number, 0);

/** Every column less its mean, and the means. */
export function centred(matrix: Matrix): { values: Matrix; means: Float64Array } {
  const means = columnMeans(matrix);
  const { data, dims } = matrix;
  return { values: { ...matrix, data: data.map((v, i) => v - means[i % dims]) }, means };
}

/** The mean of every column, weighted by rows where they have weights. */
export function columnMeans({ data, count, dims }: Matrix, weights?: Float64Array): Float64Array {
  const means = new Float64Array(dims);
  const all = weights ? total(weights) : count;
  for (let j = 0; j < dims; j++) {
    const first = data[j];
    let sum = 0; // of differences from the first row, so that a large offset costs no digits
    for (let i = 0; i < count; i++) sum += (weights ? weights[i] : 1) * (data[i * dims + j] - first);
    means[j] = first + sum / all;
  }
  return means;
}
