/** Calls that overlap, models that change or go while calls run, and what is left on the GPU afterwards. */

import { afterAll, describe, expect, test, vi } from "vitest";
import type { Methods } from "../engine/engine-problem.ts";
import { findDevice } from "../gpu/device.ts";
import { attention, Engine, KernelClassifier, KernelDensity, KernelRegression } from "../index.ts";
import { gpuOf, ownGpuEngine } from "../testing/engines.ts";
import { draw } from "../testing/random.ts";
import { isWideRing } from "../testing/ring.ts";

const engines = { gpu: await ownGpuEngine(), cpu: await Engine.create({ backend: "cpu" }) };
afterAll(() => engines.gpu.dispose());

function data(n: number, seed: number) {
  const random = draw(seed);
  const keys = Float64Array.from({ length: n }, () => random.uniform(0, 5));
  return { keys, values: keys.map((x) => seed * Math.sin(x) + random.normal()) };
}
const queries = Float64Array.from({ length: 4000 }, (_, i) => i / 800);
const dense = { method: "dense" } as const;

describe.each(["gpu", "cpu"] as const)("on the %s", (where) => {
  const engine = engines[where];
  const n = where === "gpu" ? (isWideRing ? 6000 : 3000) : isWideRing ? 1500 : 600; // several slices of queries on either
  const fit = (seed: number, more: object = {}) =>
    KernelRegression.fit({ ...data(n, seed), bandwidth: 0.2, ...more }, { engine });

  test("a run that outlives its model answers for that model", async () => {
    const [a, b] = [await fit(1), await fit(2)];
    const expected = (await a.predict(queries, dense)).mean;
    for (let round = 0; round < (isWideRing ? 3 : 1); round++) {
      const first = await fit(1);
      const running = first.predict(queries, dense);
      first.dispose();
      const other = b.predict(queries, dense);
      expect((await running).mean).toEqual(expected);
      await other;
    }
    await expect(async () => {
      a.dispose();
      await a.predict(queries, dense);
    }).rejects.toMatchObject({ code: "disposed" });
  });

  test("a run that meets a change answers for the model as it was", async () => {
    const model = await fit(1);
    const more = data(500, 3);
    const before = (await model.predict(queries, { ...dense, standardError: true })).standardError;
    const running = model.predict(queries, { ...dense, standardError: true });
    const growing = model.add(more.keys, more.values);
    expect((await running).standardError).toEqual(before);
    await growing;
    const whole = await KernelRegression.fit(
      {
        keys: [...data(n, 1).keys, ...more.keys],
        values: [...data(n, 1).values, ...more.values],
        bandwidth: 0.2,
      },
      { engine },
    );
    expect((await model.predict(queries, dense)).mean).toEqual((await whole.predict(queries, dense)).mean);
  });

  test("a call after a change that was not awaited answers for the changed model", async () => {
    const model = await KernelRegression.fit({ keys: [0, 1], values: [0, 1], bandwidth: 1 }, { engine });
    const whole = await KernelRegression.fit(
      { keys: [0, 1, 2], values: [0, 1, 5], bandwidth: 1 },
      { engine },
    );
    const expected = (await whole.predict([1.5])).mean;
    const growing = model.add([2], [5]);
    const overwritten = [1.5];
    const answer = model.predict(overwritten);
    const later = model.add([3], [50]);
    overwritten[0] = 9;
    expect((await answer).mean).toEqual(expected);
    await Promise.all([growing, later]);
    const broken = model.remove([9]);
    const after = model.predict([1.5]);
    await expect(broken).rejects.toMatchObject({ code: "invalid-input" });
    expect((await after).mean).toEqual((await model.predict([1.5])).mean);
    const last = model.add([4], [5]);
    const waiting = model.predict([1.5]);
    model.dispose();
    await expect(last).rejects.toMatchObject({ code: "disposed" });
    await expect(waiting).rejects.toMatchObject({ code: "disposed" });
  });

  test("changes at once all happen, in their order", async () => {
    const model = await KernelRegression.fit({ keys: [0, 1], values: [0, 1], bandwidth: 1 }, { engine });
    await Promise.all([model.add([2], [2]), model.add([3], [3]), model.remove([0]), model.add([4], [4])]);
    expect(model.size).toBe(4);
    const whole = await KernelRegression.fit(
      { keys: [1, 2, 3, 4], values: [1, 2, 3, 4], bandwidth: 1 },
      { engine },
    );
    expect((await model.predict([2.2])).mean).toEqual((await whole.predict([2.2])).mean);
    const broken = model.remove([9]);
    const after = model.add([5], [5]);
    await expect(broken).rejects.toMatchObject({ code: "invalid-input" });
    await after;
    expect(model.size).toBe(5);
  });

  test.each([
    0, 1, 2,
  ] as const)("first calls at once, degree %i, answer as calls in turn do", async (degree) => {
    const small = { ...data(300, 1), bandwidth: 0.4, degree };
    const some = queries.subarray(0, 40);
    const options = { ...dense, standardError: true, confidence: 0.9, gradient: true };
    const one = await KernelRegression.fit(small, { engine });
    const expected = await one.predict(some, options);
    const model = await KernelRegression.fit(small, { engine });
    const all = await Promise.all([
      ...[1, 2, 3].map(() => model.predict(some, options)),
      model.diagnostics(),
      model.bootstrap(some, { replicates: 20 }),
    ]);
    for (const found of all.slice(0, 3) as (typeof expected)[]) {
      expect(found.mean).toEqual(expected.mean);
      expect(found.standardError).toEqual(expected.standardError);
      expect(found.gradient).toEqual(expected.gradient);
      expect(found.upper).toEqual(expected.upper);
    }
  });

  test("a call that is aborted does not spoil what others share with it", async () => {
    const model = await fit(1, { degree: 1 });
    const controller = new AbortController();
    const some = queries.subarray(0, 20);
    const aborted = model.predict(some, { standardError: true, signal: controller.signal });
    const other = model.predict(some, { standardError: true });
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ name: "AbortError" });
    expect((await other).standardError!.every((error) => error > 0)).toBe(true);
  });

  test("a classifier that grew or shrank is the one of a fresh fit, priors and all", async () => {
    const rows = { keys: [0, 1, 2, 3], labels: ["a", "a", "b", "b"] };
    const model = await KernelClassifier.fit({ ...rows, bandwidth: 1 }, { engine });
    await model.add([0.5, 0.6, 0.7, 1.1], ["a", "a", "a", "a"]);
    const fresh = await KernelClassifier.fit(
      {
        keys: [...rows.keys, 0.5, 0.6, 0.7, 1.1],
        labels: [...rows.labels, "a", "a", "a", "a"],
        bandwidth: 1,
      },
      { engine },
    );
    expect((await model.predict([1.5])).probability).toEqual((await fresh.predict([1.5])).probability);
    expect((await model.predict([1.5])).probability[0]).toBeCloseTo(0.774, 3);
    expect([...model.priors]).toEqual([...fresh.priors]);
    await model.add([9], ["c"]);
    expect(model.classes).toEqual(["a", "b", "c"]);
    await model.remove([2, 3]);
    expect(model.classes).toEqual(["a", "c"]);
  });

  test("a list of priors stays with its labels, whatever their order of first appearance", async () => {
    const rows = { keys: [0, 1, 2, 3], labels: [true, false, true, false] };
    const model = await KernelClassifier.fit({ ...rows, bandwidth: 1, priors: [0.9, 0.1] }, { engine });
    await model.remove([0]); // now false comes first
    expect(model.classes).toEqual([false, true]);
    expect([...model.priors]).toEqual([0.1, 0.9]);
    const loaded = await KernelClassifier.load<boolean>(model.save(), { engine });
    expect([...loaded.priors]).toEqual([0.1, 0.9]);
    expect((await loaded.predict([1.4])).probability).toEqual((await model.predict([1.4])).probability);
    await expect(model.remove([0, 2])).rejects.toThrow("leaves no row of false");
    expect(model.size).toBe(3);
  });

  test("after dispose every call throws, and the engine's dispose counts for all its models", async () => {
    const own = await Engine.create({ backend: where === "gpu" ? "webgpu" : "cpu" });
    const make = async () => {
      const model = await KernelRegression.fit({ ...data(50, 1), bandwidth: 1 }, { engine: own });
      return { model, density: await KernelDensity.fit({ keys: [1, 2, 3], bandwidth: 1 }, { engine: own }) };
    };
    const calls = ({ model, density }: Awaited<ReturnType<typeof make>>) => [
      () => model.predict([1]),
      () => model.predict([1], { gradient: true }),
      () => model.weights([1]),
      () => model.topWeights([1], 1),
      () => model.weightStatistics([1]),
      () => model.quantiles([1], [0.5]),
      () => model.distribution([1], [0]),
      () => model.conditionalDensity([1], [1]),
      () => model.diagnostics(),
      () => model.bootstrap([1]),
      () => model.partial([1]),
      () => model.add([1], [1]),
      () => model.remove([0]),
      async () => model.save(),
      () => density.evaluate([1]),
    ];
    const gone = await make();
    gone.model.dispose();
    gone.density.dispose();
    gone.model.dispose(); // again
    for (const call of calls(gone)) await expect(call()).rejects.toMatchObject({ code: "disposed" });
    const left = await make();
    own.dispose();
    for (const call of calls(left)) await expect(call()).rejects.toMatchObject({ code: "disposed" });
    await expect(KernelDensity.fit({ keys: [1, 2] }, { engine: own })).rejects.toMatchObject({
      code: "disposed",
    });
    await expect(attention({ keys: [1], values: [1], queries: [1] }, { engine: own })).rejects.toMatchObject({
      code: "disposed",
    });
  });
});

describe("memory of the GPU", () => {
  test("first runs at once share the keys' buffer, and all is given back", async () => {
    const engine = await ownGpuEngine();
    const gpu = gpuOf(engine);
    const model = await KernelRegression.fit({ ...data(6000, 1), bandwidth: 0.2 }, { engine });
    const buffers = vi.spyOn(gpu, "buffer");
    await Promise.all([1, 2, 3].map(() => model.predict(queries, dense)));
    expect(buffers.mock.calls.filter(([label]) => label === "keys")).toHaveLength(1);
    model.dispose();
    gpu.memory.trim();
    expect(gpu.memory.liveBytes).toBe(0);
    engine.dispose();
  });

  test("what throws leaves nothing behind", async () => {
    const engine = await ownGpuEngine();
    const gpu = gpuOf(engine);
    const compact = await KernelRegression.fit(
      { ...data(400, 1), kernel: "epanechnikov", bandwidth: 0.2 },
      { engine },
    );
    const created: GPUBuffer[] = [];
    const own = gpu.ownBuffer.bind(gpu);
    vi.spyOn(gpu, "ownBuffer").mockImplementation(async (...of) => {
      created.push(await own(...of));
      return created[created.length - 1];
    });
    const destroyed = vi.fn();
    const wanted = { ...dense, output: "gpu", empty: "error" } as const;
    const refused = compact.predict([1, 90], wanted);
    await expect(refused).rejects.toMatchObject({ code: "empty-window" });
    gpu.device.pushErrorScope("validation");
    gpu.device.queue.writeBuffer(created[0], 0, new Float32Array(1)); // a destroyed buffer refuses
    if (await gpu.device.popErrorScope()) destroyed();
    expect(destroyed).toHaveBeenCalled();
    const signal = AbortSignal.abort();
    const all = [
      () => compact.distribution([1, 2], [0, 1], { signal }),
      () => compact.bootstrap([1, 2], { signal }),
      () => compact.diagnostics({ signal }),
    ];
    for (const call of all) await expect(call()).rejects.toMatchObject({ name: "AbortError" });
    compact.dispose();
    gpu.memory.trim();
    expect(gpu.memory.liveBytes).toBe(0);
    engine.dispose();
  });

  test("a device that was given has none of our buffers left after dispose, whatever models were forgotten", async () => {
    const { device } = await findDevice();
    const create = vi.spyOn(device, "createBuffer");
    const engine = await Engine.create({ device });
    const model = await KernelRegression.fit({ ...data(600, 1), bandwidth: 0.2 }, { engine });
    await Promise.all([model.predict(queries, dense), model.predict(queries, dense)]);
    engine.dispose();
    device.pushErrorScope("validation");
    const buffers = create.mock.results.map(({ value }) => value as GPUBuffer);
    expect(buffers.length).toBeGreaterThan(3);
    let alive = 0;
    for (const buffer of buffers) {
      device.pushErrorScope("validation");
      const encoder = device.createCommandEncoder();
      if (buffer.usage & 8) encoder.clearBuffer(buffer);
      device.queue.submit([encoder.finish()]);
      const refused = await device.popErrorScope();
      if (!refused && buffer.usage & 8 && buffer.label !== "gpu timer") alive++;
    }
    await device.popErrorScope();
    expect(alive).toBe(0);
    device.destroy();
  });

  test("grids of many tolerances are not all kept", async () => {
    const model = await KernelRegression.fit({ ...data(3000, 1), bandwidth: 0.2 }, { engine: engines.cpu });
    for (const tolerance of [1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8])
      await model.predict([1, 2], { method: "expand", tolerance });
    const { problems } = (model as unknown as { current: { problems: unknown[] } }).current;
    const { all } = (problems[0] as { methods: Methods }).methods;
    const expand = all.find(({ name }) => name === "expand") as unknown as {
      transforms: Map<number, unknown>;
    };
    expect(expand.transforms.size).toBe(2);
  });
});

test("the shared engine is made once, however many ask for it", async () => {
  vi.resetModules();
  const { sharedEngine } = await import("../engine/engine.ts");
  const all = await Promise.all([sharedEngine(), sharedEngine(), sharedEngine()]);
  expect(new Set(all).size).toBe(1);
  all[0].dispose();
  const next = await Promise.all([sharedEngine(), sharedEngine()]);
  expect(new Set(next).size).toBe(1);
  expect(next[0]).not.toBe(all[0]);
  next[0].dispose();
});
