/** Numbers over a rectangle as colours, blue to red, with the data on top in the same colours. */
import * as Plot from "@observablehq/plot";
import { rgb } from "d3-color";
import { interpolateRdBu } from "d3-scale-chromatic";
import { asImage, cellsOf } from "./line-panels.ts";
import { layUnder } from "./underlay.ts";

export interface Field {
  readonly title: string;
  /** Numbers a row; rows from the bottom up. */
  readonly columns: number;
  readonly values: Float64Array;
  /** How opaque each is, from 0 to 1; all are by default. */
  readonly opacity?: ArrayLike<number>;
  readonly points: readonly { readonly x: number; readonly y: number; readonly value: number }[];
}

export interface FieldAxes {
  /** What the rectangle spans; the unit square by default. */
  readonly x?: readonly [number, number];
  readonly y?: readonly [number, number];
  readonly contours?: boolean;
  readonly least: number;
  readonly most: number;
  readonly xLabel: string;
  readonly yLabel: string;
  /** In pixels, where it does not follow from the width. */
  readonly height?: number;
  readonly xIsDate?: boolean;
  readonly yIsDate?: boolean;
  /** A colour bar above, with the name of what it shows. */
  readonly bar?: { readonly label: string; readonly isDate: boolean; readonly width: number };
  /** What is said at the pointer, of the nearest point of the grid: two coordinates a point, rows from the bottom up. */
  readonly tip?: {
    readonly grid: Float64Array;
    readonly text: (x: number, y: number, value: number) => string;
  };
}

/** The colour of a number between the least, blue, and the most, red. */
export const colourOf = (value: number, { least, most }: Pick<FieldAxes, "least" | "most">): string =>
  interpolateRdBu(1 - Math.min(Math.max((value - least) / (most - least), 0), 1));

export function drawFields(body: HTMLElement, fields: readonly Field[], axes: FieldAxes): void {
  const cells = cellsOf(body, fields.length);
  const widths = cells.map((cell) => cell.clientWidth);
  const { x = [0, 1], y = [0, 1], tip } = axes;
  const across = (value: number) => (axes.xIsDate ? new Date(value) : value);
  const up = (value: number) => (axes.yIsDate ? new Date(value) : value);
  fields.forEach((field, i) => {
    const plot = Plot.plot({
      width: widths[i],
      height: axes.height ?? Math.round(Math.min(widths[i] * 0.86, 380)),
      marginTop: 26,
      marginLeft: axes.yIsDate ? 76 : axes.height ? 56 : 34,
      marginBottom: 38,
      style: { fontSize: axes.height ? "12px" : "11px" },
      x: { domain: x.map(across), label: axes.xLabel, ticks: 5, type: axes.xIsDate ? "utc" : "linear" },
      y: { domain: y.map(up), label: axes.yLabel, ticks: 5, type: axes.yIsDate ? "utc" : "linear" },
      color: { type: "identity" },
      marks: [
        Plot.text([field.title], { frameAnchor: "top", dy: -18, fontWeight: "bold", fontSize: 12 }),
        axes.contours && !axes.xIsDate && !axes.yIsDate
          ? Plot.contour(field.values, {
              ...{ width: field.columns, height: field.values.length / field.columns },
              ...{ x1: x[0], x2: x[1], y1: y[0], y2: y[1], thresholds: 10 },
              ...{ stroke: "var(--ink)", strokeOpacity: 0.45, strokeWidth: 0.8 },
            })
          : null,
        Plot.dot(field.points, {
          x: (point: { x: number }) => across(point.x),
          y: (point: { y: number }) => up(point.y),
          className: "rows",
          r: 2.6,
          fill: (point: { value: number }) => colourOf(point.value, axes),
          stroke: "white",
          strokeWidth: 0.7,
        }),
        tip
          ? Plot.tip(
              Array.from(
                field.values,
                (value, at) => [tip.grid[2 * at], tip.grid[2 * at + 1], value] as const,
              ),
              Plot.pointer({
                x: ([place]) => across(place),
                y: ([, place]) => up(place),
                title: ([x, y, value]) => tip.text(x, y, value),
              }),
            )
          : null,
      ],
    });
    asImage(
      plot,
      `${field.title}: estimates over ${axes.xLabel} and ${axes.yLabel}, and ${field.points.length} data points`,
    );
    const canvas = document.createElement("canvas");
    paint(canvas, field, axes);
    layUnder(cells[i], canvas, plot);
    if (axes.bar) cells[i].append(colourBar(axes, axes.bar));
  });
}

function colourBar(
  { least, most }: Pick<FieldAxes, "least" | "most">,
  { label, isDate, width }: NonNullable<FieldAxes["bar"]>,
): Element {
  const at = (value: number) => (isDate ? new Date(value) : value);
  const legend = Plot.plot({
    ...{
      width: Math.min(width, 360),
      height: 46,
      marginTop: 18,
      marginBottom: 18,
      marginLeft: 30,
      marginRight: 30,
    },
    style: { fontSize: "12px" },
    x: { domain: [at(least), at(most)], type: isDate ? "utc" : "linear", ticks: 4, label: null, tickSize: 0 },
    marks: [
      Plot.rect(
        Array.from({ length: 64 }, (_, i) => i / 64),
        {
          x1: (share) => at(least + share * (most - least)),
          x2: (share) => at(least + (share + 1 / 64) * (most - least)),
          fill: (share) => colourOf(least + (share + 1 / 128) * (most - least), { least, most }),
        },
      ),
      Plot.text([label], { frameAnchor: "top-left", dy: -14, fontWeight: "bold" }),
    ],
    color: { type: "identity" },
  });
  legend.classList.add("colour-scale");
  return asImage(legend, `colours of ${label}, from blue, low, to red, high`);
}

function paint(canvas: HTMLCanvasElement, { columns, values, opacity }: Field, axes: FieldAxes): void {
  const rows = values.length / columns;
  canvas.width = columns;
  canvas.height = rows;
  const image = new ImageData(columns, rows);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const value = values[row * columns + column];
      if (Number.isNaN(value)) continue; // transparent: no row in reach
      const { r, g, b } = rgb(colourOf(value, axes));
      const alpha = opacity ? 255 * opacity[row * columns + column] : 255;
      image.data.set([r, g, b, alpha], 4 * ((rows - 1 - row) * columns + column));
    }
  canvas.getContext("2d")!.putImageData(image, 0, 0);
}
