/** What a figure gives away: its table as CSV, its picture as SVG or PNG. */
import { csvFormatRows } from "d3-dsv";
import type { Table } from "./figure.ts";

export function csvOf({ columns, rows }: Table): string {
  return `${csvFormatRows([[...columns], ...rows.map((row) => row.map(String))])}\n`;
}

export function save(name: string, content: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // Long after the browser has fetched it, however busy the machine is: a download whose URL is gone never comes.
  setTimeout(() => URL.revokeObjectURL(link.href), 120_000);
}

/** The figure as one SVG: each plot where it stands, with the styles it has on the page, canvases as images. */
export function pictureOf(body: HTMLElement): { svg: string; width: number; height: number } {
  const box = body.getBoundingClientRect();
  const style = getComputedStyle(body);
  const parts: string[] = [];
  for (const element of body.querySelectorAll<SVGSVGElement | HTMLCanvasElement>(
    "canvas, svg:not(svg svg)",
  )) {
    const { left, top, width, height } = element.getBoundingClientRect();
    const place = `x="${left - box.left}" y="${top - box.top}" width="${width}" height="${height}"`;
    if (element instanceof HTMLCanvasElement) {
      parts.push(
        `<image ${place} preserveAspectRatio="none" style="image-rendering: pixelated" href="${element.toDataURL()}"/>`,
      );
    } else {
      parts.push(`<g transform="translate(${left - box.left} ${top - box.top})">${withStyles(element)}</g>`);
    }
  }
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 ${box.width} ${box.height}" width="${box.width}" height="${box.height}" color="${style.color}" font-family="system-ui, sans-serif"><rect width="100%" height="100%" fill="${getComputedStyle(document.body).backgroundColor}"/>${parts.join("")}</svg>`;
  return { svg, width: box.width, height: box.height };
}

/** A copy whose colours are written out: the page's variables mean nothing elsewhere. */
function withStyles(element: SVGSVGElement): string {
  const copy = element.cloneNode(true) as SVGSVGElement;
  const originals = element.querySelectorAll("*");
  copy.querySelectorAll("*").forEach((node, i) => {
    for (const name of ["fill", "stroke"] as const) {
      if (node.getAttribute(name)?.includes("var("))
        node.setAttribute(name, getComputedStyle(originals[i])[name]);
    }
  });
  copy.querySelectorAll("style").forEach((node) => {
    node.remove();
  });
  copy.setAttribute("font-size", "11");
  return new XMLSerializer().serializeToString(copy);
}

/** The same picture as a PNG, at twice its size for sharp screens. */
export async function pngOf(body: HTMLElement): Promise<Blob> {
  const { svg, width, height } = pictureOf(body);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [2 * width, 2 * height];
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error("the picture could not be made"))),
      "image/png",
    );
  });
}

/** A kind of file, and how a table becomes one. */
export type Download = readonly [kind: string, make: (table: Table) => Promise<Blob> | Blob];

/** What a figure is called. */
export const titleOf = (figure: HTMLElement): string =>
  figure.dataset.title ?? figure.querySelector("figcaption strong")?.textContent ?? figure.id;

/** What a figure offers beside CSV, SVG and PNG. */
export interface MoreDownloads {
  readonly others?: readonly Download[];
  /** What text files hold instead of the table. */
  readonly text?: (table: Table) => Table;
  /** A page with the figure and its numbers. */
  readonly html?: () => string;
}

/** The three buttons under every figure, and others that it offers. */
export function addDownloads(
  figure: HTMLElement,
  table: () => Promise<Table>,
  { others = [], text = (table) => table, html }: MoreDownloads = {},
): void {
  const name = `nadaraya-${figure.id}`;
  const title = titleOf(figure);
  const body = figure.querySelector<HTMLElement>(".body")!;
  const actions: Download[] = [
    ["csv", (table) => new Blob([csvOf(text(table))], { type: "text/csv" })],
    ...others,
    ["svg", () => new Blob([pictureOf(body).svg], { type: "image/svg+xml" })],
    ["png", () => pngOf(body)],
    ...(html ? [["html", () => new Blob([html()], { type: "text/html" })] as Download] : []),
  ];
  const buttons = actions.map(([kind, make]) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = kind.toUpperCase();
    button.setAttribute("aria-label", `Download ${title} as ${kind.toUpperCase()}`);
    button.onclick = async () => save(`${name}.${kind}`, await make(await table()));
    return button;
  });
  const list = document.createElement("p");
  list.className = "downloads";
  list.append(...buttons);
  figure.append(list);
}
