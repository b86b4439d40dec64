/** Bad input: a NadarayaError that says what was given, what was expected and where; nothing is computed. */
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import {
  Engine,
  KernelClassifier,
  KernelDensity,
  KernelRegression,
  type Points,
  type RegressionInput,
} from "../index.ts";

const engine = await Engine.create({ backend: "cpu" });
const good: RegressionInput = { keys: [1, 2, 3], values: [1, 2, 3], bandwidth: 1 };
const fit = (change: object) => KernelRegression.fit({ ...good, ...change } as RegressionInput, { engine });

test.each<[string, object, string, RegExp]>([
  [
    "NaN",
    { keys: [1, NaN, 3] },
    "invalid-input",
    /^keys\[1\] is NaN, expected a finite number; missing: "drop" leaves out such rows$/,
  ],
  [
    "Infinity in rows",
    {
      keys: [
        [1, 2],
        [3, Infinity],
        [5, 6],
      ],
    },
    "invalid-input",
    /^keys\[1\]\[1\] is Infinity/,
  ],
  ["NaN values", { values: new Float32Array([1, 2, NaN]) }, "invalid-input", /^values\[2\] is NaN/],
  ["lengths", { values: [1, 2] }, "invalid-input", /^values has 2 rows, expected 3, one for each key$/],
  [
    "ragged rows",
    { keys: [[1, 2], [3], [4, 5]] },
    "invalid-input",
    /^keys\[1\] is a row of 1 numbers, expected a row of 2 as keys\[0\] is$/,
  ],
  [
    "a row that is a number",
    { keys: [[1, 2], 3, [4, 5]] },
    "invalid-input",
    /^keys\[1\] is 3, expected a row of 2/,
  ],
  [
    "text",
    { keys: [1, "2", 3] },
    "invalid-input",
    /^keys\[1\] is "2", expected a number; convert it by Number\(…\)$/,
  ],
  [
    "text in rows",
    { keys: [[1], ["x"], [3]] },
    "invalid-input",
    /^keys\[1\]\[0\] is "x", expected a number$/,
  ],
  [
    "not an array",
    { keys: 7 },
    "invalid-input",
    /^keys is 7, expected an array or a typed array of numbers, .*; write \[7\] for one$/,
  ],
  ["missing keys", { keys: undefined }, "invalid-input", /^keys is undefined, expected/],
  ["no keys", { keys: [] }, "invalid-input", /^keys is empty, expected at least one key$/],
  [
    "data and dims",
    { keys: { data: [1, 2, 3], dims: 2 } },
    "invalid-input",
    /^keys.data has 3 numbers, expected a multiple of keys.dims, which is 2$/,
  ],
  [
    "dims",
    { keys: { data: [1, 2], dims: 0 } },
    "invalid-input",
    /^keys.dims is 0, expected a positive integer$/,
  ],
  [
    "65 coordinates",
    { keys: { data: new Float64Array(195), dims: 65 } },
    "unsupported",
    /^keys have 65 coordinates, expected 1 to 64; give one row for each observation$/,
  ],
  [
    "17 columns",
    { values: { data: new Float64Array(51), dims: 17 } },
    "unsupported",
    /^values have 17 columns, expected 1 to 16; give one row for each observation$/,
  ],
  [
    "bandwidth 0",
    { bandwidth: 0 },
    "invalid-bandwidth",
    /^bandwidth is 0, expected a positive finite number$/,
  ],
  ["bandwidth −1", { bandwidth: [-1] }, "invalid-bandwidth", /^bandwidth\[0\] is -1, expected a positive/],
  ["bandwidth NaN", { bandwidth: NaN }, "invalid-bandwidth", /^bandwidth is NaN/],
  [
    "bandwidth's length",
    { bandwidth: [1, 2] },
    "invalid-bandwidth",
    /^bandwidth has 2 numbers, expected a number or 1 of them/,
  ],
  [
    "a rule",
    { bandwidth: "scot" },
    "invalid-bandwidth",
    /^bandwidth "scot" is no rule for regressions; expected scott, silverman, plug-in, loo, kfold, aicc or a number; did you mean "scott"\?$/,
  ],
  ["keys without spread", { keys: [2, 2, 2], bandwidth: "scott" }, "invalid-bandwidth", /no spread/],
  [
    "a kernel",
    { kernel: "gauss" },
    "invalid-kernel",
    /^kernel "gauss" is not known; expected one of gaussian, /,
  ],
  ["a shape", { shape: "square" }, "invalid-input", /^shape is "square", expected "radial" or "product"$/],
  [
    "the sphere",
    {
      keys: [
        [1, 0],
        [0, 2],
        [0, 1],
      ],
      kernel: "von-mises-fisher",
    },
    "invalid-input",
    /^keys\[1\] has length 2, expected a unit vector/,
  ],
])("%s", async (_, change, code, message) => {
  await expect(fit(change)).rejects.toMatchObject({
    name: "NadarayaError",
    code,
    message: expect.stringMatching(message),
  });
});

test("queries", async () => {
  const model = await fit({});
  await expect(model.predict([1, NaN])).rejects.toThrow("queries[1] is NaN, expected a finite number");
  await expect(model.predict([[1, 2]])).rejects.toThrow(
    "queries have 2 coordinates, expected 1 as the keys have",
  );
  await expect(model.predict([1], { method: "fft" as "dense" })).rejects.toThrow(
    'method is "fft", expected "auto", "dense", "cull", "expand"',
  );
  await expect(model.predict([1], { tolerance: 0 })).rejects.toThrow(
    "tolerance is 0, expected a number between 0 and 1",
  );
  await expect(model.predict([1], { empty: "zero" as "nan" })).rejects.toThrow(
    'empty is "zero", expected nan, nearest, mean, error',
  );
});

test("no queries: an empty result, not an error", async () => {
  const model = await fit({});
  expect((await model.predict([])).mean).toEqual(new Float64Array(0));
  expect(await model.weights([])).toEqual({ data: new Float32Array(0), rows: 3, columns: 0 });
  const classifier = await KernelClassifier.fit(
    { keys: [1, 2], labels: ["a", "b"], bandwidth: 1 },
    { engine },
  );
  expect((await classifier.predict([])).labels).toEqual([]);
  expect(
    (await (await KernelDensity.fit({ keys: [1, 2], bandwidth: 1 }, { engine })).evaluate([])).density.length,
  ).toBe(0);
});

test("labels", async () => {
  const input = { keys: [1, 2], bandwidth: 1 };
  await expect(KernelClassifier.fit({ ...input, labels: ["a"] }, { engine })).rejects.toThrow(
    "labels has 1 entries, expected 2",
  );
  await expect(KernelClassifier.fit({ ...input, labels: ["a", null] }, { engine })).rejects.toThrow(
    "labels[1] is null, expected a label",
  );
});

/** All of numbers that this runtime has; Node 20 has no Float16Array. */
const typedArrays = [
  ..."Int8 Uint8 Uint8Clamped Int16 Uint16 Int32 Uint32 Float16 Float32 Float64".split(" "),
].flatMap((kind) => Reflect.get(globalThis, `${kind}Array`) ?? []) as { from(list: number[]): Points }[];

test("every form of points is read alike", async () => {
  const forms = [
    [1, 2, 3],
    new Float64Array([1, 2, 3]),
    new Float32Array([1, 2, 3]),
    [[1], [2], [3]],
    { data: [1, 2, 3], dims: 1 },
    ...typedArrays.map((TypedArray) => TypedArray.from([1, 2, 3])),
    BigInt64Array.of(1n, 2n, 3n),
    BigUint64Array.of(1n, 2n, 3n),
    [Float32Array.of(1), [2], Uint8Array.of(3)],
    { data: Int16Array.of(1, 2, 3), dims: 1 },
    runInNewContext("Float64Array.of(1, 2, 3)"),
    runInNewContext("[1, 2, 3].map((x) => Float32Array.of(x))"),
    new Proxy([1, 2, 3], {}),
  ];
  const means = await Promise.all(
    forms.map(async (keys) => (await (await fit({ keys })).predict([1.25])).mean[0]),
  );
  expect(new Set(means).size).toBe(1);
});

test("weights, bandwidths, labels and saved models of every typed array, of any realm", async () => {
  const plain = await fit({ sampleWeights: [1, 2, 1], bandwidth: [2] });
  const { mean } = await plain.predict([1.25]);
  const bytes = await plain.save();
  const foreign = runInNewContext("Uint8Array").from(bytes) as Uint8Array;
  for (const model of [
    await fit({ sampleWeights: Uint8Array.of(1, 2, 1), bandwidth: Int32Array.of(2) }),
    await fit({ sampleWeights: BigInt64Array.of(1n, 2n, 1n), bandwidth: BigUint64Array.of(2n) }),
    await fit({ sampleWeights: runInNewContext("Float32Array.of(1, 2, 1)"), bandwidth: [2] }),
    await KernelRegression.load(foreign, { engine }),
  ])
    expect((await model.predict([1.25])).mean).toEqual(mean);
  const codes = runInNewContext("Uint8Array.of(1, 2, 2)");
  const classifier = await KernelClassifier.fit({ keys: [1, 2, 3], labels: codes, bandwidth: 1 }, { engine });
  expect(classifier.classes).toEqual([1, 2]);
});

test("a proxy of a typed array is no GPU buffer", async () => {
  const proxy = new Proxy(Float64Array.of(1, 2, 3), {});
  await expect(fit({ keys: proxy })).rejects.toThrow(/^keys is .*expected an array or a typed array/);
});

test("an engine's options", async () => {
  await expect(Engine.create({ backend: "cuda" as "cpu" })).rejects.toThrow(
    'backend is "cuda", expected "auto", "webgpu" or "cpu"',
  );
  await expect(Engine.create({ memoryBudget: 10 })).rejects.toThrow(
    /memoryBudget is 10, expected at least 1 MiB/,
  );
});
