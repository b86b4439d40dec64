/** Buffers of the pool are larger than asked for: they are bound as far as a device allows. */
import { expect, test } from "vitest";
import { findGpu, givenDevice } from "./device.ts";
import { Gpu, partOf, ReadbackUsage, StorageUsage } from "./gpu.ts";

const code = `
@group(0) @binding(0) var<storage, read> numbers: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@compute @workgroup_size(1) fn main() {
  out[0] = numbers[arrayLength(&numbers) - 1u];
  out[1] = f32(arrayLength(&numbers));
}`;

test("a device whose limit is no size of the pool binds as many numbers as it allows, and a part of a buffer", async () => {
  const limit = 2 ** 27 + 4;
  const adapter = await (await findGpu()).requestAdapter();
  const requiredLimits = { maxStorageBufferBindingSize: limit, maxBufferSize: 2 ** 28 };
  const device = await adapter!.requestDevice({ requiredLimits });
  const gpu = new Gpu(givenDevice(device), 2 ** 30);
  const numbers = await gpu.buffer("numbers", limit, StorageUsage);
  expect(numbers.size).toBeGreaterThan(limit);
  gpu.write(numbers, Float32Array.of(5, 6), limit - 8);
  const out = await gpu.buffer("out", 256, StorageUsage);
  const readback = await gpu.buffer("readback", 256, ReadbackUsage);
  const pipeline = await gpu.pipeline("last", code);
  const last = async (bound: GPUBuffer | GPUBufferBinding) => {
    const passes = [{ pipeline, buffers: [bound, out], workgroups: [1, 1] as const }];
    await gpu.submit(passes, [[out, readback, 256]]).accepted;
    return [...(await gpu.read(readback, 2))];
  };
  expect(await last(numbers)).toEqual([6, Math.fround(limit / 4)]);
  const { part, before } = partOf(numbers, 1000, limit / 4 - 1001);
  expect(before).toBe(1000 - 960);
  expect(await last(part)).toEqual([5, Math.fround(limit / 4 - 961)]);
  gpu.dispose();
  device.destroy();
});

test("a buffer is no larger than the device's largest, though its size is no size of the pool", async () => {
  const adapter = await (await findGpu()).requestAdapter();
  const requiredLimits = { maxBufferSize: 2 ** 28 + 256 };
  const device = await adapter!.requestDevice({ requiredLimits });
  const gpu = new Gpu(givenDevice(device), 2 ** 30);
  const buffer = await gpu.buffer("keys", 2 ** 28 + 256, StorageUsage);
  expect(buffer.size).toBe(2 ** 28 + 256);
  gpu.release(buffer);
  expect(await gpu.buffer("keys", 2 ** 28 + 100, StorageUsage)).toBe(buffer);
  gpu.dispose();
  device.destroy();
});
