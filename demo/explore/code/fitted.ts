/** A picture's fit, as code in other languages has to repeat it. */
import type { ColumnForm, Table, TextLayout } from "../../../src/io/table.ts";
import type { ReadRequest } from "../reader.ts";
import type { ExploreState } from "../state.ts";

export interface Fitted {
  readonly fileName: string;
  readonly widths: readonly number[];
  /** The degree that was fitted: maps of many rows are of local means. */
  readonly degree: 0 | 1 | 2;
  /** Whether y is text. */
  readonly classes: boolean;
  /** The first and the last place of each coordinate. */
  readonly ranges: readonly (readonly [number, number])[];
  /** The columns that are dates. */
  readonly dates: readonly string[];
  /** What the visitor chose about reading. */
  readonly reading: ReadRequest["options"];
  /** How the text is laid out; absent for files that have types. */
  readonly text?: TextLayout;
  /** How the numbers and dates of columns are written, where that is not plain. */
  readonly forms: ReadonlyMap<string, ColumnForm>;
}

/** What the code depends on besides the state: of the table, of its rows, and of what was chosen about reading. */
export function fittedOf(
  {
    fileName,
    widths,
    degree,
    classes,
    ranges,
  }: Pick<Fitted, "fileName" | "widths" | "degree" | "classes" | "ranges">,
  { dates = [], layout, summary = [] }: Pick<Table, "dates" | "layout" | "summary">,
  reading: Fitted["reading"],
): Fitted {
  const forms = new Map<string, ColumnForm>();
  for (const { name, form } of summary) if (form) forms.set(name, form);
  return { fileName, widths, degree, classes, ranges, dates, reading, text: layout, forms };
}

/** Places of a curve, and of either side of a map. */
export const PLACES = 600;
export const [ACROSS, UP] = [90, 60];

export const rounded = (widths: readonly number[]): number[] =>
  widths.map((width) => Number(width.toPrecision(4)));

export const coordinatesOf = ({ x, x2 }: Pick<ExploreState, "x" | "x2">): string[] =>
  x2 === "" ? [x] : [x, x2];

/** What is estimated: the names of the code's parts, which are alike in Python and R. */
export interface Estimated {
  readonly coordinates: readonly string[];
  /** Whether y is averaged: a column of text is classified, without y it is a density. */
  readonly isRegression: boolean;
  /** The column of text that is read besides, or "". */
  readonly text: string;
  readonly what: "probability" | "density" | "mean";
}

export function estimatedOf(state: ExploreState, { classes }: Pick<Fitted, "classes">): Estimated {
  const { y, group } = state;
  return {
    coordinates: coordinatesOf(state),
    isRegression: y !== "" && !classes,
    text: classes ? y : group,
    what: classes ? "probability" : y === "" ? "density" : "mean",
  };
}

/** As a string of TypeScript, Python or R. */
export const quoted = (text: string): string => JSON.stringify(text);

/** The ending of a file's name, without that of its compression, and that one. */
export function endingsOf(fileName: string): { readonly ending: string; readonly packed: string } {
  const [, name, packed = ""] = /^(.*?)(?:\.(gz|zst|zstd))?$/i.exec(fileName)!;
  return { ending: /\.([^./\\]*)$/.exec(name)?.[1].toLowerCase() ?? "", packed: packed.toLowerCase() };
}

const KINDS: Readonly<Record<string, readonly string[]>> = {
  ...{ csv: ["csv", "tsv", "tab", "txt", "dat"], json: ["json"], jsonl: ["jsonl", "ndjson"] },
  ...{ geojson: ["geojson"], parquet: ["parquet", "pq"], feather: ["arrow", "feather"] },
  ...{ stream: ["arrows", "ipc"], xlsx: ["xlsx"] },
};

export type Kind = "csv" | "json" | "jsonl" | "geojson" | "parquet" | "feather" | "stream" | "xlsx";

/** By which function a file is read; text of no known ending is CSV. */
export const kindOf = (ending: string): Kind =>
  (Object.entries(KINDS).find(([, endings]) => endings.includes(ending))?.[0] ?? "csv") as Kind;

/** How a file of text or a workbook is read, by the choices of the visitor and what the reader found. */
export function layoutOf({ fileName, reading, text }: Pick<Fitted, "fileName" | "reading" | "text">) {
  const { ending } = endingsOf(fileName);
  const encoding = reading.encoding ?? text?.encoding;
  return {
    delimiter: text?.delimiter ?? (["tsv", "tab"].includes(ending) ? "\t" : ","),
    /** Absent for UTF-8. */
    encoding: encoding === undefined || /^utf-?8$/i.test(encoding) ? undefined : encoding,
    /** Lines or rows above the names. */
    above: text?.above ?? 0,
    hasNames: reading.header !== false,
    sheet: reading.sheet ?? text?.sheet,
  };
}

/** Texts that are missing cells, in files of text. */
export const MISSING = [
  ...["", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "-NaN", "-nan", "null", "NULL", "Null"],
  ...["None", "-", ".", "?"],
] as const;

/** Weights of the kernels by the distance in bandwidths, in NumPy; R's are the same with other names. */
export const WEIGHTS: Readonly<Record<string, string>> = {
  gaussian: "exp(-0.5 * u**2)",
  boxcar: "1.0 * (u <= 1)",
  constant: "1.0 + 0 * u",
  triangular: "maximum(0, 1 - u)",
  epanechnikov: "maximum(0, 1 - u**2)",
  biweight: "maximum(0, 1 - u**2)**2",
  triweight: "maximum(0, 1 - u**2)**3",
  tricube: "maximum(0, 1 - u**3)**3",
  cosine: "where(u < 1, cos(pi / 2 * u), 0)",
  logistic: "exp(-u) / (1 + exp(-u))**2",
  sigmoid: "2 / pi * exp(-u) / (1 + exp(-2 * u))",
  laplace: "exp(-u)",
  matern32: "(1 + sqrt(3) * u) * exp(-sqrt(3) * u)",
  matern52: "(1 + sqrt(5) * u + 5 * u**2 / 3) * exp(-sqrt(5) * u)",
  "rational-quadratic": "1 / (1 + u**2 / 2)",
  cauchy: "1 / (1 + u**2)",
};
