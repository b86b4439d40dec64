/** A great many points as a picture of their density, with lines on top. */
import * as Plot from "@observablehq/plot";
import { paintDensity } from "./density.ts";
import { asImage, cellsOf } from "./line-panels.ts";
import { layUnder } from "./underlay.ts";

export interface MillionFigure {
  readonly title: string;
  readonly keys: Float64Array;
  readonly values: Float64Array;
  readonly queries: Float64Array;
  readonly estimate: Float64Array;
  readonly truth: Float64Array;
  readonly range: readonly [number, number];
}

const LOW = -6;
const HIGH = 10;

export function drawMillion(body: HTMLElement, million: MillionFigure): void {
  const [cell] = cellsOf(body, 1);
  const width = cell.clientWidth;
  const height = Math.round(Math.min(Math.max(width * 0.5, 220), 420));
  const line = (y: Float64Array) => Array.from(million.queries, (x, i) => [x, y[i]] as const);
  const plot = Plot.plot({
    width,
    height,
    marginTop: 26,
    marginLeft: 34,
    style: { fontSize: "11px" },
    x: { domain: [...million.range], label: "x (key)", ticks: Math.max(3, Math.round(width / 80)) },
    y: { domain: [LOW, HIGH], label: null, ticks: 5 },
    marks: [
      Plot.text([million.title], {
        frameAnchor: "top",
        dy: -18,
        fontWeight: "bold",
        fontSize: 12,
        lineWidth: width / 14,
      }),
      Plot.line(line(million.truth), {
        className: "truth",
        stroke: "var(--truth)",
        strokeWidth: 1.25,
        strokeDasharray: "5 4",
      }),
      Plot.line(line(million.estimate), {
        className: "estimate",
        stroke: "var(--estimate)",
        strokeWidth: 2.25,
        clip: true,
      }),
    ],
  });
  asImage(plot, `${million.title}: the estimate and the true function over the density of the data`);
  const canvas = cell.querySelector("canvas") ?? document.createElement("canvas");
  if (canvas.dataset.keys !== String(million.keys.length)) {
    const frame = { x: million.range, y: [LOW, HIGH], columns: 240, rows: 120 } as const;
    const colour = getComputedStyle(cell).getPropertyValue("--data");
    paintDensity(canvas, million.keys, million.values, frame, colour);
    canvas.dataset.keys = String(million.keys.length);
  }
  layUnder(cell, canvas, plot);
}
