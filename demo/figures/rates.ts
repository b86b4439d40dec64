/** The rate at which the truth is found: measured ahead, as so many samples take minutes. `npm run bench -- --rates` measures again. */
import * as Plot from "@observablehq/plot";
import { type Rate, type RateRow, ratesOf } from "../../bench/rates.ts";
import measured from "../../bench/results/rates.json" with { type: "json" };
import { classColours } from "../draw/class-map.ts";
import { asImage, cellsOf } from "../draw/line-panels.ts";
import { figure } from "../figure.ts";

const sizes = [...new Set(measured.rows.map(({ n }) => n))];

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
  compute: async () => ({ rows: measured.rows, rates: ratesOf(measured.rows) }),
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
      marginRight: 48,
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
        Plot.ruleX(rows, {
          x: "n",
          y1: ({ error, standardError }: RateRow) => error - 2 * standardError,
          y2: ({ error, standardError }: RateRow) => error + 2 * standardError,
          stroke: ({ dims }: RateRow) => classColours[dims - 1],
        }),
        Plot.text(
          rows.filter(({ n }) => n === sizes.at(-1)),
          { x: "n", y: "error", dx: 8, text: ({ dims }: RateRow) => `d = ${dims}`, textAnchor: "start" },
        ),
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
    columns: ["coordinates", "n", "bandwidth", "error", "standard error"],
    rows: rows.map(({ dims, n, bandwidth, error, standardError }) => [
      dims,
      n,
      bandwidth,
      error,
      standardError,
    ]),
  }),
});
