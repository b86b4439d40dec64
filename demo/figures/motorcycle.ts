/** Figure 6: a real crash test, 133 readings, and how sure the curve is of itself. */
import { csvParseRows } from "d3-dsv";
import text from "../data/motorcycle.csv?raw";
import { drawLinePanels } from "../draw/line-panels.ts";
import { figure } from "../figure.ts";
import { titleOf } from "./four-kernels.ts";

const [, ...rows] = csvParseRows(text); // objects would need eval, which the page forbids itself
export const keys = Float64Array.from(rows, ([time]) => +time);
export const values = Float64Array.from(rows, ([, acceleration]) => +acceleration);
const queries = Float64Array.from({ length: 241 }, (_, i) => i / 4);

interface Result {
  readonly title: string;
  readonly estimate: Float64Array;
  readonly error: Float64Array;
}

export const motorcycleFigure = figure<Result>({
  id: "motorcycle",
  uses: ["rideKernel", "rideSigma"],
  async compute(computeService, { rideKernel, rideSigma }) {
    const input = { keys, values, kernel: rideKernel, bandwidth: rideSigma };
    const { mean, standardError } = await computeService.regressWithErrors(input, queries);
    return { title: `${titleOf(rideKernel)}, σ = ${rideSigma} ms`, estimate: mean, error: standardError };
  },
  draw(body, { title, estimate, error }) {
    const band = {
      x: queries,
      low: estimate.map((y, i) => y - 2 * error[i]),
      high: estimate.map((y, i) => y + 2 * error[i]),
    };
    const lines = [{ name: "estimate" as const, x: queries, y: estimate }];
    const axes = {
      x: [0, 60],
      y: [-140, 80],
      xLabel: "ms after impact",
      yLabel: "acceleration (g)",
    } as const;
    drawLinePanels(body, [{ title, lines, band, dots: { x: keys, y: values } }], { ...axes, aspect: 0.5 });
  },
  table: ({ estimate, error }) => ({
    columns: ["series", "time (ms)", "acceleration (g)", "standard error (g)"],
    rows: [
      ...Array.from(keys, (x, i) => ["data", x, values[i], ""]),
      ...Array.from(queries, (x, i) => ["estimate", x, estimate[i], error[i]]),
    ],
  }),
});
