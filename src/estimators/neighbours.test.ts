/** Windows that reach a number of neighbours: with categories, with rows that stand for several, on a sphere. */
import { describe, expect, test } from "vitest";
import {
  type CoordinateKind,
  Engine,
  KernelClassifier,
  KernelDensity,
  type KernelInput,
  KernelRegression,
} from "../index.ts";
import { draw } from "../testing/random.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });
const quiet = { engine, onWarning: () => {} };

describe("with categories", () => {
  const places = Array.from({ length: 40 }, (_, i) => i / 40);
  const keys = places.flatMap((x) => [
    [x, 0],
    [x, 1],
  ]);

  test.each([4, 10, 20, 40, 80])("%i neighbours: λ is the weight of another category", async (neighbours) => {
    const model = await KernelRegression.fit(
      {
        ...{ keys, values: keys.map(([, category]) => category), neighbours },
        ...{ coordinates: ["continuous", "li-racine"], bandwidth: [1, 0.5] },
      },
      quiet,
    );
    const { keys: heaviest, weights } = await model.topWeights([[0.5, 0]], keys.length);
    const weightOf = (key: number) => weights[heaviest.indexOf(key)];
    expect(weightOf(41) / weightOf(40)).toBeCloseTo(0.5, 6); // the same place, and the other category
  });

  test.each<CoordinateKind>([
    "li-racine",
    "aitchison-aitken",
  ])("%s: densities sum over the categories to that of the numbers", async (kind) => {
    const random = draw(9);
    const rows = Array.from({ length: 60 }, (_, i) => [i % 3, random.normal(), random.normal()]);
    const input = { keys: rows, bandwidth: [0.3, 1, 0.5], neighbours: 20 };
    const model = await KernelDensity.fit(
      { ...input, coordinates: [kind, "continuous", "continuous"] },
      quiet,
    );
    const numbers = rows.map(([, ...others]) => others);
    const alone = await KernelDensity.fit({ ...input, keys: numbers, bandwidth: [1, 0.5] }, quiet);
    for (const place of [
      [0.2, -0.3],
      [3, 1],
    ]) {
      const { density } = await model.evaluate([0, 1, 2].map((category) => [category, ...place]));
      const expected = (await alone.evaluate([place])).density[0];
      expect((density[0] + density[1] + density[2]) / expected).toBeCloseTo(1, 9);
    }
  });

  test("without a number there are no neighbours", async () => {
    const input: KernelInput = { keys: [0, 1, 1], coordinates: ["li-racine"], bandwidth: 0.5, neighbours: 2 };
    await expect(KernelDensity.fit(input, quiet)).rejects.toThrow(
      "neighbours are those in the continuous coordinates; they are not available if all coordinates are categories",
    );
  });
});

describe("if rows stand for several", () => {
  const copies = [3, 1, 4, 1, 2, 2, 5, 1];
  const repeated = <T>(list: readonly T[]) => list.flatMap((x, i) => new Array<T>(copies[i]).fill(x));
  const keys = [0, 1, 2, 3, 4, 5, 6, 7];
  const values = [0, 5, 1, 6, 2, 7, 3, 8];
  const labels = ["a", "b", "a", "b", "b", "a", "b", "a"];
  const weights = { sampleWeights: copies, weightType: "frequency" } as const;
  const queries = [2.2, 5.1, -3, 40];

  test.each([1, 2, 4, 7, 12, 19])("the nearest %i are as of repeated rows", async (neighbours) => {
    const more = { kernel: "epanechnikov", neighbours } as const;
    const [mean, expected] = await Promise.all(
      [
        { keys, values, ...weights },
        { keys: repeated(keys), values: repeated(values) },
      ].map(
        async (rows) =>
          (await (await KernelRegression.fit({ ...rows, ...more }, quiet)).predict(queries)).mean,
      ),
    );
    expect([...mean].map((x) => x.toFixed(9))).toEqual([...expected].map((x) => x.toFixed(9)));
    const [density, expectedDensity] = await Promise.all(
      [{ keys, ...weights }, { keys: repeated(keys) }].map(
        async (rows) =>
          (await (await KernelDensity.fit({ ...rows, ...more }, quiet)).evaluate(queries)).density,
      ),
    );
    for (const [q, right] of expectedDensity.entries())
      if (right < 1e100) expect(density[q] / right || 1).toBeCloseTo(1, 9);
    const [shares, expectedShares] = await Promise.all(
      [
        { keys, labels, ...weights },
        { keys: repeated(keys), labels: repeated(labels) },
      ].map(
        async (rows) =>
          (await (await KernelClassifier.fit({ ...rows, ...more }, quiet)).predict(queries)).probability,
      ),
    );
    expect([...shares].map((x) => x.toFixed(9))).toEqual([...expectedShares].map((x) => x.toFixed(9)));
  });

  test("there are as many neighbours as rows that are stood for", async () => {
    const of = (neighbours: number) => KernelRegression.fit({ keys, values, ...weights, neighbours }, quiet);
    await expect(of(20)).rejects.toThrow("neighbours is 20, expected a whole number from 1 to");
    await expect(of(19)).resolves.toBeDefined();
    const many = { keys, values, sampleWeights: keys.map(() => 1e12), weightType: "frequency" } as const;
    const model = await KernelRegression.fit({ ...many, kernel: "boxcar", neighbours: 1.5e12 }, quiet);
    expect((await model.predict([2.2])).mean[0]).toBeCloseTo((1 + 6) / 2, 9);
  });

  test("the effective sample size and the entropy are those of repeated rows", async () => {
    const model = await KernelRegression.fit({ keys, values, ...weights, bandwidth: 2 }, quiet);
    const own = repeated(keys).map((x) => Math.exp(-(((2.2 - x) / 2) ** 2) / 2));
    const sum = own.reduce((all, weight) => all + weight, 0);
    const squares = own.reduce((all, weight) => all + weight ** 2, 0);
    const { effectiveSampleSize, entropy } = await model.weightStatistics([2.2]);
    expect(effectiveSampleSize[0]).toBeCloseTo(sum ** 2 / squares, 6);
    expect(entropy[0]).toBeCloseTo(-own.reduce((all, w) => all + (w / sum) * Math.log(w / sum), 0), 6);
  });

  test("a bandwidth by any rule is that of repeated rows", async () => {
    const random = draw(3);
    const x = Array.from({ length: 40 }, () => random.uniform(0, 4));
    const both = x.map((each) => [Math.sin(each) + 0.2 * random.normal(), 50 * each + 20 * random.normal()]);
    const counts = x.map(() => random.integer(2, 5));
    const all = <T>(list: readonly T[]) => list.flatMap((each, i) => new Array<T>(counts[i]).fill(each));
    for (const bandwidth of ["scott", "silverman", "loo", "aicc", "kfold"] as const) {
      const weighted = { keys: x, values: both, sampleWeights: counts, weightType: "frequency" } as const;
      const own = await KernelRegression.fit({ ...weighted, bandwidth }, quiet);
      const expected = await KernelRegression.fit({ keys: all(x), values: all(both), bandwidth }, quiet);
      expect(own.bandwidth[0] / expected.bandwidth[0]).toBeCloseTo(1, 6);
      expect(own.selection!.candidates.length).toBe(expected.selection!.candidates.length);
    }
    for (const bandwidth of ["likelihood", "lscv"] as const) {
      const weighted = { keys: x, sampleWeights: counts, weightType: "frequency" } as const;
      const own = await KernelDensity.fit({ ...weighted, bandwidth }, quiet);
      const expected = await KernelDensity.fit({ keys: all(x), bandwidth }, quiet);
      expect(own.bandwidth[0] / expected.bandwidth[0]).toBeCloseTo(1, 6);
    }
    const kinds: CoordinateKind[] = ["continuous", "li-racine"];
    const pairs = x.map((each, i) => [each, i % 3]);
    const own = await KernelDensity.fit(
      { keys: pairs, coordinates: kinds, sampleWeights: counts, weightType: "frequency" },
      quiet,
    );
    const expected = await KernelDensity.fit({ keys: all(pairs), coordinates: kinds }, quiet);
    for (const [j, h] of expected.bandwidth.entries()) expect(own.bandwidth[j] / h).toBeCloseTo(1, 9);
  });
});

test("on a sphere, the density of a query's window has the mass 1", async () => {
  const keys = [[1, 0]]; // one key, whose density in the angle t is exp(cos t / τ) over its integral
  const model = await KernelDensity.fit(
    { keys, kernel: "von-mises-fisher", bandwidth: 0.3, neighbours: 1 },
    quiet,
  );
  const angle = 0.9;
  const { density } = await model.evaluate([[Math.cos(angle), Math.sin(angle)]]);
  const temperature = 2 - 2 * Math.cos(angle); // the squared distance, √τ² over τ of them
  const steps = 20000;
  let integral = 0;
  for (let i = 0; i < steps; i++)
    integral += (2 * Math.PI * Math.exp(Math.cos((2 * Math.PI * i) / steps) / temperature)) / steps;
  expect(density[0]).toBeCloseTo(Math.exp(Math.cos(angle) / temperature) / integral, 9);
});

test("neighbours of a product are those by the Euclidean distance", async () => {
  // (2, 2) is nearer by the largest difference, (0, 2.5) by Euclid's distance.
  const keys = [
    [2, 2],
    [0, 2.5],
  ];
  const input = {
    keys,
    values: [5, 7],
    kernel: "boxcar",
    shape: "product",
    neighbours: 1,
    bandwidth: 1,
  } as const;
  const model = await KernelRegression.fit(input, quiet);
  // The window is a box with half-sides of 2.5: both keys are in it.
  expect((await model.predict([[0, 0]])).mean[0]).toBeCloseTo(6, 9);
});
