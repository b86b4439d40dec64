/** All public calls that return promises, with small inputs: for tests of rules that each of them must keep. */
import { readFileSync } from "node:fs";
import {
  attention,
  Engine,
  type FitOptions,
  KernelClassifier,
  KernelDensity,
  KernelRegression,
  learnBandwidth,
  type RunOptions,
  relativeRepresentation,
} from "../index.ts";
import { decodePartial, encodePartial, fromGrid, type PartialSums } from "../partials/index.ts";
import { smooth, smoothRows } from "../plot.ts";
import { draw } from "./random.ts";

/** One call with fresh arguments, whose arrays may be overwritten once `start` has returned. */
export interface PublicCall {
  /** As in the API report: "KernelRegression.predict", after a colon what is special. */
  readonly name: string;
  readonly prepare: () => Promise<Prepared>;
}

interface Prepared {
  readonly given: readonly unknown[];
  readonly start: (options: RunOptions) => Promise<unknown>;
}

const REPORTS = ["nadaraya", "nadaraya-partials", "nadaraya-plot"];

/** The names of all functions and methods of the API reports that return promises. */
export function asyncNames(): string[] {
  const names = new Set<string>();
  for (const report of REPORTS) {
    const text = readFileSync(new URL(`../../api/${report}.d.ts`, import.meta.url), "utf8");
    let [owner, signature] = ["", ""];
    for (const line of text.split("\n")) {
      owner = /^(?:abstract )?class (\w+)/.exec(line)?.[1] ?? (line === "}" ? "" : owner);
      const isComplete = signature.split("(").length === signature.split(")").length;
      if (isComplete && /^function |^ {2}(static )?[\w[]/.test(line)) signature = "";
      signature += line;
      const name = /^(?:function| {2}static| )\s+(\w+)(?:<\w+>)?\(/.exec(signature)?.[1];
      if (name && /\): Promise</.test(line)) names.add(owner ? `${owner}.${name}` : name);
    }
  }
  return [...names];
}

/** Overwrites all numbers, texts and functions of a value, in place: in arrays and plain objects that are not frozen, at any depth. */
export function overwrite(value: unknown): void {
  if (ArrayBuffer.isView(value)) (value as unknown as Float64Array).fill(1);
  if (!Array.isArray(value) && !isPlain(value)) return;
  for (const [name, each] of Object.entries(value)) {
    if (typeof each === "object") overwrite(each);
    else Reflect.set(value, name, replacements[typeof each] ?? "overwritten");
  }
}

const replacements: Readonly<Record<string, unknown>> = { number: 1, function: () => 1 };

const isPlain = (value: unknown): value is object =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** A result without what differs from run to run. */
export const digest = (result: unknown) =>
  JSON.stringify(result, (key, value) =>
    ["milliseconds", "reason"].includes(key)
      ? undefined
      : ArrayBuffer.isView(value)
        ? Array.from(value as unknown as Float64Array, String)
        : value,
  );

const n = 40;

/** Inputs, drawn again for each call. */
function inputs() {
  const random = draw(17);
  const rows = (count: number, dims: number) =>
    Array.from({ length: count }, () => Array.from({ length: dims }, () => random.uniform(0.5, 3)));
  const keys = Float64Array.from({ length: n }, () => random.uniform(0, 4));
  return {
    keys,
    values: Array.from(keys, (x) => Math.sin(x) + 0.1 * random.normal()),
    sampleWeights: Float64Array.from(keys, () => random.uniform(0.5, 2)),
    labels: Array.from(keys, (x) => (x > 2 ? "b" : "a")),
    queries: Float64Array.of(0.5, 2.5, 3.5),
    rows,
  };
}

/** The calls on an engine. */
export async function publicCalls(engine: Engine): Promise<PublicCall[]> {
  const fitted = { engine, onWarning: () => {} };
  const { keys, values, labels } = inputs();
  const fits = {
    regression: () => KernelRegression.fit({ keys, values, bandwidth: 0.5 }, fitted),
    line: () => KernelRegression.fit({ keys, values, bandwidth: 0.5, degree: 1 }, fitted),
    classifier: () => KernelClassifier.fit<string>({ keys, labels, bandwidth: 0.5 }, fitted),
    density: () => KernelDensity.fit({ keys, bandwidth: 0.5 }, fitted),
  };
  const [regression, line, classifier, density] = await Promise.all([
    fits.regression(),
    fits.line(),
    fits.classifier(),
    fits.density(),
  ]);
  const [bytes, classBytes, densityBytes] = [regression, classifier, density].map((model) => model.save());
  const sums = await regression.partial([1, 2]);
  const packed = await encodePartial(sums);
  const predicted = async (model: Promise<KernelRegression>) => {
    const { bandwidth, ...own } = await model;
    return [bandwidth, own, (await (await model).predict([1, 2, 3])).mean];
  };
  const at = async (model: Promise<KernelDensity>) => (await (await model).evaluate([1, 2])).density;
  const classes = async <L>(model: Promise<KernelClassifier<L>>) => {
    const { labels: found, probability } = await (await model).predict([1, 3]);
    return [found, probability, (await model).priors];
  };
  const digits = async (partial: Promise<PartialSums>) => {
    const { settings, queries, sums: own, shards } = await partial;
    return [settings, queries, [...own.tops], [...own.bins], shards];
  };
  const calls: PublicCall[] = [];
  const add = <Given extends unknown[], Model = undefined>(
    name: string,
    given: (fresh: ReturnType<typeof inputs>) => Given,
    answer: (given: Given, options: RunOptions, model: Model) => Promise<unknown>,
    fit?: () => Promise<Model>,
  ) =>
    calls.push({
      name,
      prepare: async () => {
        const own = given(inputs());
        const model = (await fit?.()) as Model;
        return { given: own, start: (options) => answer(own, options, model) };
      },
    });
  const queriesOf = (
    name: string,
    answer: (queries: Float64Array, options: RunOptions) => Promise<unknown>,
  ) =>
    add(
      name,
      ({ queries }) => [queries],
      ([queries], options) => answer(queries, options),
    );
  const withFit = (options: RunOptions): FitOptions => ({ ...fitted, ...options });

  add(
    "KernelRegression.fit",
    (fresh) => [
      { keys: fresh.keys, values: fresh.values, sampleWeights: fresh.sampleWeights, bandwidth: [0.4] },
    ],
    ([input], options) => predicted(KernelRegression.fit(input, withFit(options))),
  );
  add(
    "KernelRegression.fit: by a rule, with rows to drop",
    (fresh) => [{ keys: fresh.keys.with(3, NaN), values: fresh.values }],
    ([input], options) =>
      predicted(KernelRegression.fit({ ...input, bandwidth: "loo", missing: "drop" }, withFit(options))),
  );
  add(
    "KernelRegression.fit: adaptive bandwidths",
    (fresh) => [{ keys: fresh.rows(n, 2), values: fresh.values, bandwidth: [0.4, 0.5] }],
    async ([input], options) =>
      (await KernelRegression.fit({ ...input, adaptive: true }, withFit(options))).predict([[1, 2]]),
  );
  add(
    "KernelRegression.load",
    () => [bytes.slice()],
    ([saved], options) => predicted(KernelRegression.load(saved, withFit(options))),
  );
  queriesOf("KernelRegression.predict", (queries, options) => regression.predict(queries, options));
  queriesOf("KernelRegression.predict: gradient", (queries, options) =>
    regression.predict(queries, { ...options, gradient: true }),
  );
  add(
    "KernelRegression.predict: bands",
    ({ queries }) => [queries],
    ([queries], options, own) => own.predict(queries, { ...options, confidence: 0.9 }),
    fits.line,
  );
  queriesOf("KernelRegression.predict: a line", (queries, options) => line.predict(queries, options));
  add(
    "KernelRegression.diagnostics",
    () => [],
    (_, options, own) => own.diagnostics(options),
    fits.regression,
  );
  queriesOf("KernelRegression.bootstrap", (queries, options) =>
    regression.bootstrap(queries, { ...options, replicates: 40 }),
  );
  add(
    "KernelRegression.quantiles",
    ({ queries }) => [queries, [0.2, 0.8]] as [Float64Array, number[]],
    ([queries, shares], options) => regression.quantiles(queries, shares, options),
  );
  add(
    "KernelRegression.distribution",
    ({ queries }) => [queries, Array.from({ length: 20 }, (_, i) => i / 10 - 1)] as [Float64Array, number[]],
    ([queries, thresholds], options) => regression.distribution(queries, thresholds, options),
  );
  add(
    "KernelRegression.conditionalDensity",
    ({ queries }) => [queries, [0.1, 0.2, 0.3]] as [Float64Array, number[]],
    ([queries, own], options) => regression.conditionalDensity(queries, own, options),
  );
  add(
    "KernelRegression.partial",
    ({ queries }): [Float64Array, { x: string[]; y: string[]; dates: string[] }] => [
      queries,
      { x: ["time"], y: ["speed"], dates: ["time"] },
    ],
    ([queries, names], options) =>
      digits(regression.partial(queries, { ...names, ...options, errors: true })),
  );
  queriesOf("KernelDensity.partial", (queries, options) => digits(density.partial(queries, options)));
  queriesOf("KernelModel.weights", (queries, options) => regression.weights(queries, options));
  queriesOf("KernelModel.topWeights", (queries, options) => regression.topWeights(queries, 3, options));
  queriesOf("KernelModel.weightStatistics", (queries, options) =>
    regression.weightStatistics(queries, options),
  );
  add(
    "KernelRegression.add",
    () => [[1.5], [9], [2]],
    ([more, own, weights], _, model) =>
      model.add(more, own, weights).then(() => predicted(Promise.resolve(model))),
    fits.regression,
  );
  add(
    "KernelModel.remove",
    () => [[3, 4, 5]],
    ([indices], _, model) => model.remove(indices).then(() => predicted(Promise.resolve(model))),
    fits.regression,
  );
  add(
    "KernelClassifier.fit",
    (fresh) => [{ keys: fresh.keys, labels: fresh.labels, priors: [0.3, 0.7], bandwidth: [0.4] }],
    ([input], options) => classes(KernelClassifier.fit(input, withFit(options))),
  );
  add(
    "KernelClassifier.load",
    () => [classBytes.slice()],
    ([saved], options) => classes(KernelClassifier.load(saved, withFit(options))),
  );
  queriesOf("KernelClassifier.predict", (queries, options) => classifier.predict(queries, options));
  add(
    "KernelClassifier.score",
    ({ queries }) => [queries, ["a", "b", "b"]] as [Float64Array, string[]],
    ([queries, truth], options) => classifier.score(queries, truth, options),
  );
  add(
    "KernelClassifier.add",
    () =>
      [
        [3.5, 3],
        ["c", "c"],
      ] as [number[], string[]],
    ([more, own], _, model) => model.add(more, own).then(() => classes(Promise.resolve(model))),
    fits.classifier,
  );
  add(
    "KernelDensity.fit",
    (fresh) => [{ keys: fresh.keys, sampleWeights: fresh.sampleWeights }],
    ([input], options) => at(KernelDensity.fit({ ...input, bandwidth: "likelihood" }, withFit(options))),
  );
  add(
    "KernelDensity.load",
    () => [densityBytes.slice()],
    ([saved], options) => at(KernelDensity.load(saved, withFit(options))),
  );
  queriesOf("KernelDensity.evaluate", (queries, options) => density.evaluate(queries, options));
  add(
    "KernelDensity.add",
    () => [[1.5, 1.6]],
    ([more], _, model) => model.add(more).then(() => at(Promise.resolve(model))),
    fits.density,
  );
  for (const [name, mask] of [
    ["attention", undefined],
    ["attention: causal", "causal"],
    ["attention: a mask", new Array(400).fill(true).map((_, i) => i % 3 === 0)],
  ] as const)
    add(
      name,
      ({ rows }) => [
        {
          queries: rows(20, 4),
          keys: { data: rows(20, 4).flat(), dims: 4 },
          values: rows(20, 2),
          mask: typeof mask === "object" ? [...mask] : mask,
        },
      ],
      ([input], options) => attention({ ...input, heads: 2 }, { engine, ...options }),
    );
  add(
    "relativeRepresentation",
    ({ rows }) => [{ anchors: rows(30, 4), points: rows(5, 4) }],
    ([input], options) => relativeRepresentation({ ...input, count: 4 }, { engine, ...options }),
  );
  add(
    "learnBandwidth",
    (fresh) => [
      {
        keys: fresh.rows(n, 2),
        values: fresh.values,
        sampleWeights: fresh.sampleWeights,
        bandwidth: [0.4, 0.5],
      },
    ],
    async ([input], options) =>
      (await learnBandwidth(input, { engine, steps: 3, ...options })).steps.at(-1)?.bandwidth,
  );
  add(
    "encodePartial",
    () => [sums],
    async () => (await encodePartial(sums)).length,
  );
  add(
    "decodePartial",
    () => [packed.slice()],
    ([saved]) => digits(decodePartial(saved)),
  );
  const cells = () => ({ x: Float64Array.of(0, 1, 2, 3), weight: [1, 2, 3, 4], sum: [1, 3, 5, 9] });
  const quiet = { engine, bandwidth: [2], onWarning: () => {} };
  for (const method of ["partial", "predict"] as const)
    add(
      `GridFit.${method}`,
      ({ queries }) => [cells(), queries] as [ReturnType<typeof cells>, Float64Array],
      async ([own, queries], options) => {
        const answer = fromGrid(own, quiet)[method](queries, options);
        return method === "partial" ? digits(answer as Promise<PartialSums>) : answer;
      },
    );
  add(
    "GridFit.evaluate",
    ({ queries }) =>
      [{ x: cells().x, weight: cells().weight }, queries] as [
        Omit<ReturnType<typeof cells>, "sum">,
        Float64Array,
      ],
    async ([own, queries], options) => fromGrid(own, quiet).evaluate(queries, options),
  );
  const rowsOf = ({ keys: x, values: y }: ReturnType<typeof inputs>) =>
    Array.from(x, (each, i) => ({ x: each, y: y[i] }));
  for (const [name, call] of [
    ["smoothRows", smoothRows],
    ["smooth", async (...given: Parameters<typeof smoothRows>) => Boolean(await smooth(...given))],
  ] as const)
    add(
      name,
      (fresh) => [rowsOf(fresh)],
      ([data], options) => call(data as never, { x: "x", y: "y", points: 5, engine, ...options } as never),
    );
  add(
    "Engine.create",
    () => [[{ dims: 2 }]],
    async ([warm]) => (await Engine.create({ backend: "cpu", workers: 0, warm })).info.backend,
  );
  return calls;
}
