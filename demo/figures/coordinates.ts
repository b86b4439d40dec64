/** One width for both coordinates, or one for each, where only one of them matters. */
import { randomLcg, randomNormal, randomUniform } from "d3-random";
import { drawFields } from "../draw/field.ts";
import { figure } from "../figure.ts";

const SIDE = 48;
const KEYS = 300;
const NOISE = 0.4;

/** y = sin 8x₁ + noise, whatever x₂ is. */
function data() {
  const source = randomLcg(0.42);
  const uniform = randomUniform.source(source)(0, 1);
  const normal = randomNormal.source(source)(0, NOISE);
  const keys = Array.from({ length: KEYS }, () => [uniform(), uniform()]);
  return { keys, values: Float64Array.from(keys, ([x]) => Math.sin(8 * x) + normal()) };
}

const grid = Array.from({ length: SIDE * SIDE }, (_, i) => [
  ((i % SIDE) + 0.5) / SIDE,
  (Math.floor(i / SIDE) + 0.5) / SIDE,
]);
const shared = Array.from({ length: 12 }, (_, i) => 0.03 * 1.25 ** i);

interface Fit {
  readonly bandwidth: readonly number[];
  /** Of predicting each key by the others. */
  readonly error: number;
  /** Over the grid, from the truth: the root of the mean square. */
  readonly missed: number;
  readonly mean: Float64Array;
}

interface Result {
  readonly keys: readonly (readonly number[])[];
  readonly values: Float64Array;
  readonly fits: readonly Fit[];
}

export const coordinatesFigure = figure<Result>({
  id: "coordinates",
  uses: [],
  async compute(computeService) {
    const { keys, values } = data();
    const same = await computeService.bestOf(
      { keys, values },
      shared.map((h) => [h, h]),
    );
    const steps = await computeService.learnWidth(
      { keys, values, bandwidth: same },
      { steps: 50, learningRate: 0.3 },
    );
    const own = steps[steps.length - 1].bandwidth;
    const fits = [];
    for (const bandwidth of [same, own]) {
      const { mean, error } = await computeService.looPredictions(
        { keys, values, bandwidth: [...bandwidth] },
        grid,
      );
      const squares = grid.reduce((sum, [x], i) => sum + (mean[i] - Math.sin(8 * x)) ** 2, 0);
      fits.push({ bandwidth, error, missed: Math.sqrt(squares / grid.length), mean });
    }
    return { keys, values, fits };
  },
  draw(body, { keys, values, fits }) {
    const names = ["one bandwidth", "one for each"];
    drawFields(
      body,
      fits.map(({ bandwidth, missed, mean }, i) => ({
        title: `${names[i]}: ${[...new Set(bandwidth)].map((h) => h.toPrecision(2)).join(" × ")}, off by ${missed.toFixed(2)}`,
        columns: SIDE,
        values: mean,
        points: keys.map(([x, y], k) => ({ x, y, value: values[k] })),
      })),
      { least: -1.6, most: 1.6, xLabel: "x₁", yLabel: "x₂" },
    );
  },
  table: ({ fits }) => ({
    columns: ["σ₁", "σ₂", "leave-one-out error", "off by", "x₁", "x₂", "estimate"],
    rows: fits.flatMap(({ bandwidth, error, missed, mean }) =>
      grid.map(([x, y], i) => [bandwidth[0], bandwidth[1], error, missed, x, y, mean[i]]),
    ),
  }),
});
