/** Bands hold the truth, where bands of earlier versions did not. */
import { expect, test } from "vitest";
import { Engine, KernelRegression } from "../../index.ts";
import { draw } from "../../testing/random.ts";
import { isWideRing } from "../../testing/ring.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });
const quiet = { engine, onWarning: () => {} };
const wave = (x: number) => Math.sin(2 * Math.PI * x);

/** The Nadaraya–Watson mean of a Gaussian in one coordinate. */
function meanAt(keys: ArrayLike<number>, values: ArrayLike<number>, h: number, query: number): number {
  let [sum, all] = [0, 0];
  for (let i = 0; i < keys.length; i++) {
    const weight = Math.exp(-(((query - keys[i]) / h) ** 2) / 2);
    sum += weight * values[i];
    all += weight;
  }
  return sum / all;
}

test.runIf(isWideRing)(
  "simultaneous bootstrap bands of 95 % hold the truth's smooth in nine samples of ten",
  async () => {
    const h = 0.06;
    const queries = Array.from({ length: 17 }, (_, i) => 0.1 + i * 0.05);
    const random = draw(1);
    let held = 0;
    const samples = 60;
    for (let sample = 0; sample < samples; sample++) {
      const keys = Float64Array.from({ length: 50 }, () => random.uniform(0, 1));
      const values = keys.map((x) => wave(x) + 0.3 * random.normal());
      const model = await KernelRegression.fit({ keys, values, bandwidth: h }, quiet);
      const bands = await model.bootstrap(queries, { replicates: 200, confidence: 0.95 });
      const truth = queries.map((query) => meanAt(keys, keys.map(wave), h, query));
      if (truth.every((t, q) => bands.simultaneousLower[q] <= t && t <= bands.simultaneousUpper[q])) held++;
    }
    expect(held / samples).toBeGreaterThan(0.88); // 95 % less two and a half standard deviations of 60 samples
  },
);

test.runIf(isWideRing)(
  "weights of 1/variance give the standard error that repeated samples have, as precisions",
  async () => {
    const [h, query] = [0.15, 0.5];
    const random = draw(7);
    const deviations = Array.from({ length: 120 }, () => (random.uniform(0, 1) < 0.5 ? 0.05 : 0.5));
    const sampleWeights = deviations.map((sd) => sd ** -2);
    const keys = Float64Array.from({ length: 120 }, (_, i) => (i + 0.5) / 120);
    const means: number[] = [];
    const errors = { precision: [] as number[], importance: [] as number[] };
    for (let sample = 0; sample < 150; sample++) {
      const values = keys.map((x, i) => x + deviations[i] * random.normal()); // a line has no bias
      for (const weightType of ["precision", "importance"] as const) {
        const input = { keys, values, degree: 1 as const, bandwidth: h, sampleWeights, weightType };
        const model = await KernelRegression.fit(input, quiet);
        const { mean, standardError } = await model.predict([query], { standardError: true });
        if (weightType === "precision") means.push(mean[0]);
        errors[weightType].push(standardError![0]);
      }
    }
    const average = (all: readonly number[]) => all.reduce((sum, x) => sum + x, 0) / all.length;
    const centre = average(means);
    const spread = Math.sqrt(average(means.map((mean) => (mean - centre) ** 2)));
    // The spread of 150 samples is known to 6 %.
    expect(average(errors.precision) / spread).toBeLessThan(1.25);
    expect(average(errors.precision) / spread).toBeGreaterThan(0.8);
    // What docs/guide/rows.md says of importance weights.
    expect(average(errors.importance) / average(errors.precision)).toBeCloseTo(1.9, 0.7);
  },
);

test("95 % bands of degree 0 hold the truth nine times of ten at the ends of the data", async () => {
  const queries = [0, 0.01, 0.99, 1];
  const random = draw(1);
  let held = 0;
  const samples = 100;
  for (let sample = 0; sample < samples; sample++) {
    const keys = Float64Array.from({ length: 200 }, () => random.uniform(0, 1));
    const values = keys.map((x) => wave(x) + 0.3 * random.normal());
    const model = await KernelRegression.fit({ keys, values, bandwidth: 0.034 }, quiet);
    const { lower, upper } = await model.predict(queries, { confidence: 0.95 });
    held += queries.filter((x, q) => lower![q] <= wave(x) && wave(x) <= upper![q]).length;
  }
  expect(held / samples / queries.length).toBeGreaterThan(0.91);
});
