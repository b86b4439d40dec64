/** Alone in its process, which knows an adapter's calibration for all engines. */
import { afterEach, expect, test, vi } from "vitest";
import { Engine, KernelRegression } from "../index.ts";

const SLOW = { version: 1, pairsPerMillisecond: 2 ** 8, latency: 4 } as const;
afterEach(() => {
  vi.unstubAllGlobals();
});

test("a stored calibration that is too slow is corrected for the next engine, by the first long call", async () => {
  const stored: string[] = [];
  vi.stubGlobal("localStorage", {
    getItem: () => JSON.stringify({ ...SLOW, at: Date.now() }),
    setItem: (_: string, text: string) => stored.push(text),
  });
  const engine = await Engine.create({ backend: "webgpu" });
  expect(engine.info.calibration).toEqual(SLOW);
  const keys = Float64Array.from({ length: 4096 }, (_, i) => i);
  const model = await KernelRegression.fit({ keys, values: keys, bandwidth: 100 }, { engine });
  await model.predict(keys, { method: "dense" }); // 2^24 pairs
  expect(engine.info.calibration).toEqual(SLOW);
  const next = await Engine.create({ backend: "webgpu" });
  expect(next.info.calibration!.pairsPerMillisecond).toBeGreaterThan(2 ** 10);
  expect(JSON.parse(stored.at(-1)!)).toMatchObject(next.info.calibration!);
  engine.dispose();
  next.dispose();
});
