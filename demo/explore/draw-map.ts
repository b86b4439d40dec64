/** Maps over two coordinates, and classes over one. */
import * as Plot from "@observablehq/plot";
import { coloursFor, drawClassMap } from "../draw/class-map.ts";
import { drawFields } from "../draw/field.ts";
import { drawLinePanels } from "../draw/line-panels.ts";
import { drawRows, rangeOf } from "./data.ts";
import type { ClassFit, MapFit } from "./fit.ts";
import { curveColours, type Picture, sizeOf } from "./picture.ts";
import { inUnits } from "./units.ts";

/** Dots on a map: more would hide it. */
const MOST_DOTS = 1500;

/** The mean over two coordinates, with contours, or the classes' probabilities; and rows on top in their own colours. */
export function drawMap(body: HTMLElement, { data, state }: Picture, fit: MapFit): void {
  const { x: xLabel, x2: yLabel, y: target } = state;
  const { columns, rows, mean, support, classes, probability } = fit;
  const [x, y] = fit.view;
  const { width, height } = sizeOf(body, false);
  const inView = [...drawRows(data.x.length, MOST_DOTS)].filter(
    (i) => data.x[i] >= x[0] && data.x[i] <= x[1],
  );
  const places = inView.map((i) => ({ x: data.x[i], y: data.second!.x[i] }));
  const dates = { xIsDate: data.dates.x, yIsDate: data.dates.x2 };
  if (classes) {
    const points = places.map((place, at) => ({ ...place, label: data.labels![inView[at]] }));
    const frame = { columns, rows, x, y, xLabel, yLabel, points, what: "rows", height, ...dates };
    drawClassMap(body, { ...frame, classes, probability: probability! });
    body.firstElementChild!.append(legendOf(classes, coloursFor(classes.length)));
    return;
  }
  const points = places.map((place, at) => ({ ...place, value: data.y![inView[at]] }));
  const sorted = mean!.filter((v, i) => Number.isFinite(v) && support![i] >= 1).sort();
  const [least, most] = [0.02, 0.98].map((share) => sorted[Math.floor(share * (sorted.length - 1))]);
  const value = (v: number) => inUnits(v, data.dates.y, target);
  const text = (place: number, second: number, mean: number) =>
    [
      `${xLabel}: ${inUnits(place, data.dates.x, xLabel)}`,
      `${yLabel}: ${inUnits(second, data.dates.x2, yLabel)}`,
      Number.isNaN(mean) ? "no row in reach" : `${target}: ${value(mean)}`,
    ].join("\n");
  // Where less than a row counts, the map fades: there is nothing to be said.
  const opacity = support!.map((count) => Math.min(count, 1));
  drawFields(body, [{ title: "", columns, values: mean!, points, opacity }], {
    ...{ x, y, contours: true, least, most, xLabel, yLabel, height, ...dates },
    ...{ bar: { label: target, isDate: data.dates.y, width }, tip: { grid: fit.grid, text } },
  });
}

const legendOf = (classes: readonly string[], colours: readonly string[]) =>
  Plot.legend({ color: { domain: [...classes], range: colours.slice(0, classes.length) } }) as Element;

/** A line for each class, in the order of the legend below it. */
export function drawClasses(body: HTMLElement, { data, state }: Picture, fit: ClassFit): void {
  const { places, classes, probability } = fit;
  const k = classes.length;
  const lines = classes.map((_, c) => ({
    name: "class" as const,
    colour: curveColours[c],
    x: places,
    y: places.map((_, i) => probability[i * k + c]),
  }));
  const { height } = sizeOf(body, false);
  const axes = {
    ...({ x: rangeOf(places), y: [0, 1.02] } as const),
    ...{ xLabel: state.x, yLabel: `P(${state.y})`, height: height - 40, xIsDate: data.dates.x },
  };
  drawLinePanels(body, [{ title: "", lines }], axes);
  body.firstElementChild!.append(legendOf(classes, curveColours));
}
