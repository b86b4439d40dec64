/** Searches against all bandwidths of a fine grid over the range that the keys resolve: several minima, also narrow ones. */
import { expect, test } from "vitest";
import { Engine, KernelRegression } from "../index.ts";
import { score } from "../reference/index.ts";
import { draw } from "../testing/random.ts";
import { isWideRing } from "../testing/ring.ts";
import { errorsOf, unlikeGroups } from "../testing/unlike-groups.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });
const quiet = { engine, onWarning: () => {} };
const wave = (period: number, x: number) => Math.sin((2 * Math.PI * x) / period);

/** The mean squared error of predicting each of the values at 0, 1, 2, … by all others, by the definition. */
function errorAt(values: Float64Array, h: number): number {
  const reach = Math.min(values.length - 1, Math.ceil(7 * h) + 2);
  // Relative to the nearest key, which the narrowest bandwidth sees alone.
  const weights = Array.from({ length: reach }, (_, k) => Math.exp((1 - (k + 1) ** 2) / (2 * h * h)));
  const errors = values.map((own, i) => {
    let [sum, all] = [0, 0];
    for (const [k, weight] of weights.entries())
      for (const other of [i - k - 1, i + k + 1]) {
        if (!(other >= 0 && other < values.length)) continue;
        sum += weight * values[other];
        all += weight;
      }
    return (own - sum / all) ** 2;
  });
  return errors.reduce((sum, error) => sum + error, 0) / values.length;
}

const shortPeriods = [
  ["half a day's hours in a year", 4380, (x: number) => 10 * wave(8760, x) + 5 * wave(24, x), 1],
  ["a period of eight keys", 2000, (x: number) => wave(2000, x) + 0.5 * wave(8, x), 0.1],
  ["a trend and every other key", 300, (x: number) => wave(300, x) + 0.3 * wave(3, x), 0.05],
  // More keys than narrow bandwidths are first tried on, and than the first grid takes.
  ["many keys", 9000, (x: number) => 3 * wave(9000, x) + wave(24, x), 0.3],
  ["a sample of many keys", 33_000, (x: number) => 3 * wave(33_000, x) + wave(24, x), 0.3],
] as const;
test.each(
  isWideRing ? shortPeriods : shortPeriods.slice(1, 3),
)("the minimum of a short period is found beside that of a trend: %s", async (_, n, curve, sd) => {
  const random = draw(4);
  const keys = Float64Array.from({ length: n }, (_, i) => i);
  const values = keys.map((x) => curve(x) + sd * random.normal());
  const { bandwidth } = await KernelRegression.fit({ keys, values, bandwidth: "loo" }, quiet);
  const least = Math.min(...Array.from({ length: 30 }, (_, i) => errorAt(values, 0.2 * 1.15 ** i)));
  expect(errorAt(values, bandwidth[0]) / least).toBeLessThan(1.03);
});

test.runIf(isWideRing)("a coordinate of a short period is found beside one that says nothing", async () => {
  const random = draw(8);
  const keys = Array.from({ length: 400 }, () => [random.uniform(0, 1), random.uniform(0, 1)]);
  const values = keys.map(([x]) => [wave(0.1, x) + 0.2 * random.normal()]);
  const { bandwidth } = await KernelRegression.fit({ keys, values, bandwidth: "loo" }, quiet);
  const scoreAt = (h: readonly number[]) => score({ keys, values, kernel: "gaussian", bandwidth: h }, "loo");
  const least = Math.min(...[0.006, 0.008, 0.011, 0.015].map((h) => scoreAt([h, 5])));
  expect(scoreAt(bandwidth) / least).toBeLessThan(1.03);
});

test.each([
  [90, [0.006546, 0.6807]],
  [72, [0.003227, 0.07355]],
] as const)("the deepest of many valleys of groups of unlike widths is found: sample %i", async (seed, best) => {
  const { keys, values } = unlikeGroups(seed, 100);
  const { bandwidth } = await KernelRegression.fit({ keys, values, bandwidth: "loo" }, quiet);
  const errorAt = errorsOf(keys, values);
  expect(errorAt(bandwidth) / errorAt(best)).toBeLessThan(1.001);
});
