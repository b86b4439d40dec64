/** What single precision promises, for keys and weights that try it most. */
import { beforeAll, describe, expect, test } from "vitest";
import { type Engine, KernelClassifier, KernelDensity, KernelRegression } from "../index.ts";
import { gpuEngine } from "../testing/engines.ts";
import { draw } from "../testing/random.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await gpuEngine();
});

/** What docs/accuracy.md promises for means on the GPU, as a share of the values' range. */
const BOUND = 1e-5;

describe("keys crowded at a compact kernel's edge, and none nearer", () => {
  const alphas = {
    epanechnikov: (u: number) => 1 - u * u,
    biweight: (u: number) => (1 - u * u) ** 2,
    triangular: (u: number) => 1 - u,
    cosine: (u: number) => Math.cos((Math.PI / 2) * u),
  };
  const half = 2500;

  /** Keys at `inside` and twice that within the edge of the query `at`, with the values 0 and 1, and one far away. */
  const crowd = (at: number, inside: number) => ({
    keys: Float64Array.from({ length: 2 * half + 1 }, (_, i) =>
      i === 0 ? -8 : at - 1 + (i <= half ? inside : 2 * inside),
    ),
    values: Float64Array.from({ length: 2 * half + 1 }, (_, i) => (i > half ? 1 : 0)),
  });

  for (const [kernel, at, inside, encoding] of [
    ["epanechnikov", 7.3, 4.4e-5, "single precision"],
    ["biweight", 7.3, 4e-3, "single precision"],
    ["cosine", 7.3, 4e-5, "single precision"],
    ["triangular", 73, 2.2e-5, "fixed point"],
  ] as const)
    for (const method of ["dense", "cull", "auto"] as const) {
      if ((kernel === "cosine") !== (method === "auto")) continue; // "auto" takes the exact transform of the others
      const name = `${kernel} in ${encoding} keeps 1e-5 by "${method}"`;
      test(name, async () => {
        const { keys, values } = crowd(at, inside);
        const model = await KernelRegression.fit({ keys, values, kernel, bandwidth: 1 }, { engine });
        const different = Float64Array.from({ length: 64 }, (_, i) => at + i * 1.1e-7);
        const queries = Float64Array.from({ length: 3008 }, (_, i) => different[i % 64]); // enough to be culled on the GPU
        const { mean } = await model.predict(queries, { method, tolerance: BOUND });
        model.dispose();
        let worst = 0;
        for (const [q, query] of different.entries()) {
          const [light, heavy] = [keys[1], keys[2 * half]].map((key) => alphas[kernel](query - key));
          worst = Math.max(worst, Math.abs(mean[q] - heavy / (light + heavy)));
        }
        expect(worst).toBeLessThanOrEqual(BOUND);
      });
    }

  test("log densities keep 1e-5", async () => {
    const n = 20_000;
    const keys = Float64Array.from({ length: n }, (_, i) => (i === 0 ? -8 : 6.5 + (0.1 * i) / n));
    const model = await KernelDensity.fit({ keys, kernel: "epanechnikov", bandwidth: 1 }, { engine });
    const queries = Float64Array.from({ length: 100 }, (_, i) => 7.6 - 3e-4 - i * 2e-5);
    const { logDensity } = await model.evaluate(queries, { method: "dense" });
    model.dispose();
    const expected = queries.map((query) => {
      let sum = 0;
      for (const key of keys) sum += Math.max(0, 0.75 * (1 - (query - key) ** 2));
      return Math.log(sum / n);
    });
    expect(Math.max(...expected.map((each, q) => Math.abs(each - logDensity[q])))).toBeLessThanOrEqual(1e-5);
  });
});

test("a window is not empty because its keys' weights underflow", async () => {
  const model = await KernelRegression.fit(
    {
      ...{ keys: [0, 0.5, 100, 100.25], values: [1, 2, 3, 5], sampleWeights: [1e38, 1e38, 1, 1] },
      ...{ kernel: "boxcar", bandwidth: 1 },
    },
    { engine },
  );
  const { mean, report } = await model.predict([100.1, 0.2, 100.6], { method: "dense" });
  model.dispose();
  expect(report.emptyQueries).toBe(0);
  for (const [q, expected] of [4, 1.5, 4].entries())
    expect(Math.abs(mean[q] - expected)).toBeLessThanOrEqual(BOUND * 4);
});

test("products of 64 coordinates keep 1e-5 for keys on the diagonal", async () => {
  const dims = 64;
  const row = (x: number) => Array<number>(dims).fill(x);
  const query = 6.60002346;
  const keys = [7.206248132649107, 5.993798787350893, 7.99, -7.99];
  const values = [0, 1, 0.3, 0.6];
  const model = await KernelRegression.fit(
    { keys: keys.map(row), values, kernel: "matern32", shape: "product", bandwidth: 1 },
    { engine },
  );
  const { mean } = await model.predict([row(query)], { method: "dense" });
  model.dispose();
  const logs = keys.map((key) => {
    const a = Math.sqrt(3) * Math.abs(query - key);
    return dims * (Math.log1p(a) - a);
  });
  const weights = logs.map((log) => Math.exp(log - logs[0]));
  const sum = weights.reduce((all, weight) => all + weight, 0);
  const expected = weights.reduce((all, weight, k) => all + weight * values[k], 0) / sum;
  expect(Math.abs(mean[0] - expected)).toBeLessThanOrEqual(BOUND);
});

describe("priors other than the shares of the rows", () => {
  test("equal places of equal priors are equally probable whatever their weights", async () => {
    const keys = Array.from({ length: 400 }, (_, i) => [(i % 20) / 5, 0, 0, 0]);
    const model = await KernelClassifier.fit(
      {
        ...{ keys, labels: keys.map((_, i) => (i < 200 ? "a" : "b")), priors: "equal", bandwidth: 0.5 },
        sampleWeights: keys.map((_, i) => (i < 200 ? 1 : 1e-7)),
      },
      { engine },
    );
    const { probability } = await model.predict(Array.from({ length: 2000 }, (_, i) => [i / 500, 0, 0, 0]));
    model.dispose();
    expect(Math.max(...probability.map((each) => Math.abs(each - 0.5)))).toBeLessThanOrEqual(BOUND);
  });

  test("posteriors of equal priors keep 1e-5 by dense", async () => {
    const random = draw(3);
    const keys = Array.from({ length: 400 }, () => random.uniform(0, 4));
    const labels = keys.map((_, i) => i % 2);
    const model = await KernelClassifier.fit(
      {
        keys,
        labels,
        sampleWeights: labels.map((label) => (label ? 1e-8 : 1)),
        priors: "equal",
        bandwidth: 0.3,
      },
      { engine },
    );
    const queries = [0.5, 1, 2, 3];
    const { probability } = await model.predict(queries, { method: "dense" });
    model.dispose();
    for (const [q, query] of queries.entries()) {
      const sums = [0, 0]; // weights are equal within a class, and so are priors: neither matters
      for (const [k, key] of keys.entries()) sums[labels[k]] += Math.exp(-(((query - key) / 0.3) ** 2) / 2);
      expect(Math.abs(probability[2 * q] - sums[0] / (sums[0] + sums[1]))).toBeLessThanOrEqual(BOUND);
    }
  });
});

test("of equally probable classes the first is the label", async () => {
  const input = { keys: [-1, 1], labels: ["b", "a"], bandwidth: 1 };
  const model = await KernelClassifier.fit(input, { engine });
  const { labels } = await model.predict([0]);
  expect(labels[0]).toBe(model.classes[0]);
  model.dispose();
});

test("posteriors keep 1e-5 after rows are added and removed, when loaded, and are sums of top weights", async () => {
  const keys = Array.from({ length: 400 }, (_, i) => ((i >> 1) % 20) / 5);
  const labels = keys.map((_, i) => (i % 2 ? "b" : "a"));
  const sampleWeights = keys.map((_, i) => (i % 2 ? 1e-8 : 1));
  const input = { keys, labels, sampleWeights, priors: [3, 1], bandwidth: 0.5 };
  const model = await KernelClassifier.fit(input, { engine });
  await model.add([1, 1], ["a", "b"], [20, 20e-8]); // as many of both classes at each place
  await model.remove([0, 1]);
  const loaded = await KernelClassifier.load(await model.save(), { engine });
  const queries = Array.from({ length: 64 }, (_, i) => i / 16);
  for (const each of [model, loaded]) {
    const { probability } = await each.predict(queries, { method: "dense" });
    for (const [i, p] of probability.entries())
      expect(Math.abs(p - (i % 2 ? 0.25 : 0.75))).toBeLessThanOrEqual(BOUND);
    const top = await each.topWeights([2], 400);
    const ofB = top.weights.reduce((sum, weight, i) => sum + (top.keys[i] % 2 ? weight : 0), 0);
    expect(ofB).toBeCloseTo(0.25, 5);
    each.dispose();
  }
});
