/** Kernels of callers, of every kind that single precision may get wrong, against plain loops in float64. */
import { beforeAll, describe, expect, test } from "vitest";
import { compareForms, distancesTried } from "../engine/check-kernel.ts";
import { defineKernel, Engine, type Kernel, KernelDensity, KernelRegression, type Shape } from "../index.ts";
import { logIntegral } from "../kernels/integrals.ts";
import { gpuEngine } from "../testing/engines.ts";
import { ownKernel, ownKernels } from "../testing/own-kernels.ts";
import { draw } from "../testing/random.ts";
import { isWideRing } from "../testing/ring.ts";

const quiet = { onWarning: () => {} };
let engines: { readonly cpu: Engine; readonly gpu: Engine };
beforeAll(async () => {
  engines = { cpu: await Engine.create({ backend: "cpu", workers: 0 }), gpu: await gpuEngine() };
});

const LAYOUTS = isWideRing
  ? (["lattice", "uniform", "clusters", "far"] as const)
  : (["lattice", "far"] as const);
const METHODS = isWideRing
  ? ({ gpu: ["dense", "cull"], cpu: ["dense", "cull", "auto"] } as const)
  : ({ gpu: ["dense"], cpu: ["dense", "cull"] } as const);
type Layout = "lattice" | "uniform" | "clusters" | "far";
const [KEYS, QUERIES] = [300, 48];

interface Data {
  readonly keys: Float64Array;
  readonly values: Float64Array;
  readonly queries: Float64Array;
  readonly sampleWeights?: Float64Array;
}

/** Lattices put pairs on steps of kernels; clusters have weights 12 powers of ten apart; far keys meet tails alone. */
function dataOf(layout: Layout, dims: number): Data {
  const random = draw(7);
  const at = () =>
    ({
      lattice: random.integer(-20, 20) / 10,
      uniform: random.uniform(-2, 2),
      clusters: 12 * random.integer(0, 5) + 0.3 * random.normal(),
      far: random.uniform(-250, 250),
    })[layout];
  const keys = Float64Array.from({ length: KEYS * dims }, at);
  const near = (j: number) =>
    keys[random.integer(0, KEYS) * dims + j] + (layout === "lattice" ? 0.3 : random.normal());
  return {
    keys,
    values: Float64Array.from({ length: KEYS }, () => random.uniform(-1, 1)),
    queries: Float64Array.from({ length: QUERIES * dims }, (_, i) => (i % 3 === 0 ? at() : near(i % dims))),
    sampleWeights:
      layout === "clusters"
        ? Float64Array.from({ length: KEYS }, () => 10 ** random.uniform(-6, 6))
        : undefined,
  };
}

/** The mean of every query, NaN without a key in reach, and log Σ α. */
function exactly({ alpha }: Kernel, data: Data, dims: number, shape: Shape) {
  const { keys, values, queries, sampleWeights } = data;
  return Array.from({ length: QUERIES }, (_, q) => {
    const logs = Array.from({ length: KEYS }, (_, k) => {
      const u = Array.from({ length: dims }, (_, j) => Math.abs(queries[q * dims + j] - keys[k * dims + j]));
      const distance = dims === 1 ? u[0] : Math.sqrt(u.reduce((sum, x) => sum + x * x, 0));
      const factors = shape === "product" ? u : [distance];
      return factors.reduce((sum, x) => sum + Math.log(alpha(x)), Math.log(sampleWeights?.[k] ?? 1));
    });
    const most = Math.max(...logs);
    if (most === -Infinity) return { mean: NaN, log: -Infinity };
    const weights = logs.map((log) => Math.exp(log - most));
    const sum = weights.reduce((total, w) => total + w, 0);
    return {
      mean: weights.reduce((total, w, k) => total + w * values[k], 0) / sum,
      log: most + Math.log(sum),
    };
  });
}

type Case = readonly [name: string, dims: number, shape: Shape];
const FAST: readonly Case[] = [
  ["difference of near numbers", 1, "radial"],
  ["step in the support", 1, "radial"],
  ["sum of boxes", 2, "product"],
  ["oscillation", 1, "radial"],
  ["large", 8, "product"],
  ["light", 2, "radial"],
];
const WIDE: readonly Case[] = ownKernels.flatMap(({ name }) =>
  ([1, 2, 8] as const).flatMap((dims) =>
    (dims === 1 ? (["radial"] as const) : (["radial", "product"] as const)).map(
      (shape): Case => [name, dims, shape],
    ),
  ),
);

describe.each(isWideRing ? WIDE : FAST)("%s, %i coordinates, %s", (name, dims, shape) => {
  const kernel = defineKernel(ownKernel(name));

  test.each(LAYOUTS)("means and densities are the formula's over %s keys", async (layout) => {
    const data = dataOf(layout, dims);
    const exact = exactly(kernel, data, dims, shape);
    const { values, sampleWeights } = data;
    const keys = { data: data.keys, dims };
    const weighing = { keys, kernel, shape, bandwidth: 1, sampleWeights };
    const queries = { data: data.queries, dims };
    const reference = exact.findIndex(({ log }) => log > -Infinity);
    for (const backend of ["gpu", "cpu"] as const)
      for (const method of METHODS[backend]) {
        const engine = engines[backend];
        const tolerance = backend === "gpu" ? 1e-5 : 1e-8;
        const model = await KernelRegression.fit({ ...weighing, values }, { engine, ...quiet });
        const { mean } = await model.predict(queries, { method, tolerance });
        model.dispose();
        for (const [q, right] of exact.entries())
          if (Number.isNaN(right.mean)) expect(mean[q]).toBeNaN();
          else expect(Math.abs(mean[q] - right.mean) / 2).toBeLessThan(tolerance);
        const density = await KernelDensity.fit(weighing, { engine, ...quiet }).catch((error: Error) => {
          expect(error.message).toMatch("infinite integral");
        });
        if (!density) continue;
        const { logDensity } = await density.evaluate(queries, { method, tolerance });
        density.dispose();
        for (const [q, { log }] of exact.entries())
          if (log === -Infinity) expect(logDensity[q]).toBe(-Infinity);
          else
            expect(
              Math.abs(logDensity[q] - logDensity[reference] - (log - exact[reference].log)),
            ).toBeLessThan(2 * tolerance + 1e-9);
      }
  });
});

test("single precision is trusted where it knows a kernel", async () => {
  const { keys, values, queries } = dataOf("uniform", 1);
  for (const name of ["heavy tail", "large"]) {
    const fitted = { keys, values, kernel: defineKernel(ownKernel(name)), bandwidth: 1 };
    const model = await KernelRegression.fit(fitted, { engine: engines.gpu });
    const { report } = await model.predict(queries, { method: "dense" });
    expect(report).toMatchObject({ method: "dense", fallbackQueries: 0 });
    model.dispose();
  }
});

describe("∫ α", () => {
  test.each([
    ["step in the support", Math.log(2 * (0.25 + 0.75 * 0.3))],
    ["sharp peak", Infinity],
    ["tiny support", Math.log(1e-6)],
    ["heavy tail", Infinity],
    ["squared Cauchy", Math.log(Math.PI / 2)],
    ["fourth power", Math.log(1.8128049541109541)],
    ["oscillation", Math.log(2 + 2 / 401)],
    ["constant of one's own", Infinity],
  ])("%s", (name, log) => {
    const density = () => logIntegral(defineKernel(ownKernel(name)), "radial", [1]);
    if (log === Infinity) expect(density).toThrow(/infinite integral/);
    else expect(density()).toBeCloseTo(log, 9);
  });
});

describe("the two forms", () => {
  const tried = Float32Array.from(distancesTried());
  const compare = (alpha: (u: number) => number, wgsl: string, single = tried.map(alpha)) =>
    compareForms(defineKernel({ name: "mine", alpha, wgsl }), tried, single);

  test("that agree have a bound of what single precision loses", () => {
    const { relative, absolute } = compare((u) => 1 / (1 + u), "1.0 / (1.0 + x)");
    expect(relative).toBeLessThan(1e-6);
    expect(absolute).toBeLessThan(1e-6);
  });
  test.each([
    ["in the tail alone", (u: number) => Math.exp(-u), "select(V(0.0), exp(-x), x < V(15.0))"],
    ["far out", (u: number) => 1 / (1 + u), "select(V(0.0), 1.0 / (1.0 + x), x < V(3000.0))"],
    ["by a rough constant", (u: number) => Math.exp((-u * u) / 2), "exp(-0.501 * x * x)"],
    ["where α has a step", (u: number) => (u < 0.3 ? 2 : 1), "select(V(1.0), V(2.0), x < V(0.31))"],
  ])("that differ %s are refused", (_, alpha, wgsl) => {
    expect(() => compare(alpha, wgsl)).toThrow(/kernel "mine": at u = [\d.]+ its WGSL gives/);
  });
  test("of a kernel that single precision does not know leave it to float64", () => {
    const noNumber = tried.map((u) => (u > 2 ? NaN : 1 / (1 + u)));
    expect(compare((u) => 1 / (1 + u), "1.0 / (1.0 + x)", noNumber).absolute).toBe(Infinity);
  });
});

test("α that is negative, or no number, at a distance that was not tried is an error of the call", async () => {
  const kernel = defineKernel({
    name: "lobe",
    alpha: (u) => (Math.abs(u - 0.71) < 0.01 ? -0.1 : 1),
    wgsl: "V(1.0)",
  });
  const model = await KernelRegression.fit(
    { keys: [0, 1], values: [1, 2], kernel, bandwidth: 1 },
    { engine: engines.cpu },
  );
  await expect(model.predict([0.71])).rejects.toThrow(
    'kernel "lobe": alpha(0.71) is -0.1, expected a finite number ≥ 0',
  );
  expect(() => defineKernel({ name: "waves", wgsl: "cos(x) / (1.0 + x)" })).toThrow(/alpha\(1\.625\) is -/);
});

describe("far from all keys", () => {
  const fitted = { keys: [0, 1, 2], values: [1, 2, 4], bandwidth: 1 };
  const queries = [-2000, 1e6];
  const laplace = { name: "my laplace", wgsl: "exp(-x)" };

  test.each([
    "cpu",
    "gpu",
  ] as const)("log α says which keys matter, where α is no float64: %s", async (backend) => {
    const engine = engines[backend];
    const [own, plain, builtIn] = await Promise.all(
      [defineKernel({ ...laplace, logAlpha: (u) => -u }), defineKernel(laplace), "laplace" as const].map(
        (kernel) => KernelRegression.fit({ ...fitted, kernel }, { engine, ...quiet }),
      ),
    );
    const { mean, report } = await own.predict(queries);
    expect(report.emptyQueries).toBe(0);
    for (const [q, expected] of (await builtIn.predict(queries)).mean.entries())
      expect(mean[q]).toBeCloseTo(expected, 9);
    expect((await plain.predict(queries)).report.emptyQueries).toBe(2);
    for (const model of [own, plain, builtIn]) model.dispose();
  });

  test("log α that is none of α is refused", () => {
    expect(() => defineKernel({ ...laplace, logAlpha: (u) => -u - 0.1 })).toThrow(
      /kernel "my laplace": logAlpha\(0\) is -0.1 and the logarithm of alpha 0, expected the same/,
    );
    expect(() => defineKernel({ ...laplace, logAlpha: 3 as never })).toThrow(
      "logAlpha is 3, expected a function",
    );
  });
});
