/** The answers of a command as a picture that needs nothing else: an SVG, or a page that holds it, drawn by Observable Plot. */
import { extname } from "node:path";
import { NadarayaError, show } from "../common/errors.ts";
import { checkFolder, writeWhole } from "../io/files.ts";
import { importError } from "../io/import-error.ts";
import type { Table } from "../io/table.ts";

/** What is drawn: the rows that were read, and the answers. */
export interface Picture {
  readonly data: Table;
  readonly answers: Table;
  readonly x: readonly string[];
  /** The column of answers; of rows too, but for a density. */
  readonly y: string;
}

/** Most rows that are drawn as dots; of more, every so many. */
const MOST_DOTS = 4000;
const SIZE = { width: 760, height: 460 } as const;
const ENDINGS = [".svg", ".html"] as const;

/** @throws NadarayaError "invalid-input" for a file of another kind */
export function checkPictureEnding(path: string | undefined): asserts path is string {
  const end = extname(path ?? "").toLowerCase();
  if (path === undefined || !ENDINGS.some((each) => each === end))
    throw new NadarayaError(
      "invalid-input",
      `--output is ${show(path)}, expected a file that ends in .svg or .html`,
    );
}

/** @throws NadarayaError "invalid-input" if no picture can be written there */
export async function checkPicture(path: string | undefined): Promise<void> {
  checkPictureEnding(path);
  await checkFolder(path);
}

/** @throws NadarayaError "invalid-input" where it cannot be written */
export async function writePicture(picture: Picture, path: string | undefined): Promise<void> {
  const { markup, xml } = await draw(picture);
  const title = escaped(`${picture.y} by ${picture.x.join(", ")}`);
  const page = `<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>${title}</title>\n<body style="margin: 2rem">${markup}</body></html>\n`;
  await writeWhole(path!, path!.toLowerCase().endsWith(".html") ? page : `${xml}\n`);
}

/** Control characters and halves of surrogate pairs, which XML does not have (XML 1.0, section 2.2). */
const NOT_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

const escaped = (text: string) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

async function plotPackages() {
  try {
    return await Promise.all([import("@observablehq/plot"), import("jsdom")]);
  } catch (cause) {
    throw importError("@observablehq/plot and jsdom", cause);
  }
}

/** The picture as HTML has it, and as a file of XML. */
async function draw(picture: Picture): Promise<{ markup: string; xml: string }> {
  const [Plot, { JSDOM }] = await plotPackages();
  const { document, XMLSerializer } = new JSDOM("").window;
  const { x, y, answers } = picture;
  const options = { document, ...SIZE, marginLeft: 56, style: { background: "white", color: "#222" } };
  const axis = (name: string) => ({
    label: name,
    grid: true,
    type: answers.dates?.includes(name) ? ("utc" as const) : undefined,
  });
  const marks = x.length === 1 ? curve(Plot, picture) : map(Plot, picture);
  const svg = Plot.plot({
    ...options,
    x: axis(x[0]),
    y: axis(x[1] ?? y),
    color: x.length > 1 ? { scheme: "viridis", legend: false, label: y } : undefined,
    marks,
  });
  svg.setAttributeNS("http://www.w3.org/2000/xmlns/", "xmlns", "http://www.w3.org/2000/svg");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `${y} by ${x.join(", ")}`);
  const xml = new XMLSerializer().serializeToString(svg).replace(NOT_XML, "");
  return { markup: svg.outerHTML, xml };
}

type PlotPackage = typeof import("@observablehq/plot");

const numbers = (table: Table, name: string) => table.columns[name] as Float64Array;

/** The numbers of a column, or dates where they are such. */
const valuesOf = (table: Table, name: string) =>
  table.dates?.includes(name)
    ? Array.from(numbers(table, name), (time) => new Date(time))
    : numbers(table, name);

function curve(Plot: PlotPackage, { data, answers, x: [x], y }: Picture) {
  const places = valuesOf(answers, x);
  const marks = [Plot.lineY(numbers(answers, y), { x: places, stroke: "#b2182b", strokeWidth: 2 })];
  if (Object.hasOwn(answers.columns, `${y} lower`)) {
    const band = {
      x: places,
      y1: numbers(answers, `${y} lower`),
      y2: numbers(answers, `${y} upper`),
      fill: "#b2182b",
    };
    marks.unshift(Plot.areaY({ length: answers.rows }, { ...band, fillOpacity: 0.18 }));
  }
  if (!Object.hasOwn(data.columns, y)) return [...marks, Plot.ruleY([0])];
  const rows = dots(data);
  const at = (name: string) => {
    const values = valuesOf(data, name);
    return Array.from(rows, (row) => values[row]);
  };
  return [
    Plot.dot({ length: rows.length }, { x: at(x), y: at(y), r: 1.6, fill: "#555", fillOpacity: 0.5 }),
    ...marks,
  ];
}

function map(Plot: PlotPackage, { data, answers, x: [x1, x2], y }: Picture) {
  const rows = dots(data);
  const at = (name: string) => Array.from(rows, (row) => numbers(data, name)[row]);
  const side = Math.round(Math.sqrt(answers.rows));
  const values = numbers(answers, y);
  const [least, most] = [Math.min(...finite(values)), Math.max(...finite(values))];
  const grid = { ...boundsOf(answers, x1, x2), width: side, height: side };
  return [
    Plot.contour(values, { ...grid, fill: Plot.identity, thresholds: 24, stroke: "none" }),
    Plot.dot({ length: rows.length }, { x: at(x1), y: at(x2), r: 1.2, fill: "white", fillOpacity: 0.6 }),
    Plot.text([`${y}: ${Number(least.toPrecision(3))} (dark) to ${Number(most.toPrecision(3))} (bright)`], {
      frameAnchor: "top-right",
      dy: -14,
    }),
  ];
}

const finite = (values: Float64Array) => values.filter(Number.isFinite);

function boundsOf(answers: Table, x1: string, x2: string) {
  const ends = (name: string) => {
    const column = numbers(answers, name);
    return [column[0], column[column.length - 1]] as const;
  };
  const [[left, right], [bottom, top]] = [ends(x1), ends(x2)];
  return { x1: left, x2: right, y1: bottom, y2: top };
}

/** The rows that are drawn. */
function dots({ rows }: Table): number[] {
  const step = Math.max(1, Math.ceil(rows / MOST_DOTS));
  return Array.from({ length: Math.ceil(rows / step) }, (_, i) => i * step);
}
