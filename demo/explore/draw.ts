/** The explorer's picture: rows as dots or as a density of their own, curves with their bands, and what lies below them. */
import * as Plot from "@observablehq/plot";
import { asImage, bandMark, cellsOf } from "../draw/line-panels.ts";
import { layUnder } from "../draw/underlay.ts";
import { type Data, MANY } from "./data.ts";
import { residualPlot, slopePlot } from "./draw-below.ts";
import { drawClasses, drawMap } from "./draw-map.ts";
import type { CurveFit, Curves, Fit } from "./fit.ts";
import { curveColours, font, type Picture, sizeOf, xAxis } from "./picture.ts";
import { stripOf, underlayOf, verticalRange } from "./rows-drawn.ts";
import { beginning, type ExploreState } from "./state.ts";
import { distanceOf, inUnits, number, rangeWords } from "./units.ts";

const KEPT_DASHES = ["8 4", "2 3", "10 3 2 3"];
const LINE_HEIGHT = 15;

export function draw(body: HTMLElement, picture: Picture, fit: Fit): void {
  if (fit.kind === "map") drawMap(body, picture, fit);
  else if (fit.kind === "classes") drawClasses(body, picture, fit);
  else drawCurves(body, picture, fit);
}

function drawCurves(body: HTMLElement, { data, state, isHeld }: Picture, fit: Curves): void {
  const { curves, kept, residuals } = fit;
  const slopes = curves.some(({ slope }) => slope);
  const [cell, below] = cellsOf(body, slopes || residuals ? 2 : 1);
  const { width, height } = sizeOf(body, slopes || residuals !== undefined);
  const { x: xName, y: yName } = { x: state.x, y: state.y || "density" };
  const at = (x: number) => (data.dates.x ? new Date(x) : x);
  const up = (y: number) => (data.dates.y ? new Date(y) : y);
  const { places } = curves[0];
  const x: [number, number] = [places[0], places[places.length - 1]];
  const y = verticalRange(data, fit);
  const few = data.y !== undefined && data.x.length <= MANY;
  const drawn = [
    ...curves.map((each, i) => lineOf(each, i, curves.length)),
    ...kept.map((each, i) => keptLine(each, i, state, data)),
  ];
  const labels = drawn.filter(({ label }) => label !== "");
  const margins = {
    marginTop: 20,
    marginLeft: 60,
    marginBottom: 40,
    marginRight: labels.length > 0 ? 116 : 16,
  };
  const frame = {
    width: width - margins.marginLeft - margins.marginRight,
    height: height - margins.marginTop - margins.marginBottom,
  };
  const strip = stripOf(data, x);
  const stripTop = y[0] + 0.022 * (y[1] - y[0]);
  const plot = Plot.plot({
    ...{ width, height, ...margins, ...font },
    x: { ...xAxis(data, xName, x, width) },
    y: {
      domain: y.map(up),
      label: yName,
      ticks: 6,
      grid: true,
      type: data.dates.y ? "utc" : "linear",
      ...(data.dates.y ? {} : { tickFormat: shortNumber }),
    },
    marks: [
      few ? dotsOf(data, at, up) : null,
      Plot.rect(strip, {
        ...{ className: "strip", ariaHidden: "true", clip: true },
        x1: ({ from }: Strip) => at(from),
        x2: ({ to }: Strip) => at(to),
        y1: up(y[0]),
        y2: up(stripTop),
        fill: "var(--data)",
        fillOpacity: ({ share }: Strip) => share,
      }),
      ...curves.map(({ lower, upper }, i) =>
        lower && curves.length <= 3 ? bandMark(Array.from(places, at), lower, upper!, drawn[i].colour) : null,
      ),
      ...curves.flatMap(({ quartiles }, i) =>
        (quartiles ?? []).map((quartile) =>
          Plot.line(places, {
            ...{ className: "quartile", x: at, y: (_: number, q: number) => up(quartile[q]) },
            ...{ stroke: drawn[i].colour, strokeWidth: 1.2, strokeDasharray: "5 3", clip: true },
          }),
        ),
      ),
      ...drawn.flatMap(({ fit: each, colour, dash, className }) => {
        const isThin = thinPlaces(each, y);
        const line = (className: string, isShown: (i: number) => boolean, strokeOpacity: number) =>
          Plot.line(each.places, {
            ...{ className, x: at, y: (_: number, i: number) => (isShown(i) ? up(each.curve[i]) : NaN) },
            ...{ stroke: colour, strokeWidth: 2.5, strokeDasharray: dash, clip: true, strokeOpacity },
          });
        if (!isThin) return [line(className, () => true, 1)];
        return [line(className, () => true, THIN_OPACITY), line("sure", (i) => !isThin[i], 1)];
      }),
      ...endLabels(labels, y, frame).map(({ label, colour, value }) =>
        Plot.text([label], {
          ...{ x: at(x[1]), y: up(value), dx: 6, textAnchor: "start", fill: colour, className: "end-label" },
          ...{ fontWeight: 600, lineWidth: 10, textOverflow: "ellipsis" },
        }),
      ),
      isHeld
        ? null
        : Plot.tip(
            drawn.flatMap(({ fit: each, label }) =>
              Array.from(each.places, (place, i) => ({
                place,
                value: each.curve[i],
                // Only what is pointed at is put into words.
                toString: () => tipOf(each, i, label, data, state),
              })),
            ),
            Plot.pointerX({
              x: ({ place }: Spot) => at(place),
              y: ({ value }: Spot) => up(value),
              title: (spot: Spot) => spot,
            }),
          ),
    ],
  });
  asImage(plot, describe(curves, data, state));
  const canvas = few || !data.y ? document.createElement("canvas") : underlayOf(data, x, y, cell, frame);
  layUnder(cell, canvas, plot);
  if (slopes) below.replaceChildren(slopePlot(curves, data, state, x, width, margins.marginRight));
  else if (residuals) below.replaceChildren(residualPlot(fit, data, state, x, width, margins.marginRight));
}

interface Strip {
  readonly from: number;
  readonly to: number;
  readonly share: number;
}

interface Spot {
  readonly place: number;
  readonly value: number;
  readonly toString: () => string;
}

interface Drawn {
  readonly fit: CurveFit;
  readonly label: string;
  readonly colour: string;
  readonly dash?: string;
  readonly className: string;
}

function lineOf(fit: CurveFit, i: number, count: number): Drawn {
  const colour = count === 1 ? "var(--estimate)" : curveColours[i];
  return { fit, label: fit.name, colour, className: "estimate" };
}

function keptLine(fit: CurveFit, i: number, { kept, x }: ExploreState, { dates }: Data): Drawn {
  const { kernel, degree, width } = kept[i] ?? beginning;
  const power = ["mean", "line", "parabola"][degree];
  const label =
    fit.name || `${power}, ${distanceOf(width, dates.x, x)}${kernel === "gaussian" ? "" : `, ${kernel}`}`;
  return { fit, label, colour: "var(--ink)", dash: KEPT_DASHES[i], className: "kept" };
}

/** How a curve is drawn where few rows carry it. */
const THIN_OPACITY = 0.3;
/** Rows that count at a place, and the share of the picture's height that its band may take, before a curve is drawn faintly. */
const [FEWEST, TALLEST] = [5, 0.75];

/** The places where few rows carry a curve; undefined where there are none. */
function thinPlaces(
  { curve, lower, upper, support }: CurveFit,
  [low, high]: readonly [number, number],
): readonly boolean[] | undefined {
  const thin = Array.from(
    curve,
    (_, i) =>
      (support !== undefined && support[i] < FEWEST) ||
      (lower !== undefined && !(upper![i] - lower[i] < TALLEST * (high - low))),
  );
  return thin.includes(true) && thin.includes(false) ? thin : undefined;
}

/** Where the labels at the right end stand, in units of y: at their curves' ends, but no two on each other. */
function endLabels(
  labels: readonly Drawn[],
  [low, high]: readonly [number, number],
  { height }: { height: number },
): readonly { label: string; colour: string; value: number }[] {
  const perPixel = (high - low) / height;
  const ends = labels.map(({ fit: { curve }, ...rest }) => {
    const last = curve.findLast(Number.isFinite) ?? low;
    return { ...rest, value: Math.min(Math.max(last, low), high) };
  });
  ends.sort((a, b) => b.value - a.value);
  for (let i = 1; i < ends.length; i++)
    ends[i].value = Math.min(ends[i].value, ends[i - 1].value - LINE_HEIGHT * perPixel);
  const lowest = ends.at(-1)?.value ?? low;
  const lift = Math.max(low - lowest, 0);
  return ends.map((end) => ({ ...end, value: end.value + lift }));
}

/** Long numbers short: 1.2M, 0.003. */
const shortNumber = (value: number) =>
  Math.abs(value) >= 1e6
    ? value.toLocaleString("en", { notation: "compact", maximumSignificantDigits: 3 })
    : number(value, 6);

function dotsOf(data: Data, at: (x: number) => number | Date, up: (y: number) => number | Date) {
  const many = data.x.length > 2000;
  const look = { r: many ? 1.2 : 2.6, fillOpacity: many ? 0.3 : 0.6, clip: true };
  const dots = (x: Float64Array, y: Float64Array, fill: string) =>
    Plot.dot(x, { ...look, x: at, y: (_: number, i: number) => up(y[i]), fill, className: "rows" });
  if (data.series.length === 1) return dots(data.x, data.y!, "var(--data)");
  return data.series.map(({ x, y }, i) => dots(x, y!, curveColours[i]));
}

function tipOf(
  { name, places, curve, lower, upper, support }: CurveFit,
  i: number,
  label: string,
  data: Data,
  { x, y }: ExploreState,
): string {
  const value = (v: number) => inUnits(v, data.dates.y, y);
  const lines = [
    `${x}: ${inUnits(places[i], data.dates.x, x)}`,
    Number.isNaN(curve[i]) ? "no row in reach" : `${label || y || "density"}: ${value(curve[i])}`,
  ];
  if (lower)
    lines.push(
      Number.isNaN(lower[i]) ? "too few rows for a band" : `95 %: ${value(lower[i])} to ${value(upper![i])}`,
    );
  if (support) lines.push(`${number(support[i], 3)} rows count${name === "" ? "" : ` of ${name}`}`);
  return lines.join("\n");
}

/** What a screen reader says of the curves. */
function describe(curves: readonly CurveFit[], data: Data, { x, y }: ExploreState): string {
  const value = (v: number) => inUnits(v, data.dates.y, y);
  const place = (v: number) => inUnits(v, data.dates.x, x);
  const parts = curves.map(({ name, places, curve }) => {
    let [low, high, first, last] = [-1, -1, -1, -1];
    curve.forEach((v, i) => {
      if (!Number.isFinite(v)) return;
      if (first < 0) first = i;
      last = i;
      if (low < 0 || v < curve[low]) low = i;
      if (high < 0 || v > curve[high]) high = i;
    });
    if (first < 0) return `${name || "the curve"} has no value here`;
    return `${name || "the curve"} goes from ${value(curve[first])} at ${place(places[first])} to ${value(curve[last])} at ${place(places[last])}, lowest ${value(curve[low])} at ${place(places[low])}, highest ${value(curve[high])} at ${place(places[high])}`;
  });
  return `${y || "density"} against ${x}, ${data.x.length.toLocaleString("en")} rows: ${parts.join("; ")}`;
}

/** The curve of the rows that were selected on a map, below it. */
export function drawSelection(body: HTMLElement, { data, state }: Picture, fit: Curves): void {
  const cell = document.createElement("div");
  cell.className = "cell selection";
  const title = document.createElement("p");
  title.className = "small";
  title.textContent = `The ${data.x.length.toLocaleString("en")} rows of the rectangle, ${state.x} ${rangeWords(data.range, data.dates.x)}; dashed, the curve of all rows.`;
  const inner = document.createElement("div");
  inner.className = "body one";
  cell.append(title, inner);
  body.append(cell);
  drawCurves(inner, { data, state: { ...state, below: "", kept: [] } }, fit);
}
