import { expect, test } from "vitest";
import { ASSUMED, type Calibration } from "../gpu/calibration.ts";
import { kernels } from "../kernels/builtin.ts";
import { denseGpuRate } from "../methods/dense/cost.ts";
import type { Problem } from "../problem/problem.ts";
import { Calibrated, FEW_PAIRS } from "./calibrated.ts";

const of = (log: number): Calibration => ({ version: 1, pairsPerMillisecond: 2 ** log, latency: 1 });

function calibrator(recalled?: Calibration) {
  const raised: number[] = [];
  let measured = 0;
  return {
    raised,
    recall: () => recalled,
    measure: async () => of(24 + measured++),
    raise: (rate: number) => void raised.push(rate),
  };
}

test("a small problem is planned alike before and after a large one, and needs no measurement", async () => {
  const calibrated = new Calibrated(undefined, calibrator());
  await calibrated.ready(FEW_PAIRS - 1);
  expect(calibrated.known).toBeUndefined();
  expect(calibrated.of(FEW_PAIRS - 1)).toBe(ASSUMED);
  await calibrated.ready(FEW_PAIRS);
  expect(calibrated.of(FEW_PAIRS)).toEqual(of(24));
  expect(calibrated.of(FEW_PAIRS - 1)).toBe(ASSUMED);
});

test("a call that is aborted does not wait for the measurement, which goes on for others", async () => {
  let finish = (_: Calibration) => {};
  const measure = () =>
    new Promise<Calibration>((resolve) => {
      finish = resolve;
    });
  const calibrated = new Calibrated(undefined, { ...calibrator(), measure });
  const controller = new AbortController();
  const pending = calibrated.ready(FEW_PAIRS, { signal: controller.signal });
  controller.abort(new Error("enough"));
  await expect(pending).rejects.toThrow("enough");
  await expect(calibrated.ready(FEW_PAIRS, { signal: controller.signal })).rejects.toThrow("enough");
  finish(of(24));
  await new Promise((resolve) => setTimeout(resolve));
  expect(calibrated.known).toEqual(of(24));
});

test("what an engine plans by never changes: not by measuring again, and not by what it observes", async () => {
  const source = calibrator();
  const calibrated = new Calibrated(undefined, source);
  expect(await calibrated.measure(true)).toEqual(of(24));
  expect(await calibrated.measure(true)).toEqual(of(25));
  observe(calibrated, "gaussian", 1, 2 ** 28);
  expect(source.raised).toEqual([2 ** 28]);
  expect(calibrated.of(1e9)).toEqual(of(24));
});

test("a calibration that is given serves for every problem, and is neither measured nor raised", async () => {
  const source = calibrator(of(20));
  const calibrated = new Calibrated(of(13), source);
  await calibrated.ready(1e12);
  observe(calibrated, "gaussian", 1, 2 ** 28);
  expect([calibrated.of(1), calibrated.of(1e12)]).toEqual([of(13), of(13)]);
  expect(source.raised).toEqual([]);
});

test("only pairs like the calibration's raise it, and only by a power of two or more", () => {
  const source = calibrator(of(20));
  const calibrated = new Calibrated(undefined, source);
  for (const [kernel, dims, ratio] of [
    ["boxcar", 1, 16],
    ["gaussian", 4, 16],
    ["gaussian", 3, 1.9],
    ["gaussian", 2, 4],
    ["gaussian", 1, 7],
    ["gaussian", 3, 8],
  ] as const)
    observe(calibrated, kernel, dims, ratio * 2 ** 20);
  observe(calibrated, "gaussian", 1, 2 ** 30, 0.5); // too short to be measured
  expect(source.raised).toEqual([2 ** 22, 2 ** 23]);
});

/** A submission that took so long by the GPU's clock, as an adapter of this rate would take it. */
function observe(calibrated: Calibrated, kernel: string, dims: number, rate: number, milliseconds = 10) {
  const planned = calibrated.of(1e9);
  const like = problem(kernel, dims);
  const pairs = milliseconds * denseGpuRate(like, 4096, { ...planned, pairsPerMillisecond: rate });
  calibrated.observe(like, 4096, planned, pairs, milliseconds + 2, milliseconds);
}

const problem = (kernel: string, dims: number): Problem => ({
  keys: { data: new Float64Array(dims), count: 1, dims },
  values: { data: new Float64Array(1), count: 1, dims: 1 },
  kernel: kernels.get(kernel)!,
  shape: "radial",
  bandwidth: new Array<number>(dims).fill(1),
});
