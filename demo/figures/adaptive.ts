/** A density with one width for all keys, and with a width for each. */
import { randomLcg, randomNormal, randomUniform } from "d3-random";
import { drawLinePanels } from "../draw/line-panels.ts";
import { figure } from "../figure.ts";

const KEYS = 1000;
const [LEAST, MOST, STEPS] = [-4, 4, 800];
const queries = Float64Array.from({ length: STEPS + 1 }, (_, i) => LEAST + ((MOST - LEAST) * i) / STEPS);
const normal = (x: number, deviation: number) =>
  Math.exp(-0.5 * (x / deviation) ** 2) / (deviation * Math.sqrt(2 * Math.PI));
/** Marron and Wand's fourth (1992): two thirds of a normal, one third of a normal a tenth as wide. */
const truth = (x: number) => (2 / 3) * normal(x, 1) + (1 / 3) * normal(x, 0.1);

function sample(): Float64Array {
  const source = randomLcg(0.11);
  const [draw, uniform] = [randomNormal.source(source)(0, 1), randomUniform.source(source)(0, 1)];
  return Float64Array.from({ length: KEYS }, () => draw() * (uniform() < 2 / 3 ? 1 : 0.1));
}

interface Result {
  readonly panels: readonly { readonly title: string; readonly density: Float64Array }[];
}

export const adaptiveFigure = figure<Result>({
  id: "adaptive",
  uses: [],
  async compute(computeService) {
    const keys = sample();
    const panels = [];
    for (const adaptive of [false, true]) {
      const { density, bandwidth } = await computeService.density({ keys, adaptive }, queries);
      const missed = density.reduce(
        (sum, f, i) => sum + Math.abs(f - truth(queries[i])) * ((MOST - LEAST) / STEPS),
        0,
      );
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
      { x: [-3, 3], y: [0, 1.7], xLabel: "x", yLabel: "density", aspect: 0.6 },
    );
  },
  table: ({ panels }) => ({
    columns: ["bandwidths", "x", "truth", "density"],
    rows: panels.flatMap(({ density }, i) =>
      Array.from(queries, (x, q) => [i === 0 ? "one" : "each", x, truth(x), density[q]]),
    ),
  }),
});
