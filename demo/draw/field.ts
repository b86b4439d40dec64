/** Numbers over a square as colours, blue to red, with the data on top in the same colours. */
import * as Plot from "@observablehq/plot";
import { rgb } from "d3-color";
import { interpolateRdBu } from "d3-scale-chromatic";
import { asImage, cellsOf } from "./line-panels.ts";
import { layUnder } from "./underlay.ts";

export interface Field {
  readonly title: string;
  /** Numbers a row; rows from the bottom up, over the unit square. */
  readonly side: number;
  readonly values: Float64Array;
  readonly points: readonly { readonly x: number; readonly y: number; readonly value: number }[];
}

export interface FieldAxes {
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
  fields.forEach((field, i) => {
    const plot = Plot.plot({
      width: widths[i],
      height: Math.round(Math.min(widths[i] * 0.86, 380)),
      marginTop: 26,
      marginLeft: 34,
      marginBottom: 34,
      style: { fontSize: "11px" },
      x: { domain: [0, 1], label: axes.xLabel, ticks: 5 },
      y: { domain: [0, 1], label: axes.yLabel, ticks: 5 },
      color: { type: "identity" },
      marks: [
        Plot.text([field.title], { frameAnchor: "top", dy: -18, fontWeight: "bold", fontSize: 12 }),
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

function paint(canvas: HTMLCanvasElement, { side, values }: Field, axes: FieldAxes): void {
  canvas.width = canvas.height = side;
  const image = new ImageData(side, side);
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++) {
      const { r, g, b } = rgb(colourOf(values[row * side + column], axes));
      image.data.set([r, g, b, 255], 4 * ((side - 1 - row) * side + column));
    }
  canvas.getContext("2d")!.putImageData(image, 0, 0);
}
