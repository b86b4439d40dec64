/** Dot-product attention among unit vectors: softmax of q·k/τ, and the Gaussian that it is. */
import * as Plot from "@observablehq/plot";
import { weightColour } from "../draw/colours.ts";
import { asImage, cellsOf, linePanel } from "../draw/line-panels.ts";
import { figure } from "../figure.ts";

const KEYS = 24;
const full = 2 * Math.PI;
const on = (angle: number) => [Math.cos(angle), Math.sin(angle)];
/** Unevenly spread over the circle. */
const angles = Float64Array.from(
  { length: KEYS },
  (_, i) => (full * i) / KEYS + 0.35 * Math.sin((full * i) / KEYS),
);
const values = angles.map((a) => Math.sin(2 * a) + 0.4 * Math.cos(5 * a));
const turns = Float64Array.from({ length: 181 }, (_, i) => 2 * i);
const radians = (degrees: number) => (degrees * Math.PI) / 180;

interface Result {
  readonly degrees: number;
  readonly temperature: number;
  readonly weights: Float32Array;
  readonly softmax: Float64Array;
  readonly gaussian: Float64Array;
}

export const sphereFigure = figure<Result>({
  id: "sphere",
  uses: ["angle", "temperature"],
  async compute(computeService, { angle, temperature }) {
    const keys = Array.from(angles, on);
    const queries = Array.from(turns, (turn) => on(radians(turn)));
    const input = { keys, values, bandwidth: Math.sqrt(temperature) };
    const weights = await computeService.weigh(input, [on(radians(angle))]);
    const softmax = await computeService.attend({ keys, values, queries, temperature });
    const gaussian = await computeService.regress(input, queries);
    return { degrees: angle, temperature, weights, softmax, gaussian };
  },
  draw(body, { degrees, temperature, weights, softmax, gaussian }) {
    const [circle, line] = cellsOf(body, 2);
    const size = Math.min(circle.clientWidth, 340);
    /** As many units across as keep the circle round. */
    const across = (1.25 * (circle.clientWidth - 28)) / (size - 40);
    const largest = weights.reduce((most, w) => Math.max(most, w), 0);
    const [x, y] = on(radians(degrees));
    const index = Array.from(angles, (_, i) => i);
    const plot = Plot.plot({
      width: circle.clientWidth,
      height: size,
      ...{ margin: 14, marginTop: 26 },
      x: { domain: [-across, across], axis: null },
      y: { domain: [-1.25, 1.25], axis: null },
      r: { type: "identity" },
      color: { type: "identity" },
      opacity: { type: "identity" },
      marks: [
        Plot.text([`weights of ${KEYS} keys, τ = ${temperature}`], {
          frameAnchor: "top",
          dy: -18,
          fontWeight: "bold",
          fontSize: 12,
        }),
        Plot.line(
          Array.from(turns, (turn) => on(radians(turn))),
          { stroke: "var(--soft)" },
        ),
        Plot.arrow([[x, y]], {
          x1: 0,
          y1: 0,
          x2: x * 0.97,
          y2: y * 0.97,
          stroke: "var(--estimate)",
          strokeWidth: 2.5,
        }),
        Plot.dot(index, {
          className: "hero",
          x: (i: number) => Math.cos(angles[i]),
          y: (i: number) => Math.sin(angles[i]),
          r: (i: number) => 3 + 9 * Math.sqrt(weights[i] / largest),
          fill: (i: number) => weightColour(0.15 + (0.75 * weights[i]) / largest),
          stroke: "var(--soft)",
          strokeWidth: 0.6,
        }),
      ],
    });
    circle.replaceChildren(
      asImage(plot, `a query at ${degrees}° on a circle of ${KEYS} keys, each as large as its weight`),
    );
    const panel = {
      title: "softmax, and the Gaussian dashed",
      lines: [
        { name: "estimate" as const, x: turns, y: softmax },
        { name: "truth" as const, x: turns, y: gaussian },
      ],
      dots: { x: angles.map((a) => ((a * 360) / full + 360) % 360), y: values },
    };
    const axes = {
      x: [0, 360],
      y: [-1.8, 1.8],
      xLabel: "angle of the query (°)",
      yLabel: "value",
      aspect: 0.75,
    } as const;
    line.replaceChildren(linePanel(panel, axes, line.clientWidth));
  },
  table: ({ softmax, gaussian }) => ({
    columns: ["angle (°)", "softmax of q·k/τ", "Gaussian of |q − k|"],
    rows: Array.from(turns, (turn, i) => [turn, softmax[i], gaussian[i]]),
  }),
});
