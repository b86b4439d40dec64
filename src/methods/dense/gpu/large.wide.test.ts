/** Problems that are too large for the fast ring: more queries than a dispatch holds, means beyond a binding, long sums. */
import { expect, test } from "vitest";
import { findGpu } from "../../../gpu/device.ts";
import { Engine, KernelDensity, KernelRegression } from "../../../index.ts";

test("five million queries, on an adapter that takes them in one slice", async () => {
  const calibration = { version: 1, pairsPerMillisecond: 2 ** 31, latency: 0.25 } as const;
  const engine = await Engine.create({ backend: "webgpu", calibration });
  const keys = Float64Array.from({ length: 20 }, (_, i) => i / 7);
  const model = await KernelDensity.fit({ keys, kernel: "cauchy", bandwidth: 1 }, { engine });
  const queries = Float64Array.from({ length: 5e6 }, (_, i) => i * 6e-7);
  const { density, report } = await model.evaluate(queries, { method: "dense" });
  expect(report.fallbackQueries).toBe(0);
  for (const q of [0, 4_194_239, 4_194_240, 4_999_999]) {
    const sum = keys.reduce((total, key) => total + 1 / (1 + (queries[q] - key) ** 2), 0);
    expect(density[q] / (sum / (Math.PI * 20)) - 1).toBeCloseTo(0, 5);
  }
  engine.dispose();
});

test("means of 147 MB stay on a device that binds 128 MiB", async () => {
  const adapter = await (await findGpu()).requestAdapter();
  const device = await adapter!.requestDevice();
  expect(device.limits.maxStorageBufferBindingSize).toBe(2 ** 27);
  const calibration = { version: 1, pairsPerMillisecond: 2 ** 20, latency: 1 } as const;
  const engine = await Engine.create({ device, calibration });
  const [m, columns] = [2_300_000, 16];
  const values = {
    data: Float64Array.from({ length: 2 * columns }, (_, i) => Math.max(i - 15, 0)),
    dims: columns,
  };
  const model = await KernelRegression.fit({ keys: [0, 1], values, bandwidth: 0.5 }, { engine });
  const queries = Float64Array.from({ length: m }, (_, i) => i / m);
  const { mean } = await model.predict(queries, { method: "dense", output: "gpu" });
  expect(mean.size).toBe(4 * m * columns);
  const { data } = (await engine.fetch({ buffer: mean, dims: columns }, "means")) as { data: Float32Array };
  for (const q of [0, 1, 1_000_000, 2_097_151, 2_097_152, m - 1])
    for (let c = 0; c < columns; c++) {
      const share = 1 / (1 + Math.exp(-2 * (2 * queries[q] - 1)));
      expect(data[q * columns + c] / (c + 1)).toBeCloseTo(share, 5);
    }
  engine.dispose();
  device.destroy();
});

test.each([
  16, 64,
])("many light keys outweigh a heavy one together: a million of %i coordinates, at one query", async (dims) => {
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
