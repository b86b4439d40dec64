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
}

/** The colour of a number between the least, blue, and the most, red. */
export const colourOf = (value: number, { least, most }: Pick<FieldAxes, "least" | "most">): string =>
  interpolateRdBu(1 - Math.min(Math.max((value - least) / (most - least), 0), 1));

export function drawFields(body: HTMLElement, fields: readonly Field[], axes: FieldAxes): void {
  const cells = cellsOf(body, fields.length);
  const widths = cells.map((cell) => cell.clientWidth);
  const { x = [0, 1], y = [0, 1] } = axes;
  fields.forEach((field, i) => {
    const plot = Plot.plot({
      width: widths[i],
      height: Math.round(Math.min(widths[i] * 0.86, 380)),
      marginTop: 26,
      marginLeft: 34,
      marginBottom: 34,
      style: { fontSize: "11px" },
      x: { domain: [...x], label: axes.xLabel, ticks: 5 },
      y: { domain: [...y], label: axes.yLabel, ticks: 5 },
      color: { type: "identity" },
      marks: [
        Plot.text([field.title], { frameAnchor: "top", dy: -18, fontWeight: "bold", fontSize: 12 }),
        axes.contours
          ? Plot.contour(field.values, {
              ...{ width: field.columns, height: field.values.length / field.columns },
              ...{ x1: x[0], x2: x[1], y1: y[0], y2: y[1], thresholds: 10 },
              ...{ stroke: "var(--ink)", strokeOpacity: 0.45, strokeWidth: 0.8 },
            })
          : null,
        Plot.dot(field.points, {
          x: "x",
          y: "y",
          r: 2.6,
          fill: (point: { value: number }) => colourOf(point.value, axes),
          stroke: "white",
          strokeWidth: 0.7,
        }),
      ],
    });
    asImage(
      plot,
      `${field.title}: estimates over ${axes.xLabel} and ${axes.yLabel}, and ${field.points.length} data points`,
    );
    const canvas = document.createElement("canvas");
    paint(canvas, field, axes);
    layUnder(cells[i], canvas, plot);
  });
}

function paint(canvas: HTMLCanvasElement, { columns, values }: Field, axes: FieldAxes): void {
  const rows = values.length / columns;
  canvas.width = columns;
  canvas.height = rows;
  const image = new ImageData(columns, rows);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const value = values[row * columns + column];
      if (Number.isNaN(value)) continue; // transparent: no row in reach
      const { r, g, b } = rgb(colourOf(value, axes));
      image.data.set([r, g, b, 255], 4 * ((rows - 1 - row) * columns + column));
    }
  canvas.getContext("2d")!.putImageData(image, 0, 0);
}
