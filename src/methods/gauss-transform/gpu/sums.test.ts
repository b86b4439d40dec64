/** "expand" on the GPU, on a real adapter, taken for every call however small: what its grid is off by must not matter. */
import fc from "fast-check";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { NadarayaError } from "../../../common/errors.ts";
import { StorageUsage } from "../../../gpu/gpu.ts";
import { type Engine, KernelDensity, KernelRegression } from "../../../index.ts";
import { nadarayaWatson } from "../../../reference/index.ts";
import { gpuEngine, gpuOf } from "../../../testing/engines.ts";
import { always } from "../../../testing/property.ts";
import { draw } from "../../../testing/random.ts";
import { isWideRing } from "../../../testing/ring.ts";

/** How many queries the GPU was asked for, and how many of those it could not promise. */
const asked = vi.hoisted(() => ({ queries: 0, belowPrecision: 0, noMemory: false }));
vi.mock(import("./cost.ts"), async (original) => ({ ...(await original()), expandedGpuCost: () => 0 }));
vi.mock(import("./sums.ts"), async (original) => {
  const { readGrid } = await original();
  return {
    readGrid: async (context, expanded, queries, ...rest) => {
      if (asked.noMemory) throw new NadarayaError("out-of-memory", "for a test");
      const belowPrecision = await readGrid(context, expanded, queries, ...rest);
      asked.queries += queries.count;
      asked.belowPrecision += belowPrecision.length;
      return belowPrecision;
    },
  };
});

let engine: Engine;
beforeAll(async () => {
  engine = await gpuEngine();
});

interface Attack {
  n: number;
  m: number;
  layout: "uniform" | "normal" | "clusters" | "line" | "outlier" | "duplicates";
  queries: "near" | "at keys" | "far";
  /** log10 of the bandwidth as a share of the keys' spread. */
  width: number;
  offset: number;
  tolerance: number;
  seed: number;
}

const attacks = (least: number): fc.Arbitrary<Attack> =>
  fc.record({
    n: fc.oneof(fc.constantFrom(1, 2, 33), fc.integer({ min: 2, max: 3000 })),
    m: fc.integer({ min: 1, max: 400 }),
    layout: fc.constantFrom("uniform", "normal", "clusters", "line", "outlier", "duplicates"),
    queries: fc.constantFrom("near", "at keys", "far"),
    width: fc.double({ min: least, max: 2, noNaN: true }),
    offset: fc.constantFrom(0, 1e6),
    tolerance: fc.constantFrom(1e-5, 1e-5, 1e-3),
    seed: fc.integer({ min: 1, max: 2 ** 31 }),
  });

function make(a: Attack, dims: number, columns: number, weighted: boolean) {
  const random = draw(a.seed);
  const h = 10 * 10 ** a.width;
  const bandwidth = Array.from({ length: dims }, () => h * random.uniform(0.7, 1.4));
  const keys = new Float64Array(a.n * dims);
  for (let i = 0; i < a.n; i++) {
    const cluster = random.integer(0, 4) * 3;
    const outlying = a.layout === "outlier" && i === 0 ? 1e9 * h : 0;
    for (let j = 0; j < dims; j++) {
      const draws = {
        uniform: random.uniform(0, 10),
        normal: 5 + 1.5 * random.normal(),
        clusters: cluster + random.normal() * 0.2,
        line: (i / a.n) * 10,
        outlier: outlying + random.uniform(0, 10),
        duplicates: random.integer(0, 4) * 2.5,
      };
      keys[i * dims + j] = a.offset + draws[a.layout];
    }
  }
  const values = Float64Array.from({ length: a.n * columns }, () => a.offset + random.uniform(-3, 5));
  const weights = weighted
    ? Float64Array.from({ length: a.n }, () => 10 ** random.uniform(-3, 3))
    : undefined;
  const queries = new Float64Array(a.m * dims);
  for (let q = 0; q < a.m; q++) {
    const key = random.integer(0, a.n);
    const far = a.queries === "at keys" ? 0 : a.queries === "near" ? 1 : random.uniform(0, 20);
    for (let j = 0; j < dims; j++)
      queries[q * dims + j] = keys[key * dims + j] + far * random.normal() * bandwidth[j];
  }
  return { keys, values, weights, queries, bandwidth };
}

const families = [
  [1, 2, true, -2, 30],
  [2, 3, true, -1.2, 30],
  [3, 1, true, -0.3, 10],
  [1, 1, false, -3, 30],
  [2, 1, false, -1.7, 30],
] as const;
test.each(
  isWideRing ? families : families.slice(0, 3),
)("%i coordinate(s), %i columns, weighted: %s: keeps the tolerance, whatever the keys", async (...[
  dims,
  columns,
  weighted,
  least,
  runs,
]) => {
  Object.assign(asked, { queries: 0, belowPrecision: 0 });
  await always(attacks(least), { runs: isWideRing ? runs : Math.ceil(runs / 3) }, async (a) => {
    const { keys, values, weights, queries, bandwidth } = make(a, dims, columns, weighted);
    const input = { keys: { data: keys, dims }, values: { data: values, dims: columns } };
    const model = await KernelRegression.fit({ ...input, bandwidth, sampleWeights: weights }, { engine });
    const { tolerance } = a;
    const { mean, report } = await model.predict({ data: queries, dims }, { method: "expand", tolerance });
    expect(report.method).toBe("expand");
    const exact = nadarayaWatson({
      ...{ keys, values, queries, bandwidth, dims, columns, shape: "radial" },
      ...{ kernel: "gaussian", keyWeights: weights },
    });
    for (let c = 0; c < columns; c++) {
      const own = values.filter((_, i) => i % columns === c);
      const range = Math.max(...own) - Math.min(...own);
      // What f64 itself loses of values with an offset.
      const most = tolerance * range + 1e-9;
      for (let q = 0; q < a.m; q++) {
        const expected = exact.mean[q * columns + c];
        if (Number.isNaN(expected)) continue; // beyond float64's own underflow
        expect(Math.abs(mean[q * columns + c] - expected)).toBeLessThanOrEqual(most);
      }
    }
    model.dispose();
  });
  expect(asked.queries - asked.belowPrecision).toBeGreaterThan(100); // the float64 fallback did not do it all
});

/** A buffer of the engine's device with these numbers. */
function bufferOf(engine: Engine, numbers: Float32Array<ArrayBuffer>): GPUBuffer {
  const { device } = gpuOf(engine);
  const buffer = device.createBuffer({ size: numbers.byteLength, usage: StorageUsage });
  device.queue.writeBuffer(buffer, 0, numbers);
  return buffer;
}

describe("one case", () => {
  const random = draw(3);
  const [n, m] = [20_000, 5000];
  const keys = { data: Float64Array.from({ length: 2 * n }, () => random.normal()), dims: 2 };
  const values = Float64Array.from({ length: n }, (_, i) => Math.sin(3 * keys.data[2 * i]) + random.normal());
  const queries = { data: Float64Array.from({ length: 2 * m }, () => random.normal()), dims: 2 };
  const one = { keys, values, bandwidth: [0.2, 0.15] } as const;
  const expand = { method: "expand", tolerance: 1e-5 } as const;
  const double = { method: "expand", tolerance: 1e-9 } as const;
  const furthest = (a: ArrayLike<number>, b: ArrayLike<number>) =>
    Array.from(a).reduce((most, x, i) => Math.max(most, Math.abs(x - b[i])), 0);

  test("answers as float64 does, to what single precision is off by in practice, again and again", async () => {
    const model = await KernelRegression.fit(one, { engine });
    const exact = await model.predict(queries, double);
    Object.assign(asked, { queries: 0, belowPrecision: 0 });
    const [first, second] = [await model.predict(queries, expand), await model.predict(queries, expand)];
    expect(asked.queries).toBe(2 * m);
    expect(asked.belowPrecision).toBeLessThan(m / 50);
    expect(second.mean).toEqual(first.mean);
    expect(furthest(first.mean, exact.mean) / (Math.max(...values) - Math.min(...values))).toBeLessThan(1e-6);
  });

  test("densities, leaving one out, and means left on the GPU", async () => {
    const sampleWeights = Float64Array.from({ length: n }, () => random.uniform(0.1, 30));
    const density = await KernelDensity.fit({ keys, bandwidth: 0.2, sampleWeights }, { engine });
    const [single, exact] = [
      await density.evaluate(queries, expand),
      await density.evaluate(queries, double),
    ];
    expect(furthest(single.logDensity, exact.logDensity)).toBeLessThan(1e-5);
    const model = await KernelRegression.fit(one, { engine });
    const onGpu = await model.predict(queries, { ...expand, output: "gpu" });
    const means = (await engine.fetch({ buffer: onGpu.mean, dims: 1, count: m }, "means")) as {
      data: Float64Array;
    };
    const { mean } = await model.predict(queries, expand);
    expect(furthest(means.data, mean)).toBeLessThan(1e-5);
    onGpu.mean.destroy();
  });

  test("queries on the GPU are answered there, and only those below precision are read", async () => {
    const model = await KernelRegression.fit(one, { engine });
    const floats = Float32Array.from(queries.data);
    floats.set([40, 40], 2 * 77); // far from all keys
    const buffer = bufferOf(engine, floats);
    const exact = await model.predict({ data: floats, dims: 2 }, double);
    const fetch = vi.spyOn(engine, "fetch");
    const progress: unknown[] = [];
    const onProgress = (step: unknown) => progress.push(step);
    const onGpu = { ...expand, output: "gpu", onProgress } as const;
    const { mean, report } = await model.predict({ buffer, dims: 2 }, onGpu);
    expect(progress.at(-1)).toEqual({ done: n * m, total: n * m });
    expect(fetch).not.toHaveBeenCalled();
    expect(report).toMatchObject({ method: "expand", pairs: n * m });
    expect(report.fallbackQueries).toBeGreaterThan(0);
    expect(report.fallbackQueries).toBeLessThan(m / 50);
    fetch.mockRestore();
    const { data } = (await engine.fetch({ buffer: mean, dims: 1 }, "means")) as { data: Float32Array };
    expect(furthest(data, exact.mean)).toBeLessThan(1e-5);
    mean.destroy();
    // Fewer than the buffer has, and a query that is no number.
    const some = await model.predict({ buffer, dims: 2, count: 10 }, { ...expand, output: "gpu" });
    expect(some.mean.size).toBe(4 * 10);
    some.mean.destroy();
    floats[2 * 99 + 1] = Number.NaN;
    const invalid = bufferOf(engine, floats);
    await expect(model.predict({ buffer: invalid, dims: 2 }, { ...expand, output: "gpu" })).rejects.toThrow(
      "queries[99][1] is NaN, expected a finite number",
    );
    buffer.destroy();
    invalid.destroy();
  });

  test("two tolerances at once do not disturb each other, nor does a model that is disposed of meanwhile", async () => {
    const model = await KernelRegression.fit(one, { engine });
    const exact = await model.predict(queries, double);
    // So many that they are read in several slices, between which others come.
    const many = {
      data: Float64Array.from({ length: 60 * 2 * m }, (_, i) => queries.data[i % (2 * m)]),
      dims: 2,
    };
    const all = Promise.all([
      model.predict(many, expand),
      model.predict(queries, { ...expand, tolerance: 1e-4 }),
      model.predict(queries, { ...expand, tolerance: 1e-3 }),
    ]);
    const other = await KernelRegression.fit({ ...one, values: values.map((v) => -v) }, { engine });
    await other.predict(queries, expand);
    other.dispose();
    for (const { mean } of await all)
      mean.forEach((f, i) => {
        expect(Math.abs(f - exact.mean[i % m])).toBeLessThan(1e-3);
      });
  });

  test("stops when it is aborted, and goes on afterwards", async () => {
    const model = await KernelRegression.fit(one, { engine });
    const controller = new AbortController();
    const aborted = model.predict(queries, { ...expand, signal: controller.signal });
    controller.abort();
    await expect(aborted).rejects.toThrow(/abort/i);
    const { mean } = await model.predict(queries, expand);
    expect(mean.every(Number.isFinite)).toBe(true);
  });

  test("where the GPU has no room, the CPU answers", async () => {
    const model = await KernelRegression.fit(one, { engine });
    const exact = await model.predict(queries, double);
    asked.noMemory = true;
    const { mean, report } = await model.predict(queries, expand);
    asked.noMemory = false;
    expect(report.method).toBe("expand");
    expect(furthest(mean, exact.mean)).toBeLessThan(1e-5);
  });

  test("a tolerance that single precision cannot keep is kept in double", async () => {
    const model = await KernelRegression.fit(one, { engine });
    Object.assign(asked, { queries: 0, belowPrecision: 0 });
    await model.predict(queries, { method: "expand", tolerance: 1e-6 });
    expect(asked.queries).toBe(0);
  });
});
