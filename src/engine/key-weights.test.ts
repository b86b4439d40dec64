/** Keys with weights and bandwidth factors of their own, by every method on both backends, against the formula in float64. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Engine, type KernelName, kernelNames, type Shape } from "../index.ts";
import { kernels } from "../kernels/builtin.ts";
import { keyWeights, type Method } from "../problem/problem.ts";
import { nadarayaWatson, weightMatrix } from "../reference/index.ts";
import { gpuEngine } from "../testing/engines.ts";
import { always } from "../testing/property.ts";
import { draw, largestDifference, rangeOf } from "../testing/random.ts";
import { type KernelSpec, problemOf } from "../weighting/kernel-spec.ts";

const gpu = await gpuEngine();
const cpu = await Engine.create({ backend: "cpu" });

const cases = fc.record({
  kernel: fc.constantFrom(...(kernelNames.filter((name) => name !== "von-mises-fisher") as KernelName[])),
  shape: fc.constantFrom<Shape>("radial", "product"),
  dims: fc.constantFrom(1, 1, 2, 3, 5),
  n: fc.integer({ min: 2, max: 400 }),
  m: fc.integer({ min: 1, max: 120 }),
  columns: fc.constantFrom(0, 1, 2),
  weighted: fc.boolean(),
  widened: fc.boolean(),
  bandwidth: fc.constantFrom(0.02, 0.3, 1, 8),
  offset: fc.constantFrom(0, 1e6),
  far: fc.boolean(),
  seed: fc.integer({ min: 1, max: 2 ** 30 }),
});

test("sums are the formula", async () => {
  await always(cases, { runs: 36 }, async (c) => {
    const random = draw(c.seed);
    const { n, m, dims, columns, shape } = c;
    const kernel = kernels.get(c.kernel)!;
    const numbers = (count: number, from: number, to: number) =>
      Float64Array.from({ length: count }, () => random.uniform(from, to));
    const spec: KernelSpec = {
      keys: { data: numbers(n * dims, c.offset, c.offset + 3), count: n, dims },
      kernel,
      shape,
      bandwidth: new Array<number>(dims).fill(c.bandwidth),
      keyWeights: c.weighted ? numbers(n, -3, 3).map((x) => 10 ** x) : undefined,
      keyBandwidthFactors: c.widened ? numbers(n, -1, 1).map((x) => 2 ** x) : undefined,
      engine: gpu,
    };
    const values = { data: numbers(n * columns, -2, 2), count: n, dims: columns };
    const reach = c.far ? 60 : 0.3;
    const queries = { data: numbers(m * dims, c.offset - reach, c.offset + 3 + reach), count: m, dims };
    const { bandwidth, keyWeights, keyBandwidthFactors } = spec;
    const input = { queries: queries.data, keys: spec.keys.data, dims, columns, kernel: c.kernel, shape };
    const own = { bandwidth, keyWeights, keyBandwidthFactors };
    const expected = nadarayaWatson({ ...input, values: values.data, ...own });
    const range = rangeOf(values.data) || 1;
    const smooth = c.kernel === "gaussian" && !c.widened && dims <= 3 && c.bandwidth >= 0.3;
    const moved = kernel.polynomial && !c.widened && dims === 1;
    const methods: Method[] = ["dense", "cull", ...(smooth || moved ? (["expand"] as const) : [])];
    for (const engine of [gpu, cpu]) {
      const problem = await engine.load(problemOf({ ...spec, engine }, values));
      for (const method of methods) {
        const sums = await problem.sums(queries, { method, tolerance: 1e-6 }, "log");
        const promised = method === "dense" && engine === gpu ? 1e-5 : 1e-6;
        expect(largestDifference(sums.mean, expected.mean) / range).toBeLessThanOrEqual(promised);
        // Sums are relative; where they are logarithms of very little, so is the error.
        for (let q = 0; q < m; q++) {
          const log = expected.logSum[q];
          if (log === -Infinity) expect(sums.totals![q]).toBe(log);
          else expect(Math.abs(sums.totals![q] - log)).toBeLessThanOrEqual(2e-5 * Math.max(1, -log / 10));
        }
      }
      if (columns > 0) {
        const matrix = await problem.weights(queries, {});
        // As promised of sums in single precision (docs/accuracy.md); on the CPU they are only rounded to it.
        const promised = engine === gpu ? 1e-5 : 1e-7;
        const exact = weightMatrix({ ...input, ...own });
        expect(largestDifference(matrix, exact)).toBeLessThan(promised);
      }
      problem.dispose();
    }
  });
});

test("without itself, a key's own weight is left out", async () => {
  const random = draw(3);
  const n = 90;
  const keys = Float64Array.from({ length: n }, () => random.uniform(0, 4));
  keys.set([40, 40.01, 90]); // two next to each other, one alone
  const values = keys.map((x) => Math.sin(x) + random.normal() / 5);
  const own = {
    keyWeights: keys.map(() => 10 ** random.uniform(-2, 2)),
    keyBandwidthFactors: keys.map(() => random.uniform(0.5, 2)),
  };
  for (const widened of [true, false])
    for (const engine of [gpu, cpu]) {
      const spec: KernelSpec = {
        ...{ keys: { data: keys, count: n, dims: 1 }, shape: "radial", bandwidth: [0.2], engine },
        kernel: kernels.get("gaussian")!,
        keyWeights: own.keyWeights,
        keyBandwidthFactors: widened ? own.keyBandwidthFactors : undefined,
      };
      const problem = await engine.load(problemOf(spec, { data: values, count: n, dims: 1 }));
      for (const method of ["dense", "cull"] as const) {
        const { meanWithout, leverage } = await problem.leaveOneOut({ method, tolerance: 1e-9 });
        for (let i = 0; i < n; i++) {
          const others = (array: Float64Array) => array.filter((_, k) => k !== i);
          const input = { queries: keys.slice(i, i + 1), dims: 1, columns: 1, kernel: "gaussian" } as const;
          const all = { ...input, shape: "radial", bandwidth: [0.2] } as const;
          const widths = spec.keyBandwidthFactors;
          const without = nadarayaWatson({
            ...{ ...all, keys: others(keys), values: others(values), keyWeights: others(own.keyWeights) },
            keyBandwidthFactors: widths && others(widths),
          });
          expect(meanWithout[i]).toBeCloseTo(without.mean[0], 5);
          const whole = nadarayaWatson({ ...all, keys, values, ...own, keyBandwidthFactors: widths });
          expect(leverage[i] / (own.keyWeights[i] / Math.exp(whole.logSum[0]))).toBeCloseTo(1, 4);
        }
      }
      problem.dispose();
    }
});

test("key weights know their total, least and most", () => {
  expect(keyWeights(Float64Array.of(2, 0.5, 4))).toMatchObject({ total: 6.5, least: 0.5, most: 4 });
});
