/** A great many points as a picture of their density, with lines on top. */
import * as Plot from "@observablehq/plot";
import { asImage, cellsOf } from "./line-panels.ts";
import { layUnder } from "./underlay.ts";

export interface Crowd {
  readonly title: string;
  readonly keys: Float64Array;
  readonly values: Float64Array;
  readonly queries: Float64Array;
  readonly estimate: Float64Array;
  readonly truth: Float64Array;
  readonly range: readonly [number, number];
}

const COLUMNS = 240;
const ROWS = 120;
const LOW = -6;
const HIGH = 10;

export function drawCrowd(body: HTMLElement, crowd: Crowd): void {
  const [cell] = cellsOf(body, 1);
  const width = cell.clientWidth;
  const height = Math.round(Math.min(Math.max(width * 0.5, 220), 420));
  const line = (y: Float64Array) => Array.from(crowd.queries, (x, i) => [x, y[i]] as const);
  const plot = Plot.plot({
    width,
    height,
    marginTop: 26,
    marginLeft: 34,
    style: { fontSize: "11px" },
    x: { domain: [...crowd.range], label: "x (key)", ticks: Math.max(3, Math.round(width / 80)) },
    y: { domain: [LOW, HIGH], label: null, ticks: 5 },
    marks: [
      Plot.text([crowd.title], {
        frameAnchor: "top",
        dy: -18,
        fontWeight: "bold",
        fontSize: 12,
        lineWidth: width / 14,
      }),
      Plot.line(line(crowd.truth), {
        className: "truth",
        stroke: "var(--truth)",
        strokeWidth: 1.25,
        strokeDasharray: "5 4",
      }),
      Plot.line(line(crowd.estimate), {
        className: "estimate",
        stroke: "var(--estimate)",
        strokeWidth: 2.25,
        clip: true,
      }),
    ],
  });
  asImage(plot, `${crowd.title}: the estimate and the true function over the density of the data`);
  const canvas = cell.querySelector("canvas") ?? document.createElement("canvas");
  if (canvas.dataset.keys !== String(crowd.keys.length)) paint(canvas, crowd, cell);
  layUnder(cell, canvas, plot);
}

/** One cell of the picture is the darker, the more points it holds, on a logarithmic scale. */
function paint(canvas: HTMLCanvasElement, { keys, values, range }: Crowd, cell: HTMLElement): void {
  const counts = new Uint32Array(COLUMNS * ROWS);
  const perX = COLUMNS / (range[1] - range[0]);
  const perY = ROWS / (HIGH - LOW);
  let most = 1;
  for (let i = 0; i < keys.length; i++) {
    const column = Math.min(Math.floor((keys[i] - range[0]) * perX), COLUMNS - 1);
    const row = Math.floor((HIGH - values[i]) * perY);
    if (row < 0 || row >= ROWS) continue;
    most = Math.max(most, ++counts[row * COLUMNS + column]);
  }
  canvas.width = COLUMNS;
  canvas.height = ROWS;
  const context = canvas.getContext("2d")!;
  context.fillStyle = getComputedStyle(cell).getPropertyValue("--data");
  for (let i = 0; i < counts.length; i++) {
    if (counts[i] === 0) continue;
    context.globalAlpha = 0.12 + 0.6 * (Math.log1p(counts[i]) / Math.log1p(most));
    context.fillRect(i % COLUMNS, Math.floor(i / COLUMNS), 1, 1);
  }
  canvas.dataset.keys = String(keys.length);
}
