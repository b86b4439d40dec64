/** The rate at which the truth is found. */
import * as Plot from "@observablehq/plot";
import { measureRates, type Rate, type RateRow, ratesOf } from "../../bench/rates.ts";
import { classColours } from "../draw/class-map.ts";
import { asImage, cellsOf } from "../draw/line-panels.ts";
import { figure } from "../figure.ts";

const sizes = [100, 500, 2500];
const SAMPLES = 4;

interface Result {
  readonly rows: readonly RateRow[];
  readonly rates: readonly Rate[];
}

/** n to a power. */
function power(exponent: number): Element {
  const element = document.createElement("span");
  const raised = document.createElement("sup");
  raised.textContent = exponent.toFixed(2).replace("-", "−");
  element.append("n", raised);
  return element;
}

const named = (dims: number) => `${dims} coordinate${dims > 1 ? "s" : ""}`;

export const ratesFigure = figure<Result>({
  id: "rates",
  uses: [],
  async compute(computeService) {
    const rows = await measureRates(
      (input, queries) => computeService.regress(input, queries),
      sizes,
      SAMPLES,
    );
    return { rows, rates: ratesOf(rows) };
  },
  draw(body, { rows, rates }) {
    const [cell] = cellsOf(body, 1);
    const width = cell.clientWidth;
    const label = ({ dims, slope, theory }: Rate) =>
      `${named(dims)} falls by a power of ${slope.toFixed(2)}, in theory ${theory.toFixed(2)}`;
    const ends = rates.map((rate) => ({
      rate,
      ...rows.find(({ dims, n }) => dims === rate.dims && n === sizes[0])!,
    }));
    const plot = Plot.plot({
      width,
      height: Math.round(Math.min(Math.max(width * 0.5, 260), 380)),
      marginTop: 26,
      marginLeft: 44,
      marginBottom: 36,
      style: { fontSize: "11px" },
      x: { type: "log", label: "keys n", ticks: 3, tickFormat: "~s" },
      y: { type: "log", label: "error", grid: true, ticks: 4, tickFormat: "~g" },
      color: { type: "identity" },
      marks: [
        Plot.line(rows, {
          className: "rate",
          x: "n",
          y: "error",
          z: "dims",
          stroke: ({ dims }: RateRow) => classColours[dims - 1],
          strokeWidth: 2,
        }),
        Plot.dot(rows, { x: "n", y: "error", r: 4, fill: ({ dims }: RateRow) => classColours[dims - 1] }),
        Plot.link(ends, {
          x1: sizes[0],
          x2: sizes[sizes.length - 1],
          y1: "error",
          y2: ({ error, rate }) => error * (sizes[sizes.length - 1] / sizes[0]) ** rate.theory,
          stroke: "var(--truth)",
          strokeDasharray: "5 4",
        }),
      ],
    });
    cell.replaceChildren(asImage(plot, `error against n: ${rates.map(label).join("; ")}`));
    const list = document.createElement("ul");
    list.className = "rates";
    for (const rate of rates) {
      const item = document.createElement("li");
      item.append(
        `${named(rate.dims)}: `,
        power(rate.slope),
        " measured, ",
        power(rate.theory),
        " in theory",
      );
      item.style.setProperty("--colour", classColours[rate.dims - 1]);
      list.append(item);
    }
    cell.append(list);
  },
  table: ({ rows }) => ({
    columns: ["coordinates", "n", "bandwidth", "error"],
    rows: rows.map(({ dims, n, bandwidth, error }) => [dims, n, bandwidth, error]),
  }),
});
