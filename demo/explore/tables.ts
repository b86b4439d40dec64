/** What the explorer gives away: the numbers of its picture as a table, in files, and as a page that needs nothing else. */
import type { Table as DataTable } from "../../src/io/table.ts";
import { type Download, pictureOf } from "../download.ts";
import type { Table } from "../figure.ts";
import type { Data } from "./data.ts";
import type { Fit } from "./fit.ts";
import type { ExploreState } from "./state.ts";
import { date } from "./units.ts";

/** The numbers of a picture; dates are milliseconds since 1970, and `dates` names their columns. */
export function tableOf({ x, x2, y }: ExploreState, data: Data, fit: Fit): Table {
  const dates = [...(data.dates.x ? [x] : []), ...(data.dates.x2 ? [x2] : [])];
  const ofY = data.dates.y ? [y, "lower", "upper", "lower quartile", "upper quartile"] : [];
  if (fit.kind === "map") {
    const { grid, mean, classes = [], probability } = fit;
    const answers = classes.length > 0 ? classes.map((name) => `P(${name})`) : [y];
    return {
      columns: [x, x2, ...answers],
      dates: [...dates, ...ofY],
      rows: Array.from({ length: grid.length / 2 }, (_, i) => [
        ...grid.subarray(2 * i, 2 * i + 2),
        ...(mean ? [mean[i]] : probability!.subarray(i * classes.length, (i + 1) * classes.length)),
      ]),
    };
  }
  if (fit.kind === "classes") {
    const { places, classes, probability } = fit;
    return {
      columns: [x, ...classes.map((name) => `P(${name})`)],
      dates,
      rows: Array.from(places, (place, i) => [
        place,
        ...probability.subarray(i * classes.length, (i + 1) * classes.length),
      ]),
    };
  }
  const { curves } = fit;
  const [{ lower, slope, quartiles, support }] = curves;
  const grouped = curves.length > 1;
  return {
    columns: [
      ...(grouped ? ["group"] : []),
      ...[x, y || "density"],
      ...(lower ? ["lower", "upper"] : []),
      ...(quartiles ? ["lower quartile", "upper quartile"] : []),
      ...(slope ? ["slope"] : []),
      ...(support ? ["rows that count"] : []),
    ],
    dates: [...dates, ...ofY],
    rows: curves.flatMap((each) =>
      Array.from(each.places, (place, i) => [
        ...(grouped ? [each.name] : []),
        ...[place, each.curve[i]],
        ...(each.lower ? [each.lower[i], each.upper![i]] : []),
        ...(each.quartiles ?? []).map((quartile) => quartile[i]),
        ...(each.slope ? [each.slope[i]] : []),
        ...(each.support ? [each.support[i]] : []),
      ]),
    ),
  };
}

/** The same with dates as dates, for text files. */
export function withDates({ columns, rows, dates = [] }: Table): Table {
  const isDate = columns.map((name) => dates.includes(name));
  return {
    columns,
    rows: rows.map((row) => row.map((value, j) => (isDate[j] ? date(Math.round(Number(value))) : value))),
  };
}

/** In columns of float64, and of text. */
function inColumns({ columns, rows, dates }: Table): DataTable {
  const cells = columns.map((name, j) => {
    const isText = typeof rows[0]?.[j] === "string";
    const column = isText
      ? rows.map((row) => String(row[j]))
      : Float64Array.from(rows, (row) => Number(row[j]));
    return [name, column] as const;
  });
  return { names: columns, rows: rows.length, columns: Object.fromEntries(cells), dates };
}

/** The writers are loaded when they are asked for. */
export const binaryDownloads: readonly Download[] = [
  [
    "parquet",
    async (table) => {
      const { writeParquet } = await import("../../src/io/write-parquet.ts");
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

const escaped = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** A page that needs nothing else: the picture, what it shows, the command and the numbers. */
export function htmlFigure(
  body: HTMLElement,
  { title, about, command, table }: { title: string; about: string; command: string; table: Table },
): string {
  const { columns, rows } = withDates(table);
  const line = (cells: readonly (string | number)[], kind: string) =>
    `<tr>${cells.map((cell) => `<${kind}>${escaped(String(cell))}</${kind}>`).join("")}</tr>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}svg{max-width:100%;height:auto}td,th{text-align:right;padding:0 1rem 0 0;font-variant-numeric:tabular-nums}pre{white-space:pre-wrap}</style></head>
<body><figure>${pictureOf(body).svg}<figcaption><strong>${escaped(title)}.</strong> ${escaped(about)}</figcaption></figure>
<p>The same at the command line:</p><pre>${escaped(command)}</pre>
<details><summary>The numbers</summary><table><thead>${line(columns, "th")}</thead><tbody>
${rows.map((row) => line(row, "td")).join("\n")}
</tbody></table></details></body></html>
`;
}
