/** The self-test passes on this adapter, and fails on one that computes wrongly. */
import { afterEach, expect, test, vi } from "vitest";
import { Engine } from "../index.ts";
import { kernels } from "../kernels/builtin.ts";
import { gpuEngine, gpuOf } from "../testing/engines.ts";
import { isWideRing } from "../testing/ring.ts";

const engine = await gpuEngine();
afterEach(() => vi.restoreAllMocks());

test.runIf(isWideRing)(
  "on a real adapter every case is right, and the report names the adapter",
  async () => {
    const shares: number[] = [];
    const report = await engine.selfTest({ onProgress: ({ done, total }) => shares.push(done / total) });
    expect(report.failures).toEqual([]);
    expect(report.passed).toBe(true);
    expect(report.cases.length).toBeGreaterThan(150);
    for (const method of ["dense on the gpu", "cull on the gpu", "expand on the gpu", "expand on the cpu"])
      expect(report.text).toContain(method);
    expect(report.text).toContain(engine.info.adapter!.description);
    expect(shares.at(-1)).toBe(1);
    for (const name of kernels.keys())
      expect(report.cases.some((each) => each.name.startsWith(name))).toBe(true);
  },
);

test("on the CPU", async () => {
  const report = await (await Engine.create({ backend: "cpu" })).selfTest();
  expect(report.failures).toEqual([]);
  expect(report.text).toContain("the CPU computes");
});

test.runIf(isWideRing)("an adapter whose sums are off by a ten-thousandth fails", async () => {
  const gpu = gpuOf(engine);
  const read = gpu.read.bind(gpu);
  vi.spyOn(gpu, "read").mockImplementation(async (...what) => (await read(...what)).map((x) => x * 1.0001));
  const report = await engine.selfTest();
  expect(report.passed).toBe(false);
  expect(report.failures.length).toBeGreaterThan(50);
  expect(report.text).toContain("FAILED");
});

test("an engine that was disposed of throws, and an abort ends it", async () => {
  const own = await Engine.create({ backend: "cpu" });
  await expect(own.selfTest({ signal: AbortSignal.abort() })).rejects.toMatchObject({
    name: "AbortError",
  });
  own.dispose();
  await expect(own.selfTest()).rejects.toMatchObject({ code: "disposed" });
});
