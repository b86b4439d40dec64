/** "cull" on the GPU, on a real adapter, taken for every call however small: what it leaves out must not matter. */
import fc from "fast-check";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { type Engine, KernelDensity, KernelRegression } from "../../../index.ts";
import type { Shape } from "../../../kernels/kernel.ts";
import { nadarayaWatson } from "../../../reference/index.ts";
import { gpuEngine } from "../../../testing/engines.ts";
import { always } from "../../../testing/property.ts";
import { draw } from "../../../testing/random.ts";
import { isWideRing } from "../../../testing/ring.ts";

/** What the costs of the GPU's cull are for the test at hand. */
const cost = vi.hoisted(() => ({ forced: 0 }));
vi.mock(import("../cost.ts"), async (original) => ({
  ...(await original()),
  culledGpuCost: () => cost.forced,
}));

let engine: Engine;
beforeAll(async () => {
  engine = await gpuEngine();
});

/** What a shader is made for. */
interface Family {
  kernel: string;
  shape: Shape;
  dims: number;
  columns: number;
  weighted: boolean;
}

const families: [string, Shape, number, number, boolean][] = [
  ["gaussian", "radial", 1, 1, false],
  ["gaussian", "radial", 2, 3, true],
  ["gaussian", "product", 6, 1, false],
  ["laplace", "product", 2, 1, false],
  ["matern52", "radial", 3, 1, true],
  ["logistic", "radial", 2, 1, false],
  ["boxcar", "radial", 2, 1, true],
  ["boxcar", "product", 3, 1, false],
  ["epanechnikov", "radial", 2, 1, false],
  ["tricube", "radial", 6, 3, false],
  ["triangular", "product", 2, 1, true],
];
/** The fast ring has a shader of each kind of tail, shape, weights and number of columns. */
const isInFastRing = ([kernel, shape]: (typeof families)[number]) =>
  !["matern52", "logistic", "tricube"].includes(kernel) && (kernel !== "boxcar" || shape === "product");

interface Attack {
  n: number;
  m: number;
  layout: "uniform" | "clusters" | "line" | "outlier" | "duplicates";
  queries: "near" | "at keys" | "far";
  /** log10 of the bandwidth as a share of the keys' spread. */
  width: number;
  offset: number;
  tolerance: number;
  seed: number;
}

const attacks: fc.Arbitrary<Attack> = fc.record({
  n: fc.oneof(fc.constantFrom(1, 31, 32, 33, 1024, 1025), fc.integer({ min: 2, max: 3000 })),
  m: fc.oneof(fc.constantFrom(1, 127, 128, 129), fc.integer({ min: 1, max: 600 })),
  layout: fc.constantFrom("uniform", "clusters", "line", "outlier", "duplicates"),
  queries: fc.constantFrom("near", "at keys", "far"),
  width: fc.double({ min: -2.5, max: 1, noNaN: true }),
  offset: fc.constantFrom(0, 1e6),
  tolerance: fc.constantFrom(1e-5, 1e-5, 1e-3),
  seed: fc.integer({ min: 1, max: 2 ** 31 }),
});

function make(a: Attack & Family) {
  const random = draw(a.seed);
  const h = 10 * 10 ** a.width;
  const bandwidth = Array.from({ length: a.dims }, () => h * random.uniform(0.7, 1.4));
  const keys = new Float64Array(a.n * a.dims);
  for (let i = 0; i < a.n; i++) {
    const cluster = random.integer(0, 4) * 3;
    const outlying = a.layout === "outlier" && i === 0 ? 1e4 * h : 0;
    for (let j = 0; j < a.dims; j++) {
      const draws = {
        uniform: random.uniform(0, 10),
        clusters: cluster + random.normal() * 0.2,
        line: (i / a.n) * 10,
        outlier: outlying + random.uniform(0, 10),
        duplicates: random.integer(0, 4) * 2.5,
      };
      keys[i * a.dims + j] = a.offset + draws[a.layout];
    }
  }
  const values = Float64Array.from({ length: a.n * a.columns }, () => random.uniform(-3, 5));
  const weights = a.weighted
    ? Float64Array.from({ length: a.n }, () => 10 ** random.uniform(-3, 3))
    : undefined;
  const queries = new Float64Array(a.m * a.dims);
  for (let q = 0; q < a.m; q++) {
    const key = random.integer(0, a.n);
    const far = a.queries === "at keys" ? 0 : a.queries === "near" ? 1 : random.uniform(0, 30);
    for (let j = 0; j < a.dims; j++)
      queries[q * a.dims + j] = keys[key * a.dims + j] + far * random.normal() * bandwidth[j];
  }
  return { keys, values, weights, queries, bandwidth };
}

test.each(
  isWideRing ? families : families.filter(isInFastRing),
)("%s, %s, %i coordinates, %i columns, weighted: %s: keeps the tolerance, whatever the keys", async (...[
  kernel,
  shape,
  dims,
  columns,
  weighted,
]) => {
  const runs = isWideRing ? 15 : 4;
  let taken = 0;
  await always(attacks, { runs }, async (a) => {
    const { keys, values, weights, queries, bandwidth } = make({
      ...a,
      kernel,
      shape,
      dims,
      columns,
      weighted,
    });
    const input = { keys: { data: keys, dims }, values: { data: values, dims: columns } };
    const how = { kernel: kernel as "gaussian", shape, bandwidth, sampleWeights: weights };
    const model = await KernelRegression.fit({ ...input, ...how }, { engine });
    const points = { data: queries, dims };
    const { mean, report } = await model.predict(points, { method: "cull", tolerance: a.tolerance });
    expect(report.method).toBe("cull");
    if (report.fallbackQueries < a.m) taken++;
    const exact = nadarayaWatson({
      ...{ keys, values, queries, bandwidth, dims, columns, shape },
      ...{ kernel, keyWeights: weights },
    });
    const range = Math.max(...values) - Math.min(...values) || 1;
    mean.forEach((found, i) => {
      const expected = exact.mean[i];
      if (Number.isNaN(expected)) expect(found).toBeNaN();
      else expect(Math.abs(found - expected) / range).toBeLessThanOrEqual(a.tolerance);
    });
    model.dispose();
  });
  expect(taken).toBeGreaterThan(runs / 3); // the float64 fallback did not do it all
});

test.each(
  (["dense", "cull"] as const).flatMap((method) => [1, 70, 1000].map((m) => [method, m] as const)),
)("%s, %i queries: many light keys outweigh a heavy one together; none is left out, no sum drifts", async (method, m) => {
  const all = [
    [3000, 12],
    [100_000, 14],
    [100_000, 16],
  ];
  for (const [n, exponent] of isWideRing || m < 1000 ? all : all.slice(-1)) {
    const keys = Float64Array.from({ length: n }, (_, i) => (i === 0 ? 0 : Math.sqrt(2 * exponent)));
    const values = Float64Array.from({ length: n }, (_, i) => (i === 0 ? 0 : 1));
    const model = await KernelRegression.fit({ keys, values, bandwidth: 1 }, { engine });
    const { mean } = await model.predict(new Float64Array(m), { method, tolerance: 1e-5 });
    const others = (n - 1) * Math.exp(-exponent);
    for (const f of mean) expect(Math.abs(f - others / (1 + others))).toBeLessThan(4e-6);
    model.dispose();
  }
});

test("finds the neighbours that dense finds", async () => {
  const random = draw(8);
  const keys = { data: Float64Array.from({ length: 8000 }, () => random.integer(0, 40) / 40), dims: 2 };
  const queries = { data: Float64Array.from({ length: 2000 }, () => random.integer(0, 40) / 40), dims: 2 };
  // Keys and queries on a lattice, many of them exactly on the edge.
  const one = { keys, kernel: "boxcar", bandwidth: 0.125 } as const;
  const model = await KernelDensity.fit(one, { engine });
  const dense = await model.evaluate(queries, { method: "dense" });
  const culled = await model.evaluate(queries, { method: "cull", tolerance: 1e-5 });
  expect(culled.logDensity).toEqual(dense.logDensity);
});

describe("one case", () => {
  const random = draw(3);
  const [n, m] = [6000, 3000];
  const keys = { data: Float64Array.from({ length: 2 * n }, () => random.uniform(0, 1)), dims: 2 };
  const values = Float64Array.from({ length: n }, () => random.normal());
  const queries = { data: Float64Array.from({ length: 2 * m }, () => random.uniform(0, 1)), dims: 2 };
  const one = { keys, values, kernel: "epanechnikov", bandwidth: 0.05 } as const;

  test("evaluates few pairs, and agrees with dense", async () => {
    const model = await KernelRegression.fit(one, { engine });
    const dense = await model.predict(queries, { method: "dense" });
    const culled = await model.predict(queries, { method: "cull", tolerance: 1e-5 });
    expect(culled.report.evaluatedPairs).toBeLessThan(culled.report.pairs / 8);
    expect(culled.report.evaluatedPairs).toBeGreaterThan(culled.report.pairs / 500);
    expect(culled.report.emptyQueries).toBe(dense.report.emptyQueries);
    culled.mean.forEach((x, i) => {
      expect(Math.abs(x - dense.mean[i])).toBeLessThan(1e-5);
    });
  });

  test("of any degree, a density, and means left on the GPU", async () => {
    const asked = { method: "cull", tolerance: 1e-5 } as const;
    const line = await KernelRegression.fit({ ...one, bandwidth: 0.1, degree: 1 }, { engine });
    const [culled, dense] = [
      await line.predict(queries, asked),
      await line.predict(queries, { method: "dense" }),
    ];
    culled.mean.forEach((x, i) => {
      expect(Math.abs(x - dense.mean[i])).toBeLessThan(1e-4);
    });
    const density = await KernelDensity.fit({ keys, bandwidth: 0.05, kernel: "epanechnikov" }, { engine });
    const [few, all] = [
      await density.evaluate(queries, asked),
      await density.evaluate(queries, { method: "dense" }),
    ];
    few.logDensity.forEach((log, i) => {
      expect(Math.abs(log - all.logDensity[i])).toBeLessThan(1e-5);
    });
    const model = await KernelRegression.fit(one, { engine });
    const onGpu = await model.predict(queries, { ...asked, output: "gpu" });
    const means = (await engine.fetch({ buffer: onGpu.mean, dims: 1, count: m }, "means")) as {
      data: Float64Array;
    };
    const { mean } = await model.predict(queries, asked);
    means.data.forEach((x, i) => {
      expect(Math.abs(x - mean[i])).toBeLessThan(1e-5);
    });
    onGpu.mean.destroy();
  });

  test.runIf(isWideRing)("a tolerance that single precision cannot keep is kept in double", async () => {
    const model = await KernelRegression.fit(one, { engine });
    const exact = await model.predict(queries, { method: "cull", tolerance: 1e-6 });
    const reference = nadarayaWatson({
      ...{ keys: keys.data, values, queries: queries.data, bandwidth: [0.05, 0.05], dims: 2, columns: 1 },
      ...{ kernel: "epanechnikov", shape: "radial" },
    });
    exact.mean.forEach((x, i) => {
      expect(Math.abs(x - reference.mean[i])).toBeLessThan(1e-12);
    });
    const auto = await model.predict(queries, { tolerance: 1e-9 });
    auto.mean.forEach((x, i) => {
      expect(Math.abs(x - reference.mean[i])).toBeLessThan(1e-9);
    });
  });
});
