/** What all models do next to predicting: heaviest keys, quantiles, partial sums, growing, shrinking, being saved. */
import { describe, expect, test } from "vitest";
import { defineKernel, Engine, KernelClassifier, KernelDensity, KernelRegression } from "../index.ts";
import { logWeightsOfSums, meansOfSums, mergePartialSums, type PartialSums } from "../partials/index.ts";
import { gpuEngine } from "../testing/engines.ts";
import { draw, largestDifference } from "../testing/random.ts";

const engines = { gpu: await gpuEngine(), cpu: await Engine.create({ backend: "cpu" }) };

const random = draw(41);
const n = 200;
const keys = Array.from({ length: n }, () => [random.uniform(0, 4), random.uniform(0, 4)]);
const values = keys.map(([x, y]) => [Math.sin(x) + random.normal() / 3, y + random.normal()]);
const first = values.map(([v]) => v);
const sampleWeights = keys.map(() => random.uniform(0.2, 3));
const queries = Array.from({ length: 30 }, () => [random.uniform(-1, 5), random.uniform(-1, 5)]);
const input = { keys, values, bandwidth: [0.5, 0.8], sampleWeights };

/** The weights of every key for a query, written out. */
const weightsAt = ([a, b]: number[]) => {
  const own = keys.map(
    ([x, y], i) => sampleWeights[i] * Math.exp(-(((x - a) / 0.5) ** 2 + ((y - b) / 0.8) ** 2) / 2),
  );
  const total = own.reduce((p, q) => p + q);
  return own.map((w) => w / total);
};

describe.each(["gpu", "cpu"] as const)("on the %s", (where) => {
  const engine = engines[where];

  test("the heaviest keys, and how many the weights are worth", async () => {
    const model = await KernelRegression.fit(input, { engine });
    const top = await model.topWeights(queries, 5);
    const { effectiveSampleSize, entropy } = await model.weightStatistics(queries);
    for (const [q, query] of queries.entries()) {
      const weights = weightsAt(query);
      const order = [...weights.keys()].sort((a, b) => weights[b] - weights[a]);
      for (let place = 0; place < 5; place++) {
        expect(top.keys[q * 5 + place]).toBe(order[place]);
        expect(top.weights[q * 5 + place]).toBeCloseTo(weights[order[place]], 8);
      }
      expect(effectiveSampleSize[q] * weights.reduce((sum, w) => sum + w * w, 0)).toBeCloseTo(1, 7);
      expect(entropy[q]).toBeCloseTo(-weights.reduce((sum, w) => sum + (w > 0 ? w * Math.log(w) : 0), 0), 6);
    }
    const all = await model.topWeights(queries, n);
    for (const [q, query] of queries.entries()) {
      const weights = weightsAt(query);
      for (let place = 0; place < n; place++) {
        const [key, share] = [all.keys[q * n + place], all.weights[q * n + place]];
        if (key >= 0) expect(share).toBeCloseTo(weights[key], 8);
        if (place > 0) expect(share).toBeLessThanOrEqual(all.weights[q * n + place - 1]);
      }
    }
    const narrow = await KernelDensity.fit(
      { keys: [0, 1, 2, 9], kernel: "boxcar", bandwidth: 1.5 },
      { engine },
    );
    const few = await narrow.topWeights([0, 20], 3);
    expect([...few.keys]).toEqual([0, 1, -1, -1, -1, -1]);
    expect([...few.weights]).toEqual([0.5, 0.5, 0, 0, 0, 0]);
    expect([...(await narrow.weightStatistics([0, 20])).effectiveSampleSize]).toEqual([2, 0]);
    await expect(model.topWeights(queries, 0)).rejects.toThrow("count is 0, expected a whole number");
  });

  test("conditional quantiles and distribution are those of the weighted keys", async () => {
    const model = await KernelRegression.fit(input, { engine });
    const probabilities = [0.5, 0.1, 0.95];
    const found = await model.quantiles(queries, probabilities);
    const thresholds = Array.from({ length: 20 }, (_, i) => i / 8 - 1.3);
    const shares = await model.distribution(queries, thresholds);
    for (const [q, query] of queries.entries()) {
      const weights = weightsAt(query);
      for (const column of [0, 1])
        for (const [p, probability] of probabilities.entries()) {
          const order = [...weights.keys()].sort((a, b) => values[a][column] - values[b][column]);
          let below = 0;
          const at = order.find((i) => {
            below += weights[i];
            return below >= probability;
          })!;
          expect(found[(q * 2 + column) * 3 + p]).toBe(values[at][column]);
        }
      for (const [t, y] of thresholds.entries())
        for (const column of [0, 1]) {
          const share = weights.reduce((sum, w, i) => sum + (values[i][column] <= y ? w : 0), 0);
          expect(shares[(q * 2 + column) * 20 + t]).toBeCloseTo(share, 5);
        }
    }
    const wide = await KernelRegression.fit(
      { keys: [0, 1], values: [3, 4], kernel: "boxcar", bandwidth: 1 },
      { engine },
    );
    expect([...(await wide.quantiles([0.5, 7], [0.5, 0.51]))]).toEqual([3, 4, NaN, NaN]);
    await expect(model.quantiles(queries, [0.5, 1.5])).rejects.toThrow(
      "probabilities[1] is 1.5, expected a number from 0 to 1",
    );
  });

  test("partial sums over shards merge to the whole", async () => {
    const bandwidth = [0.05, 0.08]; // far queries among them
    const whole = await KernelRegression.fit({ ...input, bandwidth }, { engine });
    const shards = [keys.slice(0, 70), keys.slice(70, 71), keys.slice(71)];
    let start = 0;
    const partials: PartialSums[] = [];
    for (const shard of shards) {
      const end = start + shard.length;
      const part = {
        keys: shard,
        values: values.slice(start, end),
        sampleWeights: sampleWeights.slice(start, end),
      };
      const model = await KernelRegression.fit({ ...part, bandwidth }, { engine });
      partials.push(await model.partial(queries));
      start = end;
    }
    const merged = mergePartialSums(partials);
    expect(largestDifference(meansOfSums(merged).mean, (await whole.predict(queries)).mean)).toBeLessThan(
      1e-5,
    );
    const logs = logWeightsOfSums(await whole.partial(queries));
    for (const [q, log] of logWeightsOfSums(merged).entries())
      expect(Math.abs(log - logs[q])).toBeLessThan(1e-5 * Math.max(1, Math.abs(log)));
    const wider = await KernelRegression.fit({ ...input, bandwidth: [0.05, 0.09] }, { engine });
    const other = await wider.partial(queries, { id: "all" });
    expect(() => mergePartialSums([partials[0], other])).toThrow(
      "partials[1] has bandwidth [0.05,0.09], expected [0.05,0.08] as in partials[0]",
    );
  });

  test("models grow and shrink", async () => {
    const model = await KernelRegression.fit(
      {
        ...input,
        keys: keys.slice(0, 150),
        values: values.slice(0, 150),
        sampleWeights: sampleWeights.slice(0, 150),
      },
      { engine },
    );
    await model.predict(queries, { gradient: true, standardError: true });
    await model.add(keys.slice(150), values.slice(150), sampleWeights.slice(150));
    expect(model.size).toBe(n);
    const whole = await KernelRegression.fit(input, { engine });
    const one = { method: "dense" } as const;
    const options = { gradient: true, standardError: true, ...one };
    const [a, b] = [await model.predict(queries, options), await whole.predict(queries, options)];
    expect(a.mean).toEqual(b.mean);
    expect(a.standardError).toEqual(b.standardError);
    await model.remove([0, 199, 7]);
    const kept = <T>(list: readonly T[]) => list.filter((_, i) => ![0, 7, 199].includes(i));
    const rest = await KernelRegression.fit(
      { keys: kept(keys), values: kept(values), sampleWeights: kept(sampleWeights), bandwidth: [0.5, 0.8] },
      { engine },
    );
    expect((await model.predict(queries, one)).mean).toEqual((await rest.predict(queries, one)).mean);
    await expect(model.remove([197])).rejects.toThrow("indices[0] is 197, expected one from 0 to 196");
    await expect(model.add([[1, 2, 3]], [[1, 2]])).rejects.toThrow("keys have 3 columns, expected 2");
    expect((await model.predict(queries, one)).mean).toEqual((await rest.predict(queries, one)).mean);
    const classes = await KernelClassifier.fit(
      { keys, labels: first.map((v) => v > 0), bandwidth: 1 },
      { engine },
    );
    await classes.add([[1, 1]], [true]);
    await classes.remove([0]);
    await classes.add([[1, 1]], ["new" as never]);
    expect(classes.size).toBe(n + 1);
    expect(classes.classes).toContain("new");
  });

  test("models are saved and loaded", async () => {
    const model = await KernelRegression.fit(
      { ...input, degree: 1, kernel: "epanechnikov", shape: "product" },
      { engine },
    );
    const bytes = model.save();
    const loaded = await KernelRegression.load(bytes, { engine });
    expect(loaded.bandwidth).toEqual(model.bandwidth);
    const one = { method: "dense" } as const;
    expect((await loaded.predict(queries, one)).mean).toEqual((await model.predict(queries, one)).mean);
    const density = await KernelDensity.fit({ keys, adaptive: true }, { engine });
    const same = await KernelDensity.load(density.save(), { engine });
    expect((await same.evaluate(queries, one)).density).toEqual(
      (await density.evaluate(queries, one)).density,
    );
    const labels = first.map((v) => (v > 0 ? "up" : "down"));
    const classifier = await KernelClassifier.fit({ keys, labels, priors: [2, 1] }, { engine });
    const also = await KernelClassifier.load<string>(classifier.save(), { engine });
    expect(also.classes).toEqual(["down", "up"]);
    expect((await also.predict(queries, one)).probability).toEqual(
      (await classifier.predict(queries, one)).probability,
    );
    await expect(KernelDensity.load(bytes)).rejects.toThrow("expected a saved KernelDensity");
    for (const wrong of [
      bytes.subarray(0, 5),
      bytes.subarray(0, bytes.length - 8),
      new Uint8Array(200),
      bytes.subarray(0, 40),
    ])
      await expect(KernelRegression.load(wrong)).rejects.toThrow("expected a saved KernelRegression");
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect((await KernelRegression.load(shifted.subarray(3), { engine })).size).toBe(n);
    const own = defineKernel({ name: "own", alpha: (u) => 1 / (1 + u), wgsl: "1.0 / (1.0 + x)" });
    const mine = await KernelRegression.fit({ ...input, kernel: own }, { engine });
    expect(() => mine.save()).toThrow('kernel "own" is your own');
  });

  test("classes by their densities and priors are the Parzen-window discriminant", async () => {
    const labels = keys.map(([x], i) => (x + first[i] > 3 ? "c" : x > 1 ? "b" : "a"));
    const bandwidth = [0.5, 0.8];
    const densities = [];
    for (const name of ["a", "b", "c"]) {
      const own = keys.filter((_, i) => labels[i] === name);
      const model = await KernelDensity.fit({ keys: own, bandwidth }, { engine });
      densities.push((await model.evaluate(queries)).density);
    }
    const shares = ["a", "b", "c"].map((name) => labels.filter((label) => label === name).length / n);
    for (const [priors, numbers] of [
      [undefined, shares],
      ["equal", [1, 1, 1]],
      [
        [1, 5, 2],
        [1, 5, 2],
      ],
    ] as const) {
      const model = await KernelClassifier.fit({ keys, labels, bandwidth, priors }, { engine });
      const { probability, labels: found } = await model.predict(queries);
      let [right, loss] = [0, 0];
      const truth = queries.map(([x]) => (x > 2 ? "c" : "a"));
      for (let q = 0; q < queries.length; q++) {
        const joint = densities.map((density, c) => numbers[c] * density[q]);
        const total = joint.reduce((p, r) => p + r);
        for (let c = 0; c < 3; c++) expect(probability[q * 3 + c]).toBeCloseTo(joint[c] / total, 4);
        if (found[q] === truth[q]) right++;
        loss -= Math.log(Math.max(joint[["a", "b", "c"].indexOf(truth[q])] / total, 2 ** -52));
      }
      const score = await model.score(queries, truth);
      expect(score.accuracy).toBeCloseTo(right / queries.length, 12);
      expect(Math.abs(score.logLoss - loss / queries.length)).toBeLessThan(1e-5);
      expect(score.emptyQueries).toBe(0);
    }
    const fit = KernelClassifier.fit({ keys, labels, priors: [1, 2] }, { engine });
    await expect(fit).rejects.toThrow("priors is an array of length 2, expected");
  });
});
