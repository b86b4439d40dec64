/** Bad input: a NadarayaError that says what was given, what was expected and where; nothing is computed. */
import { expect, test } from "vitest";
import { Engine, KernelClassifier, KernelDensity, KernelRegression, type RegressionInput } from "../index.ts";

const engine = await Engine.create({ backend: "cpu" });
const good: RegressionInput = { keys: [1, 2, 3], values: [1, 2, 3], bandwidth: 1 };
const fit = (change: object) => KernelRegression.fit({ ...good, ...change } as RegressionInput, { engine });

test.each<[string, object, string, RegExp]>([
  ["NaN", { keys: [1, NaN, 3] }, "invalid-input", /^keys\[1\] is NaN, expected a finite number$/],
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
  ["text", { keys: [1, "2", 3] }, "invalid-input", /^keys\[1\] is "2", expected a number$/],
  [
    "text in rows",
    { keys: [[1], ["x"], [3]] },
    "invalid-input",
    /^keys\[1\]\[0\] is "x", expected a number$/,
  ],
  ["not an array", { keys: 7 }, "invalid-input", /^keys is 7, expected a Float32Array/],
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
    /^keys have 65 coordinates, expected 1 to 64$/,
  ],
  [
    "17 columns",
    { values: { data: new Float64Array(51), dims: 17 } },
    "unsupported",
    /^values have 17 columns, expected 1 to 16$/,
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
    /^bandwidth "scot" is no rule for regressions; expected scott, silverman, plug-in, loo, kfold, aicc or a number$/,
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

test("every form of points is read alike", async () => {
  const forms = [
    [1, 2, 3],
    new Float64Array([1, 2, 3]),
    new Float32Array([1, 2, 3]),
    [[1], [2], [3]],
    { data: [1, 2, 3], dims: 1 },
  ];
  const means = await Promise.all(
    forms.map(async (keys) => (await (await fit({ keys })).predict([1.25])).mean[0]),
  );
  expect(new Set(means).size).toBe(1);
});

test("an engine's options", async () => {
  await expect(Engine.create({ backend: "cuda" as "cpu" })).rejects.toThrow(
    'backend is "cuda", expected "auto", "webgpu" or "cpu"',
  );
  await expect(Engine.create({ memoryBudget: 10 })).rejects.toThrow(
    /memoryBudget is 10, expected at least 1 MiB/,
  );
});
