/** Faults of the device at every kind of call: runs go on to the right answer, or say what is wrong; nothing is left behind. */
import { beforeAll, describe, expect, test, vi } from "vitest";
import { findDevice, findGpu } from "../gpu/device.ts";
import { Engine, KernelRegression, NadarayaError } from "../index.ts";
import { gpuOf } from "../testing/engines.ts";
import {
  answer,
  type FaultCase,
  faultCaseNames,
  faultCases,
  faultOptions,
  faultRounds,
  faultyEngine,
  type Install,
  onlyOnGpu,
  undisturbed,
} from "../testing/fault-rounds.ts";
import { type Fault, Faults } from "../testing/faults.ts";
import { largestDifference } from "../testing/random.ts";
import { isWideRing } from "../testing/ring.ts";

let real: GPU;
beforeAll(async () => {
  real = await findGpu();
});
const install: Install = (gpu) => {
  vi.stubGlobal("navigator", { gpu });
};

/** At which share of an answer's calls something happens. */
const moments = isWideRing ? [0.02, 0.3, 0.9] : [0.3, 0.9];

/** More of them: `NADARAYA_FAULT_ROUNDS=100 npx vitest run src/engine/faults.test.ts`. */
const ROUNDS = Number(process.env.NADARAYA_FAULT_ROUNDS ?? (isWideRing ? 2 : 1));

describe.each(faultCaseNames)("%s", (name) => {
  // Every device compiles the many stages of "expand" anew.
  const unlessLong = test.skipIf(name === "expand" && !isWideRing);
  const unlessOfDense = test.skipIf(name !== "dense" && !isWideRing);

  unlessLong("goes on after a loss at any call, and gives the same numbers", async () => {
    const report = await faultRounds(install, real, name, "loss", ROUNDS, 11);
    expect(report).toMatchObject({ answers: ROUNDS, faults: ROUNDS, errors: [], foreign: [], heldBytes: 0 });
    expect(report).toMatchObject({ lostDevices: ROUNDS, warnings: ROUNDS });
    expect(report.worst).toBeLessThan(1e-6);
  });

  unlessOfDense.each(["throw", "reject", "refuse"] as const)(
    "where a call fails (%s), the error is ours or there is none, and the next answer is right",
    async (fault) => {
      const report = await faultRounds(install, real, name, fault, ROUNDS, 13);
      expect(report).toMatchObject({ foreign: [], heldBytes: 0 });
      expect(report.faults).toBeGreaterThan(ROUNDS / 2);
      expect(report.answers + report.errors.length).toBe(ROUNDS);
      expect(report.worst).toBeLessThan(1e-6);
    },
  );

  unlessLong("allocations that fail now and then change no answer beyond the tolerance", async () => {
    const report = await faultRounds(install, real, name, "no memory", ROUNDS, 17);
    expect(report).toMatchObject({ answers: ROUNDS, errors: [], foreign: [], heldBytes: 0 });
    expect(report.faults).toBeGreaterThanOrEqual(ROUNDS);
    expect(report.worst).toBeLessThan(1e-6);
  });

  unlessLong(
    "disposing of the engine while it runs gives `disposed`, or the right answer, at any moment",
    async () => {
      const { calls, mean } = await undisturbed(install, real, name);
      for (const share of moments) {
        const { engine, faults } = await faultyEngine(install, real);
        const at = faults.calls + Math.ceil(calls * share);
        faults.plan = (_, call) => {
          if (call === at) engine.dispose();
          return undefined;
        };
        const outcome = await answer(engine, name).catch((error: unknown) => error);
        if (outcome instanceof Float64Array) expect(largestDifference(outcome, mean)).toBeLessThan(1e-6);
        else expect(outcome).toMatchObject({ code: "disposed" });
        expect(faults.calls).toBeGreaterThanOrEqual(at);
        await expect(answer(engine, name)).rejects.toMatchObject({ code: "disposed" });
      }
    },
  );

  unlessOfDense("of a caller's device a loss is final: an error at once and later, and no hang", async () => {
    const { device } = await findDevice();
    const faults = new Faults();
    faults.on(device);
    const engine = await Engine.create({ device, ...faultOptions });
    const { input, queries, options } = faultCases[name];
    const model = await KernelRegression.fit(input, { engine });
    onlyOnGpu(model);
    const at = faults.calls + 60;
    faults.plan = (_, call) => (call === at ? "loss" : undefined);
    await expect(model.predict(queries, options)).rejects.toMatchObject({ code: "device-lost" });
    await expect(model.predict(queries, options)).rejects.toMatchObject({ code: "device-lost" });
    expect(engine.usable).toBe(false);
    engine.dispose();
  });
});

test("losing one device after the other ends with an error that says so, and the engine goes on afterwards", async () => {
  const { mean } = await undisturbed(install, real, "dense");
  const { engine, faults } = await faultyEngine(install, real);
  faults.plan = (name) => (name === "submit" ? "loss" : undefined);
  await expect(answer(engine, "dense")).rejects.toMatchObject({
    code: "device-lost",
    message: expect.stringContaining("4 GPU devices were lost in a row"),
  });
  faults.plan = () => undefined;
  expect(engine.usable).toBe(true);
  expect(largestDifference(await answer(engine, "dense"), mean)).toBeLessThan(1e-6);
  engine.dispose();
});

test("where there is no other device, the error says so and the engine is of no more use", async () => {
  const { engine } = await faultyEngine(install, real);
  vi.stubGlobal("navigator", { gpu: { requestAdapter: async () => null } });
  gpuOf(engine).device.destroy();
  await expect(answer(engine, "dense")).rejects.toMatchObject({
    code: "device-lost",
    message: expect.stringMatching(/offers no adapter.*make a new Engine/),
  });
  expect(engine.usable).toBe(false);
  install(real);
  await answer(engine, "dense"); // the browser has an adapter again
  expect(engine.usable).toBe(true);
  engine.dispose();
});

test("a device that is lost while nothing runs is replaced at the next call, once for all of them", async () => {
  const { engine } = await faultyEngine(install, real);
  const mean = await answer(engine, "dense");
  gpuOf(engine).device.destroy();
  await gpuOf(engine).device.lost;
  const all = await Promise.all([1, 2, 3].map(() => answer(engine, "dense")));
  for (const again of all) expect(largestDifference(again, mean)).toBeLessThan(1e-6);
  expect(engine.info.lostDevices).toBe(1);
  engine.dispose();
});

test.runIf(isWideRing)("means that are left on the GPU are computed again on the next device", async () => {
  const { engine, faults } = await faultyEngine(install, real);
  const { input, queries } = faultCases.dense;
  const model = await KernelRegression.fit(input, { engine });
  const count = faults.calls;
  const onGpu = { method: "dense", output: "gpu" } as const;
  (await model.predict(queries, onGpu)).mean.destroy();
  const calls = faults.calls - count;
  const expected = (await model.predict(queries, { method: "dense" })).mean;
  for (const share of moments) {
    const at = faults.calls + Math.ceil(0.6 * calls * share);
    faults.plan = (_, call) => (call === at ? "loss" : undefined);
    const { mean } = await model.predict(queries, onGpu);
    const copy = await engine.fetch({ buffer: mean, dims: 1 }, "means");
    const { data } = copy as { data: Float32Array };
    expect(data).toHaveLength(expected.length);
    expect(largestDifference(data, expected)).toBeLessThan(1e-5);
    mean.destroy();
  }
  expect(engine.info.lostDevices).toBe(moments.length);
  const { mean } = await model.predict(queries, onGpu);
  gpuOf(engine).device.destroy();
  await gpuOf(engine).device.lost;
  await expect(engine.fetch({ buffer: mean, dims: 1 }, "means")).rejects.toMatchObject({
    code: "device-lost",
  });
  engine.dispose();
});

test.runIf(isWideRing)("keys lie on the GPU once, also where means stay there", async () => {
  const { engine } = await faultyEngine(install, real);
  const { input, queries } = faultCases.cull;
  const model = await KernelRegression.fit(input, { engine });
  onlyOnGpu(model);
  const { memory } = gpuOf(engine);
  const held = async (options: object) => {
    const { mean } = await model.predict(queries, { output: "gpu", ...options } as { output: "gpu" });
    mean.destroy();
    memory.trim();
    return memory.liveBytes;
  };
  const once = await held({ method: "dense" });
  await held({ method: "cull", tolerance: 1e-4 });
  expect(await held({ method: "dense" })).toBe(once);
  engine.dispose();
});

test("a failed allocation of any kind leaves no error scope behind", async () => {
  const kinds: readonly Fault[] = ["throw", "no memory"];
  const { engine, faults } = await faultyEngine(install, real);
  for (const fault of kinds) {
    faults.plan = (name) => (name === "createBuffer" ? fault : undefined);
    gpuOf(engine).memory.trim();
    await expect(answer(engine, "dense")).rejects.toBeInstanceOf(NadarayaError);
  }
  faults.plan = () => undefined;
  await expect(gpuOf(engine).device.popErrorScope()).rejects.toThrow(); // there is none
  engine.dispose();
});

describe("the memory budget", () => {
  test.each(
    isWideRing ? [2 ** 20, 2 ** 22] : [2 ** 20],
  )("of %i bytes holds over models and calls at once, and all answers are right", async (memoryBudget) => {
    const expected = new Map<FaultCase, Float64Array>();
    for (const name of faultCaseNames) expected.set(name, (await undisturbed(install, real, name)).mean);
    const { engine } = await faultyEngine(install, real, { memoryBudget });
    const gpu = gpuOf(engine);
    // What the device really has, by its own calls.
    let alive = 0;
    let most = 0;
    const create = gpu.device.createBuffer.bind(gpu.device);
    gpu.device.createBuffer = (descriptor) => {
      const buffer = create(descriptor);
      if (descriptor.label === "gpu timer") return buffer;
      alive += descriptor.size;
      most = Math.max(most, alive);
      const destroy = buffer.destroy.bind(buffer);
      let destroyed = false;
      buffer.destroy = () => {
        if (!destroyed) alive -= descriptor.size;
        destroyed = true;
        return destroy();
      };
      return buffer;
    };
    const names = Array.from({ length: 12 }, (_, i) => faultCaseNames[i % 3]);
    const all = await Promise.all(names.map((name) => answer(engine, name)));
    for (const [i, mean] of all.entries())
      expect(largestDifference(mean, expected.get(names[i])!)).toBeLessThan(1e-6);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(memoryBudget);
    gpu.memory.trim();
    expect(alive).toBe(0);
    engine.dispose();
  });

  test("models that were not disposed of give way to others, and come back", async () => {
    const { engine } = await faultyEngine(install, real);
    const keys = Float64Array.from({ length: 30_000 }, (_, i) => Math.sin(i));
    const models = await Promise.all(
      [1, 2, 3, 4, 5].map(() => KernelRegression.fit({ keys, values: keys, bandwidth: 0.4 }, { engine })),
    );
    const predict = async (model: (typeof models)[0]) =>
      (await model.predict([-0.5, 0, 0.5], { method: "dense" })).mean;
    const first = await predict(models[0]);
    for (const model of models) expect(await predict(model)).toEqual(first);
    expect(gpuOf(engine).memory.liveBytes).toBeLessThanOrEqual(faultOptions.memoryBudget);
    expect(await predict(models[0])).toEqual(first);
    engine.dispose();
  });
});
