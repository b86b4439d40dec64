/** Faults of devices' memory and calibration that are known and not mended yet. */
import { afterEach, expect, vi } from "vitest";
import { Engine, KernelRegression } from "../../index.ts";
import { openFault } from "../open-faults.ts";
import { draw } from "../random.ts";

const SLOW = { version: 1, pairsPerMillisecond: 2 ** 8, latency: 4 } as const;
afterEach(() => {
  vi.unstubAllGlobals();
});

// First: a process measures an adapter once.
openFault(
  "N",
  "gpu G3",
  "a stored calibration that is too slow is corrected for the next engine",
  async () => {
    const stored: string[] = [];
    vi.stubGlobal("localStorage", {
      getItem: () => JSON.stringify(SLOW),
      setItem: (_: string, text: string) => stored.push(text),
    });
    const engine = await Engine.create({ backend: "webgpu" });
    expect(engine.info.calibration).toMatchObject(SLOW);
    const keys = Float64Array.from({ length: 4096 }, (_, i) => i);
    const model = await KernelRegression.fit({ keys, values: keys, bandwidth: 100 }, { engine });
    for (let i = 0; i < 3; i++) await model.predict(keys, { method: "dense" }); // 2^24 pairs
    engine.dispose();
    expect(stored.join()).toMatch(/pairsPerMillisecond/);
  },
);

openFault(
  "N",
  "attention K14",
  "the least memory budget suffices for a call that fits in smaller parts",
  async () => {
    const engine = await Engine.create({
      backend: "webgpu",
      calibration: { version: 1, pairsPerMillisecond: 2 ** 18, latency: 4 },
      memoryBudget: 2 ** 20,
    });
    const random = draw(1);
    const keys = Array.from({ length: 20_000 }, () => [0, 0, 0].map(() => random.uniform(0, 1)));
    const values = keys.map(([x]) => Array<number>(16).fill(x));
    const model = await KernelRegression.fit({ keys, values, kernel: "cauchy", bandwidth: 0.2 }, { engine });
    const predicted = model.predict(keys.slice(0, 20));
    await expect(predicted).resolves.toBeDefined();
    engine.dispose();
  },
);
