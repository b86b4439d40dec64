/** Categorical coordinates: against the kernels of R's np written out. */
import { describe, expect, test } from "vitest";
import { Engine, KernelClassifier, KernelDensity, KernelRegression } from "../index.ts";
import { gpuEngine } from "../testing/engines.ts";
import { draw, largestDifference } from "../testing/random.ts";
import { isWideRing } from "../testing/ring.ts";
import { errorsOf } from "../testing/standard-error.ts";

const engines = { gpu: await gpuEngine(), cpu: await Engine.create({ backend: "cpu" }) };

const random = draw(61);
const n = 160;
const coordinates = ["continuous", "aitchison-aitken", "li-racine", "wang-van-ryzin"] as const;
const keys = Array.from({ length: n }, () => [
  random.uniform(0, 3),
  [4, 7, 9, 30][random.integer(0, 4)],
  random.integer(0, 2),
  random.integer(0, 5),
]);
const values = keys.map(([x, a, b, c]) => Math.sin(2 * x) + a / 10 - b + c / 3 + random.normal() / 4);
const queries = keys.slice(0, 40).map(([x, ...rest]) => [x + 0.1, ...rest]);
const bandwidth = [0.4, 0.25, 0.3, 0.45];

/** Normalised weights, as np has them (Li–Racine's divided by its sum, so that it is a density's). */
function weight(q: number[], k: number[], h: readonly number[]): number {
  const normal = Math.exp(-(((q[0] - k[0]) / h[0]) ** 2) / 2) / (h[0] * Math.sqrt(2 * Math.PI));
  const aitchisonAitken = q[1] === k[1] ? 1 - h[1] : h[1] / 3;
  const liRacine = (q[2] === k[2] ? 1 : h[2]) / (1 + h[2]);
  const apart = Math.abs(q[3] - k[3]);
  const wangVanRyzin = apart === 0 ? 1 - h[3] : ((1 - h[3]) / 2) * h[3] ** apart;
  return normal * aitchisonAitken * liRacine * wangVanRyzin;
}
const meanAt = (q: number[], h: readonly number[], without = -1) => {
  const weights = keys.map((k, i) => (i === without ? 0 : weight(q, k, h)));
  const total = weights.reduce((a, b) => a + b);
  return weights.reduce((sum, w, i) => sum + w * values[i], 0) / total;
};

describe.each(["gpu", "cpu"] as const)("on the %s", (where) => {
  const engine = engines[where];

  test("means, errors and densities are the formulas'", async () => {
    const input = { keys, coordinates, bandwidth };
    const model = await KernelRegression.fit({ ...input, values }, { engine });
    expect(model.bandwidth).toEqual(bandwidth);
    for (const method of ["dense", "cull"] as const) {
      const { mean, standardError } = await model.predict(queries, { method, standardError: true });
      expect(
        largestDifference(
          mean,
          queries.map((q) => meanAt(q, bandwidth)),
        ),
      ).toBeLessThan(3e-5);
      const smoother = (q: number[]) => {
        const weights = keys.map((k) => weight(q, k, bandwidth));
        const total = weights.reduce((a, b) => a + b);
        return weights.map((w) => w / total);
      };
      const errorAt = errorsOf(keys.map(smoother), values);
      for (const [q, query] of queries.entries()) {
        const l = smoother(query);
        expect(standardError![q] / errorAt(l, l).error).toBeCloseTo(1, 3);
      }
    }
    const density = await KernelDensity.fit(input, { engine });
    const { density: found } = await density.evaluate(queries);
    for (const [q, query] of queries.entries()) {
      const expected = keys.reduce((sum, k) => sum + weight(query, k, bandwidth) / n, 0);
      expect(found[q] / expected).toBeCloseTo(1, 4);
    }
    const edges = [0.4, 0, 1, 0]; // only equal ones; no matter; only equal ones
    const strict = await KernelRegression.fit(
      { ...input, values, bandwidth: [0.4, 1e-300, 1, 1e-300] },
      { engine },
    );
    const { mean } = await strict.predict(queries);
    expect(
      largestDifference(
        mean,
        queries.map((q) => meanAt(q, edges)),
      ),
    ).toBeLessThan(3e-5);
  });

  test.runIf(isWideRing)(
    "cross-validation finds a bandwidth for each coordinate, categorical ones too",
    async () => {
      const model = await KernelRegression.fit({ keys, values, coordinates, bandwidth: "loo" }, { engine });
      const score = (h: readonly number[]) =>
        keys.reduce((sum, k, i) => sum + (values[i] - meanAt(k, h, i)) ** 2, 0) / n;
      const last = model.selection!.candidates.at(-1)!;
      expect(last.score / score(last.bandwidth)).toBeCloseTo(1, 3);
      expect(score(model.bandwidth)).toBeLessThan(0.9 * score(bandwidth));
      expect(model.bandwidth[1]).toBeLessThanOrEqual(0.75);
      const likely = await KernelDensity.fit({ keys, coordinates, bandwidth: "likelihood" }, { engine });
      expect(likely.bandwidth[3]).toBeLessThan(1);
      const thumb = await KernelClassifier.fit(
        { keys, labels: values.map((v) => v > 1), coordinates },
        { engine },
      );
      expect(thumb.bandwidth).toHaveLength(4);
      const again = await KernelRegression.load(model.save(), { engine });
      const one = { method: "dense" } as const;
      expect((await again.predict(queries, one)).mean).toEqual((await model.predict(queries, one)).mean);
    },
  );

  test("what cannot be is said", async () => {
    const failing = (input: object, message: string) =>
      expect(KernelRegression.fit({ keys, values, coordinates, ...input }, { engine })).rejects.toThrow(
        message,
      );
    await failing({ coordinates: ["continuous"] }, "for each of the 4 coordinates");
    await failing({ bandwidth: [1, 0.8, 0.5, 0.5] }, "bandwidth[1] is 0.8, expected at most 0.75");
    await failing({ kernel: "epanechnikov" }, "categories are available with the Gaussian");
    await failing({ adaptive: true }, "not available with categories");
    const model = await KernelRegression.fit({ keys, values, coordinates, bandwidth }, { engine });
    await expect(model.predict([[1, 4, 0, 5]])).rejects.toThrow(
      "queries[0][3] is 5, expected one of the categories",
    );
    await expect(model.predict([[1, 4, 0]])).rejects.toThrow("queries have 3 coordinates, expected 4");
    await expect(model.predict(queries, { gradient: true })).rejects.toThrow("not for categories");
  });
});
