/** Declared categories: what a model knows of categories that its keys lack, and that its other shards may have. */
import { describe, expect, test } from "vitest";
import {
  type CategoryCoordinate,
  Engine,
  KernelDensity,
  type KernelInput,
  KernelRegression,
} from "../index.ts";
import {
  decodePartial,
  densitiesOfSums,
  encodePartial,
  logWeightsOfSums,
  meansOfSums,
  mergePartialSums,
} from "../partials/index.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });
const quiet = { engine, onWarning: () => {} };

type Kind = CategoryCoordinate["kind"];
const LAMBDA = 0.4;
const LEVELS = [1, 2, 3];
const kinds: readonly Kind[] = ["aitchison-aitken", "wang-van-ryzin", "li-racine"];

/** The weight of a category for another one `distance` ranks away, of three. */
const factorOf = (kind: Kind, distance: number) => {
  if (kind === "li-racine") return distance === 0 ? 1 : LAMBDA;
  if (distance === 0) return 1 - LAMBDA;
  return kind === "aitchison-aitken" ? LAMBDA / 2 : 0.5 * (1 - LAMBDA) * LAMBDA ** distance;
};

const first = {
  keys: [
    [0, 1],
    [1, 3],
    [2, 1],
    [3, 3],
  ],
  values: [1, 5, 2, 9],
};
const second = {
  keys: [
    [0.5, 1],
    [1.5, 2],
    [2.5, 3],
  ],
  values: [4, 0, 7],
};
const both = { keys: [...first.keys, ...second.keys], values: [...first.values, ...second.values] };

/** By the table of three categories. */
const weightsAt = ([x, category]: readonly number[], kind: Kind, keys = both.keys) =>
  keys.map(([key, own]) => Math.exp(-((x - key) ** 2) / 2) * factorOf(kind, Math.abs(category - own)));

function meanAt(query: readonly number[], kind: Kind, { keys, values } = both) {
  const weights = weightsAt(query, kind, keys);
  return weights.reduce((sum, w, i) => sum + w * values[i], 0) / weights.reduce((a, b) => a + b);
}

const fit = (rows: typeof first, coordinate: Kind | CategoryCoordinate) =>
  KernelRegression.fit({ ...rows, coordinates: ["continuous", coordinate], bandwidth: [1, LAMBDA] }, quiet);

describe.each(kinds)("%s", (kind) => {
  const declared = { kind, levels: LEVELS };

  test("partials of shards that lack a category merge to the mean of all rows", async () => {
    for (const query of [
      [1.2, 1],
      [0.3, 2],
    ]) {
      const partials = [first, second].map(async (rows) => (await fit(rows, declared)).partial([query]));
      const merged = mergePartialSums(await Promise.all(partials));
      expect(meansOfSums(merged).mean[0]).toBeCloseTo(meanAt(query, kind), 6);
      const sum = weightsAt(query, kind).reduce((a, b) => a + b);
      expect(logWeightsOfSums(merged)[0]).toBeCloseTo(Math.log(sum), 6);
      const again = await decodePartial(await encodePartial(merged));
      expect(again.settings).toEqual(merged.settings);
      expect(logWeightsOfSums(again)).toEqual(logWeightsOfSums(merged));
    }
  });

  test("partial sums of densities merge to the density of all rows", async () => {
    const queries = [
      [1.2, 1],
      [0.3, 2],
    ];
    const of = ({ keys }: { keys: number[][] }) =>
      KernelDensity.fit({ keys, coordinates: ["continuous", declared], bandwidth: [1, LAMBDA] }, quiet);
    const partials = [first, second].map(async (rows) => (await of(rows)).partial(queries));
    const { logDensity } = densitiesOfSums(mergePartialSums(await Promise.all(partials)));
    const perCategory = kind === "li-racine" ? 1 + 2 * LAMBDA : 1;
    for (const [q, query] of queries.entries()) {
      const sum = weightsAt(query, kind).reduce((a, b) => a + b);
      const norm = both.keys.length * Math.sqrt(2 * Math.PI) * perCategory;
      expect(logDensity[q]).toBeCloseTo(Math.log(sum / norm), 6);
    }
  });

  test("partials of other levels do not merge", async () => {
    const one = await (await fit(first, declared)).partial([[1.2, 1]]);
    const other = await (await fit(second, { kind, levels: [1, 2, 3, 4] })).partial([[1.2, 1]]);
    const levels = (list: string) => `["continuous",{"kind":"${kind}","levels":[${list}]}]`;
    expect(() => mergePartialSums([one, other])).toThrow(
      `partials[1] has coordinates ${levels("1,2,3,4")}, expected ${levels("1,2,3")} as in partials[0]`,
    );
    const numbers = await KernelRegression.fit({ ...second, bandwidth: [1, LAMBDA] }, quiet);
    const plain = await numbers.partial([[1.2, 1]]);
    expect(() => mergePartialSums([plain, one])).toThrow(
      `partials[1] has coordinates ${levels("1,2,3")}, expected undefined as in partials[0]`,
    );
  });

  test("removing the last row of a declared category changes no other weight", async () => {
    const model = await fit(both, declared);
    await model.remove([5]); // the only row of category 2
    const left = { keys: both.keys.filter((_, i) => i !== 5), values: both.values.filter((_, i) => i !== 5) };
    for (const query of [
      [1.2, 1],
      [1.2, 2],
    ])
      expect((await model.predict([query])).mean[0]).toBeCloseTo(meanAt(query, kind, left), 6);
    const loaded = await KernelRegression.load(model.save(), quiet);
    expect((await loaded.predict([[1.2, 2]])).mean[0]).toBeCloseTo(meanAt([1.2, 2], kind, left), 6);
  });

  test("keys and queries have no categories besides the declared ones", async () => {
    await expect(fit(both, { kind, levels: [1, 2] })).rejects.toThrow(
      "keys[1][1] is 3, expected one of the levels 1, 2 of coordinates[1]",
    );
    const model = await fit(both, declared);
    await expect(model.predict([[1, 4]])).rejects.toThrow(
      "queries[0][1] is 4, expected one of the levels 1, 2, 3 of coordinates[1]",
    );
    await expect(model.add([[1, 4]], [0])).rejects.toThrow("is 4, expected one of the levels");
  });
});

test("ranks are those of the declared order", async () => {
  const model = await fit(both, { kind: "wang-van-ryzin", levels: [2, 1, 3] });
  const rank = (category: number) => [2, 1, 3].indexOf(category);
  const ranked = { ...both, keys: both.keys.map(([x, category]) => [x, rank(category)]) };
  const { mean } = await model.predict([[1.2, 2]]);
  expect(mean[0]).toBeCloseTo(meanAt([1.2, 0], "wang-van-ryzin", ranked), 6);
});

describe("without declared levels", () => {
  test.each(["aitchison-aitken", "wang-van-ryzin"] as const)("partials of %s are refused", async (kind) => {
    await expect((await fit(first, kind)).partial([[1.2, 1]])).rejects.toThrow(
      `partial sums are not available with the categories "${kind}" unless their levels are declared`,
    );
  });

  test("partials of li-racine, which has no count, merge", async () => {
    const single = { keys: [[0.7, 2]], values: [3] }; // one category only
    const partials = [first, second, single].map(async (rows) =>
      (await fit(rows, "li-racine")).partial([[1.2, 2]]),
    );
    const all = { keys: [...both.keys, ...single.keys], values: [...both.values, 3] };
    const merged = mergePartialSums(await Promise.all(partials));
    expect(meansOfSums(merged).mean[0]).toBeCloseTo(meanAt([1.2, 2], "li-racine", all), 6);
    const again = await decodePartial(await encodePartial(merged));
    expect(meansOfSums(again)).toEqual(meansOfSums(merged));
    expect(() => densitiesOfSums(merged)).toThrow('the categories "li-racine" depends on how many there are');
  });

  test.each(kinds)("partial sums of densities over %s are refused", async (kind) => {
    const input: KernelInput = {
      ...{ keys: both.keys, coordinates: ["continuous", kind] },
      bandwidth: [1, LAMBDA],
    };
    await expect((await KernelDensity.fit(input, quiet)).partial([[1.2, 1]])).rejects.toThrow(
      `partial sums are not available with the categories "${kind}" unless their levels are declared`,
    );
  });

  test.each([
    "aitchison-aitken",
    "li-racine",
  ] as const)("a category that no key has is another one for every key of %s", async (kind) => {
    const { mean } = await (await fit(both, kind)).predict([[1.2, 9]]);
    const unweighted = both.keys.map(([x]) => Math.exp(-((1.2 - x) ** 2) / 2));
    const sum = unweighted.reduce((all, w, i) => all + w * both.values[i], 0);
    expect(mean[0]).toBeCloseTo(sum / unweighted.reduce((a, b) => a + b), 6);
    const density = await KernelDensity.fit(
      { keys: both.keys, coordinates: ["continuous", kind], bandwidth: [1, LAMBDA] },
      quiet,
    );
    await expect(density.evaluate([[1.2, 9]])).rejects.toThrow(
      "queries[0][1] is a category that no key has, whose density depends on how many there are",
    );
  });

  test("a category that no key has is refused by wang-van-ryzin, which needs its rank", async () => {
    await expect((await fit(both, "wang-van-ryzin")).predict([[1.2, 9]])).rejects.toThrow(
      'queries[0][1] is 9, expected one of the categories 1, 2, 3 of the keys; declare others: coordinates[1]: { kind: "wang-van-ryzin", levels: […] }',
    );
  });
});

test.each<[string, unknown, string]>([
  ["no kind", { levels: LEVELS }, "coordinates[1].kind is undefined, expected one of aitchison-aitken"],
  ["a number with levels", { kind: "continuous", levels: LEVELS }, 'coordinates[1].kind is "continuous"'],
  ["no levels", { kind: "li-racine" }, "coordinates[1].levels is undefined, expected an array"],
  ["one level", { kind: "li-racine", levels: [1] }, "expected an array of two or more different numbers"],
  ["a level twice", { kind: "li-racine", levels: [1, 1] }, "coordinates[1].levels is 1, 1, expected"],
  ["text", { kind: "li-racine", levels: ["a", "b"] }, 'coordinates[1].levels is "a", "b", expected'],
  [
    "another name",
    { kind: "li-racine", levels: LEVELS, level: 1 },
    'no option "level"; did you mean "levels"?',
  ],
])("levels are checked: %s", async (_, coordinate, message) => {
  await expect(fit(both, coordinate as CategoryCoordinate)).rejects.toThrow(message);
});

test("levels are read before the call returns", async () => {
  const levels = [...LEVELS];
  const model = fit(both, { kind: "wang-van-ryzin", levels });
  levels.reverse();
  levels[0] = 8;
  expect((await (await model).predict([[1.2, 1]])).mean[0]).toBeCloseTo(
    meanAt([1.2, 1], "wang-van-ryzin"),
    6,
  );
});

test("densities sum to 1 over the declared categories; those of wang-van-ryzin to less", async () => {
  const sumOf = async (coordinate: CategoryCoordinate, keys: number[][] = both.keys) => {
    const input: KernelInput = { keys, coordinates: ["continuous", coordinate], bandwidth: [1, LAMBDA] };
    const queries = coordinate.levels.map((level) => [1.2, level]);
    const { density } = await (await KernelDensity.fit(input, quiet)).evaluate(queries);
    const numbers = await KernelDensity.fit({ keys: keys.map(([x]) => x), bandwidth: 1 }, quiet);
    const [alone] = (await numbers.evaluate([1.2])).density;
    return density.reduce((sum, each) => sum + each, 0) / alone;
  };
  expect(await sumOf({ kind: "aitchison-aitken", levels: [0, 1, 2, 3] })).toBeCloseTo(1, 6);
  expect(await sumOf({ kind: "li-racine", levels: [0, 1, 2, 3] })).toBeCloseTo(1, 6);
  // Of keys in the middle one of three: (1 − λ) (1 + λ), as statsmodels and np have it; at an end (1 − λ) (1 + λ/2 + λ²/2).
  const middle = [[1, 2]];
  expect(await sumOf({ kind: "wang-van-ryzin", levels: LEVELS }, middle)).toBeCloseTo(0.6 * 1.4, 6);
  const end = [[1, 1]];
  expect(await sumOf({ kind: "wang-van-ryzin", levels: LEVELS }, end)).toBeCloseTo(0.6 * (1 + 0.2 + 0.08), 6);
});
