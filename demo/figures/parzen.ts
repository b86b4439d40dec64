/** The same probabilities twice: from the keys' weights, and from Parzen's densities of each class. */
import { classColours } from "../draw/class-map.ts";
import { drawLinePanels } from "../draw/line-panels.ts";
import { figure } from "../figure.ts";
import { birds, measurements } from "./penguins.ts";

const POINTS = 161;

interface Result {
  readonly name: string;
  readonly queries: Float64Array;
  readonly classes: readonly string[];
  /** Share × density of each class, class by class. */
  readonly parts: readonly Float64Array[];
  /** From the weights: queries × classes. */
  readonly probability: Float64Array;
}

export const parzenFigure = figure<Result>({
  id: "parzen",
  uses: ["birdX", "birdSigma"],
  async compute(computeService, { birdX, birdSigma }) {
    const name = measurements[birdX];
    const { x, labels, spread } = birds(birdX);
    const [low, high] = [Math.min(...x), Math.max(...x)];
    const queries = Float64Array.from({ length: POINTS }, (_, i) => low + (i / (POINTS - 1)) * (high - low));
    const bandwidth = [birdSigma * spread];
    const { probability, classes } = await computeService.classify(x, labels, bandwidth, queries);
    const parts = [];
    for (const label of classes) {
      const keys = x.filter((_, i) => labels[i] === label);
      const { density } = await computeService.density({ keys, bandwidth }, queries);
      parts.push(density.map((f) => (f * keys.length) / x.length));
    }
    return { name, queries, classes, parts, probability };
  },
  draw(body, { name, queries, classes, parts, probability }) {
    const k = classes.length;
    const most = Math.max(...parts.flatMap((part) => [...part]));
    const sum = queries.map((_, q) => parts.reduce((total, part) => total + part[q], 0));
    const lines = (of: (c: number) => Float64Array) =>
      classes.map((_, c) => ({ name: "class" as const, colour: classColours[c], x: queries, y: of(c) }));
    const quotients = parts.map((part) => ({
      name: "truth" as const,
      x: queries,
      y: part.map((f, q) => f / sum[q]),
    }));
    const probabilities = lines((c) => queries.map((_, q) => probability[q * k + c]));
    drawLinePanels(
      body,
      [
        { title: "share × density of each species", lines: lines((c) => parts[c]) },
        {
          title: "probability; quotients of densities dashed",
          lines: [...probabilities, ...quotients],
          axes: { y: [0, 1.02], yLabel: "probability" },
        },
      ],
      {
        ...{ x: [queries[0], queries[POINTS - 1]], xLabel: name, aspect: 0.6 },
        ...{ y: [0, most * 1.05], yLabel: "density" },
      },
    );
  },
  table: ({ queries, classes, parts, probability }) => ({
    columns: ["x", "species", "share × density", "probability"],
    rows: Array.from(queries, (x, q) =>
      classes.map((label, c) => [x, label, parts[c][q], probability[q * classes.length + c]]),
    ).flat(),
  }),
});
