/** Bands hold the truth about as often as they promise. */
import { describe, expect, test } from "vitest";
import { Engine, KernelRegression, type RegressionInput } from "../../index.ts";
import { draw } from "../../testing/random.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });
const REPLICATES = 150;

/** The share of queries inside the data, over replicates, at which the band of 95 % holds the truth. */
async function coverage(
  truth: (x: number) => number,
  noise: (x: number) => number,
  n: number,
  more: Pick<RegressionInput, "degree" | "bandwidth" | "kernel">,
): Promise<number> {
  const queries = Array.from({ length: 17 }, (_, i) => 0.1 + i * 0.05);
  let [inside, all] = [0, 0];
  for (let replicate = 0; replicate < REPLICATES; replicate++) {
    const random = draw(replicate + 1);
    const keys = Float64Array.from({ length: n }, () => random.uniform(0, 1));
    const values = keys.map((x) => truth(x) + noise(x) * random.normal());
    const model = await KernelRegression.fit({ keys, values, ...more }, { engine, onWarning: () => {} });
    const { lower, upper } = await model.predict(queries, { confidence: 0.95 });
    for (const [q, x] of queries.entries()) {
      all++;
      if (lower![q] <= truth(x) && truth(x) <= upper![q]) inside++;
    }
  }
  return inside / all;
}

const wave = (x: number) => Math.sin(2 * Math.PI * x);
const noises = { constant: () => 0.3, changing: (x: number) => 0.1 + 0.5 * x };

describe.each(["constant", "changing"] as const)("95 %% bands, %s noise", (noise) => {
  test.each<[number, Pick<RegressionInput, "degree" | "bandwidth" | "kernel">]>([
    [200, { degree: 0, bandwidth: 0.03 }],
    [200, { degree: 1, bandwidth: 0.03 }],
    [400, { degree: 1, bandwidth: 0.05 }],
    [200, { degree: 2, bandwidth: 0.1 }],
    [400, { degree: 1, bandwidth: 0.12, kernel: "epanechnikov" }],
    [200, { degree: 0, bandwidth: "loo" }],
    [200, { degree: 1, bandwidth: "loo" }],
  ])("%i keys, %j", async (n, more) => {
    const share = await coverage(wave, noises[noise], n, more);
    expect(share).toBeGreaterThan(0.93);
    expect(share).toBeLessThan(0.97);
  });
});
