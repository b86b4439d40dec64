import { expect, test } from "vitest";
import type { CalibratedEngine, GpuContext } from "../../../gpu/context.ts";
import type { Devices } from "../../../gpu/devices.ts";
import { Scheduler } from "../../../gpu/scheduler.ts";
import { kernels } from "../../../kernels/builtin.ts";
import type { Problem } from "../../../problem/problem.ts";
import { draw } from "../../../testing/random.ts";
import { GaussTransform } from "../gauss-transform.ts";
import { expandedGpuCost } from "./cost.ts";

/** Of a device only the limits are read. */
const devicesOf = (maxStorageBufferBindingSize: number, maxStorageBuffersPerShaderStage: number) =>
  ({
    current: {
      device: {
        limits: { maxStorageBufferBindingSize, maxBufferSize: 2 ** 28, maxStorageBuffersPerShaderStage },
      },
    },
  }) as unknown as Devices;

function problem(dims: number, bandwidth: number): Problem {
  const { uniform } = draw(4);
  const count = 500;
  const matrix = (width: number) => ({
    data: Float64Array.from({ length: count * width }, () => uniform(0, 1)),
    dims: width,
    count,
  });
  return {
    ...{ keys: matrix(dims), values: matrix(1), kernel: kernels.get("gaussian")!, shape: "radial" },
    bandwidth: new Array<number>(dims).fill(bandwidth),
  };
}

function cost(
  of: Problem,
  { m = 1e6, rate = 2 ** 27, binding = 2 ** 27, buffers = 8, memoryBudget = 2 ** 29 } = {},
): number {
  const transform = GaussTransform.plan(of, 1e-5);
  if (typeof transform === "string") throw new Error(transform);
  const calibration = { version: 1, pairsPerMillisecond: rate, latency: 1 } as const;
  const context: GpuContext = {
    ...{ devices: devicesOf(binding, buffers), scheduler: new Scheduler(), memoryBudget },
    calibrated: { of: () => calibration } as unknown as CalibratedEngine,
  };
  return expandedGpuCost(of, transform.grid, m, context);
}

test("is finite where the grid fits, and more on a processor", () => {
  const usual = cost(problem(2, 0.1));
  expect(usual).toBeLessThan(1000);
  expect(cost(problem(2, 0.1), { m: 1e7 })).toBeGreaterThan(5 * usual);
  expect(cost(problem(2, 0.1), { rate: 2 ** 18 })).toBeGreaterThan(10 * usual);
});

test("an adapter of compatibility mode, which may have four storage buffers a stage, leaves it to the CPU", () => {
  expect(cost(problem(2, 0.1), { buffers: 4 })).toBe(Infinity);
});

test("a grid that is larger than a buffer is left to the CPU", () => {
  expect(cost(problem(2, 0.002))).toBeLessThan(Infinity);
  expect(cost(problem(2, 0.002), { binding: 2 ** 22 })).toBe(Infinity);
  expect(cost(problem(2, 0.002), { memoryBudget: 2 ** 22 })).toBe(Infinity);
});
