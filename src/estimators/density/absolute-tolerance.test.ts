/** Densities that may be off by an absolute number: by no more, and with fewer queries left to float64. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { Engine, KernelDensity } from "../../index.ts";
import { draw } from "../../testing/random.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.create({ backend: "cpu", workers: 0 });
});
afterAll(() => engine.dispose());

test.each([1, 2, 3])("in %d coordinates", async (dims) => {
  const random = draw(dims);
  const count = 3000;
  const data = Float64Array.from({ length: count * dims }, () => random.normal());
  // A lone key makes a gap in the axis; queries reach far beyond all keys.
  data.fill(40, 0, dims);
  const keys = { data, dims };
  const queries = { data: Float64Array.from({ length: 900 * dims }, () => 4 * random.normal()), dims };
  const sampleWeights = Float64Array.from({ length: count }, () => random.uniform(0.5, 2));
  const model = await KernelDensity.fit({ keys, sampleWeights, bandwidth: 0.3 }, { engine });
  const { density: exact } = await model.evaluate(queries, { method: "dense" });
  const tolerance = 1e-3;
  const largest = Math.max(...exact);
  const plain = await model.evaluate(queries, { method: "expand", tolerance });
  for (const share of [1e-2, 1e-4, 1e-7, 1e-12]) {
    const absoluteTolerance = share * largest;
    const options = { method: "expand", tolerance, absoluteTolerance } as const;
    const { density, logDensity, report } = await model.evaluate(queries, options);
    for (const [q, expected] of exact.entries()) {
      expect(Math.abs(density[q] - expected)).toBeLessThanOrEqual(
        Math.max(absoluteTolerance, tolerance * expected),
      );
      expect(density[q]).toBeGreaterThanOrEqual(0);
      expect(Math.exp(logDensity[q])).toBe(density[q]);
    }
    expect(report.fallbackQueries).toBeLessThanOrEqual(plain.report.fallbackQueries);
    if (share === 1e-2) expect(report.fallbackQueries).toBe(0);
  }
  const zero = await model.evaluate(queries, { method: "expand", tolerance, absoluteTolerance: 0 });
  expect(zero.density).toEqual(plain.density);
});

test("what is no such number is refused", async () => {
  const model = await KernelDensity.fit({ keys: [1, 2, 3], bandwidth: 1 }, { engine });
  for (const absoluteTolerance of [-1, NaN, Infinity, "1" as unknown as number])
    await expect(model.evaluate([1], { absoluteTolerance })).rejects.toThrow(
      /absoluteTolerance is .*, expected a number from 0 on/,
    );
});
