/** Adaptive bandwidths against the reference: many coordinates, weights far apart, keys that coincide. */
import { expect, test } from "vitest";
import { Engine, KernelDensity, KernelRegression } from "../../index.ts";
import { mean } from "../../reference/index.ts";
import { draw } from "../../testing/random.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });
const random = draw(61);
const dimensions = [1, 2, 8, 24, 40, 64];
const spans = [0, 3, 12, 140];
const kernels = ["gaussian", "laplace", "epanechnikov", "cauchy"] as const;

/** Keys of which some are there twice, with weights from 1e-span to 1e+span. */
function dataOf(dims: number, span: number) {
  const n = 12;
  const keys = Array.from({ length: n }, () => Array.from({ length: dims }, () => random.normal()));
  for (let i = 3; i < n; i += 3) keys[i] = [...keys[i - 1]];
  return {
    keys,
    values: keys.map((_, i) => i),
    sampleWeights: keys.map(() => 10 ** random.uniform(-span, span)),
  };
}

const cases = dimensions.flatMap((dims) => spans.map((span) => [dims, span] as const));

test.each(
  cases,
)("in %s coordinates, with weights from 1e-%s on: the reference's means, or a refusal", async (dims, span) => {
  const { values, ...data } = dataOf(dims, span);
  for (const [i, adaptive] of [0.001, 0.5, 1].entries()) {
    const input = { ...data, kernel: kernels[(dims + i) % 4], adaptive };
    const h = Math.sqrt(dims);
    const queries = [
      ...data.keys.slice(0, 3),
      data.keys[0].map((x) => x + 0.1),
      data.keys[1].map((x) => 3 * x),
    ];
    const model = await KernelRegression.fit({ ...input, values, bandwidth: h }, { engine }).catch(
      (error: Error) => error.message,
    );
    if (typeof model === "string") {
      expect(span).toBeGreaterThan(2);
      expect(dims === 1 ? span : span * dims).toBeGreaterThan(100);
      expect(model).toMatch(
        /^adaptive bandwidths are not available with sampleWeights, or densities, so far apart/,
      );
      continue;
    }
    const rows = values.map((v) => [v]);
    const expected = mean({ ...input, values: rows, bandwidth: new Array(dims).fill(h) }, queries);
    const { mean: found } = await model.predict(queries);
    for (const [q, [each]] of expected.entries()) {
      if (Number.isNaN(each)) expect(found[q]).toBeNaN();
      else expect(Math.abs(found[q] - each)).toBeLessThan(1e-5);
    }
  }
});

test("weights that no float64 can compare are refused in words", async () => {
  const fit = (apart: number, adaptive: number) =>
    KernelDensity.fit(
      {
        keys: [
          [0, 0],
          [apart, apart],
        ],
        sampleWeights: [1e-140, 1e140],
        bandwidth: 1,
        adaptive,
      },
      { engine },
    );
  await expect(fit(9, 0.5)).rejects.toThrow(
    "weights over λ^2 are from 1e-175 to 1e140, expected at most 1e+300 times",
  );
  await expect(fit(99, 1)).rejects.toThrow(
    "bandwidth factors λ are from 1e0 to 1e280, expected at most 1e+100 times",
  );
  await expect(fit(9, 0.001)).resolves.toBeDefined();
});
