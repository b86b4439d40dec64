/** Mistakes of newcomers, with habits of scikit-learn, statsmodels, R and d3: each is an error that names the place, the given value and the expected one. */
// Misspelt on purpose: cspell:ignore bandwith epanechnikof gausian silvermann ndarray
import { describe, expect, test } from "vitest";
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
} from "./index.ts";
import { fromGrid, meansOfSums, mergePartialSums } from "./partials/index.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });
const keys = [0, 1, 2, 3, 4];
const values = [1, 3, 2, 5, 4];
const labels = ["a", "b", "a", "b", "b"];
const rows = keys.map((x) => [x, x * x]);
const good = { keys, values, bandwidth: 1 };
const regression = await KernelRegression.fit(good, { engine });
const plane = await KernelRegression.fit({ keys: rows, values, bandwidth: 1 }, { engine });
const density = await KernelDensity.fit({ keys, bandwidth: 1 }, { engine });
const classifier = await KernelClassifier.fit({ keys, labels, bandwidth: 1 }, { engine });

/** As JavaScript without types calls it. */
// biome-ignore lint/suspicious/noExplicitAny: the table calls what types would refuse
const loose = (value: unknown): any => value;
const fit = (change: object, options: unknown = { engine }) =>
  KernelRegression.fit(loose({ ...good, ...change }), loose(options));
const predict = (queries: unknown, options?: object) => regression.predict(loose(queries), loose(options));

/** Calls with an option of another name. */
const calls: Readonly<Record<string, (options: object) => unknown>> = {
  "KernelRegression.fit": (options) => KernelRegression.fit(loose(options)),
  "KernelDensity.fit": (options) => KernelDensity.fit(loose(options)),
  "KernelClassifier.fit": (options) => KernelClassifier.fit(loose(options)),
  predict: (options) => predict([1], options),
  evaluate: (options) => density.evaluate([1], options),
  bootstrap: (options) => regression.bootstrap([1], options),
  "Engine.create": (options) => Engine.create(options),
  learnBandwidth: (options) => learnBandwidth({ keys, values }, loose(options)),
  attention: (options) => attention(loose(options)),
};

/** Names of other libraries, and ours. */
const synonyms: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "KernelRegression.fit": {
    x: "keys",
    X: "keys",
    y: "values",
    target: "values",
    weights: "sampleWeights",
    sample_weight: "sampleWeights",
    bw: "bandwidth",
    h: "bandwidth",
    sigma: "bandwidth",
    span: "bandwidth",
    n_neighbors: "neighbours",
    neighbors: "neighbours",
    reg_type: "degree",
    order: "degree",
    var_type: "coordinates",
    "na.rm": "missing",
    bandwith: "bandwidth",
  },
  "KernelDensity.fit": { points: "keys", data: "keys", bw_method: "bandwidth" },
  "KernelClassifier.fit": { y: "labels", values: "labels" },
  predict: {
    se: "standardError",
    return_std: "standardError",
    level: "confidence",
    alpha: "confidence",
    algorithm: "method",
  },
  evaluate: { rtol: "tolerance", atol: "absoluteTolerance" },
  bootstrap: { n_boot: "replicates", random_state: "seed" },
  "Engine.create": { n_jobs: "workers" },
  learnBandwidth: { epochs: "steps", lr: "learningRate" },
  attention: { num_heads: "heads", attn_mask: "mask" },
};

/** Values of options of fits, and ours. */
const alternatives: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  kernel: {
    rbf: "gaussian",
    Gaussian: "gaussian",
    gausian: "gaussian",
    normal: "gaussian",
    tophat: "boxcar",
    uniform: "boxcar",
    quartic: "biweight",
    exponential: "laplace",
    epa: "epanechnikov",
    epanechnikof: "epanechnikov",
  },
  bandwidth: { silvermann: "silverman", nrd0: "silverman", cv: "loo" },
  shape: { isotropic: "radial" },
  missing: { omit: "drop" },
  weightType: { count: "frequency" },
};

/** A name, the call, and the parts of the message: the place, the given value, the expected one or the remedy. */
type Mistake = readonly [
  mistake: string,
  call: () => unknown,
  where: string,
  given: string,
  expected: string,
];

const mistakes: Readonly<Record<string, readonly Mistake[]>> = {
  "names of other libraries": Object.entries(synonyms).flatMap(([where, names]) =>
    Object.entries(names).map(
      ([given, meant]): Mistake => [
        given,
        () => calls[where]({ [given]: 1 }),
        where,
        JSON.stringify(given),
        `did you mean "${meant}"?`,
      ],
    ),
  ),
  "words of other libraries": Object.entries(alternatives).flatMap(([option, words]) =>
    Object.entries(words).map(
      ([given, meant]): Mistake => [
        given,
        () => fit({ sampleWeights: values, [option]: given }),
        option,
        JSON.stringify(given),
        `did you mean "${meant}"?`,
      ],
    ),
  ),
  "a name of nothing here": [
    ["theme", () => fit({ theme: "dark" }), "KernelRegression.fit", '"theme"', "expected keys, "],
  ],
  "values of options": [
    [
      "a kernel of nobody",
      () => fit({ kernel: "zzzzzzzz" }),
      "kernel",
      '"zzzzzzzz"',
      "expected one of gaussian, ",
    ],
    [
      "a function",
      () => fit({ kernel: (u: number) => Math.exp(-u) }),
      "kernel",
      "a function",
      "defineKernel",
    ],
    [
      "cv_ls",
      () => KernelDensity.fit(loose({ keys, bandwidth: "cv_ls" }), { engine }),
      "bandwidth",
      '"cv_ls"',
      'did you mean "lscv"?',
    ],
    [
      "SJ",
      () => KernelDensity.fit(loose({ keys, bandwidth: "SJ" }), { engine }),
      "bandwidth",
      '"SJ"',
      'did you mean "sheather-jones"?',
    ],
    ["the text of a slider", () => fit({ bandwidth: "0.5" }), "bandwidth", '"0.5"', "Number("],
    ["a bandwidth of 0", () => fit({ bandwidth: 0 }), "bandwidth", "is 0", "a positive finite number"],
    ["a negative bandwidth", () => fit({ bandwidth: -1 }), "bandwidth", "-1", "a positive finite number"],
    ["a bandwidth null", () => fit({ bandwidth: null }), "bandwidth", "null", "number"],
    ["two bandwidths", () => fit({ bandwidth: [1, 2] }), "bandwidth", "2 numbers", "1 of them"],
    [
      "a bandwidth of text in a list",
      () => fit({ bandwidth: ["1"] }),
      "bandwidth[0]",
      '"1"',
      "a positive finite number",
    ],
    ["degree 3", () => fit({ degree: 3 }), "degree", "3", "0, 1 or 2"],
    ['degree "linear"', () => fit({ degree: "linear" }), "degree", '"linear"', "0, 1 or 2"],
    ["neighbours 0", () => fit({ neighbours: 0 }), "neighbours", "is 0", "from 1"],
    ["more neighbours than keys", () => fit({ neighbours: 9 }), "neighbours", "9", "5"],
    [
      'coordinates "factor"',
      () => fit({ coordinates: ["factor"] }),
      "coordinates",
      "factor",
      'did you mean "li-racine"?',
    ],
    ['method "fft"', () => predict([1], { method: "fft" }), "method", '"fft"', 'did you mean "expand"?'],
    [
      'method "kd_tree"',
      () => predict([1], { method: "kd_tree" }),
      "method",
      '"kd_tree"',
      'did you mean "cull"?',
    ],
    ['empty "raise"', () => predict([1], { empty: "raise" }), "empty", '"raise"', 'did you mean "error"?'],
    ["confidence 95", () => predict([1], { confidence: 95 }), "confidence", "95", "between 0 and 1"],
    ["confidence true", () => predict([1], { confidence: true }), "confidence", "true", "between 0 and 1"],
    ["tolerance 0", () => predict([1], { tolerance: 0 }), "tolerance", "0", "between 0 and 1"],
    ['output "GPU" on the CPU', () => predict([1], { output: "GPU" }), "output", '"GPU"', '"gpu"'],
    [
      'backend "cuda"',
      () => Engine.create(loose({ backend: "cuda" })),
      "backend",
      '"cuda"',
      'did you mean "webgpu"?',
    ],
    ["workers -1", () => Engine.create(loose({ workers: -1 })), "workers", "-1", "whole number"],
    [
      'priors "uniform"',
      () => KernelClassifier.fit(loose({ keys, labels, priors: "uniform" }), { engine }),
      "priors",
      '"uniform"',
      '"equal"',
    ],
    [
      "a controller for its signal",
      () => predict([1], { signal: new AbortController() }),
      "signal",
      "AbortController",
      "an AbortSignal",
    ],
    ["onProgress true", () => predict([1], { onProgress: true }), "onProgress", "true", "a function"],
    [
      "mask true",
      () => attention(loose({ queries: rows, keys: rows, values: rows, mask: true }), { engine }),
      "mask",
      "true",
      '"causal"',
    ],
  ],
  arrays: [
    [
      "keys forgotten",
      () => KernelRegression.fit(loose({ values }), { engine }),
      "keys",
      "undefined",
      "an array",
    ],
    [
      "values forgotten",
      () => KernelRegression.fit(loose({ keys }), { engine }),
      "values",
      "undefined",
      "one row for each key",
    ],
    [
      "labels forgotten",
      () => KernelClassifier.fit(loose({ keys }), { engine }),
      "labels",
      "undefined",
      "one for each key",
    ],
    ["no keys", () => fit({ keys: [], values: [] }), "keys", "empty", "at least one key"],
    ["a number", () => fit({ keys: 7 }), "keys", "is 7", "[7]"],
    ["text", () => fit({ keys: "0,1,2" }), "keys", '"0,1,2"', "array"],
    ["a cell of text", () => fit({ keys: [0, "1", 2, 3, 4] }), "keys[1]", '"1"', "Number("],
    ["a cell null", () => fit({ keys: [0, null, 2, 3, 4] }), "keys[1]", "null", 'missing: "drop"'],
    ["a cell NaN", () => fit({ values: [0, NaN, 2, 3, 4] }), "values[1]", "NaN", 'missing: "drop"'],
    ["a hole", () => fit({ keys: new Array(5) }), "keys[0]", "undefined", 'missing: "drop"'],
    ["Infinity", () => fit({ keys: [0, Infinity, 2, 3, 4] }), "keys[1]", "Infinity", "a finite number"],
    ["dates", () => fit({ keys: keys.map((x) => new Date(x)) }), "keys[0]", "a Date", "getTime()"],
    ["bigints", () => fit({ keys: keys.map(BigInt) }), "keys[0]", "0n", "Number("],
    [
      "bigints that no float64 holds",
      () => fit({ keys: BigInt64Array.from(keys, (x) => 2n ** 60n + BigInt(x)) }),
      "keys[1]",
      "1152921504606846977n",
      "float64",
    ],
    ["booleans", () => fit({ values: [true, false, true, false, true] }), "values[0]", "true", "Number("],
    [
      "rows of objects",
      () => fit({ keys: keys.map((x) => ({ x })) }),
      "keys[0]",
      "an object with x",
      "row.x",
    ],
    ["columns of an object", () => fit({ keys: { a: keys, b: values } }), "keys", "a, b", "rows"],
    ["a promise", () => fit({ keys: Promise.resolve(keys) }), "keys", "Promise", "await"],
    ["a function", () => fit({ keys: () => keys }), "keys", "a function", "returns"],
    ["a Set", () => fit({ keys: new Set(keys) }), "keys", "a Set", "[...it]"],
    ["an iterator", () => fit({ keys: keys.values() }), "keys", "Iterator", "[...it]"],
    ["a Map", () => fit({ keys: new Map([[0, 1]]) }), "keys", "a Map", "[...it]"],
    ["an ArrayBuffer", () => fit({ keys: new ArrayBuffer(8) }), "keys", "an ArrayBuffer", "typed array"],
    [
      "a DataView",
      () => fit({ keys: new DataView(new ArrayBuffer(8)) }),
      "keys",
      "a DataView",
      "typed array",
    ],
    [
      "a vector of Arrow",
      () => fit({ keys: { toArray: () => keys, length: 5 } }),
      "keys",
      "toArray",
      "toArray()",
    ],
    ["a tensor", () => fit({ keys: { arraySync: () => keys } }), "keys", "arraySync", "arraySync()"],
    [
      "an ndarray",
      () => fit({ keys: { data: Float64Array.of(1, 2), shape: [1, 2] } }),
      "keys",
      "data, shape",
      "dims: it.shape[1]",
    ],
    ["a ref of Vue", () => fit({ keys: { value: keys } }), "keys", "value", "its value"],
    ["data without dims", () => fit({ keys: { data: keys } }), "keys", "data", "dims"],
    [
      "data of another multiple",
      () => fit({ keys: { data: keys, dims: 2 } }),
      "keys.data",
      "5 numbers",
      "a multiple of keys.dims, which is 2",
    ],
    ["dims 0", () => fit({ keys: { data: keys, dims: 0 } }), "keys.dims", "0", "a positive integer"],
    ["fewer values than keys", () => fit({ values: [1, 2] }), "values", "2 rows", "expected 5"],
    [
      "ragged rows",
      () => fit({ keys: [[1, 2], [3], [4, 5], [6, 7], [8, 9]] }),
      "keys[1]",
      "a row of 1",
      "a row of 2",
    ],
    [
      "columns for rows",
      () => fit({ keys: [keys, values] }),
      "values",
      "5 rows",
      "one row for each observation",
    ],
    [
      "long columns for rows",
      () => fit({ keys: [new Float64Array(100), new Float64Array(100)] }),
      "keys",
      "100 coordinates",
      "one row for each observation",
    ],
    [
      "values as one row",
      () => fit({ values: [values] }),
      "values",
      "1 row",
      "values are columns, expected rows",
    ],
    [
      "a weight of 0",
      () => fit({ sampleWeights: [1, 0, 1, 1, 1] }),
      "sampleWeights[1]",
      "is 0",
      "a positive number",
    ],
    ["one weight for all", () => fit({ sampleWeights: 2 }), "sampleWeights", "is 2", "array"],
    [
      "a label null",
      () => KernelClassifier.fit(loose({ keys, labels: ["a", null, "a", "a", "a"] }), { engine }),
      "labels[1]",
      "null",
      "a label",
    ],
    [
      "fewer labels",
      () => KernelClassifier.fit(loose({ keys, labels: ["a"] }), { engine }),
      "labels",
      "1",
      "5",
    ],
  ],
  calls: [
    [
      "new KernelRegression",
      () => new (loose(KernelRegression))({ bandwidth: 1 }),
      "KernelRegression",
      "new",
      "KernelRegression.fit(",
    ],
    ["new Engine", () => new (loose(Engine))(), "Engine", "new", "Engine.create()"],
    [
      "fit(X, y)",
      () => KernelRegression.fit(loose(keys), loose(values)),
      "KernelRegression.fit",
      "an array of length 5",
      "{ keys, ",
    ],
    ["fit()", () => loose(KernelRegression).fit(), "KernelRegression.fit", "undefined", "an object"],
    ["an engine for its options", () => fit({}, engine), "KernelRegression.fit", "an Engine", "{ engine }"],
    [
      "an engine in the first argument",
      () => fit({ engine }),
      "KernelRegression.fit",
      '"engine"',
      "the second argument",
    ],
    [
      "an engine not awaited",
      () => fit({}, { engine: Engine.create({ backend: "cpu" }) }),
      "engine",
      "a Promise",
      "await",
    ],
    ["an engine's name", () => fit({}, { engine: "cpu" }), "engine", '"cpu"', "Engine.create("],
    [
      "a bandwidth in the second argument",
      () => fit({}, { engine, bandwidth: 1 }),
      "KernelRegression.fit",
      '"bandwidth"',
      "the first argument",
    ],
    ["one query, not in an array", () => predict(1.5), "queries", "1.5", "[1.5]"],
    ["predict()", () => predict(undefined), "queries", "undefined", "array"],
    [
      "one query of two coordinates, flat",
      () => plane.predict([1, 2]),
      "queries",
      "1 coordinate",
      "[[1, 2]]",
    ],
    ["many queries, flat", () => plane.predict([1, 2, 3]), "queries", "1 coordinate", "[[x, y], …]"],
    [
      "queries in columns",
      () =>
        plane.predict([
          [1, 2, 3],
          [1, 2, 3],
        ]),
      "queries",
      "3 coordinates",
      "one row for each query",
    ],
    ["queries of more coordinates", () => predict([[1, 2]]), "queries", "2 coordinates", "a flat array"],
    ["confidence as the second argument", () => predict([1], loose(0.95)), "predict", "0.95", "an object"],
    [
      "add without values",
      () => regression.add([5], loose(undefined)),
      "values",
      "undefined",
      "one row for each key",
    ],
    ["add without labels", () => classifier.add([5], loose(undefined)), "labels", "undefined", "array"],
    [
      "topWeights without a number",
      () => regression.topWeights([1], loose(undefined)),
      "count",
      "undefined",
      "whole number",
    ],
    ["topWeights of 0", () => regression.topWeights([1], 0), "count", "0", "whole number"],
    ["quantiles of one number", () => regression.quantiles([1], loose(0.5)), "probabilities", "0.5", "[0.5]"],
    ["quantiles of percents", () => regression.quantiles([1], [50]), "probabilities[0]", "50", "from 0 to 1"],
    ["remove of one number", () => regression.remove(loose(0)), "indices", "is 0", "[0]"],
    ["remove of a key beyond", () => regression.remove([9]), "indices[0]", "9", "from 0 to 4"],
    ["load of a promise", () => KernelRegression.load(loose(Promise.resolve())), "", "a Promise", "await"],
    [
      "load of an ArrayBuffer",
      () => KernelRegression.load(loose(new ArrayBuffer(8))),
      "",
      "an ArrayBuffer",
      "Uint8Array",
    ],
    ["load of JSON", () => KernelRegression.load(loose("{}")), "", '"{}"', "Uint8Array"],
    [
      "load of another class",
      async () => KernelDensity.load(await regression.save(), { engine }),
      "",
      "KernelRegression",
      "KernelDensity",
    ],
    ["score without labels", () => classifier.score([1], loose(undefined)), "labels", "undefined", "array"],
    [
      "a GPU's output of an engine on the CPU",
      () => predict([1], { output: "gpu" }),
      "output",
      "CPU",
      "WebGPU",
    ],
    [
      "bootstrap of few replicates",
      () => regression.bootstrap([1], { replicates: 1 }),
      "replicates",
      "1",
      "whole number",
    ],
    [
      "attention with no values",
      () => attention(loose({ queries: rows, keys: rows }), { engine }),
      "values",
      "undefined",
      "array",
    ],
    [
      "heads that do not divide",
      () => attention(loose({ queries: rows, keys: rows, values: rows, heads: 3 }), { engine }),
      "heads",
      "3",
      "2",
    ],
    [
      "defineKernel without a name",
      () => defineKernel(loose({ alpha: () => 1, wgsl: "V(1.0)" })),
      "name",
      "undefined",
      "expected",
    ],
    [
      "defineKernel without WGSL",
      () => defineKernel(loose({ name: "flat", alpha: () => 1 })),
      "wgsl",
      "undefined",
      "expected",
    ],
    [
      "no anchors",
      () => relativeRepresentation(loose({ points: rows, count: 1 }), { engine }),
      "anchors",
      "undefined",
      "array",
    ],
    [
      "learnBandwidth(X, y)",
      () => learnBandwidth(loose(keys), loose(values)),
      "learnBandwidth",
      "an array of length 5",
      "{ keys, ",
    ],
    ["cells without x", () => fromGrid(loose({ weight: [1] }), { bandwidth: 1 }), "x", "undefined", "array"],
    ["sums of no shard", () => mergePartialSums([]), "", "", "expected"],
    ["means of sums not awaited", () => meansOfSums(loose(regression.partial([1]))), "", "Promise", "await"],
  ],
};

const failureOf = async (call: () => unknown): Promise<unknown> => {
  try {
    await call();
    return undefined;
  } catch (error) {
    return error;
  }
};

describe.each(Object.entries(mistakes))("%s", (_, table) => {
  test.each(table)("%s", async (_, call, ...parts) => {
    const error = await failureOf(call);
    expect(error).toBeInstanceOf(NadarayaError);
    for (const part of parts) expect((error as NadarayaError).message).toContain(part);
  });
});

test("there are a hundred and more", () => {
  expect(Object.values(mistakes).flat().length).toBeGreaterThanOrEqual(100);
});
