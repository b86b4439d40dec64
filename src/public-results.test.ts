/** What the library returns, and what it was given, may be overwritten: later calls answer as before. */
import { describe, expect, test } from "vitest";
import {
  defineKernel,
  Engine,
  KernelClassifier,
  KernelDensity,
  KernelRegression,
  kernelNames,
  learnBandwidth,
} from "./index.ts";
import { mergePartialSums, type PartialSums } from "./partials/index.ts";
import { digest, overwrite, publicCalls } from "./testing/public-calls.ts";
import { draw } from "./testing/random.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });
const calls = await publicCalls(engine);

/** The names of all getters of an object's classes. */
function gettersOf(object: object): string[] {
  const names = new Set<string>();
  for (let at = object; at !== Object.prototype; at = Object.getPrototypeOf(at))
    for (const [name, { get }] of Object.entries(Object.getOwnPropertyDescriptors(at)))
      if (get) names.add(name);
  return [...names];
}

/** The values of all public getters. `fitted` and `snapshot` are protected. */
const stateOf = (object: object): Record<string, unknown> =>
  Object.fromEntries(
    gettersOf(object)
      .filter((name) => !["fitted", "snapshot"].includes(name))
      .map((name) => [name, Reflect.get(object, name)]),
  );

const stateOfSums = ({ settings, queries, shards, sums }: PartialSums) => [
  ...[settings, queries, shards],
  ...[sums.tops, sums.bins],
];

describe("results", () => {
  test.each(calls)("$name answers the same again after its result was overwritten", async ({ prepare }) => {
    const { start } = await prepare();
    const result = await start({});
    const expected = digest(result);
    // What changes a model is not repeated.
    if (digest(await start({}).catch(() => undefined)) !== expected) return;
    overwrite(result);
    expect(digest(await start({}))).toBe(expected);
  });
});

describe("settings", () => {
  const random = draw(29);
  const keys = Array.from({ length: 30 }, () => [random.uniform(0, 3), Math.floor(random.uniform(0, 3))]);
  const x = keys.map(([each]) => each);
  const values = x.map((each) => Math.sin(each) + random.normal() / 9);
  const labels = x.map((each) => (each > 1.4 ? "b" : "a"));
  const coordinates = () => ["continuous" as const, { kind: "wang-van-ryzin" as const, levels: [0, 1, 2] }];
  const definition = { name: "cubic", wgsl: "1.0 / (1.0 + x * x * x)" };
  const kernel = defineKernel(definition);
  /** Each input has its own arrays, which are overwritten. */
  const own = () => structuredClone({ keys, x, values });
  const fits = {
    "a regression by cross-validation": () => {
      const input = {
        keys: own().x,
        values: own().values,
        bandwidth: "loo" as const,
        sampleWeights: x.map(() => 2),
      };
      return { input, model: KernelRegression.fit(input, { engine, onWarning: () => {} }) };
    },
    "a local line": () => {
      const input = {
        keys: own().x,
        values: own().values,
        bandwidth: [0.4],
        degree: 1 as const,
        kernel: "biweight" as const,
      };
      return { input, model: KernelRegression.fit(input, { engine }) };
    },
    "a regression over categories": () => {
      const input = {
        keys: own().keys,
        values: own().values,
        bandwidth: [0.4, 0.3],
        coordinates: coordinates(),
      };
      return { input, model: KernelRegression.fit(input, { engine }) };
    },
    "a regression by a kernel of one's own": () => {
      const input = { keys: own().x, values: own().values, bandwidth: 0.3, kernel };
      return { input, model: KernelRegression.fit(input, { engine }) };
    },
    "a kernel that was not defined by us": () => {
      const input = {
        keys: own().x,
        values: own().values,
        bandwidth: 0.3,
        kernel: { ...kernel, shader: { ...kernel.shader } },
      };
      return { input, model: KernelRegression.fit(input, { engine }) };
    },
    "a density": () => {
      const input = { keys: own().x, bandwidth: "likelihood" as const };
      return { input, model: KernelDensity.fit(input, { engine, onWarning: () => {} }) };
    },
    "an adaptive density": () => {
      const input = { keys: own().x, bandwidth: [0.4], adaptive: 0.7 };
      return { input, model: KernelDensity.fit(input, { engine }) };
    },
    "a classifier": () => {
      const input = { keys: own().x, labels: [...labels], bandwidth: "loo" as const, priors: [0.2, 0.8] };
      return { input, model: KernelClassifier.fit(input, { engine, onWarning: () => {} }) };
    },
  };
  type Model = KernelRegression | KernelClassifier<string> | KernelDensity;

  test.each(Object.keys(fits) as (keyof typeof fits)[])("%s", async (name) => {
    const fitted = fits[name]();
    const model: Model = await fitted.model;
    const { input } = fitted;
    const at = name.includes("categories") ? [[1, 2]] : [1, 2.5];
    const answers = async () => {
      const list: unknown[] = [];
      if (model instanceof KernelDensity) list.push(await model.evaluate(at));
      else if (model instanceof KernelRegression) list.push(await model.predict(at, { confidence: 0.9 }));
      else list.push(await model.predict(at));
      if (model instanceof KernelRegression) {
        list.push(await model.diagnostics());
        if (!name.includes("line")) {
          list.push(await model.quantiles(at, [0.2, 0.7]));
          list.push(stateOfSums(await model.partial(at)));
        }
      }
      list.push(await model.topWeights(at, 3), await model.weightStatistics(at), await model.weights(at));
      return list;
    };
    const savedBytes = () => (name.includes("kernel") ? [] : [...model.save()]);
    const before = [await answers(), stateOf(model), savedBytes()];
    const expected = digest(before);
    overwrite(input);
    overwrite(before);
    overwrite(stateOf(model));
    expect(digest([await answers(), stateOf(model), savedBytes()])).toBe(expected);
    // A refit reads the settings again.
    await model.remove([]);
    expect(digest([await answers(), stateOf(model), savedBytes()])).toBe(expected);
  });

  test("a loaded model", async () => {
    const model = await fits["a regression by cross-validation"]().model;
    const loaded = await KernelRegression.load(model.save(), { engine });
    const expected = digest(stateOf(loaded));
    overwrite(stateOf(loaded));
    expect(digest(stateOf(loaded))).toBe(expected);
    expect([...loaded.save()]).toEqual([...model.save()]);
  });

  test("what was learned", async () => {
    const learned = await learnBandwidth(
      { keys: x, values, bandwidth: [0.5] },
      { engine, steps: 3, onStep: overwrite, metric: "full" },
    );
    const { transform } = learned;
    const expected = [...transform([1, 2]).data];
    overwrite(learned);
    expect([...transform([1, 2]).data]).toEqual(expected);
  });

  test("partial sums that were merged", async () => {
    const model = await fits["a regression over categories"]().model;
    const parts = await Promise.all(["a", "b"].map((id) => model.partial([[1, 2]], { id })));
    const state = () => digest(parts.map(stateOfSums));
    const before = state();
    overwrite(stateOfSums(mergePartialSums(parts)));
    expect(state()).toBe(before);
  });

  test("the engine, and the kernels' names", async () => {
    const calibration = { version: 1 as const, pairsPerMillisecond: 2 ** 20, latency: 2 };
    const options = { backend: "cpu" as const, workers: 0, calibration, warm: [{ dims: 2 }] };
    const creating = Engine.create(options);
    overwrite(options);
    const own = await creating;
    const expected = digest([stateOf(own), kernelNames]);
    overwrite(stateOf(own));
    overwrite(kernelNames);
    expect(digest([stateOf(own), kernelNames])).toBe(expected);
  });

  test("the walk overwrites numbers, texts and what is inside", () => {
    const state = { a: [1, [2]], b: { c: "text" }, d: Float64Array.of(3), e: Object.freeze([4]) };
    overwrite(state);
    expect(state).toEqual({ a: [1, [1]], b: { c: "overwritten" }, d: Float64Array.of(1), e: [4] });
    expect(gettersOf(engine)).toContain("info");
  });
});
