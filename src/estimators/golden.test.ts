/** Figures that R, statsmodels, scikit-learn and NumPy computed, on the GPU and on the CPU. See testing/golden/README.md. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { bandwidthByRule } from "../bandwidth/rules.ts";
import {
  defineKernel,
  Engine,
  KernelClassifier,
  KernelDensity,
  type KernelName,
  KernelRegression,
  type Shape,
} from "../index.ts";
import { gpuEngine } from "../testing/engines.ts";
import { largestDifference, rangeOf } from "../testing/random.ts";

interface Golden {
  keys: number[] | number[][];
  values: number[];
  labels: number[];
  queries?: number[] | number[][];
  bandwidth: number | number[];
  kernel: KernelName;
  shape?: Shape;
  expected: {
    mean: number[];
    probability: number[][];
    logDensity: (number | null)[];
    nrd: number;
    nrd0: number;
  };
  tol: number;
}

const golden = (name: string): Golden =>
  JSON.parse(readFileSync(new URL(`../testing/golden/${name}.json`, import.meta.url), "utf8"));

const engines = { gpu: await gpuEngine(), cpu: await Engine.create({ backend: "cpu" }) };

describe.each([
  ["gpu", "dense"],
  ["gpu", "auto"],
  ["cpu", "dense"],
  ["cpu", "cull"],
] as const)("on the %s, %s", (where, method) => {
  const engine = engines[where];

  test.each([
    ["r-ksmooth-mcycle-box", "absolute"],
    ["statsmodels-lc-cvls", "range"],
    ["far-queries", "absolute"],
    ["epoch-milliseconds", "range"],
  ])("regression: %s", async (name, of) => {
    const { keys, values, queries, bandwidth, kernel, shape, expected, tol } = golden(name);
    const model = await KernelRegression.fit({ keys, values, bandwidth, kernel, shape }, { engine });
    const { mean } = await model.predict(queries ?? keys, { method });
    expect(largestDifference(mean, expected.mean)).toBeLessThanOrEqual(
      of === "range" ? tol * rangeOf(values) : tol,
    );
  });

  test("regression: r-ksmooth-mcycle-normal, whose kernel R cuts at 4 standard deviations", async () => {
    const { keys, values, queries, bandwidth, expected, tol } = golden("r-ksmooth-mcycle-normal");
    const kernel = defineKernel({
      name: "gaussian cut at 4",
      alpha: (u) => (u <= 1 ? Math.exp(-8 * u * u) : 0),
      wgsl: "select(V(0.0), exp2(-11.541560327111707 * x * x), x <= V(1.0))",
      compact: true,
    });
    const cut = await KernelRegression.fit(
      { keys, values, bandwidth: 4 * (bandwidth as number), kernel },
      { engine },
    );
    expect(
      largestDifference((await cut.predict(queries!, { method })).mean, expected.mean),
    ).toBeLessThanOrEqual(tol);
    // What the cut leaves out weighs e^−8 at most: the uncut kernel differs by no more than that share of the range.
    const whole = await KernelRegression.fit({ keys, values, bandwidth }, { engine });
    const difference = largestDifference((await whole.predict(queries!, { method })).mean, expected.mean);
    expect(difference).toBeLessThanOrEqual(Math.exp(-8) * rangeOf(values));
  });

  test.each(["sklearn-kde-3d-gaussian", "sklearn-kde-3d-epanechnikov"])("density: %s", async (name) => {
    const { keys, queries, bandwidth, kernel, shape, expected, tol } = golden(name);
    const model = await KernelDensity.fit({ keys, bandwidth, kernel, shape }, { engine });
    const { logDensity } = await model.evaluate(queries!, { method });
    // Where no key is in reach scikit-learn's tree leaves the rounding of a difference, about e^−38, or null for −∞.
    const logs = expected.logDensity.map((log) => (log === null || log < -30 ? -Infinity : log));
    expect(largestDifference(logDensity, logs)).toBeLessThanOrEqual(tol);
  });

  test("classification: iris", async () => {
    const { keys, labels, queries, bandwidth, expected, tol } = golden("iris-classification");
    const model = await KernelClassifier.fit({ keys, labels, bandwidth }, { engine });
    const { probability, labels: predicted } = await model.predict(queries ?? keys, { method });
    expect(largestDifference(probability, expected.probability.flat())).toBeLessThanOrEqual(tol);
    expect(predicted).toEqual(expected.probability.map((row) => row.indexOf(Math.max(...row))));
  });
});

test("bandwidths by rule are R's bw.nrd and bw.nrd0", () => {
  const { keys, expected } = golden("r-bandwidths-faithful");
  const matrix = { data: Float64Array.from(keys as number[]), count: keys.length, dims: 1 };
  expect(bandwidthByRule("scott", matrix)[0]).toBeCloseTo(expected.nrd, 12);
  expect(bandwidthByRule("silverman", matrix)[0]).toBeCloseTo(expected.nrd0, 12);
});
