/** A canvas under a plot, exactly as large as the plot's frame. */
import type { Plot } from "@observablehq/plot";

/** Fills the cell with the two; to a screen reader only the plot is there. */
export function layUnder(
  cell: HTMLElement,
  canvas: HTMLCanvasElement,
  plot: (SVGSVGElement | HTMLElement) & Plot,
): void {
  const [left, right] = plot.scale("x")!.range as [number, number];
  const [bottom, top] = plot.scale("y")!.range as [number, number];
  Object.assign(canvas.style, {
    left: `${left}px`,
    top: `${top}px`,
    width: `${right - left}px`,
    height: `${bottom - top}px`,
  });
  plot.dataset.x = `${left},${right}`;
  plot.dataset.y = `${bottom},${top}`;
  canvas.setAttribute("aria-hidden", "true");
  cell.replaceChildren(canvas, plot);
}
