/** Submissions stay near the target of a slice, however wrong the first guess was and however slow the adapter. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { Engine, KernelRegression } from "../index.ts";
import { calibration } from "../testing/engines.ts";
import { onlyOnGpu } from "../testing/fault-rounds.ts";
import { draw } from "../testing/random.ts";
import type { Gpu, Submission } from "./gpu.ts";
import { plausible, Run, Scheduler, SLICE_MILLISECONDS } from "./scheduler.ts";

afterEach(() => vi.restoreAllMocks());

/** A queue that is always idle: time is what a test says that it is. */
const idle = { idleQueue: async () => {} } as unknown as Gpu;
const took = (milliseconds: number): Submission => ({
  accepted: Promise.resolve(),
  milliseconds: Promise.resolve(milliseconds),
});

describe("a guess that is wrong by", () => {
  test.each([1e-4, 1e-2, 10, 1000])("%f times is corrected within some submissions", async (factor) => {
    const rate = 1e5;
    const work = { family: "x", total: 1e12, done: 0, firstRate: rate * factor };
    const run = new Scheduler().start(idle, work, {});
    const times: number[] = [];
    for (let i = 0; i < 24; i++) {
      const milliseconds = run.budget / rate;
      times.push(milliseconds);
      await run.submitted(run.budget, took(milliseconds));
    }
    // Two are in flight before the first is measured, and one shrinks to a 64th at a time.
    expect(times.filter((time) => time > 4 * SLICE_MILLISECONDS).length).toBeLessThanOrEqual(4);
    for (const time of times.slice(12)) {
      expect(time).toBeLessThan(2 * SLICE_MILLISECONDS);
      expect(time).toBeGreaterThan(SLICE_MILLISECONDS / 8);
    }
  });
});

test("one disturbed measurement changes the next submissions little", async () => {
  const rate = 1e5;
  const run = new Scheduler().start(idle, { family: "x", total: 1e12, done: 0, firstRate: rate }, {});
  await run.submitted(run.budget, took(3 * SLICE_MILLISECONDS));
  await run.submitted(run.budget, took(run.budget / rate));
  await run.finish();
  expect(run.budget / rate).toBeGreaterThan(SLICE_MILLISECONDS / 2);
});

test.each([
  ["no clock", undefined, 30, 30],
  ["a clock that agrees", 25, 30, 25],
  ["a queue that waited for others", 1, 15, 1],
  ["a clock that counts other units", 0.03, 30, 30 / 8],
])("%s: %s ms by the GPU's clock, %f by the wall's", (_, byGpu, wall, expected) => {
  expect(plausible(byGpu, wall)).toBe(expected);
});

describe("on an adapter a tenth as fast as the software one", () => {
  test.each([
    ["dense", 1, 3000, { method: "dense" }],
    ["cull", 2, 30_000, { method: "cull", tolerance: 1e-4 }],
  ] as const)("%s plans no submission over the target, but for the first ones", async (_, dims, m, options) => {
    const engine = await Engine.create({ backend: "webgpu", calibration });
    const { uniform } = draw(3);
    const points = (count: number) => ({
      data: Float64Array.from({ length: count * dims }, () => uniform(0, 4)),
      dims,
    });
    const keys = points(40_000);
    const values = Float64Array.from({ length: 40_000 }, (_, i) => i % 7);
    const model = await KernelRegression.fit({ keys, values, bandwidth: 0.05 }, { engine });
    onlyOnGpu(model);
    const pairsPerMillisecond = 20_000;
    const times: number[] = [];
    const original = Run.prototype.submitted;
    vi.spyOn(Run.prototype, "submitted").mockImplementation(function (this: Run, pairs, submission) {
      times.push(pairs / pairsPerMillisecond);
      return original.call(this, pairs, { ...submission, ...took(pairs / pairsPerMillisecond) });
    });
    await model.predict(points(m), options);
    expect(times.length).toBeGreaterThan(8);
    expect(times.slice(4).filter((time) => time > 1.5 * SLICE_MILLISECONDS)).toEqual([]);
    engine.dispose();
  });
});
