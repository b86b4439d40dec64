/** The measurement, of adapters whose times are computed: of any speed, with a clock and without, on busy threads. */
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Calibration } from "../gpu/calibration.ts";
import type { Devices } from "../gpu/devices.ts";
import type { SumRequest } from "../methods/dense/gpu/slices.ts";
import { draw } from "../testing/random.ts";
import { calibrate } from "./calibrate.ts";
import { calibratorOf } from "./calibrated.ts";

interface Adapter {
  /** log2 of pairs per millisecond. */
  readonly rate: number;
  readonly latency: number;
  /** Its clock's milliseconds for one of the wall's, if it has a clock. */
  readonly clock?: number;
  /** Milliseconds that a run waits for a busy thread, by its number. */
  readonly busy: (run: number) => number;
}

const simulated = vi.hoisted(() => ({ run: 0, adapter: undefined as Adapter | undefined }));
vi.mock(import("../methods/dense/gpu/sums.ts"), async (original) => ({
  ...(await original()),
  sumSlices: async ({ problem, queries, onMeasured }: SumRequest) => {
    const { rate, latency, clock, busy } = simulated.adapter!;
    const pairs = problem.keys.count * queries.count;
    const work = pairs / 2 ** rate;
    const wall = latency + work + busy(simulated.run++);
    onMeasured?.(pairs, wall, clock && work * clock);
    return wall;
  },
}));
afterEach(() => {
  vi.unstubAllGlobals();
});

const idle: Adapter = { rate: 24, latency: 2, busy: () => 0 };
const measured = (adapter: Partial<Adapter>): Promise<Calibration> => {
  vi.stubGlobal("setTimeout", queueMicrotask);
  Object.assign(simulated, { run: 0, adapter: { ...idle, ...adapter } });
  return calibrate("simulated", {} as Devices, true);
};

test.each([
  13, 17, 20, 24, 28, 31,
])("an idle adapter of 2^%i pairs per millisecond is measured within a power of two", async (rate) => {
  for (const clock of [undefined, 1]) {
    const found = await measured({ rate, clock });
    expect(Math.abs(Math.log2(found.pairsPerMillisecond) - rate)).toBeLessThanOrEqual(clock ? 0 : 1);
    expect(found.latency).toBe(2);
  }
});

describe.each([1, undefined])("with a clock of %s,", (clock) => {
  test.each<[string, Adapter["busy"], number]>([
    ["one busy moment in the beginning", (run) => (run < 8 ? 300 : 0), 1],
    ["25 ms at a time, always", () => 25, 2],
    ["up to 25 ms, at random", (run) => draw(run + 1).uniform(0, 25), 2],
  ])("a thread that is busy, %s, does not hide how fast the adapter is", async (_, busy, off) => {
    for (const rate of [21, 24, 31]) {
      const found = await measured({ rate, clock, busy });
      // By the wall's clock, 2^30 pairs of the fastest take less than a run's latency.
      const hidden = rate > 28 && !clock ? 3 : 0;
      expect(Math.log2(found.pairsPerMillisecond), `2^${rate}`).toBeGreaterThanOrEqual(rate - off - hidden);
      expect(Math.log2(found.pairsPerMillisecond), `2^${rate}`).toBeLessThanOrEqual(rate + 1);
    }
  });
});

test("a clock that counts other units is believed within a factor of 8", async () => {
  const found = await measured({ rate: 20, clock: 1e-3 });
  expect(found.pairsPerMillisecond).toBe(2 ** 23);
});

test("engines share a measurement, and one whose engine is disposed of fails for that engine alone", async () => {
  Object.assign(simulated, { run: 0, adapter: { ...idle, busy: failOnce } });
  vi.stubGlobal("setTimeout", queueMicrotask);
  const calls = Array.from({ length: 3 }, () => calibrate("shared", {} as Devices, true));
  await expect(calls[0]).rejects.toThrow("disposed");
  const [second, third] = await Promise.all(calls.slice(1));
  expect(third).toBe(second);
});

function failOnce(run: number): number {
  if (run === 3) throw new Error("disposed");
  return 0;
}

test("a faster observation is kept for the next engine, and a slower one is not", async () => {
  const stored: string[] = [];
  vi.stubGlobal("localStorage", {
    getItem: () => null,
    setItem: (_: string, text: string) => stored.push(text),
  });
  const { pairsPerMillisecond } = await measured({ rate: 17 });
  const calibrator = calibratorOf("simulated", {} as Devices);
  calibrator.raise(pairsPerMillisecond / 8);
  expect(calibrator.recall()!.pairsPerMillisecond).toBe(pairsPerMillisecond);
  calibrator.raise(pairsPerMillisecond * 70);
  expect(calibrator.recall()!.pairsPerMillisecond).toBe(pairsPerMillisecond * 64);
  expect(JSON.parse(stored.at(-1)!).at).toBe(JSON.parse(stored[0]).at);
});
