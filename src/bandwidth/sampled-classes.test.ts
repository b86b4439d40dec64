/** Scores of a classifier's bandwidths on a sample of many rows. */
import { expect, test } from "vitest";
import { Engine } from "../index.ts";
import { kernels } from "../kernels/builtin.ts";
import { draw } from "../testing/random.ts";
import { sharesOf } from "../weighting/class-shares.ts";
import { sampleOf } from "./row-sample.ts";
import { brierScoreOf } from "./select-classes.ts";

test("scores a random sample with the class masses of the sample, so that rare classes are left out in full", async () => {
  const engine = await Engine.create({ backend: "cpu", workers: 0 });
  const random = draw(17);
  const count = 2 ** 13;
  const codes = Uint32Array.from({ length: count }, (_, i) => Number(i % 1000 === 7));
  const data = Float64Array.from({ length: 2 * count }, (_, i) => 2 * codes[i >> 1] + random.normal());
  const keys = { data, count, dims: 2 };
  const spec = { keys, kernel: kernels.get("gaussian")!, shape: "radial", adaptive: false, engine } as const;
  const given = { ...spec, withBandwidth: async (bandwidth: readonly number[]) => ({ ...spec, bandwidth }) };
  const sample = sampleOf(given)!;
  const { rows } = sample;
  const oneHot = () => ({
    data: Float64Array.from({ length: 2 * count }, (_, i) => Number(codes[i >> 1] === i % 2)),
    ...{ count, dims: 2 },
  });
  const classes = { codes, shares: sharesOf(codes, 2), priors: Float64Array.of(0.5, 0.5), oneHot };
  const score = await brierScoreOf(given, classes, {})(sample.given, sample)(
    await sample.given.withBandwidth([0.7, 0.7]),
  );

  const members = [0, 1].map((c) => rows.filter((row) => codes[row] === c).length);
  expect(members[1]).toBeGreaterThan(1);
  expect(members[1]).toBeLessThan(6);
  let expected = 0;
  for (const row of rows) {
    const sums = [0, 0];
    for (const other of rows) {
      if (other === row) continue;
      const squared = (data[2 * row] - data[2 * other]) ** 2 + (data[2 * row + 1] - data[2 * other + 1]) ** 2;
      sums[codes[other]] += Math.exp(-squared / (2 * 0.7 ** 2));
    }
    const [common, rare] = sums.map((sum, c) => sum / (members[c] - Number(codes[row] === c)));
    expected += 2 * (rare / (common + rare) - codes[row]) ** 2;
  }
  expect(score).toBeCloseTo(expected / rows.length, 6);
  engine.dispose();
});
