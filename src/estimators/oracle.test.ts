/** Property tests: every estimator on a real adapter against the formula in float64. */
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { Engine, KernelDensity, type KernelName, KernelRegression, type Shape } from "../index.ts";
import { kernels } from "../kernels/builtin.ts";
import { logIntegral, nadarayaWatson, weightMatrix } from "../reference/index.ts";
import { gpuEngine } from "../testing/engines.ts";
import { always as holds } from "../testing/property.ts";
import { draw, largestDifference, rangeOf } from "../testing/random.ts";
import { isWideRing } from "../testing/ring.ts";
import {
  pointKernels,
  type ShaderConfiguration,
  shaderConfigurations,
} from "../testing/shader-configurations.ts";

let gpu: Engine;
let cpu: Engine;
beforeAll(async () => {
  gpu = await gpuEngine();
  cpu = await Engine.create({ backend: "cpu" });
});

interface Case {
  kernel: KernelName;
  shape: Shape;
  n: number;
  m: number;
  dims: number;
  columns: number;
  /** log10 of the bandwidth as a share of the keys' spread. */
  width: number;
  layout: "uniform" | "clusters" | "duplicates" | "grid";
  keyOffset: number;
  valueOffset: number;
  far: boolean;
  seed: number;
}

const data = {
  n: fc.oneof(fc.constantFrom(1, 2, 255, 257), fc.integer({ min: 1, max: 700 })),
  m: fc.oneof(fc.constantFrom(1, 2, 7, 65), fc.integer({ min: 1, max: 600 })),
  layout: fc.constantFrom("uniform", "clusters", "duplicates", "grid"),
  keyOffset: fc.constantFrom(0, 0, -3, 1e6, 1.7e12),
  valueOffset: fc.constantFrom(0, 0, 1e7),
  far: fc.boolean(),
  seed: fc.integer({ min: 1, max: 2 ** 31 }),
};
const widths = (min: number, max: number) => fc.double({ min, max, noNaN: true });

/** Cases of any shader: each is another one, which has to be compiled. */
const ofAnyShader: fc.Arbitrary<Case> = fc.record({
  ...data,
  kernel: fc.constantFrom(...pointKernels),
  shape: fc.constantFrom<Shape>("radial", "product"),
  dims: fc.oneof(fc.constantFrom(1, 1, 2, 3), fc.constantFrom(4, 5, 8, 13, 33, 64)),
  columns: fc.constantFrom(1, 1, 2, 3, 5, 16),
  width: widths(-3.5, 2),
});

/** Cases of one shader. */
const ofShader = ({ encoding, ...shader }: ShaderConfiguration): fc.Arbitrary<Case> =>
  fc.record({ ...data, width: encoding === "fixed" ? widths(-3.5, -1.6) : widths(-1, 2) }).map((drawn) => ({
    ...drawn,
    ...shader,
  }));

/** Cases that broke a promise once. */
const FOUND: readonly Case[] = [
  {
    ...{ kernel: "gaussian", shape: "radial", n: 2, m: 21, dims: 1, columns: 1, width: -1.4894804641507535 },
    ...{ layout: "uniform", keyOffset: 0, valueOffset: 0, far: false, seed: 1543499767 },
  },
  {
    ...{ kernel: "gaussian", shape: "radial", n: 2, m: 21, dims: 1, columns: 1, width: -1.4894804641507535 },
    ...{ layout: "uniform", keyOffset: 0, valueOffset: 0, far: true, seed: 1543499767 },
  },
];

function make(c: Case) {
  const random = draw(c.seed);
  const spread = 10;
  const coordinate = () => {
    const x = {
      uniform: () => random.uniform(0, spread),
      clusters: () => random.integer(0, 3) * 4 + random.normal() * 0.1,
      duplicates: () => random.integer(0, 5) * 1.7,
      grid: () => random.integer(0, 11),
    }[c.layout]();
    return c.keyOffset + x;
  };
  const keys = Float64Array.from({ length: c.n * c.dims }, coordinate);
  const values = Float64Array.from({ length: c.n * c.columns }, () => c.valueOffset + random.uniform(-3, 5));
  const queries = Float64Array.from({ length: c.m * c.dims }, (_, i) => {
    const away =
      c.far && Math.floor(i / c.dims) % 5 === 0 ? random.uniform(-100, 100) * spread : random.uniform(-1, 1);
    return coordinate() + away;
  });
  const bandwidth = Array.from({ length: c.dims }, () => spread * 10 ** c.width * random.uniform(0.7, 1.4));
  return { keys, values, queries, bandwidth };
}

/** Runs the property for the cases of the ring: several of each shader of a fixed list, or each of a random shader. */
async function always(property: (c: Case) => Promise<void>): Promise<void> {
  if (isWideRing) return holds(ofAnyShader, { runs: 36, found: FOUND }, property);
  for (const found of FOUND) await property(found);
  for (const shader of shaderConfigurations) await holds(ofShader(shader), { runs: 3 }, property);
}

test("regression is the formula: dense on the GPU to 1e-5 of the values' range, culled to the tolerance", async () => {
  await always(async (c) => {
    const { keys, values, queries, bandwidth } = make(c);
    const { kernel, shape, dims, columns } = c;
    const expected = nadarayaWatson({
      keys,
      values,
      queries,
      dims,
      columns,
      kernel,
      shape,
      bandwidth,
    });
    const model = await KernelRegression.fit(
      { keys: { data: keys, dims }, values: { data: values, dims: columns }, kernel, shape, bandwidth },
      { engine: gpu },
    );
    const range = rangeOf(values) || Math.max(1, Math.abs(values[0]));
    for (const [method, error] of [
      ["dense", 1e-5],
      ["cull", 1e-6],
    ] as const) {
      const { mean, report } = await model.predict({ data: queries, dims }, { method });
      expect(report).toMatchObject({ method, pairs: c.n * c.m });
      expect(report.emptyQueries).toBe(expected.logSum.filter((log) => log === -Infinity).length);
      expect(largestDifference(mean, expected.mean) / range).toBeLessThanOrEqual(error);
    }
    model.dispose();
  });
});

test("densities on the GPU are the formula, also far out", async () => {
  await always(async (c) => {
    const { keys, queries, bandwidth } = make(c);
    const { shape, dims } = c;
    const kernel = kernels.get(c.kernel)!;
    const input = { keys: { data: keys, dims }, kernel: c.kernel, shape, bandwidth };
    if (kernel.tail === "flat" || (kernel.tail === "power" && dims > 1 && shape === "radial")) {
      await expect(KernelDensity.fit(input, { engine: gpu })).rejects.toMatchObject({
        code: "unsupported",
      });
      return;
    }
    const none = { values: new Float64Array(0), columns: 0 };
    const { logSum } = nadarayaWatson({ keys, queries, dims, kernel: c.kernel, shape, bandwidth, ...none });
    const norm = Math.log(c.n) + logIntegral(c.kernel, shape, bandwidth);
    const model = await KernelDensity.fit(input, { engine: gpu });
    const { logDensity } = await model.evaluate({ data: queries, dims }, { method: "dense" });
    model.dispose();
    const expected = logSum.map((log) => log - norm);
    logDensity.forEach((log, q) => {
      if (expected[q] === -Infinity) expect(log).toBe(-Infinity);
      else expect(Math.abs(log - expected[q])).toBeLessThanOrEqual(1e-5 + 1e-12 * Math.abs(expected[q]));
    });
  });
});

test("weights on the GPU are the formula, and every column sums to 1 within 1e-6", async () => {
  await always(async (c) => {
    const { keys, values, queries, bandwidth } = make(c);
    const { kernel, shape, dims, columns, n, m } = c;
    const expected = weightMatrix({ keys, queries, dims, kernel, shape, bandwidth });
    const model = await KernelRegression.fit(
      { keys: { data: keys, dims }, values: { data: values, dims: columns }, kernel, shape, bandwidth },
      { engine: gpu },
    );
    const { data, rows, columns: across } = await model.weights({ data: queries, dims });
    model.dispose();
    expect([rows, across]).toEqual([n, m]);
    expect(largestDifference(data, expected)).toBeLessThanOrEqual(1e-5);
    for (let q = 0; q < m; q++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += data[k * m + q];
      if (!Number.isNaN(expected[q])) expect(Math.abs(sum - 1)).toBeLessThanOrEqual(1e-6);
    }
  });
});

test("the CPU backend answers as the formula does, through the same interface", async () => {
  await always(async (c) => {
    const { keys, values, queries, bandwidth } = make(c);
    const { kernel, shape, dims, columns } = c;
    const input = { keys, queries, dims, kernel, shape, bandwidth };
    const expected = nadarayaWatson({ ...input, values, columns });
    const model = await KernelRegression.fit(
      { keys: { data: keys, dims }, values: { data: values, dims: columns }, kernel, shape, bandwidth },
      { engine: cpu },
    );
    const { mean } = await model.predict({ data: queries, dims }, { method: "dense" });
    const range = rangeOf(values) || Math.max(1, Math.abs(values[0]));
    expect(largestDifference(mean, expected.mean) / range).toBeLessThanOrEqual(1e-8);
    const { data } = await model.weights({ data: queries, dims });
    expect(largestDifference(data, weightMatrix(input))).toBeLessThanOrEqual(1e-7);
  });
});

/** Layouts made by somebody who knows the derivations in docs/accuracy.md, and aims where each is tightest. */
test("adversaries that know the bounds find no answer beyond them", async () => {
  const random = draw(77);
  for (const kernel of ["gaussian", "laplace", "matern32"] as const) {
    const record = kernels.get(kernel)!;
    /** Where α is e^−L. */
    const at = (log: number) => {
      let [low, high] = [0, 200];
      for (let i = 0; i < 80; i++) {
        const midpoint = (low + high) / 2;
        if (record.logAlpha(midpoint) > -log) low = midpoint;
        else high = midpoint;
      }
      return low;
    };
    for (const extent of [0.1, 7.9, 8.1, 31, 900]) {
      for (const count of [1, 40, 900]) {
        // Clusters at either end of the extent, and queries beyond one of them, just as light as is still trusted.
        const keys = Float64Array.from(
          { length: 2 * count },
          (_, i) => (i % 2 ? extent : -extent) + 1e-3 * random.uniform(-1, 1),
        );
        const values = keys.map((_, i) => (i % 2 === 0 || i % 4 === 1 ? 1 : -1));
        const queries = Float64Array.from({ length: 60 }, (_, i) => {
          const log = i < 30 ? random.uniform(9, 14) : random.uniform(20, 28);
          return (i % 2 ? 1 : -1) * (extent + at(log));
        });
        const shared = { queries, keys, dims: 1, kernel, shape: "radial", bandwidth: [1] } as const;
        const { mean, logSum } = nadarayaWatson({ ...shared, values, columns: 1 });
        const regression = await KernelRegression.fit(
          { keys, values, kernel, bandwidth: 1 },
          { engine: gpu },
        );
        const density = await KernelDensity.fit({ keys, kernel, bandwidth: 1 }, { engine: gpu });
        const found = await regression.predict(queries, { method: "dense" });
        expect(largestDifference(found.mean, mean) / 2).toBeLessThanOrEqual(1e-5);
        const { logDensity } = await density.evaluate(queries, { method: "dense" });
        const norm = Math.log(2 * count) + logIntegral(kernel, "radial", [1]);
        const expected = logSum.map((log) => log - norm);
        expect(largestDifference(logDensity, expected)).toBeLessThanOrEqual(1e-5);
        regression.dispose();
        density.dispose();
      }
    }
  }
});
