/** The same call gives the same digits by the same method, whatever was computed before, how memory is cut, or who else computes. */
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { readCalibration, SLOW } from "../gpu/calibration.ts";
import { findDevice } from "../gpu/device.ts";
import { Engine, type KernelName, KernelRegression, type NadarayaError } from "../index.ts";
import { contextOf, ownGpuEngine } from "../testing/engines.ts";
import { draw } from "../testing/random.ts";
import { isWideRing } from "../testing/ring.ts";
import { calibratorOf } from "./calibrated.ts";

const engines = { gpu: await ownGpuEngine(), cpu: await Engine.create({ backend: "cpu" }) };
afterAll(() => engines.gpu.dispose());
afterEach(() => vi.unstubAllGlobals());

function workload(n: number, m: number, dims: number, seed = 1) {
  const random = draw(seed);
  const points = (count: number) => ({
    data: Float64Array.from({ length: count * dims }, () => random.normal()),
    dims,
  });
  const keys = points(n);
  const values = Float64Array.from({ length: n }, (_, i) => Math.sin(keys.data[i * dims]) + random.normal());
  return { input: { keys, values, bandwidth: 1.06 * n ** (-1 / (dims + 4)) }, queries: points(m) };
}

const kernels = ["gaussian", "epanechnikov", "laplace"] as const satisfies KernelName[];
const sizes = [
  [50, 40, 1],
  [3000, 2000, 1],
  [2000, 1500, 2],
  [1500, 500, 3],
] as const;

describe.each(isWideRing ? (["gpu", "cpu"] as const) : (["gpu"] as const))("on the %s", (where) => {
  const engine = engines[where];

  test.each(
    isWideRing ? kernels : kernels.slice(0, 1),
  )("the same digits and the same method, again and again: %s", async (kernel) => {
    for (const [n, m, dims] of isWideRing ? sizes : sizes.slice(1, 3)) {
      const { input, queries } = workload(n, m, dims);
      const found: [string, Float64Array][] = [];
      for (let round = 0; round < 3; round++) {
        const model = await KernelRegression.fit({ ...input, kernel }, { engine });
        // What comes between may warm up, sort, load and build whatever it likes.
        if (round > 0) {
          await model.predict({ data: queries.data.slice(0, dims), dims }, { method: "cull" });
          const expand = model.predict({ data: queries.data.slice(0, dims), dims }, { method: "expand" });
          await expand.catch((error: NadarayaError) => expect(error.code).toBe("unsupported"));
          await model.topWeights({ data: queries.data.slice(0, dims), dims }, 1);
        }
        if (round > 1) await model.predict(queries, { method: "dense" });
        const { mean, report } = await model.predict(queries);
        found.push([`${report.method}, ${report.reason}`, mean]);
        model.dispose();
      }
      for (const each of found) expect(each).toEqual(found[0]);
    }
  });

  test("bandwidths that were tried before change nothing", async () => {
    const { input, queries } = workload(isWideRing ? 800 : 300, 200, 2);
    const asked = { ...input, bandwidth: [0.2, 0.33] };
    const fresh = await KernelRegression.fit(asked, { engine });
    const expected = (await fresh.predict(queries, { method: "cull" })).mean;
    const searched = await KernelRegression.fit(
      { ...input, bandwidth: "loo" },
      { engine, onWarning: () => {} },
    );
    await searched.predict(queries, { method: "cull" });
    const again = await KernelRegression.fit(asked, { engine });
    expect((await again.predict(queries, { method: "cull" })).mean).toEqual(expected);
  });

  test("other work at the same time changes nothing", async () => {
    const { input, queries } = workload(3000, 1000, 2);
    const other = workload(2500, 900, 2, 7);
    const model = await KernelRegression.fit(input, { engine });
    const busy = await KernelRegression.fit(other.input, { engine });
    for (const method of ["auto", "dense", "cull", "expand"] as const) {
      const alone = await model.predict(queries, { method });
      const [beside] = await Promise.all([
        model.predict(queries, { method }),
        busy.predict(other.queries, { method }),
        model.predict({ data: queries.data.slice(0, 300), dims: 2 }, { method }),
      ]);
      expect(beside.mean).toEqual(alone.mean);
      expect(beside.report.method).toBe(alone.report.method);
    }
  });
});

test.each([
  "dense",
  "cull",
  "auto",
] as const)("memory budgets that hold the keys change no digit: %s", async (method) => {
  const { device } = await findDevice(); // compiles a shader once for all engines
  const all: Engine[] = [];
  const problems = [
    [40_000, 300, 3, "laplace"],
    [70_000, 900, 1, "gaussian"],
    [30_000, 2, 2, "epanechnikov"],
  ] as const;
  for (const [n, m, dims, kernel] of isWideRing ? problems : problems.slice(0, 1)) {
    const { input, queries } = workload(n, m, dims);
    const found: Float64Array[] = [];
    // Dense sums take the keys in parts; "cull" needs them as a whole, in half of the budget.
    for (const memoryBudget of [method === "cull" ? 2 ** 21 : 2 ** 20, 2 ** 22, 2 ** 29]) {
      const { calibration } = engines.gpu.info;
      const own = await ownGpuEngine({ backend: "auto", device, memoryBudget, calibration });
      const model = await KernelRegression.fit({ ...input, kernel }, { engine: own });
      found.push((await model.predict(queries, { method, tolerance: 1e-5 })).mean);
      all.push(own);
    }
    for (const mean of found) expect(mean).toEqual(found[0]);
  }
  for (const own of all) own.dispose();
  device.destroy();
});

test("auto asks the problem and the calibration, and nothing else", async () => {
  const fast = { version: 1, pairsPerMillisecond: 2 ** 27, latency: 0.25 } as const;
  const { input, queries } = workload(4000, 4000, 6);
  const methods: string[] = [];
  for (const calibration of [SLOW, fast]) {
    const own = await ownGpuEngine({ calibration });
    expect(own.info.calibration).toEqual(calibration);
    const model = await KernelRegression.fit(
      { ...input, kernel: "epanechnikov", bandwidth: 0.5 },
      { engine: own },
    );
    methods.push((await model.predict(queries)).report.method);
    own.dispose();
  }
  expect(methods).toEqual(["cull", "dense"]);
});

describe("calibration", () => {
  test("is measured, of powers of two, and shown", () => {
    const { calibration } = engines.gpu.info;
    expect(readCalibration(calibration)).toEqual(calibration);
    expect(calibration!.pairsPerMillisecond).toBeGreaterThan(2 ** 10);
    expect(engines.cpu.info.calibration).toBeUndefined();
  });

  test("one that was given is checked", async () => {
    for (const wrong of [
      1,
      "null",
      {},
      { ...SLOW, version: 2 },
      { ...SLOW, latency: 3 },
      { ...SLOW, pairsPerMillisecond: 0 },
      { ...SLOW, pairsPerMillisecond: Number.NaN },
    ])
      await expect(Engine.create({ backend: "webgpu", calibration: wrong as never })).rejects.toMatchObject({
        code: "invalid-input",
        message: expect.stringContaining("calibration is"),
      });
  });

  test("what is stored is validated: whatever it holds, an adapter is measured, and a right one is taken", async () => {
    const { devices } = contextOf(engines.gpu);
    const at = Date.now();
    const known = { version: 1, pairsPerMillisecond: 2 ** 31, latency: 2 ** -5 };
    const day = 24 * 3600 * 1000;
    const refused = [
      ...["null", "1", '"x"', "{", "[]", '{"version":1}'],
      JSON.stringify({ ...SLOW, latency: -1, at }),
      ...[undefined, null, "x", at + day, at - 29 * day].map((when) =>
        JSON.stringify({ ...known, at: when }),
      ),
    ];
    for (const [i, text] of refused.entries()) {
      vi.stubGlobal("localStorage", { getItem: () => text });
      expect(calibratorOf(`refused ${i}`, devices).recall(), text).toBeUndefined();
    }
    vi.stubGlobal("localStorage", { getItem: () => JSON.stringify({ ...known, at: at - 27 * day }) });
    expect(calibratorOf("known", devices).recall()).toEqual(known);
    const stored: string[] = [];
    vi.stubGlobal("localStorage", {
      getItem() {
        throw new Error("forbidden");
      },
      setItem: (_: string, value: string) => stored.push(value),
    });
    const found = await calibratorOf("new", devices).measure(false);
    expect(readCalibration(found)).toEqual(found);
    expect(JSON.parse(stored[0])).toMatchObject({ ...found });
    expect(await calibratorOf("new", devices).measure(false)).toEqual(found);
    expect(stored).toHaveLength(1);
    await calibratorOf("new", devices).measure(true);
    expect(stored).toHaveLength(2);
  });
});
