/** Sample weights, missing rows, adaptive and nearest-neighbour bandwidths: by their definitions, on both backends. */
import { describe, expect, test } from "vitest";
import {
  Engine,
  KernelClassifier,
  KernelDensity,
  type KernelName,
  KernelRegression,
  NadarayaError,
} from "../index.ts";
import { alphaOf, logIntegral } from "../reference/index.ts";
import { gpuEngine } from "../testing/engines.ts";
import { draw, largestDifference } from "../testing/random.ts";

const engines = { gpu: await gpuEngine(), cpu: await Engine.create({ backend: "cpu" }) };

const random = draw(21);
const n = 150;
const keys = Array.from({ length: n }, () => [random.uniform(0, 4), random.normal()]);
const values = keys.map(([x, y]) => Math.sin(2 * x) + y / 3 + random.normal() / 5);
const labels = keys.map(([x, y]) => (x + y > 2 ? "b" : "a"));
const times = keys.map(() => random.integer(1, 4));
const repeated = <T>(list: readonly T[]) => list.flatMap((each, i) => new Array<T>(times[i]).fill(each));
const queries = Array.from({ length: 60 }, () => [random.uniform(-1, 5), random.normal()]);

describe.each(["gpu", "cpu"] as const)("on the %s", (where) => {
  const engine = engines[where];

  test.each([
    "gaussian",
    "epanechnikov",
  ] as const)("a key that weighs 3 is three keys: %s", async (kernel) => {
    const bandwidth = [0.7, 0.9];
    const once = { keys, kernel, bandwidth, sampleWeights: times };
    const often = { keys: repeated(keys), kernel, bandwidth };
    for (const degree of [0, 1] as const) {
      const a = await KernelRegression.fit({ ...once, values, degree }, { engine });
      const b = await KernelRegression.fit({ ...often, values: repeated(values), degree }, { engine });
      for (const method of ["dense", "cull"] as const) {
        const [one, other] = [await a.predict(queries, { method }), await b.predict(queries, { method })];
        expect(largestDifference(one.mean, other.mean)).toBeLessThan(3e-5);
      }
    }
    const a = await KernelDensity.fit(once, { engine });
    const b = await KernelDensity.fit(often, { engine });
    const [one, other] = [await a.evaluate(queries), await b.evaluate(queries)];
    expect(largestDifference(one.density, other.density)).toBeLessThan(1e-6);
    const c = await KernelClassifier.fit({ ...once, labels }, { engine });
    const d = await KernelClassifier.fit({ ...often, labels: repeated(labels) }, { engine });
    const [first, second] = [
      await c.predict(queries, { empty: "mean" }),
      await d.predict(queries, { empty: "mean" }),
    ];
    expect(largestDifference(first.probability, second.probability)).toBeLessThan(1e-5);
  });

  test("cross-validation weights errors and keys", async () => {
    const weights = Float64Array.from(times);
    const x = Float64Array.from(keys, ([first]) => first);
    const model = await KernelRegression.fit(
      { keys: x, values, bandwidth: "loo", sampleWeights: weights },
      { engine },
    );
    const [{ bandwidth, score }] = model.selection!.candidates.slice(-1);
    let [sum, all] = [0, 0];
    for (let i = 0; i < n; i++) {
      let [total, mean] = [0, 0];
      for (let k = 0; k < n; k++) {
        if (k === i) continue;
        const weight = weights[k] * Math.exp(-(((x[k] - x[i]) / bandwidth[0]) ** 2) / 2);
        total += weight;
        mean += weight * values[k];
      }
      sum += weights[i] * (values[i] - mean / total) ** 2;
      all += weights[i];
    }
    expect(score).toBeCloseTo(sum / all, 5);
    const likely = await KernelDensity.fit(
      { keys: x, bandwidth: "likelihood", sampleWeights: weights },
      { engine },
    );
    expect(likely.bandwidth[0]).toBeGreaterThan(0);
    const thumb = await KernelDensity.fit({ keys: x, sampleWeights: weights.map(() => 2) }, { engine });
    const plain = await KernelDensity.fit({ keys: x }, { engine });
    expect(thumb.bandwidth[0] / plain.bandwidth[0]).toBeCloseTo(1, 1);
  });

  test("rows with something missing are dropped together, and counted", async () => {
    const gaps = keys.map(([x, y], i) => [x, i === 5 ? null : y]);
    const holes = values.map((v, i) => (i === 7 ? NaN : v));
    const weights = times.map((w, i) => (i === 9 ? undefined : w));
    const input = { keys: gaps, values: holes, sampleWeights: weights, bandwidth: 0.5 };
    const model = await KernelRegression.fit({ ...input, missing: "drop" }, { engine });
    expect(model.dropped).toBe(3);
    const complete = <T>(list: readonly T[]) => list.filter((_, i) => ![5, 7, 9].includes(i));
    const same = await KernelRegression.fit(
      { keys: complete(keys), values: complete(values), sampleWeights: complete(times), bandwidth: 0.5 },
      { engine },
    );
    expect(same.dropped).toBe(0);
    const one = { method: "dense" } as const;
    expect((await model.predict(queries, one)).mean).toEqual((await same.predict(queries, one)).mean);
    await expect(KernelRegression.fit(input, { engine })).rejects.toThrow("keys[5][1] is null");
    const named = labels.map((label, i) => (i === 3 ? (null as unknown as string) : label));
    const classifier = await KernelClassifier.fit({ keys, labels: named, missing: "drop" }, { engine });
    expect(classifier.dropped).toBe(1);
    expect(classifier.classes).toEqual(["a", "b"]);
  });

  test("adaptive bandwidths are Abramson's", async () => {
    const x = Float64Array.from(keys, ([first]) => first ** 2);
    const h = 0.5;
    const normal = (u: number) => Math.exp((-u * u) / 2) / Math.sqrt(2 * Math.PI);
    const pilot = Array.from(x, (q) => x.reduce((sum, k) => sum + normal((q - k) / h) / (n * h), 0));
    const g = Math.exp(pilot.reduce((sum, f) => sum + Math.log(f), 0) / n);
    const widths = pilot.map((f) => h * Math.sqrt(g / f));
    const at = Float64Array.from({ length: 40 }, (_, i) => i / 2 - 2);
    const density = at.map((q) =>
      x.reduce((sum, k, i) => sum + normal((q - k) / widths[i]) / (n * widths[i]), 0),
    );
    const model = await KernelDensity.fit({ keys: x, bandwidth: h, adaptive: true }, { engine });
    for (const method of ["dense", "cull"] as const) {
      const found = await model.evaluate(at, { method });
      expect(largestDifference(found.density, density)).toBeLessThan(1e-6);
    }
    await expect(model.evaluate(at, { method: "expand" })).rejects.toThrow("its own bandwidth");
    const mean = at.map((q) => {
      const weights = Array.from(x, (k, i) => normal((q - k) / widths[i]) / widths[i]);
      const total = weights.reduce((a, b) => a + b);
      return weights.reduce((sum, w, i) => sum + w * values[i], 0) / total;
    });
    const regression = await KernelRegression.fit(
      { keys: x, values, bandwidth: h, adaptive: 0.5 },
      { engine },
    );
    expect(largestDifference((await regression.predict(at)).mean, mean)).toBeLessThan(3e-5);
    const straight = await KernelRegression.fit(
      { keys: x, values: x.map((k) => 3 * k - 1), bandwidth: h, adaptive: true, degree: 1 },
      { engine },
    );
    const { gradient } = await straight.predict(at.subarray(4, 30), { gradient: true });
    for (const slope of gradient!) expect(slope).toBeCloseTo(3, 3);
  });

  test.each(["boxcar", "gaussian", "epanechnikov"] as const)("nearest neighbours: %s", async (kernel) => {
    const k = 7;
    const bandwidth = [1, 2];
    const scaled = queries.map(([a, b]) => {
      const distances = keys.map(([x, y]) => Math.hypot((x - a) / 1, (y - b) / 2));
      return { distances, reach: distances.toSorted((p, q) => p - q)[k - 1] };
    });
    const alpha = alphaOf(kernel);
    const mean = scaled.map(({ distances, reach }) => {
      const weights = distances.map((d) => (d === reach ? alpha(1) : alpha(d / reach)));
      const total = weights.reduce((p, q) => p + q);
      return weights.reduce((sum, w, i) => sum + w * values[i], 0) / total;
    });
    const input = { keys, kernel: kernel as KernelName, bandwidth, neighbours: k };
    const model = await KernelRegression.fit({ ...input, values }, { engine });
    const found = await model.predict(queries);
    expect(found.report.method).toBe("cull");
    for (const method of ["dense", "expand"] as const)
      await expect(model.predict(queries, { method })).rejects.toThrow("each query has its own bandwidth");
    expect(largestDifference(found.mean, mean)).toBeLessThan(1e-6);
    const density = await KernelDensity.fit(input, { engine });
    const { logDensity } = await density.evaluate(queries);
    scaled.forEach(({ distances, reach }, q) => {
      const sum = distances.reduce((total, d) => total + (d === reach ? alpha(1) : alpha(d / reach)), 0);
      const norm = n * Math.exp(logIntegral(kernel, "radial", bandwidth)) * reach ** 2;
      expect(logDensity[q]).toBeCloseTo(Math.log(sum / norm), 5);
    });
  });

  test("a boxcar over k neighbours holds k of them, whatever the rounding", async () => {
    const cube = Array.from({ length: 400 }, () => [
      random.normal(),
      random.normal() / 3,
      random.uniform(5, 9),
    ]);
    const model = await KernelDensity.fit(
      { keys: cube, kernel: "boxcar", bandwidth: [0.1, 0.7, 1.3], neighbours: 9 },
      { engine },
    );
    const { effectiveSampleSize } = await model.weightStatistics(cube);
    for (const count of effectiveSampleSize) expect(count).toBeCloseTo(9, 9);
    const same = { keys: [1, 1, 1, 2, 5], values: [1, 2, 6, 9, 9], bandwidth: 0.1, neighbours: 2 };
    for (const name of ["boxcar", "gaussian"] as const) {
      const coincident = await KernelRegression.fit({ ...same, kernel: name }, { engine });
      expect((await coincident.predict([1])).mean[0]).toBeCloseTo(3, 12);
    }
  });

  test("what cannot be is said", async () => {
    const failing = async (input: object, message: string) => {
      const fit = KernelRegression.fit({ keys, values, ...input }, { engine });
      await expect(fit).rejects.toThrow(NadarayaError);
      await expect(fit).rejects.toThrow(message);
    };
    await failing({ sampleWeights: times.map((w, i) => (i === 4 ? 0 : w)) }, "sampleWeights[4] is 0");
    await failing({ sampleWeights: [1, 2] }, "sampleWeights has 2 rows, expected 150");
    await failing({ missing: "ignore" }, 'missing is "ignore"');
    await failing({ keys: [[NaN, NaN]], values: [1], missing: "drop" }, "every one of the 1 rows");
    await failing({ values: [1, 2], missing: "drop" }, "values has 2 rows, expected 150");
    await failing({ adaptive: 2 }, "adaptive is 2");
    await failing({ neighbours: 151 }, "neighbours is 151");
    await failing({ neighbours: 5, adaptive: true }, "not available with neighbours");
  });
});
