/** What lies below the curves, on the same x: their slopes, or what they leave over. */
import * as Plot from "@observablehq/plot";
import { asImage } from "../draw/line-panels.ts";
import type { Data } from "./data.ts";
import type { CurveFit, Curves } from "./fit.ts";
import { curveColours, font, xAxis } from "./picture.ts";
import type { ExploreState } from "./state.ts";
import { DAY } from "./units.ts";

/** The curves' slopes, on the same x. */
export function slopePlot(
  curves: readonly CurveFit[],
  data: Data,
  { x: xName, y: yName }: ExploreState,
  domain: readonly [number, number],
  width: number,
  marginRight: number,
): Element {
  const per = data.dates.x ? DAY : 1;
  const at = (x: number) => (data.dates.x ? new Date(x) : x);
  const plot = Plot.plot({
    ...{ width, height: 160, marginTop: 26, marginLeft: 60, marginBottom: 38, marginRight, ...font },
    x: xAxis(data, xName, domain, width),
    y: { label: data.dates.x ? "slope, per day" : "slope", ticks: 4, grid: true, nice: true },
    marks: [
      Plot.ruleY([0], { strokeOpacity: 0.4 }),
      ...curves.map(({ places, slope }, i) =>
        Plot.line(places, {
          ...{ className: "slope", x: at, y: (_: number, q: number) => slope![q] * per },
          ...{ stroke: curves.length === 1 ? "var(--truth)" : curveColours[i], strokeWidth: 2 },
        }),
      ),
      Plot.tip(
        curves.flatMap(({ places, slope }) =>
          Array.from(places, (place, q) => ({ place, value: slope![q] * per })),
        ),
        Plot.pointerX({ x: ({ place }) => at(place), y: "value" }),
      ),
    ],
  });
  return asImage(plot, `how fast ${yName} changes with ${xName}`);
}

/** What the curve leaves over, on the same x. */
export function residualPlot(
  { residuals }: Curves,
  data: Data,
  { x: xName }: ExploreState,
  domain: readonly [number, number],
  width: number,
  marginRight: number,
): Element {
  const { x, residual, what } = residuals!;
  const at = (place: number) => (data.dates.x ? new Date(place) : place);
  const scale = data.dates.y ? DAY : 1;
  const plot = Plot.plot({
    ...{ width, height: 160, marginTop: 26, marginLeft: 60, marginBottom: 38, marginRight, ...font },
    x: xAxis(data, xName, domain, width),
    y: { label: data.dates.y ? `${what}, in days` : what, ticks: 4, grid: true },
    marks: [
      Plot.dot(x, {
        ...{ className: "residuals", x: at, y: (_: number, i: number) => residual[i] / scale, clip: true },
        ...{ r: x.length > 2000 ? 1.2 : 2.2, fill: "var(--data)", fillOpacity: x.length > 2000 ? 0.3 : 0.6 },
      }),
      Plot.ruleY([0], { stroke: "var(--estimate)" }),
    ],
  });
  return asImage(plot, `${what}, against ${xName}`);
}
