/** Tables and pictures of the explorer for tests of the code that it shows. */
// cspell:ignore Höhe Köln Messung Rhein messwerte über
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { Engine, type KernelName } from "../../../src/index.ts";
import { type Format, readTable } from "../../../src/io/read.ts";
import { workbookOf } from "../../../src/testing/workbook.ts";
import { dataOf } from "../data.ts";
import { type Fit, fitPicture, widthsOf } from "../fit.ts";
import type { ReadRequest } from "../reader.ts";
import { beginning, type ExploreState } from "../state.ts";
import { encodeText } from "../text-column.ts";
import { type Fitted, fittedOf } from "./fitted.ts";

const root = new URL("../../../", import.meta.url);

export interface Case {
  readonly fileName: string;
  readonly bytes: Uint8Array;
  readonly state: Partial<ExploreState>;
  readonly reading?: ReadRequest["options"];
}

const file = (path: string) => readFileSync(new URL(path, root));
const latin1 = (text: string) => Buffer.from(text, "latin1");
const count = Array.from({ length: 60 }, (_, i) => i);
const wave = (i: number) => Math.sin(i / 5) + ((i * 37) % 11) / 20;
const day = (i: number) => new Date(Date.UTC(2024, 0, 1 + i));
const [dd, mm] = [
  (i: number) => String(day(i).getUTCDate()),
  (i: number) => String(day(i).getUTCMonth() + 1),
];
const german = `Messung am Rhein;;\n\nZeit;Höhe über Null;Ort\n${count
  .map(
    (i) =>
      `${dd(i)}.${mm(i)}.2024;${(1234.5 + 100 * wave(i)).toFixed(2).replace(".", ",").replace("1", "1.")} €;${i % 3 ? "Köln" : "Bonn"}`,
  )
  .join("\n")}\n`;
const rows = count.map((i) => ({
  time: i / 10,
  v: wave(i),
  kind: i % 2 ? "odd" : "even",
  "a,b": (i * i) % 17,
}));
const csv = (list: readonly object[], delimiter = ",") =>
  `${[Object.keys(list[0]), ...list.map(Object.values)]
    .map((cells) =>
      cells.map((cell) => (/[,;"]/.test(String(cell)) ? JSON.stringify(cell) : cell)).join(delimiter),
    )
    .join("\n")}\n`;

/** A time, an hour and some minutes later for each row, by clocks that are behind UTC or ahead of it: "-01:30", "+02", "+02:00". */
function timeWithOffset(i: number): string {
  const minutes = 60 * ((i % 5) - 2) + 30 * (i % 2);
  const wall = new Date(Date.UTC(2024, 0, 1, i, 7 * (i % 8) + minutes, i % 60, 250 * (i % 4))).toISOString();
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  const end = rest > 0 ? `:${rest}` : i % 3 ? "" : ":00";
  return `${wall.slice(0, -1)}${minutes < 0 ? "-" : "+"}0${hours}${end}`;
}
const times = `t,u,v\n${count
  .map((i) => {
    const minute = String((11 * i) % 60).padStart(2, "0");
    const u = `1/${13 + (i % 3)}/2024 ${(i % 12) + 1}:${minute}${i % 2 ? " " : ""}${i < 30 ? "AM" : "pm"}`;
    return `${timeWithOffset(i)},${u},${wave(i)}`;
  })
  .join("\n")}\n`;

/** By what each is about. */
export const cases: Readonly<Record<string, Case>> = {
  "an example, with a band": {
    ...{ fileName: "motorcycle.csv", bytes: file("demo/data/motorcycle.csv") },
    state: { x: "time (ms)", y: "acceleration (g)", width: 2, below: "slope" },
  },
  "groups of an example": {
    ...{ fileName: "penguins.csv", bytes: file("demo/data/penguins.csv") },
    state: { x: "bill length (mm)", y: "bill depth (mm)", group: "species", width: 2.5 },
  },
  "classes of an example": {
    ...{ fileName: "penguins.csv", bytes: file("demo/data/penguins.csv") },
    state: { x: "bill length (mm)", y: "species", width: 1.2, kernel: "epanechnikov" },
  },
  "a map of an example": {
    ...{ fileName: "penguins.csv", bytes: file("demo/data/penguins.csv") },
    state: { x: "bill length (mm)", x2: "bill depth (mm)", y: "flipper length (mm)", width: 6, degree: 1 },
  },
  "dates of an example, in groups": {
    ...{ fileName: "weather.csv", bytes: file("node_modules/vega-datasets/data/weather.csv") },
    state: { x: "date", y: "temp_max", group: "location", width: 3e9, degree: 0, kernel: "cauchy" },
  },
  "semicolons, decimal commas, units, another encoding and a title": {
    ...{ fileName: "messwerte_de.csv", bytes: latin1(german.replaceAll("€", "EUR")) },
    state: { x: "Zeit", y: "Höhe über Null", group: "Ort", width: 4e8, degree: 2 },
  },
  "dates with the month first, chosen by hand, and cells left empty": {
    ...{
      fileName: "us.tsv",
      bytes: Buffer.from(
        `d\tv\n${count.map((i) => `${mm(i)}/${Math.min(Number(dd(i)), 12)}/2024 0${i % 10}:30\t${i === 7 ? "oops" : wave(i)}`).join("\n")}\n`,
      ),
    },
    ...{ state: { x: "d", y: "v", width: 5e8 }, reading: { dateOrder: "mdy", badAsMissing: ["v"] } },
  },
  "times with offsets and fractions of seconds": {
    ...{ fileName: "times.csv", bytes: Buffer.from(times) },
    state: { x: "t", y: "v", width: 4e6, degree: 0 },
  },
  "times by halves of the day": {
    ...{ fileName: "times.csv", bytes: Buffer.from(times) },
    state: { x: "u", y: "v", width: 4e6, degree: 0 },
  },
  "a file without names whose name begins with a dash": {
    ...{ fileName: "-x.csv", bytes: Buffer.from(count.map((i) => `${i / 10},${wave(i)}\n`).join("")) },
    ...{ state: { x: "1", y: "2", width: 0.4, kernel: "matern52", degree: 0 }, reading: { header: false } },
  },
  "a column with a comma, compressed": {
    ...{ fileName: "d'q $(x).csv.gz", bytes: gzipSync(csv(rows)) },
    state: { x: "a,b", x2: "time", y: "v", width: 4, degree: 1, kernel: "gaussian" },
  },
  "a density": {
    ...{ fileName: "d.csv", bytes: Buffer.from(csv(rows)) },
    state: { x: "v", y: "", width: 0.3, kernel: "triweight" },
  },
  "JSON lines": {
    ...{
      fileName: "d.ndjson",
      bytes: Buffer.from(rows.map((row, i) => `${JSON.stringify({ ...row, t: day(i) })}\n`).join("")),
    },
    state: { x: "t", y: "v", group: "kind", width: 3e8, kernel: "boxcar" },
  },
  "an array of JSON": {
    ...{ fileName: "d.json", bytes: Buffer.from(JSON.stringify(rows)) },
    state: { x: "time", y: "v", width: 0.5, kernel: "sigmoid" },
  },
  "a workbook with a cover and a title": {
    fileName: "book.xlsx",
    bytes: workbookOf([
      { name: "Read me", rows: [["About"]] },
      {
        name: "Data 2024",
        rows: [["All days"], ["t", "v"], ...count.map((i) => [{ serial: 45292 + i / 4 }, wave(i)])],
      },
    ]),
    state: { x: "t", y: "v", width: 1e8 },
  },
};

const signal = new AbortController().signal;

/** What the page shows of a case. */
export async function pictureOf({ fileName, bytes, state: part, reading = {} }: Case): Promise<{
  readonly state: ExploreState;
  readonly fitted: Fitted;
  readonly fit: Fit;
}> {
  const state: ExploreState = { ...beginning, example: "", file: fileName, ...part };
  const read = await readTable(bytes, {
    ...reading,
    name: fileName,
    format: undefined as Format | undefined,
  });
  const columns = Object.entries(read.columns).map(([name, column]) => [
    name,
    column instanceof Float64Array ? column : encodeText(column),
  ]);
  const table = { ...read, columns: Object.fromEntries(columns) };
  const data = await dataOf(table, state, signal);
  const engine = await Engine.create({ backend: "cpu", workers: 0 });
  const widths = widthsOf(data, state).map((width) => Number(width.toPrecision(4)));
  const fit = await fitPicture(engine, data, state, { signal, widths, isDragging: false });
  const ranges = [data.range, ...(data.second ? [data.second.range] : [])];
  const { degree } = state;
  const fitted = fittedOf(
    { fileName, widths, degree, classes: data.labels !== undefined, ranges },
    read,
    reading,
  );
  return { state, fitted, fit };
}

export const kernelOf = ({ state }: Case): KernelName => state.kernel ?? beginning.kernel;
