/** Many light keys outweigh a heavy one together, in many coordinates: sums of like terms do not drift. */
import { expect, test } from "vitest";
import { Engine, KernelRegression } from "../../../index.ts";

test.each([16, 64])("a million keys of %i coordinates at one query", async (dims) => {
  const calibration = { version: 1, pairsPerMillisecond: 2 ** 19, latency: 1 } as const;
  const engine = await Engine.create({ backend: "webgpu", calibration });
  const n = 1e6;
  const u = Math.sqrt(2 * 24.02 * Math.LN2);
  const data = new Float64Array(n * dims);
  for (let i = 1; i < n; i++) data[i * dims] = i % 2 === 0 ? u : -u;
  const values = new Float64Array(n);
  values[0] = 1;
  const model = await KernelRegression.fit({ keys: { data, dims }, values, bandwidth: 1 }, { engine });
  const { mean } = await model.predict({ data: new Float64Array(dims), dims }, { method: "dense" });
  const expected = 1 / (1 + (n - 1) * Math.exp((-u * u) / 2));
  expect(Math.abs(mean[0] - expected)).toBeLessThan(1e-5);
  engine.dispose();
});
