/** Conditional densities integrate to 1, whatever bandwidths keys and queries have. */
import { expect, test } from "vitest";
import { Engine, KernelRegression, type RegressionInput } from "../../index.ts";
import { conditionalDensity, type ReferenceProblem } from "../../reference/index.ts";
import { gpuEngine } from "../../testing/engines.ts";
import { draw } from "../../testing/random.ts";

const engines = { gpu: await gpuEngine(), cpu: await Engine.create({ backend: "cpu" }) };

const random = draw(6);
const keys = Float64Array.from({ length: 200 }, () => random.uniform(0, 3) ** 2);
const values = keys.map((x) => Math.sin(x) + 0.3 * random.normal());

test.each<[string, Partial<RegressionInput>]>([
  ["one bandwidth", {}],
  ["neighbours", { neighbours: 15 }],
  ["neighbours of a product", { neighbours: 15, kernel: "epanechnikov", shape: "product" }],
  ["adaptive bandwidths", { adaptive: true }],
  [
    "adaptive bandwidths of a product, weighted",
    { adaptive: 0.8, kernel: "triweight", shape: "product", sampleWeights: keys.map((x) => 1 + x) },
  ],
])("%s", async (_, more) => {
  for (const engine of Object.values(engines)) {
    const model = await KernelRegression.fit({ keys, values, bandwidth: 0.4, ...more }, { engine });
    const step = 0.01;
    const grid = Array.from({ length: 600 }, (_, i) => -3 + i * step);
    for (const query of [0.5, 4, 8]) {
      const logs = await model.conditionalDensity(
        grid.map(() => query),
        grid,
        { bandwidth: 0.2 },
      );
      const mass = logs.reduce((sum, log) => sum + Math.exp(log) * step, 0);
      expect(mass).toBeCloseTo(1, 2);
    }
    model.dispose();
  }
});

test("a width by likelihood follows values in two bands, where a rule of thumb smooths over them", async () => {
  const draws = draw(6);
  const sample = () => {
    const keys = Array.from({ length: 200 }, () => draws.uniform(0, 1));
    return { keys, values: keys.map((_, i) => (i % 2 ? 2 : -2) + 0.3 * draws.normal()) };
  };
  const bands = { ...sample(), bandwidth: 0.2 };
  const { keys, values } = sample();
  const score = async (model: KernelRegression, bandwidth?: number | "likelihood") =>
    (await model.conditionalDensity(keys, values, { bandwidth })).reduce((sum, log) => sum + log / 200, 0);
  const model = await KernelRegression.fit(bands, { engine: engines.cpu });
  const best = Math.max(await score(model, 0.1), await score(model, 0.15), await score(model, 0.2));
  expect(await score(model, "likelihood")).toBeGreaterThan(best - 0.02);
  expect(await score(model)).toBeLessThan(best - 0.4); // Scott's rule of all values

  const weighted = await KernelRegression.fit(
    { ...bands, sampleWeights: keys.map((_, i) => 1 + (i % 4)), kernel: "triweight", shape: "product" },
    { engine: engines.cpu },
  );
  expect(await score(weighted, "likelihood")).toBeGreaterThan(best - 0.2);
  for (const more of [{ adaptive: true }, { neighbours: 9 }]) {
    const refused = await KernelRegression.fit({ ...bands, ...more }, { engine: engines.cpu });
    await expect(score(refused, "likelihood")).rejects.toThrow(
      /"likelihood" is not available with (adaptive|neigh)/,
    );
  }
});

test.each<
  [
    string,
    Pick<Partial<ReferenceProblem>, "adaptive" | "neighbours" | "shape" | "sampleWeights"> & {
      kernel?: "laplace";
    },
  ]
>([
  ["one bandwidth", {}],
  ["adaptive bandwidths", { adaptive: 0.6 }],
  ["neighbours", { neighbours: 7 }],
  ["neighbours of a Laplace", { neighbours: 7, kernel: "laplace", shape: "product" }],
  ["weights", { adaptive: 0.4, sampleWeights: Array.from(values, (_, i) => 10 ** ((i % 13) - 6)) }],
])("the reference's logarithms far from the values of near keys, and far from all keys: %s", async (_, more) => {
  const { kernel = "gaussian" as const, ...others } = more;
  const input = { ...others, kernel, keys: [...keys] };
  // The value of a key that weighs almost nothing at the queries.
  const own = Array.from(values, (v, i) => (i === 17 ? 300 : v));
  // The reference's logarithms of keys with their own bandwidths lose digits further out.
  const furthest = more.adaptive ? -1e5 : -1e9;
  const pairs = [0.5, 8, 30, 1e4, furthest].flatMap((q) => [0, 5, 299, 301, -40].map((v) => [q, v]));
  const problem = {
    ...input,
    keys: input.keys.map((x) => [x]),
    values: own.map((v) => [v]),
    bandwidth: [0.4],
  };
  const expected = pairs.map(([q, v]) => conditionalDensity(problem, [[q]], [v], 0.2)[0][0]);
  for (const engine of Object.values(engines)) {
    const model = await KernelRegression.fit({ ...input, values: own, bandwidth: 0.4 }, { engine });
    const found = await model.conditionalDensity(
      pairs.map(([q]) => q),
      pairs.map(([, v]) => v),
      { bandwidth: 0.2 },
    );
    for (const [i, log] of expected.entries())
      expect(Math.abs(found[i] - log) / Math.max(1, Math.abs(log)), `${pairs[i]}`).toBeLessThan(2e-5);
    model.dispose();
  }
});
