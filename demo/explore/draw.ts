/** The explorer's picture: the data as dots or as a density of their own, the curve and its band. */
import * as Plot from "@observablehq/plot";
import { schemeObservable10 } from "d3-scale-chromatic";
import { coloursFor, drawClassMap } from "../draw/class-map.ts";
import { paintDensity } from "../draw/density.ts";
import { drawFields } from "../draw/field.ts";
import { asImage, bandMark, cellsOf, drawLinePanels } from "../draw/line-panels.ts";
import { layUnder } from "../draw/underlay.ts";
import { type ClassFit, type Data, type Fit, MANY, type MapFit, rangeOf } from "./fit.ts";

/** In milliseconds, which is what dates are to the curve. */
export const DAY = 86_400_000;

export interface Picture {
  readonly data: Data;
  readonly fit: Fit;
  readonly xName: string;
  readonly yName: string;
  readonly xIsDate: boolean;
}

export function drawPicture(body: HTMLElement, picture: Picture): void {
  const { data, fit, xName, yName, xIsDate } = picture;
  const [cell, below] = cellsOf(body, fit.slope ? 2 : 1);
  const width = cell.clientWidth;
  const height = Math.round(Math.min(Math.max(width * 0.5, 260), 520));
  const at = (x: number) => (xIsDate ? new Date(x) : x);
  const x: [number, number] = [fit.places[0], fit.places[fit.places.length - 1]];
  const y = verticalRange(data, fit);
  const few = data.y !== undefined && data.x.length <= MANY;
  const line = Array.from(fit.places, (place, i) => [at(place), fit.curve[i]] as const);
  const plot = Plot.plot({
    ...{ width, height, marginTop: 16, marginLeft: 56, marginBottom: 38, style: { fontSize: "12px" } },
    x: {
      domain: x.map(at),
      label: xName,
      type: xIsDate ? "utc" : "linear",
      ticks: Math.max(3, Math.round(width / 90)),
    },
    y: { domain: y, label: yName, ticks: 6, grid: true },
    marks: [
      few
        ? Plot.dot(
            Array.from(data.x, (key, i) => [at(key), data.y![i]] as const),
            {
              r: data.x.length > 2000 ? 1.2 : 2.4,
              fill: "var(--data)",
              fillOpacity: data.x.length > 2000 ? 0.25 : 0.55,
              clip: true,
            },
          )
        : null,
      fit.lower ? bandMark(Array.from(fit.places, at), fit.lower, fit.upper!) : null,
      Plot.line(line, { className: "estimate", stroke: "var(--estimate)", strokeWidth: 2.5, clip: true }),
      Plot.tip(line, Plot.pointerX({ x: "0", y: "1" })),
    ],
  });
  asImage(plot, `${yName} against ${xName}: the curve over ${data.x.length.toLocaleString("en")} rows`);
  layUnder(cell, few || !data.y ? document.createElement("canvas") : densityUnder(data, x, y, cell), plot);
  if (fit.slope) below.replaceChildren(slopePlot(picture, fit.slope, x.map(at), width));
}

/** The curve's gradient, on the same x. */
function slopePlot(
  { fit, xName, yName, xIsDate }: Picture,
  slope: Float64Array,
  domain: readonly (number | Date)[],
  width: number,
): Element {
  const line = Array.from(
    fit.places,
    (x, i) => [xIsDate ? new Date(x) : x, slope[i] * (xIsDate ? DAY : 1)] as const,
  );
  const plot = Plot.plot({
    ...{ width, height: 160, marginTop: 26, marginLeft: 56, marginBottom: 38, style: { fontSize: "12px" } },
    x: {
      domain: [...domain],
      label: xName,
      type: xIsDate ? "utc" : "linear",
      ticks: Math.max(3, Math.round(width / 90)),
    },
    y: { label: xIsDate ? "slope, per day" : "slope", ticks: 4, grid: true, nice: true },
    marks: [
      Plot.ruleY([0], { strokeOpacity: 0.4 }),
      Plot.line(line, { className: "slope", stroke: "var(--truth)", strokeWidth: 2 }),
      Plot.tip(line, Plot.pointerX({ x: "0", y: "1" })),
    ],
  });
  return asImage(plot, `how fast ${yName} changes with ${xName}`);
}

/** What is drawn of each data once, while its width is dragged. */
const kept = new WeakMap<
  Data,
  { readonly y: [number, number]; canvas?: HTMLCanvasElement; drawn?: string }
>();

/** All values and the curve where they are few; else what is not rare, so that a few outliers do not flatten the rest. */
function verticalRange(data: Data, { curve, lower, upper }: Fit): [number, number] {
  const { y } = data;
  const lines = () => {
    const shown = [curve, ...(lower ? [lower, upper!] : [])].flatMap((list) =>
      [...list].filter(Number.isFinite),
    );
    return rangeOf(Float64Array.from(shown));
  };
  if (!y) return [0, lines()[1] * 1.05];
  const padded = ([least, most]: readonly [number, number]): [number, number] => {
    const pad = 0.04 * (most - least || 1);
    return [least - pad, most + pad];
  };
  if (y.length <= MANY) {
    const [own, others] = [rangeOf(y), lines()];
    return padded([Math.min(own[0], others[0]), Math.max(own[1], others[1])]);
  }
  const known = kept.get(data);
  if (known) return known.y;
  const step = Math.floor(y.length / MANY);
  const sample = Float64Array.from({ length: MANY }, (_, i) => y[i * step]).sort();
  const range = padded([sample[Math.floor(0.01 * MANY)], sample[Math.ceil(0.99 * MANY) - 1]]);
  kept.set(data, { y: range });
  return range;
}

function densityUnder(
  data: Data,
  x: readonly [number, number],
  y: [number, number],
  cell: HTMLElement,
): HTMLCanvasElement {
  const known = kept.get(data)!;
  const colour = getComputedStyle(cell).getPropertyValue("--data");
  const drawn = [colour, ...x].join();
  if (!known.canvas || known.drawn !== drawn) {
    known.canvas = document.createElement("canvas");
    known.drawn = drawn;
    paintDensity(known.canvas, data.x, data.y!, { x, y, columns: 300, rows: 150 }, colour);
  }
  return known.canvas;
}

/** Dots on a map: more would hide it. */
const MOST_DOTS = 1500;

export interface MapPicture {
  readonly data: Data;
  readonly fit: MapFit;
  readonly names: readonly [x: string, x2: string, y: string];
}

/** The mean over two coordinates, with contours, or the classes' probabilities; and rows on top in their own colours. */
export function drawMap(body: HTMLElement, { data, fit, names }: MapPicture): void {
  const [xLabel, yLabel, target] = names;
  const { columns, rows, mean, classes, probability } = fit;
  const [x, y] = fit.view;
  const dots = data.x.length > MOST_DOTS ? [] : Array.from(data.x, (_, i) => i);
  const inView = dots.filter((i) => data.x[i] >= x[0] && data.x[i] <= x[1]);
  const places = inView.map((i) => ({ x: data.x[i], y: data.second!.x[i] }));
  if (classes) {
    const points = places.map((place, at) => ({ ...place, label: data.labels![inView[at]] }));
    const frame = { columns, rows, x, y, xLabel, yLabel, points, what: "rows" };
    drawClassMap(body, { ...frame, classes, probability: probability! });
    body.firstElementChild!.append(legendOf(classes, coloursFor(classes.length)));
    return;
  }
  const points = places.map((place, at) => ({ ...place, value: data.y![inView[at]] }));
  const sorted = mean!.filter(Number.isFinite).sort();
  const [least, most] = [0.02, 0.98].map((share) => sorted[Math.floor(share * (sorted.length - 1))]);
  const formatted = (value: number) => Number(value.toPrecision(3)).toLocaleString("en");
  const title = `${target}: blue ${formatted(least)}, red ${formatted(most)}`;
  drawFields(body, [{ title, columns, values: mean!, points }], {
    ...{ x, y, contours: true, least, most, xLabel, yLabel },
  });
}

const legendOf = (classes: readonly string[], colours: readonly string[]) =>
  Plot.legend({ color: { domain: [...classes], range: colours.slice(0, classes.length) } }) as Element;

/** A line for each class, in the order of the legend above it. */
export function drawClasses(
  body: HTMLElement,
  { places, classes, probability }: ClassFit,
  [xName, yName]: readonly [string, string],
): void {
  const k = classes.length;
  const lines = classes.map((_, c) => ({
    name: "class" as const,
    colour: schemeObservable10[c],
    x: places,
    y: places.map((_, i) => probability[i * k + c]),
  }));
  const axes = {
    x: rangeOf(places),
    y: [0, 1.02],
    xLabel: xName,
    yLabel: `P(${yName})`,
    aspect: 0.45,
  } as const;
  drawLinePanels(body, [{ title: "", lines }], axes);
  body.firstElementChild!.prepend(legendOf(classes, schemeObservable10));
}
