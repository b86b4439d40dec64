/** Categories, neighbours, adaptive widths and meanings of weights together, by random cases: what the reference answers. */
import { describe, expect, test } from "vitest";
import { Engine, KernelClassifier, KernelDensity, KernelRegression } from "../index.ts";
import { meansOfSums, mergePartialSums } from "../partials/index.ts";
import * as reference from "../reference/index.ts";
import { gpuEngine } from "../testing/engines.ts";
import { draw } from "../testing/random.ts";
import { isWideRing } from "../testing/ring.ts";

const engines = { cpu: await Engine.create({ backend: "cpu", workers: 0 }), webgpu: await gpuEngine() };

const KINDS = ["aitchison-aitken", "li-racine", "wang-van-ryzin"] as const;
const pick = <T>(random: ReturnType<typeof draw>, list: readonly T[]): T =>
  list[random.integer(0, list.length)];

/** A problem of 1 to 3 numbers and up to 2 categories, in any order. */
function caseOf(seed: number) {
  const random = draw(seed * 7919 + 13);
  const categories = random.integer(0, 3);
  const kinds = [
    ...Array.from({ length: random.integer(1, 4 - categories) }, () => "continuous" as const),
    ...Array.from({ length: categories }, () => pick(random, KINDS)),
  ].sort(() => random.uniform(-1, 1));
  const isDeclared = random.integer(0, 2) === 1;
  const levels = kinds.map((kind) =>
    kind === "continuous"
      ? undefined
      : pick(random, [
          [0, 1],
          [3, 7, 9],
          [1, 2, 4, 8],
        ]),
  );
  const n = random.integer(25, 50);
  const row = () => kinds.map((_, j) => (levels[j] ? pick(random, levels[j]) : random.uniform(0, 4)));
  const keys = Array.from({ length: n }, row);
  if (!isDeclared)
    for (const [j, all] of levels.entries())
      all?.forEach((level, i) => {
        keys[i][j] = level;
      });
  const weightType = pick(random, ["none", "importance", "frequency"] as const);
  const sampleWeights =
    weightType === "none"
      ? undefined
      : keys.map(() => (weightType === "frequency" ? random.integer(1, 5) : random.uniform(0.2, 3)));
  const width = pick(
    random,
    categories > 0 ? (["fixed", "neighbours"] as const) : (["fixed", "neighbours", "adaptive"] as const),
  );
  const kernel =
    categories > 0
      ? ("gaussian" as const)
      : pick(random, ["gaussian", "epanechnikov", "laplace", "boxcar"] as const);
  const shared = {
    keys,
    kernel,
    shape: pick(random, ["radial", "product"] as const),
    bandwidth: kinds.map((kind) =>
      kind === "continuous" ? random.uniform(0.4, 1.5) : random.uniform(0.05, 0.5),
    ),
    sampleWeights,
    weightType: weightType === "frequency" ? ("frequency" as const) : undefined,
    neighbours: width === "neighbours" ? random.integer(3, n) : undefined,
    adaptive: width === "adaptive" ? random.uniform(0.2, 0.8) : undefined,
  };
  const values = keys.map((key) => [Math.sin(key[0]) + random.normal(), random.normal()]);
  const coordinates = kinds.map((kind, j) =>
    kind !== "continuous" && isDeclared ? { kind, levels: levels[j]! } : kind,
  );
  const labels = keys.map((key) => (key[0] + random.normal() > 2 ? "a" : pick(random, ["b", "c"])));
  const queries = Array.from({ length: 6 }, row);
  const words = `${seed}: ${kinds.join(", ")}${isDeclared ? " declared" : ""}, ${kernel} ${shared.shape}, ${width} ${shared.neighbours ?? ""}, ${weightType}`;
  return {
    shared,
    values,
    coordinates,
    kinds,
    levels: isDeclared ? levels : undefined,
    labels,
    queries,
    words,
    n,
  };
}

describe.each(["cpu", "webgpu"] as const)("on %s", (backend) => {
  const quiet = { engine: engines[backend], onWarning: () => {} };
  const bound = backend === "cpu" ? 1e-6 : 1e-5;
  const seeds = Array.from({ length: isWideRing ? 400 : 15 }, (_, i) => i);

  test("all answers are the reference's", async () => {
    const faults: string[] = [];
    for (const seed of seeds) {
      const { shared, values, coordinates, kinds, levels, labels, queries, words } = caseOf(seed);
      const input = { ...shared, coordinates };
      const problem = { ...shared, values, coordinates: kinds, levels };
      const compare = (what: string, own: ArrayLike<number>, right: readonly number[], most: number) => {
        for (const [i, expected] of right.entries()) {
          if (Object.is(own[i], expected) || own[i] === expected || Math.abs(own[i] - expected) <= most)
            continue;
          faults.push(`${words}: ${what}[${i}] is ${own[i]}, expected ${expected}`);
          return;
        }
      };
      try {
        const model = await KernelRegression.fit({ ...input, values }, quiet);
        compare(
          "mean",
          (await model.predict(queries)).mean,
          reference.mean(problem, queries).flat(),
          8 * bound,
        );
        const probabilities = [0.1337, 0.5119, 0.8713];
        compare(
          "quantiles",
          await model.quantiles(queries, probabilities),
          reference.quantiles(problem, queries, probabilities).flat(2),
          1e-9,
        );
        compare(
          "distribution",
          await model.distribution(queries, [-0.3, 0.6]),
          reference.distribution(problem, queries, [-0.3, 0.6]).flat(2),
          bound,
        );
        const statistics = reference.weightStatistics(problem, queries);
        const { effectiveSampleSize, entropy } = await model.weightStatistics(queries);
        compare("effectiveSampleSize", effectiveSampleSize, statistics.effectiveSampleSize, 1e-5);
        compare("entropy", entropy, statistics.entropy, 1e-6);
        const top = reference.topWeights(problem, queries, 5);
        const heaviest = await model.topWeights(queries, 5);
        compare("topWeights", heaviest.weights, top.weights.flat(), 1e-8);
        // Of a kernel without an end, keys whose share is no float64 have names too.
        const isCompact = shared.kernel === "epanechnikov" || shared.kernel === "boxcar";
        const named = top.keys.flat().map((key, i) => (key < 0 && !isCompact ? heaviest.keys[i] : key));
        compare("topKeys", heaviest.keys, named, 0);
        if (shared.neighbours === undefined) {
          const { standardError } = await model.predict(queries, { standardError: true });
          compare("standardError", standardError!, reference.standardError(problem, queries).flat(), 1e-4);
          const rows = reference.weights(problem, queries);
          const byKey = rows[0].flatMap((_, key) => rows.map((row) => row[key]));
          compare("weights", (await model.weights(queries)).data, byKey, 1e-5);
        }
        if (shared.neighbours === undefined && shared.adaptive === undefined) {
          const dependsOnLevels = kinds.some(
            (kind) => kind === "aitchison-aitken" || kind === "wang-van-ryzin",
          );
          if (levels || !dependsOnLevels) {
            const partials = [0, 1].map(async (part) => {
              const of = <T>(list: readonly T[]) => list.filter((_, i) => i % 2 === part);
              const { keys, sampleWeights } = shared;
              const rows = {
                keys: of(keys),
                values: of(values),
                sampleWeights: sampleWeights && of(sampleWeights),
              };
              return (await KernelRegression.fit({ ...input, ...rows }, quiet)).partial(queries);
            });
            const { mean } = meansOfSums(mergePartialSums(await Promise.all(partials)));
            compare("merged", mean, reference.mean(problem, queries).flat(), 8 * bound);
          }
        }
        model.dispose();
        const density = await KernelDensity.fit(input, quiet);
        compare(
          "logDensity",
          (await density.evaluate(queries)).logDensity,
          reference.density(problem, queries).logDensity,
          bound,
        );
        density.dispose();
        const classifier = await KernelClassifier.fit({ ...input, labels }, quiet);
        compare(
          "probability",
          (await classifier.predict(queries)).probability,
          reference.classes(problem, labels, queries, "shares").probability.flat(),
          bound,
        );
        classifier.dispose();
      } catch (error) {
        faults.push(`${words}: ${error}`);
      }
    }
    expect(faults).toEqual([]);
  });
});
