/**
 * Every public function with anything for any of its arguments: an answer or a NadarayaError, and nothing else. Saved models and
 * addresses with changed bytes. More of them: `NADARAYA_FUZZ_RUNS=100000 NADARAYA_FUZZ_SEED=1 npx vitest run src/fuzz.test.ts`.
 */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { readHash as readExplorerHash, writeHash as writeExplorerHash } from "../demo/explore/state.ts";
import { readHash, writeHash } from "../demo/state.ts";
import {
  attention,
  defineKernel,
  Engine,
  KernelClassifier,
  KernelDensity,
  KernelRegression,
  learnBandwidth,
  NadarayaError,
  relativeRepresentation,
  relativeSimilarity,
} from "./index.ts";
import { numbersOf, readCsv, writeCsv, writeJson } from "./io/index.ts";
import {
  decodePartial,
  densitiesOfSums,
  encodePartial,
  fromGrid,
  gridQuery,
  logWeightsOfSums,
  meansOfSums,
  mergePartialSums,
} from "./partials/index.ts";
import { smoothRows } from "./plot.ts";
import { anything } from "./testing/anything.ts";
import { always } from "./testing/property.ts";

const RUNS = Number(process.env.NADARAYA_FUZZ_RUNS ?? 400);

const engine = await Engine.create({ backend: "cpu", workers: 0 });
afterAll(() => engine.dispose());

const rows = { keys: [0, 1, 2, 3, 4, 5, 6, 7], values: [1, 3, 2, 5, 4, 6, 8, 7], bandwidth: 1.5 };
const labelled = { keys: rows.keys, labels: ["a", "b", "a", "b", "c", "c", "a", "b"], bandwidth: 1.5 };
const table = { names: ["x", "t"], columns: { x: Float64Array.of(1, 2), t: ["a", "b"] }, rows: 2, dates: [] };
const fitted = () => KernelRegression.fit(rows, { engine });
type Call = readonly [(...given: never[]) => unknown, readonly unknown[]];

/** Every public function with arguments that it takes. Options of an engine are left out of the fit's: a wrong one has tests of its own. */
const calls = async (): Promise<Record<string, Call>> => {
  const model = await fitted();
  const linear = await KernelRegression.fit({ ...rows, degree: 1 }, { engine });
  const classifier = await KernelClassifier.fit(labelled, { engine });
  const density = await KernelDensity.fit({ keys: rows.keys, bandwidth: 1 }, { engine });
  const sums = await model.partial([1, 2], { errors: true });
  const grid = fromGrid({ x: [0, 1, 2], weight: [1, 2, 1], sum: [1, 2, 1] }, { bandwidth: 3, engine });
  const relative = await relativeRepresentation(
    {
      points: [
        [1, 0],
        [0, 1],
      ],
      anchors: [
        [1, 1],
        [1, 0],
      ],
      count: 1,
    } as never,
    { engine },
  ).catch(() => undefined);
  const of = (on: object, name: string): ((...given: never[]) => unknown) =>
    (on as Record<string, (...given: never[]) => unknown>)[name].bind(on);
  const fit = (input: unknown, options: object = {}) =>
    KernelRegression.fit(input as never, { engine, ...options });
  return {
    "KernelRegression.fit": [
      fit,
      [
        {
          ...rows,
          degree: 0,
          kernel: "gaussian",
          shape: "radial",
          sampleWeights: rows.values,
          weightType: "importance",
          missing: "error",
          adaptive: false,
          neighbours: undefined,
          coordinates: ["continuous"],
        },
        { onWarning: () => {} },
      ],
    ],
    "KernelRegression.fit by a rule": [
      fit,
      [{ keys: rows.keys, values: rows.values, bandwidth: "loo" }, { onWarning: () => {} }],
    ],
    predict: [
      of(model, "predict"),
      [
        [1, 2],
        {
          method: "auto",
          tolerance: 1e-6,
          standardError: true,
          confidence: 0.9,
          gradient: true,
          empty: "nan",
          output: "array",
        },
      ],
    ],
    "predict, degree 1": [of(linear, "predict"), [[1, 2], { standardError: true, gradient: true }]],
    weights: [of(model, "weights"), [[1, 2], {}]],
    topWeights: [of(model, "topWeights"), [[1, 2], 2, {}]],
    weightStatistics: [of(model, "weightStatistics"), [[1, 2], {}]],
    quantiles: [of(model, "quantiles"), [[1, 2], [0.1, 0.5], {}]],
    distribution: [of(model, "distribution"), [[1, 2], [1, 4], {}]],
    conditionalDensity: [of(model, "conditionalDensity"), [[1, 2], [1, 4], {}]],
    diagnostics: [of(model, "diagnostics"), [{}]],
    bootstrap: [of(model, "bootstrap"), [[1, 2], { replicates: 20, confidence: 0.9, seed: 1 }]],
    partial: [
      of(model, "partial"),
      [
        [1, 2],
        {
          x: ["x"],
          y: ["y"],
          dates: ["x"],
          errors: true,
          id: "a",
          name: "b",
          tolerance: 1e-3,
          method: "auto",
        },
      ],
    ],
    "density partial": [of(density, "partial"), [[1, 2], { x: ["x"], dates: ["x"], id: "a", name: "b" }]],
    mergePartialSums: [mergePartialSums, [[sums], ["a"]]],
    meansOfSums: [meansOfSums, [sums, { confidence: 0.9 }]],
    densitiesOfSums: [densitiesOfSums, [sums]],
    logWeightsOfSums: [logWeightsOfSums, [sums]],
    encodePartial: [encodePartial, [sums]],
    decodePartial: [decodePartial, [await encodePartial(sums)]],
    fromGrid: [
      fromGrid,
      [
        { x: [0, 1, 2], weight: [1, 2, 1], sum: [1, 2, 1], squares: [1, 2, 1] },
        { bandwidth: 3, kernel: "gaussian", shape: "radial", onWarning: () => {} },
      ],
    ],
    "grid predict": [of(grid, "predict"), [[1, 2], { tolerance: 1e-3 }]],
    "grid partial": [of(grid, "partial"), [[1, 2], { tolerance: 1e-3 }]],
    "grid evaluate": [of(grid, "evaluate"), [[1, 2], { tolerance: 1e-3 }]],
    gridQuery: [
      gridQuery,
      [{ table: "t", x: [{ column: "a", spacing: 1, origin: 0 }], y: "b", weight: "c" }],
    ],
    add: [
      async (...given: never[]) => (await fitted()).add(...(given as never as [never, never])),
      [[1], [2]],
    ],
    remove: [async (given: never) => (await fitted()).remove(given), [[1]]],
    "KernelRegression.load": [(bytes: never) => KernelRegression.load(bytes, { engine }), [model.save()]],
    "KernelClassifier.fit": [
      (input: never) => KernelClassifier.fit(input, { engine, onWarning: () => {} }),
      [{ ...labelled, priors: "shares", kernel: "gaussian" }],
    ],
    "classifier predict": [of(classifier, "predict"), [[1, 2], { empty: "nan" }]],
    score: [of(classifier, "score"), [[1, 2], ["a", "b"], {}]],
    "KernelClassifier.load": [
      (bytes: never) => KernelClassifier.load(bytes, { engine }),
      [classifier.save()],
    ],
    "KernelDensity.fit": [
      (input: never) => KernelDensity.fit(input, { engine, onWarning: () => {} }),
      [{ keys: rows.keys, bandwidth: "scott", kernel: "gaussian", sampleWeights: rows.values }],
    ],
    evaluate: [of(density, "evaluate"), [[1, 2], { tolerance: 1e-3 }]],
    "KernelDensity.load": [(bytes: never) => KernelDensity.load(bytes, { engine }), [density.save()]],
    attention: [
      (input: never) => attention(input, { engine }),
      [
        {
          queries: [[1, 2]],
          keys: [
            [1, 0],
            [0, 1],
          ],
          values: [[1], [2]],
          heads: 1,
          temperature: 1,
          mask: undefined,
        },
      ],
    ],
    learnBandwidth: [
      (input: never, options: never) => learnBandwidth(input, { ...(options as object), engine, steps: 2 }),
      [
        { keys: rows.keys, values: rows.values, bandwidth: 1, missing: "error" },
        { optimizer: "adam", learningRate: 0.1, batch: 4, leaveOneOut: true, metric: "diagonal", seed: 1 },
      ],
    ],
    relativeRepresentation: [
      (input: never) => relativeRepresentation(input, { engine }),
      [
        {
          points: [
            [1, 0],
            [0, 1],
          ],
          anchors: [
            [1, 1],
            [1, 0],
          ],
          count: 1,
          power: 1,
        },
      ],
    ],
    relativeSimilarity: [relativeSimilarity, [relative, relative]],
    defineKernel: [
      defineKernel,
      [{ name: "mine", alpha: () => 1, wgsl: "x", argument: "distance", compact: false }],
    ],
    "Engine.create": [
      async (options: never) => (await Engine.create({ ...(options as object), backend: "cpu" })).dispose(),
      [{ memoryBudget: 2 ** 21, workers: 0, powerPreference: "low-power", onDeviceLost: () => {} }],
    ],
    selfTest: [
      (options: never) =>
        engine.selfTest({
          ...(options as object),
          signal: AbortSignal.abort(new NadarayaError("disposed", "")),
        }),
      [{}],
    ],
    smoothRows: [
      smoothRows,
      [
        [
          { x: 1, y: 2 },
          { x: 2, y: 1 },
          { x: 3, y: 5 },
        ],
        { x: "x", y: "y", points: 4, confidence: 0.9, engine, bandwidth: 1, degree: 0 },
      ],
    ],
    readCsv: [readCsv, ["a,b\n1,2\n3,4\n", { name: "a", delimiter: ",", decimal: "." }]],
    writeCsv: [writeCsv, [table]],
    writeJson: [writeJson, [table]],
    numbersOf: [numbersOf, [table, ["x"]]],
  };
};

/** One argument, or one field of one argument, replaced. */
interface Change {
  readonly argument: number;
  readonly field: number;
  readonly whole: boolean;
  readonly value: unknown;
}
const change: fc.Arbitrary<Change> = fc.record({
  argument: fc.nat(3),
  field: fc.nat(11),
  whole: fc.boolean(),
  value: anything,
});

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;

function changed(given: readonly unknown[], { argument, field, whole, value }: Change): unknown[] {
  const next = [...given];
  const at = argument % next.length;
  const old = next[at];
  if (isPlain(old) && !whole && Object.keys(old).length > 0) {
    const names = Object.keys(old).filter((name) => name !== "engine");
    next[at] = { ...old, [names[field % names.length]]: value };
  } else next[at] = value;
  return next;
}

/** Of saved models, and of addresses. */
const OTHERS = 2;

describe("every public function", async () => {
  const all = await calls();

  test("docs/reliability.md has the inputs of a run, and the number of these tests", () => {
    const text = readFileSync(new URL("../docs/reliability.md", import.meta.url), "utf8");
    const row =
      /\| fuzz: anything.*?(\d+) of today's (\d+) tests × ([\d,]+) = ([\d,]+) inputs.*?NADARAYA_FUZZ_RUNS=(\d+)/;
    const numbers = row
      .exec(text)!
      .slice(1)
      .map((digits) => Number(digits.replaceAll(",", "")));
    const [tests, today, runs, inputs, repeated] = numbers;
    expect([inputs, repeated]).toEqual([tests * runs, runs]);
    expect(today).toBe(Object.keys(all).length + OTHERS);
  });

  test.each(Object.keys(all))("%s answers, or throws a NadarayaError", async (name) => {
    const [call, given] = all[name];
    if (name !== "selfTest") await call(...(given as never[])); // what is changed below is right as it stands
    await always(fc.array(change, { minLength: 1, maxLength: 2 }), { runs: RUNS }, async (changes) => {
      const arguments_ = changes.reduce((before, each) => changed(before, each), [...given] as unknown[]);
      const slow = setTimeout(
        () => console.error(`${name} takes long with`, fc.stringify(arguments_)),
        20_000,
      );
      try {
        await call(...(arguments_ as never[]));
      } catch (error) {
        if (!(error instanceof NadarayaError) && (error as Error)?.name !== "AbortError") {
          throw new Error(`${name}: ${(error as Error)?.stack ?? String(error)}`);
        }
      } finally {
        clearTimeout(slow);
      }
    });
  });
});

test("saved models with changed, missing and added bytes load, or are refused", async () => {
  const models = [
    [KernelRegression, (await fitted()).save()],
    [KernelClassifier, (await KernelClassifier.fit(labelled, { engine })).save()],
    [KernelDensity, (await KernelDensity.fit({ keys: rows.keys, bandwidth: 1 }, { engine })).save()],
  ] as const;
  const mutation = fc.record({
    model: fc.nat(2),
    edits: fc.array(fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), byte: fc.nat(255) }), {
      maxLength: 6,
    }),
    cut: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
    tail: fc.nat(20),
  });
  let loaded = 0;
  await always(mutation, { runs: RUNS }, async ({ model, edits, cut, tail }) => {
    const [kind, saved] = models[model];
    const bytes = new Uint8Array(Math.floor(saved.length * (cut ?? 1)) + (cut === null ? 0 : tail));
    bytes.set(saved.subarray(0, bytes.length));
    for (const { at, byte } of edits) bytes[Math.floor(at * (bytes.length - 1))] = byte;
    try {
      const found = await kind.load(bytes, { engine, onWarning: () => {} });
      loaded++;
      found.dispose();
    } catch (error) {
      if (!(error instanceof NadarayaError)) throw error;
    }
  });
  expect(loaded).toBeGreaterThan(0);
});

test("addresses of the pages, however they are changed, are states that can be written again", async () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "sigma=",
      "query=1",
      "&",
      "=",
      "%",
      "%zz",
      "#",
      "n=1e999",
      "kernel=",
      "rideKernel=constructor",
      "example=motorcycle",
      "x=",
      "width=-1",
      "from=NaN",
      "degree=7",
      "__proto__=1",
      "million=1e6",
    ),
    fc.string({ unit: "binary", maxLength: 6 }),
  );
  await always(fc.array(piece, { maxLength: 12 }), { runs: RUNS }, async (pieces) => {
    const hash = pieces.join("");
    const state = readHash(hash);
    expect(readHash(writeHash(state))).toEqual(state);
    const explorer = readExplorerHash(hash, ["motorcycle"]);
    expect(readExplorerHash(writeExplorerHash(explorer), ["motorcycle"])).toEqual(explorer);
  });
});
