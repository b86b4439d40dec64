/** A score against the width, on logarithmic scales, with the best width and the current one. */
import * as Plot from "@observablehq/plot";
import { asImage, cellsOf } from "./line-panels.ts";

export interface Scores {
  readonly title: string;
  /** By ascending width. */
  readonly points: readonly { readonly width: number; readonly error: number }[];
  readonly best: number;
  readonly current: number;
  /** The axes' names. */
  readonly xLabel: string;
  readonly yLabel: string;
  /** Errors beyond this range are drawn at its edge; all are shown by default. */
  readonly range?: readonly [number, number];
}

export function drawScores(
  body: HTMLElement,
  { title, points, best, current, xLabel, yLabel, range }: Scores,
): void {
  const [cell] = cellsOf(body, 1);
  const width = cell.clientWidth;
  const plot = Plot.plot({
    width,
    height: Math.round(Math.min(Math.max(width * 0.4, 200), 320)),
    marginTop: 26,
    marginLeft: 40,
    style: { fontSize: "11px" },
    x: { type: "log", label: xLabel, ticks: Math.max(3, Math.round(width / 90)), tickFormat: "~g" },
    y: { label: null, grid: true, ticks: 5, domain: range && [...range], clamp: true },
    marks: [
      Plot.text([title], { frameAnchor: "top", dy: -18, fontWeight: "bold", fontSize: 12 }),
      Plot.text([yLabel], {
        frameAnchor: "top-left",
        dy: -16,
        dx: -36,
        textAnchor: "start",
        fillOpacity: 0.75,
      }),
      Plot.ruleX([current], { stroke: "var(--ink)", strokeDasharray: "3 3" }),
      Plot.ruleX([best], { stroke: "var(--estimate)", strokeWidth: 2 }),
      Plot.line(points, { className: "estimate", x: "width", y: "error", stroke: "var(--estimate)" }),
      Plot.dot(points, { className: "candidates", x: "width", y: "error", r: 2.5, fill: "var(--data)" }),
    ],
  });
  cell.replaceChildren(
    asImage(plot as Element, `${title}: the error of each of ${points.length} bandwidths`),
  );
}
