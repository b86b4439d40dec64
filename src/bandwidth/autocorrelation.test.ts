/** Warnings of correlated noise: what raises them, and how rarely white noise does. */
import { describe, expect, test } from "vitest";
import { Engine, KernelRegression } from "../index.ts";
import { draw } from "../testing/random.ts";
import { isWideRing } from "../testing/ring.ts";
import { noiseCorrelation } from "./autocorrelation.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });
const quiet = { engine, onWarning: () => {} };

type Random = ReturnType<typeof draw>;
/** n values of a curve at rising keys of [0, 1], with noise whose correlation is so much from one key to the next. */
function sample(
  random: Random,
  n: number,
  correlation: number,
  curve: (x: number) => number,
  isRandom = false,
) {
  const keys = Float64Array.from({ length: n }, (_, i) => (isRandom ? random.uniform(0, 1) : i / n)).sort();
  let noise = random.normal();
  const values = keys.map((x) => {
    noise = correlation * noise + Math.sqrt(1 - correlation ** 2) * random.normal();
    return curve(x) + 0.3 * noise;
  });
  return { keys, values };
}
const found = ({ keys, values }: { keys: Float64Array; values: Float64Array }) =>
  noiseCorrelation(
    { data: keys, count: keys.length, dims: 1 },
    { data: values, count: keys.length, dims: 1 },
  );
/** How many of `runs` samples are found to be correlated. */
function count(runs: number, of: (random: Random) => ReturnType<typeof sample>): number {
  const random = draw(55);
  return Array.from({ length: runs }, () => found(of(random))).filter((each) => each !== undefined).length;
}
const RUNS = isWideRing ? 1000 : 20;
const wave = (x: number) => Math.sin(2 * Math.PI * x);

test.each(["loo", "aicc", "kfold", "plug-in"] as const)('"%s" warns of it', async (bandwidth) => {
  const input = sample(draw(5), 150, 0.9, wave);
  const { selection } = await KernelRegression.fit({ ...input, degree: 1, bandwidth }, quiet);
  expect(selection!.warning).toMatch(/the noise is correlated/);
});

describe("white noise on curves that bend over many keys raises at most 1 warning in 100", () => {
  test.each([
    ["no curve", () => 0],
    ["a line", (x: number) => 3 * x],
    ["a wave", wave],
  ] as const)("%s", (_, curve) => {
    for (const n of [100, 400])
      for (const isRandom of [false, true])
        expect(count(RUNS, (random) => sample(random, n, 0, curve, isRandom))).toBeLessThanOrEqual(
          RUNS / 100,
        );
  });
});

test("noise with a correlation of 0.6 from key to key is found in 8 of 10 samples of 150 keys", () => {
  expect(count(RUNS, (random) => sample(random, 150, 0.6, wave))).toBeGreaterThan(0.8 * RUNS);
  expect(count(RUNS, (random) => sample(random, 150, 0.9, wave))).toBeGreaterThan(0.8 * RUNS);
});

test("keys that coincide are one, and units and order do not matter", () => {
  const { keys, values } = sample(draw(8), 200, 0.7, wave);
  const correlation = found({ keys, values })!;
  expect(correlation).toBeGreaterThan(0.3);
  const backwards = {
    keys: keys.toReversed().map((x) => 1e9 * x),
    values: values.toReversed().map((y) => 1e-9 * y),
  };
  expect(found(backwards)).toBeCloseTo(correlation, 6);
  const twice = { keys: Float64Array.of(...keys, ...keys), values: Float64Array.of(...values, ...values) };
  expect(found(twice)).toBeCloseTo(correlation, 10);
  expect(found({ keys: keys.map((x) => Math.round(20 * x)), values })).toBeUndefined();
});
