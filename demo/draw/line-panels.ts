/** Small multiples of lines and dots that share their axes, by Observable Plot. */
import * as Plot from "@observablehq/plot";

export interface Line {
  readonly name: "estimate" | "truth" | "kernel" | "class";
  /** Unless it is the name's. */
  readonly colour?: string;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
}

export interface Panel {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly dots?: { readonly x: ArrayLike<number>; readonly y: ArrayLike<number> };
  readonly band?: {
    readonly x: ArrayLike<number>;
    readonly low: ArrayLike<number>;
    readonly high: ArrayLike<number>;
  };
  /** Where they differ from the others'. */
  readonly axes?: Partial<Axes>;
}

export interface Axes {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  readonly xLabel: string;
  readonly yLabel: string;
  /** Height over width. */
  readonly aspect?: number;
  /** In pixels, where it does not follow from the width. */
  readonly height?: number;
  /** Whether x is milliseconds since 1970. */
  readonly xIsDate?: boolean;
}

/** Fills `body` with one SVG a panel; the columns of the grid are the style sheet's. */
export function drawLinePanels(body: HTMLElement, panels: readonly Panel[], axes: Axes): void {
  const cells = cellsOf(body, panels.length);
  const widths = cells.map((cell) => cell.clientWidth);
  panels.forEach((panel, i) => {
    cells[i].replaceChildren(linePanel(panel, { ...axes, ...panel.axes }, widths[i]));
  });
}

/** As many cells as panels, kept from the last drawing. */
export function cellsOf(body: HTMLElement, count: number): HTMLElement[] {
  while (body.children.length > count) body.lastElementChild!.remove();
  while (body.children.length < count) {
    const cell = document.createElement("div");
    cell.className = "cell";
    body.append(cell);
  }
  return [...body.children] as HTMLElement[];
}

const points = ({ x, y }: { x: ArrayLike<number>; y: ArrayLike<number> }) =>
  Array.from(x, (value, i) => [value, y[i]] as const);

export function linePanel(panel: Panel, axes: Axes, width: number): Element {
  const height = axes.height ?? Math.round(Math.min(Math.max(width * (axes.aspect ?? 0.8), 150), 380));
  const at = (x: number) => (axes.xIsDate ? new Date(x) : x);
  const plot = Plot.plot({
    width,
    height,
    marginTop: 26,
    marginRight: 10,
    marginBottom: 34,
    marginLeft: 34,
    style: { fontSize: "11px" },
    x: {
      domain: axes.x.map(at),
      type: axes.xIsDate ? "utc" : "linear",
      label: axes.xLabel,
      ticks: Math.max(3, Math.round(width / 60)),
      insetLeft: 2,
      insetRight: 2,
    },
    y: { domain: [...axes.y], label: null, ticks: 5, grid: true },
    marks: [
      Plot.text([panel.title], { frameAnchor: "top", dy: -18, fontWeight: "bold", fontSize: 12 }),
      Plot.text([axes.yLabel], {
        frameAnchor: "top-left",
        dy: -16,
        dx: -30,
        textAnchor: "start",
        fill: "currentColor",
        fillOpacity: 0.75,
      }),
      Plot.ruleY([Math.max(axes.y[0], 0)], { strokeOpacity: 0.25 }),
      panel.dots
        ? Plot.dot(points(panel.dots), {
            x: ([x]) => at(x),
            y: ([, y]) => y,
            r: dotRadius(panel.dots.x.length),
            fill: "var(--data)",
            fillOpacity: 0.55,
          })
        : null,
      panel.band ? bandMark(Array.from(panel.band.x, at), panel.band.low, panel.band.high) : null,
      ...panel.lines.map((line) =>
        Plot.line(points(line), {
          x: ([x]) => at(x),
          y: ([, y]) => y,
          className: line.name,
          stroke: line.colour ?? (line.name === "truth" ? "var(--truth)" : "var(--estimate)"),
          strokeWidth: line.name === "truth" ? 1.5 : 2.25,
          strokeDasharray: line.name === "truth" ? "5 4" : undefined,
          clip: true,
        }),
      ),
    ],
  });
  return asImage(plot, describe(panel, axes));
}

/** The ground between two lines, for an estimate's band. */
export const bandMark = (
  x: readonly (number | Date)[],
  low: ArrayLike<number>,
  high: ArrayLike<number>,
  colour = "var(--estimate)",
) =>
  Plot.areaY(
    x.map((at, i) => ({ x: at, low: low[i], high: high[i] })),
    {
      ...{ className: "band", x: "x", y1: "low", y2: "high" },
      ...{ fill: colour, fillOpacity: 0.18, clip: true },
    },
  );

/** To a screen reader a plot is one image with one description; Plot's labels of its parts say less than nothing. */
export function asImage<E extends Element>(plot: E, description: string): E {
  plot.setAttribute("role", "img");
  plot.setAttribute("aria-label", description);
  for (const part of plot.querySelectorAll("[aria-label]:not([aria-label*=axis])"))
    part.removeAttribute("aria-label");
  return plot;
}

const dotRadius = (count: number) => (count > 400 ? 1.3 : count > 120 ? 2 : 2.8);

function describe({ title, lines, dots, band }: Panel, { xLabel, yLabel }: Axes): string {
  const shown = [
    ...lines.map(({ name }) => name),
    ...(band ? ["a band around it"] : []),
    ...(dots ? [`${dots.x.length} data points`] : []),
  ];
  return `${title}: ${yLabel} against ${xLabel}, showing ${shown.join(", ")}`;
}
