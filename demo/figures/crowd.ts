/** Figure 8: as many keys as you like, and a query at every column of pixels, while σ is dragged. */
import { crowdData, range, rippled } from "../crowd-data.ts";
import { drawCrowd } from "../draw/crowd.ts";
import { figure } from "../figure.ts";
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

export const crowdFigure = figure<Result>({
  id: "crowd",
  uses: ["crowd", "crowdSigma"],
  async compute(computeService, { crowd, crowdSigma }) {
    const data = crowdData(crowd);
    const { mean, report } = await computeService.regressFast({ ...data, bandwidth: crowdSigma }, queries);
    const title = `${crowd.toLocaleString("en")} keys, ${QUERIES} queries: ${report.method}, ${report.milliseconds.toFixed(0)} ms for ${report.pairs.toLocaleString("en")} pairs`;
    return { data, title, estimate: mean };
  },
  draw(body, { data, title, estimate }) {
    drawCrowd(body, { title, ...data, queries, estimate, truth: queries.map(rippled), range });
  },
  table: ({ estimate }) => ({
    columns: ["query", "estimate", "truth"],
    rows: Array.from(queries, (x, i) => [x, estimate[i], rippled(x)]),
  }),
});
