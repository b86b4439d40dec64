/** Faults of key weights that are known and not mended yet: equivalent kernels, conditional densities, weights of 0. */
import { describe, expect } from "vitest";
import { Engine, KernelRegression, NadarayaError } from "../../index.ts";
import { openFault } from "../open-faults.ts";
import { draw } from "../random.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });
const quiet = { engine, onWarning: () => {} };

/** Runs the checks unless the combination of features is refused, which is right as well. */
async function unlessRefused(checks: () => Promise<void>): Promise<void> {
  try {
    await checks();
  } catch (error) {
    if (!(error instanceof NadarayaError && error.code === "unsupported")) throw error;
  }
}

describe("degree 1", () => {
  const keys = Array.from({ length: 50 }, (_, i) => i / 10);
  const values = keys.map((x) => 10 * x);
  const model = KernelRegression.fit({ keys, values, degree: 1, bandwidth: 1 }, quiet);

  openFault("N", "statistics F10", "weights times values are the mean, or weights are refused", () =>
    unlessRefused(async () => {
      const { data } = await (await model).weights([7]);
      const sum = data.reduce((all, weight, i) => all + weight * values[i], 0);
      expect(sum).toBeCloseTo(70, 2); // the line's value
    }),
  );

  openFault("N", "statistics F10", "quantiles of a line without noise are the line, or are refused", () =>
    unlessRefused(async () => {
      const quantiles = await (await model).quantiles([7], [0.1, 0.5, 0.9]);
      for (const quantile of quantiles) expect(quantile).toBeCloseTo(70, 1);
    }),
  );
});

openFault(
  "N",
  "statistics S5",
  "conditional densities of values in two bands are as wide as the bands by default",
  async () => {
    const random = draw(6);
    const sample = () => {
      const keys = Array.from({ length: 200 }, () => random.uniform(0, 1));
      return { keys, values: keys.map((_, i) => (i % 2 ? 2 : -2) + 0.3 * random.normal()) };
    };
    const model = await KernelRegression.fit({ ...sample(), bandwidth: 0.2 }, quiet);
    const { keys, values } = sample();
    const mean = (all: Float64Array) => all.reduce((sum, x) => sum + x, 0) / all.length;
    const best = mean(await model.conditionalDensity(keys, values, { bandwidth: 0.2 }));
    expect(mean(await model.conditionalDensity(keys, values))).toBeGreaterThan(best - 0.1);
  },
);

openFault("S", "statistics S6", "a row of weight 0 is as good as none", async () => {
  const input = { keys: [1, 2, 3, 4], values: [1, 2, 9, 4], sampleWeights: [1, 1, 0, 1], bandwidth: 1 };
  const predicted = KernelRegression.fit(input, quiet).then((model) => model.predict([2.5]));
  await expect(predicted).resolves.toBeDefined();
  const weights = [1.5, 0.5, 1.5].map((u) => Math.exp((-u * u) / 2));
  const mean = (weights[0] + 2 * weights[1] + 4 * weights[2]) / (weights[0] + weights[1] + weights[2]);
  expect((await predicted).mean[0]).toBeCloseTo(mean, 6);
});
