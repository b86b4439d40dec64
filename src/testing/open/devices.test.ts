/** Faults of devices' calibration that are known and not mended yet. */
import { afterEach, expect, vi } from "vitest";
import { Engine, KernelRegression } from "../../index.ts";
import { openFault } from "../open-faults.ts";

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
