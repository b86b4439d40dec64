/** From the Gaussian to dot-product attention, by one slider: keys of different lengths, and one extra weight for each. */
import * as Plot from "@observablehq/plot";
import { weightColour } from "../draw/colours.ts";
import { asImage, cellsOf, linePanel } from "../draw/line-panels.ts";
import { figure } from "../figure.ts";

const KEYS = 24;
const full = 2 * Math.PI;
const index = Array.from({ length: KEYS }, (_, i) => i);
/** Evenly around, in turn near and far. */
const angles = index.map((i) => (full * i) / KEYS);
const lengths = index.map((i) => [0.7, 1, 1.5][i % 3]);
const keys = index.map((i) => [lengths[i] * Math.cos(angles[i]), lengths[i] * Math.sin(angles[i])]);
const values = Float64Array.from(index, (i) => Math.sin(2 * angles[i]) + 0.6 * (lengths[i] - 1));
const turns = Float64Array.from({ length: 181 }, (_, i) => 2 * i);
const onCircle = (degrees: number) => [
  Math.cos((degrees * Math.PI) / 180),
  Math.sin((degrees * Math.PI) / 180),
];
const EXTENT = 1.75;

interface Result {
  readonly degrees: number;
  readonly lambda: number;
  readonly weights: Float32Array;
  readonly output: Float64Array;
}

export const bridgeFigure = figure<Result>({
  id: "bridge",
  uses: ["angle", "temperature", "lambda"],
  async compute(computeService, { angle, temperature, lambda }) {
    const sampleWeights = lengths.map((length) => Math.exp((lambda * length ** 2) / (2 * temperature)));
    const input = { keys, values, sampleWeights, bandwidth: Math.sqrt(temperature) };
    const weights = await computeService.weigh(input, [onCircle(angle)]);
    const output = await computeService.regress(input, Array.from(turns, onCircle));
    return { degrees: angle, lambda, weights, output };
  },
  draw(body, { degrees, lambda, weights, output }) {
    const [plane, line] = cellsOf(body, 2);
    const size = Math.min(plane.clientWidth, 340);
    const across = (EXTENT * (plane.clientWidth - 28)) / (size - 40);
    const largest = weights.reduce((most, w) => Math.max(most, w), 0);
    const [x, y] = onCircle(degrees);
    const plot = Plot.plot({
      ...{ width: plane.clientWidth, height: size, margin: 14, marginTop: 26 },
      x: { domain: [-across, across], axis: null },
      y: { domain: [-EXTENT, EXTENT], axis: null },
      r: { type: "identity" },
      color: { type: "identity" },
      marks: [
        Plot.text([`weights of ${KEYS} keys, λ = ${lambda}`], {
          ...{ frameAnchor: "top", dy: -18, fontWeight: "bold", fontSize: 12 },
        }),
        Plot.line(Array.from(turns, onCircle), { stroke: "var(--soft)" }),
        Plot.arrow([[x, y]], {
          ...{ x1: 0, y1: 0, x2: x * 0.97, y2: y * 0.97 },
          ...{ stroke: "var(--estimate)", strokeWidth: 2.5 },
        }),
        Plot.dot(index, {
          className: "hero",
          x: (i: number) => keys[i][0],
          y: (i: number) => keys[i][1],
          r: (i: number) => 3 + 9 * Math.sqrt(weights[i] / largest),
          fill: (i: number) => weightColour(0.15 + (0.75 * weights[i]) / largest),
          ...{ stroke: "var(--soft)", strokeWidth: 0.6 },
        }),
      ],
    });
    const heaviest = weights.indexOf(largest);
    plane.replaceChildren(
      asImage(
        plot,
        `a query at ${degrees}° among ${KEYS} keys of three lengths; the heaviest has length ${lengths[heaviest]}`,
      ),
    );
    const panel = {
      title: "output for every query",
      lines: [{ name: "estimate" as const, x: turns, y: output }],
      dots: { x: angles.map((a) => (a * 360) / full), y: values },
    };
    const axes = {
      ...({ x: [0, 360], y: [-1.5, 1.7] } as const),
      ...{ xLabel: "angle of the query (°)", yLabel: "value", aspect: 0.75 },
    };
    line.replaceChildren(linePanel(panel, axes, line.clientWidth));
  },
  table: ({ lambda, output }) => ({
    columns: ["λ", "angle (°)", "output"],
    rows: Array.from(turns, (turn, i) => [lambda, turn, output[i]]),
  }),
});
