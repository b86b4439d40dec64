/** Bandwidths by cross-validation: against R, statsmodels, and the criteria written out in float64. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Engine, KernelClassifier, KernelDensity, type KernelName, KernelRegression } from "../index.ts";
import { nadarayaWatson } from "../reference/index.ts";
import { gpuEngine } from "../testing/engines.ts";
import { draw } from "../testing/random.ts";
import { bestOf, search } from "./search.ts";

const golden = (name: string) =>
  JSON.parse(readFileSync(new URL(`../testing/golden/${name}.json`, import.meta.url), "utf8"));

const engines = { gpu: await gpuEngine(), cpu: await Engine.create({ backend: "cpu" }) };

/** Leaves out one key after the other, by definition. */
function leaveOneOut(keys: Float64Array, values: Float64Array, bandwidth: number[], kernel: KernelName) {
  const dims = bandwidth.length;
  const n = values.length;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const without = (array: Float64Array, width: number) =>
      Float64Array.from([...array.subarray(0, i * width), ...array.subarray((i + 1) * width)]);
    const { mean } = nadarayaWatson({
      keys: without(keys, dims),
      values: without(values, 1),
      queries: keys.slice(i * dims, (i + 1) * dims),
      dims,
      columns: 1,
      kernel,
      shape: "radial",
      bandwidth,
    });
    // A row that no other reaches is predicted by the mean of all others.
    const others = values.reduce((a, b, k) => (k === i ? a : a + b), 0) / (n - 1);
    sum += (values[i] - (Number.isNaN(mean[0]) ? others : mean[0])) ** 2;
  }
  return sum / n;
}

describe.each(["gpu", "cpu"] as const)("on the %s", (where) => {
  const engine = engines[where];

  test("loo finds statsmodels' and R np's two bandwidths, or better ones", async () => {
    const { keys, values, bandwidth: theirs } = golden("statsmodels-lc-cvls");
    const model = await KernelRegression.fit({ keys, values, bandwidth: "loo" }, { engine });
    const score = (h: number[]) =>
      leaveOneOut(Float64Array.from(keys.flat()), Float64Array.from(values), h, "gaussian");
    const own = model.bandwidth as number[];
    const best = bestOf(model.selection!.candidates);
    expect(best.bandwidth).toEqual(own);
    expect(best.score).toBeCloseTo(score(own), 5);
    expect(score(own)).toBeLessThanOrEqual(score(theirs) * 1.0001);
    own.forEach((h, j) => {
      expect(Math.abs(h / theirs[j] - 1)).toBeLessThan(0.01);
    });
  });

  test.each([
    "gaussian",
    "epanechnikov",
    "laplace",
  ] as const)("scores are those of the definition: %s", async (kernel) => {
    const random = draw(9);
    const keys = Float64Array.from({ length: 80 }, () => random.uniform(0, 5));
    keys.set([40, 41], 0); // two that are far from all others, and from each other
    const values = keys.map((x) => Math.sin(2 * x) + 0.2 * random.normal());
    const model = await KernelRegression.fit({ keys, values, kernel, bandwidth: "loo" }, { engine });
    for (const { bandwidth, score } of model.selection!.candidates) {
      expect(score).toBeCloseTo(leaveOneOut(keys, values, [...bandwidth], kernel), 4);
    }
  });

  test("plug-in is R's dpill", async () => {
    const { sets } = golden("r-dpill");
    for (const { keys, values, bandwidth } of Object.values<Record<string, never>>(sets)) {
      const model = await KernelRegression.fit({ keys, values, bandwidth: "plug-in", degree: 1 }, { engine });
      expect(model.bandwidth[0] / bandwidth).toBeCloseTo(1, 8);
    }
    const refused = KernelRegression.fit({ keys: [[1, 2]], values: [1], bandwidth: "plug-in" }, { engine });
    await expect(refused).rejects.toThrow("in 1 coordinate without sample weights");
  });

  test("aicc and kfold choose a bandwidth near loo's on plain data", async () => {
    const random = draw(10);
    const keys = Float64Array.from({ length: 300 }, () => random.uniform(0, 5));
    const values = keys.map((x) => 2 * Math.sin(2 * x) + 0.5 * random.normal());
    const widths = [];
    for (const bandwidth of ["loo", "aicc", "kfold"] as const) {
      const model = await KernelRegression.fit({ keys, values, bandwidth }, { engine });
      widths.push(model.bandwidth[0]);
    }
    for (const width of widths) expect(width / widths[0]).toBeGreaterThan(0.6);
    for (const width of widths) expect(width / widths[0]).toBeLessThan(1.7);
  });

  test("densities: R's bw.SJ and bw.ucv to 1 % or a better score", async () => {
    const { keys, expected } = golden("r-bandwidths-faithful");
    const sj = await KernelDensity.fit({ keys, bandwidth: "sheather-jones" }, { engine });
    expect(Math.abs(sj.bandwidth[0] / expected.SJ - 1)).toBeLessThan(0.01);
    const lscv = await KernelDensity.fit({ keys, bandwidth: "lscv" }, { engine });
    const x = Float64Array.from(keys as number[]);
    const n = x.length;
    /** ∫ f̂² − 2 / n Σ f̂₋ᵢ(xᵢ), written out. */
    const score = (h: number) => {
      let sum = 0;
      const normal = (u: number, s: number) =>
        Math.exp((-u * u) / (2 * s * s)) / (s * Math.sqrt(2 * Math.PI));
      for (let i = 0; i < n; i++)
        for (let j = 0; j < n; j++) {
          sum += normal(x[i] - x[j], Math.SQRT2 * h) / n ** 2;
          if (i !== j) sum -= (2 * normal(x[i] - x[j], h)) / (n * (n - 1));
        }
      return sum;
    };
    const own = lscv.bandwidth[0];
    const best = lscv.selection!.candidates.find(({ bandwidth: [h] }) => h === own)!;
    expect(best.score).toBeCloseTo(score(own), 5);
    // Ties make the score fall without bound towards 0; the least interior minimum is R's.
    expect(Math.abs(own / expected.ucv - 1)).toBeLessThan(0.01);
    expect(lscv.selection!.limits).toEqual([undefined]);
    expect(lscv.selection!.warning).toBeUndefined();
  });

  test("likelihood: the score is the mean log density of each key by the others", async () => {
    const random = draw(11);
    const keys = Float64Array.from({ length: 120 }, () => random.normal());
    const model = await KernelDensity.fit({ keys, bandwidth: "likelihood" }, { engine });
    const { bandwidth, score } = bestOf(model.selection!.candidates);
    let sum = 0;
    for (let i = 0; i < 120; i++) {
      let density = 0;
      for (let j = 0; j < 120; j++)
        if (j !== i) density += Math.exp(-(((keys[i] - keys[j]) / bandwidth[0]) ** 2) / 2);
      sum += Math.log(density / (119 * bandwidth[0] * Math.sqrt(2 * Math.PI)));
    }
    expect(score).toBeCloseTo(-sum / 120, 6);
    expect(bandwidth[0]).toBeGreaterThan(0.15);
    expect(bandwidth[0]).toBeLessThan(0.8);
  });

  test("classes: the Brier score of leaving one out", async () => {
    const { keys, labels } = golden("iris-classification");
    const model = await KernelClassifier.fit({ keys, labels, bandwidth: "loo" }, { engine });
    expect(model.bandwidth.every((h) => h > 0.01 && h < 100)).toBe(true);
    expect(bestOf(model.selection!.candidates).score).toBeLessThan(0.09);
  });
});

test("a search returns no absurd bandwidth, stops on abort, and reports progress", async () => {
  const engine = engines.cpu;
  const random = draw(12);
  const keys = Float64Array.from({ length: 200 }, () => random.uniform(0, 1));
  const noise = keys.map(() => random.normal()); // nothing to learn: the widest is best
  const seen: number[] = [];
  const onProgress = ({ done, total }: { done: number; total: number }) => seen.push(done / total);
  const model = await KernelRegression.fit({ keys, values: noise, bandwidth: "loo" }, { engine, onProgress });
  expect(model.bandwidth[0]).toBeGreaterThan(0.2);
  expect(model.bandwidth[0]).toBeLessThanOrEqual(10);
  expect(seen.length).toBeGreaterThan(20);
  expect(seen.at(-1)).toBe(1);
  const signal = AbortSignal.abort();
  await expect(
    KernelRegression.fit({ keys, values: noise, bandwidth: "loo" }, { engine, signal }),
  ).rejects.toThrow();
});

test("rules that do not fit are refused by name", async () => {
  const engine = engines.cpu;
  const keys = [0, 1, 2, 3];
  const fit = (bandwidth: "loo", kernel: KernelName = "gaussian") =>
    KernelRegression.fit({ keys, values: keys, kernel, bandwidth }, { engine });
  await expect(fit("lscv" as "loo")).rejects.toThrow(
    'bandwidth "lscv" is no rule for regressions; expected scott, silverman, plug-in, loo, kfold, aicc or a number',
  );
  await expect(fit("toString" as "loo")).rejects.toThrow('bandwidth "toString" is no rule for regressions');
  await expect(fit("loo", "constant")).rejects.toThrow('not available for the kernel "constant"');
  await expect(
    KernelDensity.fit(
      {
        keys: [
          [0, 1],
          [1, 2],
          [2, 0],
        ],
        bandwidth: "sheather-jones",
      },
      { engine },
    ),
  ).rejects.toThrow("is for keys of one coordinate; these have 2");
});

test("a search finds the bottom of a valley in three coordinates", async () => {
  const target = [0.3, 2, 50];
  const limits = target.map(() => [1e-3, 1e3] as const);
  const { best } = await search({ limits, grid: 12 }, async (h) =>
    h.reduce((sum, each, j) => sum + Math.log(each / target[j]) ** 2 * (j + 1), 0),
  );
  best.bandwidth.forEach((h, j) => {
    expect(Math.abs(h / target[j] - 1)).toBeLessThan(0.01);
  });
});
