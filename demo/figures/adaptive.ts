/** A density with one width for all keys, and with a width for each. */
import { randomLcg, randomLogNormal } from "d3-random";
import { drawLinePanels } from "../draw/line-panels.ts";
import { figure } from "../figure.ts";

const KEYS = 400;
const queries = Float64Array.from({ length: 241 }, (_, i) => i / 20);
const truth = (x: number) =>
  x > 0 ? Math.exp((-4 * Math.log(x) ** 2) / (2 * 3)) / (x * Math.sqrt((2 * Math.PI * 3) / 4)) : 0;

interface Result {
  readonly panels: readonly { readonly title: string; readonly density: Float64Array }[];
}

export const adaptiveFigure = figure<Result>({
  id: "adaptive",
  uses: [],
  async compute(computeService) {
    const draw = randomLogNormal.source(randomLcg(0.3))(0, Math.sqrt(3) / 2);
    const keys = Float64Array.from({ length: KEYS }, () => draw());
    const panels = [];
    for (const adaptive of [false, true]) {
      const { density, bandwidth } = await computeService.density({ keys, adaptive }, queries);
      const missed = density.reduce((sum, f, i) => sum + Math.abs(f - truth(queries[i])) / 20, 0);
      const name = adaptive ? "a bandwidth for each key" : `one bandwidth, ${bandwidth[0].toPrecision(2)}`;
      panels.push({ title: `${name}: off by ${(100 * missed).toFixed(0)} %`, density });
    }
    return { panels };
  },
  draw(body, { panels }) {
    const lines = (density: Float64Array) => [
      { name: "truth" as const, x: queries, y: queries.map(truth) },
      { name: "estimate" as const, x: queries, y: density },
    ];
    drawLinePanels(
      body,
      panels.map(({ title, density }) => ({ title, lines: lines(density) })),
      { x: [0, 8], y: [0, 0.8], xLabel: "x", yLabel: "density", aspect: 0.6 },
    );
  },
  table: ({ panels }) => ({
    columns: ["bandwidths", "x", "truth", "density"],
    rows: panels.flatMap(({ density }, i) =>
      Array.from(queries, (x, q) => [i === 0 ? "one" : "each", x, truth(x), density[q]]),
    ),
  }),
});
