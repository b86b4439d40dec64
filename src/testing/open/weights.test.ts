/** Faults of key weights that are known and not mended yet: conditional densities, weights of 0. */
import { expect } from "vitest";
import { Engine, KernelRegression } from "../../index.ts";
import { openFault } from "../open-faults.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });
const quiet = { engine, onWarning: () => {} };

openFault("S", "statistics S6", "a row of weight 0 is as good as none", async () => {
  const input = { keys: [1, 2, 3, 4], values: [1, 2, 9, 4], sampleWeights: [1, 1, 0, 1], bandwidth: 1 };
  const predicted = KernelRegression.fit(input, quiet).then((model) => model.predict([2.5]));
  await expect(predicted).resolves.toBeDefined();
  const weights = [1.5, 0.5, 1.5].map((u) => Math.exp((-u * u) / 2));
  const mean = (weights[0] + 2 * weights[1] + 4 * weights[2]) / (weights[0] + weights[1] + weights[2]);
  expect((await predicted).mean[0]).toBeCloseTo(mean, 6);
});
