/** The table of columns, each with its type, range, gaps and a picture of its values; and the first rows. */
import type { ColumnProfile } from "./columns.ts";
import { element } from "./page.ts";
import type { ReadTable } from "./reader.ts";
import { textAt } from "./text-column.ts";
import { date, number } from "./units.ts";

const FIRST = 8;
const [WIDTH, HEIGHT] = [96, 18];

export function showColumns(profiles: readonly ColumnProfile[], rows: number): void {
  const body = profiles.map((profile) => {
    const { name, type, missing, isId, bars } = profile;
    const kind = isId ? "a number of the row" : type;
    const share = missing === 0 ? "none" : `${missing.toLocaleString("en")} of ${rows.toLocaleString("en")}`;
    const picture = document.createElement("td");
    picture.append(sparkline(bars));
    const head = cellOf(name, "th");
    head.setAttribute("scope", "row");
    return rowOf([head, cellOf(kind), cellOf(valuesOf(profile)), cellOf(share), picture]);
  });
  element("columns").replaceChildren(
    headOf(["column", "type", "values", "missing", "distribution"]),
    ...body,
  );
}

function valuesOf({ type, range, texts = [], distinct }: ColumnProfile): string {
  if (type === "text") {
    const more =
      distinct > texts.length
        ? `, … (${Number.isFinite(distinct) ? distinct.toLocaleString("en") : "very many"} different)`
        : "";
    return texts.map((text) => (text.length > 24 ? `${text.slice(0, 23)}…` : text)).join(", ") + more;
  }
  if (!range) return "none";
  const said = type === "date" ? date : (value: number) => number(value, 6);
  return range[0] === range[1] ? `always ${said(range[0])}` : `${said(range[0])} to ${said(range[1])}`;
}

/** Bars as tall as their counts. */
function sparkline(bars: readonly number[]): SVGElement {
  const most = Math.max(...bars, 1);
  const width = WIDTH / Math.max(bars.length, 1);
  const path = bars
    .map((count, i) => {
      const height = count === 0 ? 0 : Math.max((count / most) * HEIGHT, 1);
      return `M${(i * width).toFixed(1)},${HEIGHT}v${(-height).toFixed(1)}h${(width - 0.6).toFixed(1)}v${height.toFixed(1)}z`;
    })
    .join("");
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const shape = document.createElementNS("http://www.w3.org/2000/svg", "path");
  for (const [name, value] of Object.entries({
    width: WIDTH,
    height: HEIGHT,
    "aria-hidden": "true",
    class: "sparkline",
  }))
    svg.setAttribute(name, String(value));
  shape.setAttribute("d", path);
  svg.append(shape);
  return svg;
}

export function showRows({ names, columns, rows, dates = [] }: ReadTable): void {
  const body = Array.from({ length: Math.min(rows, FIRST) }, (_, i) =>
    rowOf(
      names.map((name) => {
        const column = columns[name];
        const value = column instanceof Float64Array ? column[i] : textAt(column, i);
        const isNumber = typeof value === "number";
        const missing = value === undefined || (isNumber && Number.isNaN(value));
        const text = missing ? "–" : !isNumber ? value : dates.includes(name) ? date(value) : String(value);
        const cell = cellOf(text.length > 60 ? `${text.slice(0, 59)}…` : text);
        if (isNumber) cell.className = "number";
        return cell;
      }),
    ),
  );
  element("rows").replaceChildren(headOf(names), ...body);
}

/** Wide tables are scrolled, also by keys. */
export function enableScrolling(): void {
  for (const region of document.querySelectorAll<HTMLElement>(".scroll")) region.tabIndex = 0;
}

export function clearTable(): void {
  for (const id of ["columns", "rows", "notes"]) element(id).replaceChildren();
}

function cellOf(text: string, kind: "td" | "th" = "td"): HTMLElement {
  const cell = document.createElement(kind);
  cell.textContent = text;
  return cell;
}

function rowOf(cells: readonly HTMLElement[]): HTMLElement {
  const row = document.createElement("tr");
  row.append(...cells);
  return row;
}

function headOf(names: readonly string[]): HTMLElement {
  const head = document.createElement("thead");
  const cells = names.map((name) => {
    const cell = cellOf(name, "th");
    cell.setAttribute("scope", "col");
    return cell;
  });
  head.append(rowOf(cells));
  return head;
}
