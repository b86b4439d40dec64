/** The engine as a whole: slices, memory, abort, progress, a lost device, whose device it is, and what it reports. */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { copyOf } from "../gpu/copy.ts";
import { findDevice, Usage } from "../gpu/device.ts";
import { StorageUsage } from "../gpu/gpu.ts";
import { Engine, KernelRegression, type Points, type Progress } from "../index.ts";
import { nadarayaWatson } from "../reference/index.ts";
import { contextOf, gpuOf, ownGpuEngine } from "../testing/engines.ts";
import { draw, largestDifference } from "../testing/random.ts";
import { isWideRing } from "../testing/ring.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await ownGpuEngine();
});
afterAll(() => engine.dispose());

/** These tests are of the GPU's sums and their slices; the other methods have their own. */
const dense = { method: "dense" } as const;

function data(n: number, m: number, seed = 1) {
  const random = draw(seed);
  const keys = Float64Array.from({ length: n }, () => random.uniform(0, 5));
  const values = keys.map((x) => 2 * Math.sin(x) + x + random.normal());
  const queries = Float64Array.from({ length: m }, () => random.uniform(0, 5));
  return { keys, values, queries };
}

function exact({ keys, values, queries }: ReturnType<typeof data>, bandwidth: number) {
  return nadarayaWatson({
    keys,
    values,
    queries,
    dims: 1,
    columns: 1,
    kernel: "gaussian",
    shape: "radial",
    bandwidth: [bandwidth],
  }).mean;
}

test("info names the adapter, and a fallback says why", async () => {
  expect(engine.info).toMatchObject({ backend: "webgpu", adapter: { vendor: expect.any(String) } });
  expect((await Engine.create({ backend: "cpu" })).info).toMatchObject({ backend: "cpu" });
  vi.stubGlobal("navigator", { gpu: { requestAdapter: async () => null } });
  try {
    const fallback = await Engine.create();
    expect(fallback.info).toMatchObject({ backend: "cpu", reason: expect.stringMatching(/no adapter/) });
    await expect(Engine.create({ backend: "webgpu" })).rejects.toMatchObject({ code: "no-webgpu" });
  } finally {
    vi.unstubAllGlobals();
  }
});

test("a browser that rejects, throws, or has null for a GPU is left for the CPU, with the reason", async () => {
  const refusals = [
    { requestAdapter: () => Promise.reject(new TypeError("not here")) },
    {
      requestAdapter: () => {
        throw new DOMException("forbidden", "SecurityError");
      },
    },
    {
      requestAdapter: async () => ({
        limits: {},
        features: new Set(),
        requestDevice() {
          throw new TypeError("no device");
        },
      }),
    },
  ];
  for (const gpu of refusals) {
    vi.stubGlobal("navigator", { gpu });
    try {
      expect((await Engine.create()).info).toMatchObject({ backend: "cpu", reason: expect.any(String) });
      await expect(Engine.create({ backend: "webgpu" })).rejects.toMatchObject({ code: "no-webgpu" });
    } finally {
      vi.unstubAllGlobals();
    }
  }
});

test("an adapter that cannot run a shader is left for the CPU, with the reason; nothing of it stays", async () => {
  const { device } = await findDevice();
  device.destroy();
  const adapter = { limits: {}, features: new Set(), requestDevice: async () => device };
  vi.stubGlobal("navigator", { gpu: { requestAdapter: async () => adapter } });
  try {
    const fallback = await Engine.create();
    expect(fallback.info).toMatchObject({ backend: "cpu", reason: expect.stringMatching(/lost/) });
    await expect(Engine.create({ backend: "webgpu" })).rejects.toMatchObject({ code: "device-lost" });
  } finally {
    vi.unstubAllGlobals();
  }
  await expect(Engine.create({ device })).rejects.toMatchObject({ code: "device-lost" });
});

test.runIf(isWideRing)(
  "a million keys and a few queries, a few keys and many queries: 2e-6 of the range",
  async () => {
    for (const [n, m] of [
      [1_000_000, 3],
      [3, 200_000],
    ]) {
      const given = data(n, m);
      const model = await KernelRegression.fit(
        { keys: given.keys, values: given.values, bandwidth: 0.2 },
        { engine },
      );
      const { mean } = await model.predict(given.queries, dense);
      model.dispose();
      const some = { ...given, queries: given.queries.subarray(0, 1000) };
      expect(largestDifference(mean.subarray(0, 1000), exact(some, 0.2))).toBeLessThan(2e-6 * 12);
    }
  },
);

describe("memory", () => {
  test("a small budget splits keys and queries into chunks, with the same result", async () => {
    const small = await ownGpuEngine({ memoryBudget: 2 ** 20 });
    const given = data(60_000, 3000); // 480 kB of keys: two chunks, streamed
    const model = await KernelRegression.fit(
      { keys: given.keys, values: given.values, bandwidth: 0.3 },
      { engine: small },
    );
    const { mean } = await model.predict(given.queries, dense);
    const some = { ...given, queries: given.queries.subarray(2800) };
    expect(largestDifference(mean.subarray(2800), exact(some, 0.3))).toBeLessThan(1e-5 * 12);
    small.dispose();
  });

  test("an allocation that fails is split, and throws only where the smallest does not fit", async () => {
    const own = await Engine.create({ backend: "webgpu" });
    const gpu = gpuOf(own);
    const create = gpu.device.createBuffer.bind(gpu.device);
    let refused = 0;
    let most = 3e5;
    // A device that has no more than `most` bytes for a buffer, and says so as a device does.
    const spy = vi.spyOn(gpu.device, "createBuffer").mockImplementation((descriptor) => {
      if (descriptor.size <= most) return create(descriptor);
      refused++;
      return create({ ...descriptor, size: 2 ** 50 });
    });
    const given = data(20_000, 5000);
    const model = await KernelRegression.fit(
      { keys: given.keys, values: given.values, bandwidth: 0.3 },
      { engine: own },
    );
    const { mean } = await model.predict(given.queries, dense);
    expect(refused).toBeGreaterThan(0);
    const some = given.queries.map((_, i) => i).filter((i) => i % 50 === 0);
    const expected = exact({ ...given, queries: some.map((i) => given.queries[i]) }, 0.3);
    expect(
      largestDifference(
        some.map((i) => mean[i]),
        expected,
      ),
    ).toBeLessThan(1e-5 * 12);
    most = 10;
    gpu.memory.trim();
    await expect(
      (
        await KernelRegression.fit(
          { keys: given.keys, values: given.values, bandwidth: 0.3 },
          { engine: own },
        )
      ).predict([1], dense),
    ).rejects.toMatchObject({ code: "out-of-memory" });
    spy.mockRestore();
    own.dispose();
  });

  test("everything is given back", async () => {
    const own = await Engine.create({ backend: "webgpu" });
    const gpu = gpuOf(own);
    const given = data(5000, 500);
    for (let i = 0; i < 3; i++) {
      const model = await KernelRegression.fit(
        { keys: given.keys, values: given.values, bandwidth: 0.3 },
        { engine: own },
      );
      await model.predict(given.queries, dense);
      await model.weights(given.queries);
      model.dispose();
      await expect(model.predict([1], dense)).rejects.toMatchObject({ code: "disposed" });
    }
    gpu.memory.trim();
    expect(gpu.memory.liveBytes).toBe(0);
    own.dispose();
    await expect(
      KernelRegression.fit({ keys: given.keys, values: given.values, bandwidth: 1 }, { engine: own }),
    ).rejects.toMatchObject({
      code: "disposed",
    });
  });
});

describe("long work", () => {
  test("progress rises to the total", async () => {
    const given = data(16_384, 8192);
    const model = await KernelRegression.fit(
      { keys: given.keys, values: given.values, bandwidth: 0.3 },
      { engine },
    );
    const steps: Progress[] = [];
    await model.predict(given.queries, { ...dense, onProgress: (progress) => steps.push(progress) });
    expect(steps.length).toBeGreaterThan(1);
    steps.reduce((before, after) => {
      expect(after.done).toBeGreaterThan(before.done);
      return after;
    });
    expect(steps.at(-1)).toEqual({ done: 16_384 * 8192, total: 16_384 * 8192 });
  });

  test.each([
    "webgpu",
    "cpu",
  ] as const)("stops when it is aborted, and the engine goes on: %s", async (backend) => {
    const own = await Engine.create({ backend });
    const given = data(200_000, 100_000);
    const model = await KernelRegression.fit(
      { keys: given.keys, values: given.values, bandwidth: 0.3 },
      { engine: own },
    );
    const controller = new AbortController();
    const onProgress = () => controller.abort(); // in the midst of it
    await expect(
      model.predict(given.queries, { ...dense, signal: controller.signal, onProgress }),
    ).rejects.toMatchObject({ name: "AbortError" });
    await expect(
      model.predict(given.queries, { ...dense, signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({
      name: "AbortError",
    });
    const { mean } = await model.predict([2.5], dense);
    expect(largestDifference(mean, exact({ ...given, queries: new Float64Array([2.5]) }, 0.3))).toBeLessThan(
      1e-4,
    );
    own.dispose();
  });
});

test("aborted while its last slice is being read, a run leaves no half-mapped buffer to the next", async () => {
  const own = await Engine.create({ backend: "webgpu" });
  const given = data(4000, 4000);
  const model = await KernelRegression.fit(
    { keys: given.keys, values: given.values, bandwidth: 0.3 },
    { engine: own },
  );
  const { mean: expected } = await model.predict(given.queries, dense);
  const gpu = gpuOf(own);
  const read = gpu.read.bind(gpu);
  const controller = new AbortController();
  const spy = vi.spyOn(gpu, "read").mockImplementationOnce((buffer, count) => {
    controller.abort(); // the map is pending when the run learns of it
    return read(buffer, count);
  });
  const aborted = model.predict(given.queries, { ...dense, signal: controller.signal });
  await expect(aborted).rejects.toMatchObject({ name: "AbortError" });
  expect(largestDifference((await model.predict(given.queries, dense)).mean, expected)).toBeLessThan(1e-4);
  spy.mockRestore();
  own.dispose();
});

test("what the GPU refuses is an error of ours", async () => {
  const refused = gpuOf(engine).wait(Promise.reject(new DOMException("no", "OperationError")));
  await expect(refused).rejects.toMatchObject({ name: "NadarayaError", code: "gpu-error" });
});

describe("devices", () => {
  test("a device that was given is used and never destroyed", async () => {
    const { device } = await findDevice();
    const own = await Engine.create({ device });
    const model = await KernelRegression.fit({ keys: [0, 1], values: [0, 1], bandwidth: 1 }, { engine: own });
    expect((await model.predict([0.5], dense)).mean[0]).toBeCloseTo(0.5, 6);
    own.dispose();
    const other = await Engine.create({ device });
    const next = await KernelRegression.fit(
      { keys: [0, 1], values: [0, 1], bandwidth: 1 },
      { engine: other },
    );
    expect((await next.predict([0.5], dense)).mean[0]).toBeCloseTo(0.5, 6);
    device.destroy();
  });
});

describe("what no key reaches", () => {
  const input = { keys: [0, 1, 2], values: [10, 20, 60], kernel: "epanechnikov", bandwidth: 0.4 } as const;
  test.each([
    ["nan", NaN],
    ["nearest", 60],
    ["mean", 30],
  ] as const)("empty: %s", async (empty, expected) => {
    const model = await KernelRegression.fit(input, { engine });
    const { mean, report } = await model.predict([0.1, 2.5], { ...dense, empty });
    expect(mean[0]).toBeCloseTo(10, 5);
    expect(mean[1]).toBe(expected);
    expect(report.emptyQueries).toBe(1);
  });
  test("empty: error", async () => {
    const model = await KernelRegression.fit(input, { engine });
    await expect(model.predict([0, 9], { ...dense, empty: "error" })).rejects.toMatchObject({
      code: "empty-window",
      message: expect.stringMatching(/queries\[1\]/),
    });
  });
  test("a key exactly at the edge is in reach of the boxcar, and has no weight in the others", async () => {
    const boxcar = await KernelRegression.fit({ ...input, kernel: "boxcar", bandwidth: 0.5 }, { engine });
    expect([...(await boxcar.predict([0.5, 1.5], dense)).mean]).toEqual([15, 40]);
    const triangular = await KernelRegression.fit(
      { ...input, kernel: "triangular", bandwidth: 1 },
      { engine },
    );
    expect((await triangular.predict([1], dense)).mean[0]).toBeCloseTo(20, 5);
    expect((await triangular.predict([3], dense)).mean[0]).toBeNaN();
  });
  test("far from all keys a Gaussian gives the nearest key's value, recomputed in float64", async () => {
    const model = await KernelRegression.fit({ ...input, kernel: "gaussian", bandwidth: 0.01 }, { engine });
    const { mean, report } = await model.predict([-1e6, 0.49, 0.51, 1e9], dense);
    expect([...mean]).toEqual([10, 10, 20, 60]);
    expect(report).toMatchObject({ fallbackQueries: 4, emptyQueries: 0 });
  });
});

test("more than 16 classes, of any type of label", async () => {
  const { KernelClassifier } = await import("../index.ts");
  const labels = Array.from({ length: 40 }, (_, i) => ({ name: `class ${i % 20}` }));
  const shared = labels.map((_, i) => labels[i % 20]);
  const keys = labels.map((_, i) => i % 20);
  const model = await KernelClassifier.fit({ keys, labels: shared, bandwidth: 0.3 }, { engine });
  const { labels: found, probability } = await model.predict(new Float64Array([3.1, 17.2]), dense);
  expect(found.map((label) => label?.name)).toEqual(["class 3", "class 17"]);
  expect(probability.length).toBe(40);
  expect(probability.subarray(20).reduce((a, b) => a + b)).toBeCloseTo(1, 12);
});

describe('output: "gpu"', () => {
  test("copies the queries before it waits", async () => {
    const model = await KernelRegression.fit({ keys: [0, 1], values: [0, 1], bandwidth: 0.5 }, { engine });
    const queries = Float64Array.of(1, 1);
    const pending = model.predict(queries, { method: "dense", output: "gpu" });
    queries.fill(0);
    const { mean } = await pending;
    const { mean: expected } = await model.predict([1, 1], { method: "dense" });
    expect(largestDifference(await numbersOf(engine, mean, 2), expected)).toBeLessThan(1e-6);
    mean.destroy();
    model.dispose();
  });

  test.each([2 ** 400, 2 ** -400])("refuses values times %f, which f32 cannot hold", async (scale) => {
    for (const column of [0, 1]) {
      const values = [1, 2, 3].map((x) => [0, 1].map((c) => (c === column ? x * scale : 0)));
      const model = await KernelRegression.fit({ keys: [0, 1, 2], values, bandwidth: 1 }, { engine });
      await expect(model.predict([0.5], { output: "gpu" })).rejects.toMatchObject({
        code: "unsupported",
        message: expect.stringContaining(`the largest value of column ${column} is`),
      });
      expect((await model.predict([0.5])).mean[column] / scale).toBeCloseTo(1.7, 0);
      model.dispose();
    }
  });

  test("refuses values whose offset leaves f32 too few digits of their differences", async () => {
    const fit = (offset: number) =>
      KernelRegression.fit(
        { keys: [0, 1, 2], values: [1, 2, 4].map((x) => [x, offset + x]), bandwidth: 1 },
        { engine },
      );
    const [near, far] = [await fit(40), await fit(1e6)];
    await expect(far.predict([0.5], { output: "gpu" })).rejects.toMatchObject({
      code: "unsupported",
      message: expect.stringMatching(
        /column 1 has values from 1000001 to 1000004: subtract 1000002.5 from them before the fit/,
      ),
    });
    const { mean } = await near.predict([0.5], { output: "gpu" });
    const expected = (await near.predict([0.5])).mean;
    expect(largestDifference(await numbersOf(engine, mean, 2), expected)).toBeLessThan(3e-5);
    mean.destroy();
    const alike = await KernelRegression.fit({ keys: [0, 1], values: [1e9, 1e9], bandwidth: 1 }, { engine });
    (await alike.predict([0.5], { output: "gpu" })).mean.destroy();
    for (const model of [near, far, alike]) model.dispose();
  });

  const numbersOf = (own: Engine, buffer: GPUBuffer, count: number) =>
    copyOf(contextOf(own), { buffer, dims: 1, count }, "means");

  test("leaves the same means on the device, over several slices, with recomputed and empty queries", async () => {
    const own = await Engine.create({ backend: "webgpu", memoryBudget: 2 ** 20 });
    const given = data(3000, 9000);
    given.queries.set([-1e7, 1e7, 2.5], 4000);
    for (const kernel of ["gaussian", "epanechnikov"] as const) {
      const values = {
        data: Float64Array.from({ length: 6000 }, (_, i) => (i % 2 ? 40 : 0) + given.values[i >> 1]),
        dims: 2,
      };
      const model = await KernelRegression.fit(
        { keys: given.keys, values, kernel, bandwidth: 0.1 },
        { engine: own },
      );
      const array = await model.predict(given.queries, dense);
      const { mean, report } = await model.predict(given.queries, { ...dense, output: "gpu" });
      const numbers = await numbersOf(own, mean, 18_000);
      expect(report).toMatchObject({ emptyQueries: kernel === "gaussian" ? 0 : 2 });
      expect(largestDifference(numbers, Float32Array.from(array.mean))).toBeLessThanOrEqual(4e-6); // a step of f32 at 40
      const filled = await model.predict(given.queries, { ...dense, output: "gpu", empty: "mean" });
      expect((await numbersOf(own, filled.mean, 18_000)).every(Number.isFinite)).toBe(true);
      mean.destroy();
      filled.mean.destroy();
      model.dispose();
    }
    own.dispose();
  });

  test("is refused on the CPU, and where it is neither", async () => {
    const cpu = await Engine.create({ backend: "cpu" });
    const model = await KernelRegression.fit({ keys: [0, 1], values: [0, 1], bandwidth: 1 }, { engine: cpu });
    await expect(model.predict([0], { ...dense, output: "gpu" })).rejects.toMatchObject({
      code: "unsupported",
    });
    await expect(model.predict([0], { output: "disk" as "array" })).rejects.toThrow('output is "disk"');
  });
});

describe("points on the GPU", () => {
  const onGpu = (numbers: Float64Array, usage: number = StorageUsage) => {
    const { device } = gpuOf(engine);
    const buffer = device.createBuffer({ size: numbers.length * 4, usage: usage | Usage.COPY_DST });
    device.queue.writeBuffer(buffer, 0, Float32Array.from(numbers));
    return buffer;
  };

  test("keys, values and queries in buffers give what the same numbers in arrays give", async () => {
    const given = data(500, 300);
    const [keys, values, queries] = [given.keys, given.values, given.queries].map((x) =>
      Float32Array.from(x),
    );
    const arrays = await KernelRegression.fit({ keys, values, bandwidth: 0.3 }, { engine });
    const buffers = await KernelRegression.fit(
      {
        keys: { buffer: onGpu(given.keys), dims: 1 },
        values: { buffer: onGpu(given.values), dims: 1 },
        bandwidth: 0.3,
      },
      { engine },
    );
    const { mean } = await buffers.predict({ buffer: onGpu(given.queries), dims: 1, count: 299 }, dense);
    expect(mean).toEqual((await arrays.predict(queries, dense)).mean.subarray(0, 299));
  });

  test("what cannot be read is an error that says so", async () => {
    const keys = { buffer: onGpu(new Float64Array([0, 1, NaN])), dims: 1 };
    const fit = (keys: Points, own = engine) =>
      KernelRegression.fit({ keys, values: [0, 1, 2] }, { engine: own });
    await expect(fit(keys)).rejects.toThrow("keys[2] is NaN");
    await expect(fit({ ...keys, dims: 2 })).rejects.toThrow(
      "the buffer of keys has 12 bytes, expected a multiple of 8",
    );
    await expect(fit({ ...keys, count: 4 })).rejects.toThrow("keys have 4 rows");
    const sealed = { buffer: onGpu(new Float64Array([0, 1, 2]), Usage.STORAGE), dims: 1 };
    await expect(fit(sealed)).rejects.toThrow(/keys.buffer cannot be read.*COPY_SRC/);
    const cpu = await Engine.create({ backend: "cpu" });
    await expect(fit(keys, cpu)).rejects.toMatchObject({ code: "unsupported" });
    const { mean } = await (await fit([0, 1, 2])).predict([1], dense); // the engine goes on
    expect(mean[0]).toBeCloseTo(1, 5);
  });
});
