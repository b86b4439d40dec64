/** The least memory budget: work is cut smaller, and no digit changes. */
import { expect, test } from "vitest";
import { Engine, KernelRegression } from "../index.ts";
import { calibration } from "../testing/engines.ts";
import { draw } from "../testing/random.ts";

test("one MiB suffices for keys of several MiB and 16 columns, and gives the digits of 512", async () => {
  const { uniform } = draw(1);
  const rows = (count: number, dims: number) => ({
    data: Float64Array.from({ length: count * dims }, () => uniform(0, 1)),
    dims,
  });
  const input = {
    keys: rows(60_000, 3),
    values: rows(60_000, 16),
    kernel: "cauchy",
    bandwidth: 0.2,
  } as const;
  const queries = rows(20, 3);
  const found: Float64Array[] = [];
  for (const memoryBudget of [2 ** 20, 2 ** 29]) {
    const engine = await Engine.create({ backend: "webgpu", calibration, memoryBudget });
    const model = await KernelRegression.fit(input, { engine });
    const { mean, report } = await model.predict(queries, { method: "dense" });
    expect(report.fallbackQueries).toBe(0);
    found.push(mean);
    engine.dispose();
  }
  expect(found[0]).toEqual(found[1]);
});
