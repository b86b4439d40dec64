/** What the explorer gives away: the numbers of its picture as a table, and as files that keep them whole. */
import type { Table as DataTable } from "../../src/io/table.ts";
import type { Download } from "../download.ts";
import type { Table } from "../figure.ts";
import type { ClassFit, Fit, MapFit } from "./fit.ts";
import type { ExploreState } from "./state.ts";

export function tableOf({ x, x2, y }: ExploreState, fit: Fit | MapFit | ClassFit): Table {
  if ("grid" in fit) {
    const { grid, mean, classes = [], probability } = fit;
    const answers = classes.length > 0 ? classes.map((name) => `P(${name})`) : [y];
    return {
      columns: [x, x2, ...answers],
      rows: Array.from({ length: grid.length / 2 }, (_, i) => [
        ...grid.subarray(2 * i, 2 * i + 2),
        ...(mean ? [mean[i]] : probability!.subarray(i * classes.length, (i + 1) * classes.length)),
      ]),
    };
  }
  if ("classes" in fit) {
    const { places, classes, probability } = fit;
    return {
      columns: [x, ...classes.map((name) => `P(${name})`)],
      rows: Array.from(places, (place, i) => [
        place,
        ...probability.subarray(i * classes.length, (i + 1) * classes.length),
      ]),
    };
  }
  const { lower, upper, slope } = fit;
  return {
    columns: [x, y || "density", ...(lower ? ["lower", "upper"] : []), ...(slope ? ["slope"] : [])],
    rows: Array.from(fit.places, (place, i) => [
      ...[place, fit.curve[i]],
      ...(lower ? [lower[i], upper![i]] : []),
      ...(slope ? [slope[i]] : []),
    ]),
  };
}

/** In columns of float64. */
function inColumns({ columns, rows }: Table): DataTable {
  const numbers = columns.map((name, j) => [name, Float64Array.from(rows, (row) => Number(row[j]))] as const);
  return { names: columns, rows: rows.length, columns: Object.fromEntries(numbers) };
}

/** The writers are loaded when they are asked for. */
export const binaryDownloads: readonly Download[] = [
  [
    "parquet",
    async (table) => {
      const { writeParquet } = await import("../../src/io/parquet.ts");
      return new Blob([(await writeParquet(inColumns(table))) as Uint8Array<ArrayBuffer>]);
    },
  ],
  [
    "arrow",
    async (table) => {
      const { writeArrow } = await import("../../src/io/arrow.ts");
      return new Blob([(await writeArrow(inColumns(table))) as Uint8Array<ArrayBuffer>]);
    },
  ],
];
