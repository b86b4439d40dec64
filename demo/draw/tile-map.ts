/** Pairs of tiles, keys across and queries up: those that are weighed in reds, those that are skipped left empty. */
import * as Plot from "@observablehq/plot";
import { weightColour } from "./colours.ts";
import { asImage, cellsOf } from "./line-panels.ts";
import { layUnder } from "./underlay.ts";

export interface TileMap {
  readonly title: string;
  readonly columns: number;
  readonly rows: number;
  /** From 0 to 1 for each pair; −1 where it is skipped. */
  readonly shade: Float64Array;
}

export function drawTileMap(body: HTMLElement, { title, columns, rows, shade }: TileMap): void {
  const [cell] = cellsOf(body, 1);
  const width = cell.clientWidth;
  const height = Math.round(Math.min(width, 420));
  const plot = Plot.plot({
    width,
    height,
    marginTop: 26,
    marginLeft: 34,
    style: { fontSize: "11px" },
    x: { domain: [0, columns], label: "tile of keys" },
    y: { domain: [0, rows], label: null },
    marks: [
      Plot.text([title], {
        frameAnchor: "top",
        dy: -18,
        fontWeight: "bold",
        fontSize: 12,
        lineWidth: width / 14,
      }),
      Plot.text(["tile of queries"], {
        frameAnchor: "top-left",
        dy: 6,
        dx: 6,
        textAnchor: "start",
        fillOpacity: 0.75,
      }),
      Plot.frame({ stroke: "var(--line)" }),
    ],
  });
  asImage(plot, title);
  const canvas = document.createElement("canvas");
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext("2d")!;
  shade.forEach((depth, i) => {
    if (depth < 0) return;
    context.fillStyle = weightColour(0.25 + 0.75 * depth);
    context.fillRect(i % columns, rows - 1 - Math.floor(i / columns), 1, 1);
  });
  layUnder(cell, canvas, plot);
}
