/** Devices with less than the best: WebGPU's default limits, compatibility mode's, no timestamps, no subgroups. */
import { expect, test } from "vitest";
import { Engine, KernelRegression } from "../index.ts";
import { onlyOnGpu } from "../testing/fault-rounds.ts";
import { draw, largestDifference } from "../testing/random.ts";
import { isWideRing } from "../testing/ring.ts";
import { findGpu } from "./device.ts";

const gpu = await findGpu();

async function adapterOf(options: GPURequestAdapterOptions = {}): Promise<GPUAdapter> {
  const adapter = await gpu.requestAdapter(options);
  if (!adapter) throw new Error("there is no adapter");
  return adapter;
}

/** Limits of compatibility mode: https://github.com/gpuweb/gpuweb/blob/main/proposals/compatibility-mode.md */
const MOST_STORAGE_BUFFERS = 4;
const MOST_INVOCATIONS = 128;

/** Sees to it that the device's pipelines would be valid in compatibility mode, whatever the device itself can do. */
function strict(device: GPUDevice): GPUDevice {
  const create = device.createShaderModule.bind(device);
  device.createShaderModule = (descriptor) => {
    const { code } = descriptor;
    const buffers = code.match(/var<storage/g)?.length ?? 0;
    expect(buffers, code).toBeLessThanOrEqual(MOST_STORAGE_BUFFERS);
    const constant = (name: string) => Number(new RegExp(`const ${name} = (\\d+)u`).exec(code)?.[1]);
    const written = Number(/@workgroup_size\((\d+)/.exec(code)?.[1]);
    const threads = written || constant("threads") || constant("queryLanes") * constant("keyLanes");
    expect(threads, code).toBeLessThanOrEqual(MOST_INVOCATIONS);
    return create(descriptor);
  };
  const { limits } = device;
  Object.defineProperty(device, "limits", {
    value: new Proxy(limits, {
      get: (_, name: keyof GPUSupportedLimits) =>
        name === "maxStorageBuffersPerShaderStage" ? MOST_STORAGE_BUFFERS : limits[name],
    }),
  });
  return device;
}

const devices: Record<string, () => Promise<GPUDevice>> = {
  "with WebGPU's default limits and no features": async () => (await adapterOf()).requestDevice(),
  "of compatibility mode": async () =>
    strict(await (await adapterOf({ featureLevel: "compatibility" })).requestDevice()),
  "without timestamps": async () => {
    const adapter = await adapterOf();
    const requiredFeatures = [...adapter.features].filter((name) => name !== "timestamp-query");
    return adapter.requestDevice({ requiredFeatures: requiredFeatures as GPUFeatureName[] });
  },
  "without subgroups": async () => {
    const adapter = await adapterOf();
    const requiredFeatures = [...adapter.features].filter((name) => !name.startsWith("subgroups"));
    return adapter.requestDevice({ requiredFeatures: requiredFeatures as GPUFeatureName[] });
  },
};

/** The extents of keys: those of the small one are 32-bit numbers on the GPU, those of the large one are in fixed point. */
const EXTENTS = [4, 400];
/** A device with no features has neither timestamps nor subgroups; in the fast ring each device has one encoding. */
const cases = Object.keys(devices)
  .map((name, i) => [name, isWideRing ? EXTENTS : EXTENTS.slice(i % 2, (i % 2) + 1)] as const)
  .slice(0, isWideRing ? undefined : 2);

test.each(cases)("a device %s computes by every method, keys within %j", async (name, extents) => {
  const device = await devices[name]();
  const uncaptured: string[] = [];
  device.addEventListener("uncapturederror", ({ error }) => uncaptured.push(error.message));
  const calibration = { version: 1, pairsPerMillisecond: 2 ** 24, latency: 2 ** -3 } as const;
  const engine = await Engine.create({ device, calibration });
  const cpu = await Engine.create({ backend: "cpu" });
  const { uniform } = draw(9);
  for (const extent of extents) {
    const points = (count: number) => ({
      data: Float64Array.from({ length: 2 * count }, () => uniform(0, extent)),
      dims: 2,
    });
    const keys = points(3000);
    const values = Float64Array.from({ length: 3000 }, (_, i) => Math.sin(keys.data[2 * i]));
    const input = { keys, values, bandwidth: extent / 20 };
    const [onDevice, exact] = await Promise.all([
      KernelRegression.fit(input, { engine }),
      KernelRegression.fit(input, { engine: cpu }),
    ]);
    // The fast Gauss transform has more storage buffers, and is left to the CPU where they are too many.
    onlyOnGpu(onDevice, name.includes("compatibility") ? ["expand"] : []);
    const queries = points(700);
    const { mean: expected } = await exact.predict(queries, { method: "dense" });
    for (const method of ["dense", "cull", "expand"] as const) {
      const { mean } = await onDevice.predict(queries, { method, tolerance: 1e-5 });
      expect(largestDifference(mean, expected), method).toBeLessThan(2e-5);
    }
    expect((await onDevice.weights(points(3))).columns).toBe(3);
  }
  await engine.fetch({ buffer: (await means(engine)) as GPUBuffer, dims: 1 }, "means");
  engine.dispose();
  expect(uncaptured).toEqual([]);
  device.destroy();
});

async function means(engine: Engine): Promise<GPUBuffer> {
  const model = await KernelRegression.fit({ keys: [0, 1, 2], values: [0, 1, 4], bandwidth: 1 }, { engine });
  return (await model.predict([0.5, 1.5], { method: "dense", output: "gpu" })).mean;
}

test("in Node the adapter's own limits are asked for, and a driver that does not keep them gets the defaults", async () => {
  const adapter = await adapterOf();
  const requests: (GPUDeviceDescriptor | undefined)[] = [];
  const request = adapter.requestDevice.bind(adapter);
  const navigator = {
    gpu: {
      requestAdapter: async () => ({
        ...{ limits: adapter.limits, features: adapter.features, info: adapter.info },
        requestDevice: async (wanted?: GPUDeviceDescriptor) => {
          requests.push(wanted);
          if (wanted?.requiredLimits) throw new DOMException("too much", "OperationError");
          return request(wanted);
        },
      }),
    },
  };
  const before = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
  try {
    const engine = await Engine.create({ backend: "webgpu" });
    expect(requests).toHaveLength(2);
    expect(engine.info.limits!.maxStorageBufferBindingSize).toBe(2 ** 27);
    engine.dispose();
  } finally {
    if (before) Object.defineProperty(globalThis, "navigator", before);
    else Reflect.deleteProperty(globalThis, "navigator");
  }
});
