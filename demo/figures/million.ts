/** Figure 8: as many keys as you like, and a query at every column of pixels, while σ is dragged. */

import { drawMillion } from "../draw/million.ts";
import { figure } from "../figure.ts";
import { millionPoints, range, rippled } from "../million-data.ts";
import type { ToyData } from "../toy-data.ts";

/** Columns of pixels. */
const QUERIES = 800;
const queries = Float64Array.from(
  { length: QUERIES },
  (_, i) => range[0] + ((i + 0.5) / QUERIES) * (range[1] - range[0]),
);

interface Result {
  readonly data: ToyData;
  readonly title: string;
  readonly estimate: Float64Array;
}

export const millionFigure = figure<Result>({
  id: "million",
  uses: ["million", "millionSigma"],
  async compute(computeService, { million, millionSigma }) {
    const data = millionPoints(million);
    const { mean, report } = await computeService.regressFast({ ...data, bandwidth: millionSigma }, queries);
    const title = `${million.toLocaleString("en")} keys, ${QUERIES} queries: ${report.method}, ${report.milliseconds.toFixed(0)} ms for ${report.pairs.toLocaleString("en")} pairs`;
    return { data, title, estimate: mean };
  },
  draw(body, { data, title, estimate }) {
    drawMillion(body, { title, ...data, queries, estimate, truth: queries.map(rippled), range });
  },
  table: ({ estimate }) => ({
    columns: ["query", "estimate", "truth"],
    rows: Array.from(queries, (x, i) => [x, estimate[i], rippled(x)]),
  }),
});
