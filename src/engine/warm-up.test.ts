import { expect, test, vi } from "vitest";
import { Gpu } from "../gpu/gpu.ts";
import { Engine, KernelRegression } from "../index.ts";
import { draw } from "../testing/random.ts";
import { isWideRing } from "../testing/ring.ts";

test("shaders that are warmed are those that a call needs", async () => {
  const asked = new Set<string>();
  const { pipeline } = Gpu.prototype;
  let compiles = isWideRing;
  const spy = vi.spyOn(Gpu.prototype, "pipeline").mockImplementation(function (this: Gpu, label, code) {
    asked.add(code);
    return compiles ? pipeline.call(this, label, code) : Promise.resolve({} as GPUComputePipeline);
  });
  const calibration = { version: 1, pairsPerMillisecond: 2 ** 20, latency: 1 } as const;
  const engine = await Engine.create({ backend: "webgpu", calibration, warm: [{ dims: 2 }] });
  await expect.poll(() => asked.size).toBeGreaterThan(15);
  compiles = true;
  const before = new Set(asked);

  const { uniform } = draw(5);
  const points = (count: number) => Float64Array.from({ length: 2 * count }, () => uniform(0, 1));
  const [keys, queries] = [points(500), points(2000)];
  const values = keys.subarray(0, 500);
  const model = await KernelRegression.fit(
    { keys: { data: keys, dims: 2 }, values, bandwidth: 0.1 },
    { engine },
  );
  for (const tolerance of [1e-6, 1e-5])
    await model.predict({ data: queries, dims: 2 }, { method: "dense", tolerance });
  expect([...asked].filter((code) => !before.has(code))).toEqual([]);
  spy.mockRestore();
  engine.dispose();
});

test.each([
  [{ dims: 0 }, "warm[0].dims is 0, expected 1 to 64"],
  [{ dims: 1, columns: 17 }, "warm[0].columns is 17, expected 0 to 16"],
  [{ dims: 1, kernel: "cubic" }, 'warm[0].kernel is "cubic"'],
  [{ dims: 1, n: 5 }, '"n"'],
])("%j is refused", async (shape, message) => {
  await expect(Engine.create({ warm: [shape as { dims: number }] })).rejects.toThrow(message);
});
