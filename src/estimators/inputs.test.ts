/** What callers get wrong is named; what they do with their arrays afterwards changes nothing. */
// Misspelt on purpose: cspell:ignore bandwith compakt
import { expect, test } from "vitest";
import {
  attention,
  defineKernel,
  Engine,
  KernelClassifier,
  KernelDensity,
  KernelRegression,
  learnBandwidth,
  relativeRepresentation,
} from "../index.ts";
import { kernels } from "../kernels/builtin.ts";
import { draw } from "../testing/random.ts";

const engine = await Engine.create({ backend: "cpu" });
const keys = [0, 1, 2, 3, 4];
const values = [1, 3, 2, 5, 4];
const input = { keys, values, bandwidth: 1 };
const regression = await KernelRegression.fit(input, { engine });
const classifier = await KernelClassifier.fit(
  { keys, labels: ["a", "b", "a", "b", "b"], bandwidth: 1 },
  { engine },
);
const density = await KernelDensity.fit({ keys, bandwidth: 1 }, { engine });

/** As a caller without types would. */
const untyped = <T>(options: object) => options as T;

test.each<[string, () => Promise<unknown> | unknown, string]>([
  [
    "fit, misspelt",
    () => KernelRegression.fit(untyped({ ...input, bandwith: 0.1 }), { engine }),
    'no option "bandwith"; did you mean "bandwidth"?',
  ],
  [
    "fit, wrong argument",
    () => KernelRegression.fit(untyped({ ...input, engine })),
    '"engine"; it belongs to the second argument',
  ],
  [
    "fit, wrong argument",
    () => KernelRegression.fit(input, untyped({ engine, bandwidth: 1 })),
    '"bandwidth"; it belongs to the first argument',
  ],
  [
    "fit, of another class",
    () => KernelDensity.fit(untyped({ keys, values, bandwidth: 1 }), { engine }),
    'KernelDensity.fit has no option "values"',
  ],
  [
    "fit, of another class",
    () => KernelClassifier.fit<number>(untyped({ keys, labels: keys, degree: 1 }), { engine }),
    'KernelClassifier.fit has no option "degree"',
  ],
  [
    "fit, no object",
    () => KernelRegression.fit(untyped<typeof input>([1, 2]), { engine }),
    "was given an array of length 2",
  ],
  [
    "predict",
    () => regression.predict([1], untyped({ standarderror: true })),
    'did you mean "standardError"?',
  ],
  ["predict", () => classifier.predict([1], untyped({ gradient: true })), 'no option "gradient"'],
  ["evaluate", () => density.evaluate([1], untyped({ tolerence: 1e-3 })), 'did you mean "tolerance"?'],
  ["score", () => classifier.score([1], ["a"], untyped({ empty: "nan" })), 'no option "empty"'],
  ["weights", () => regression.weights([1], untyped({ method: "dense" })), 'weights has no option "method"'],
  [
    "topWeights",
    () => regression.topWeights([1], 1, untyped({ x: 1 })),
    'no option "x"; expected signal, onProgress',
  ],
  ["weightStatistics", () => regression.weightStatistics([1], untyped({ x: 1 })), 'no option "x"'],
  ["quantiles", () => regression.quantiles([1], [0.5], untyped({ x: 1 })), 'no option "x"'],
  ["distribution", () => regression.distribution([1], [1], untyped({ x: 1 })), 'no option "x"'],
  [
    "conditionalDensity",
    () => regression.conditionalDensity([1], [1], untyped({ width: 1 })),
    'no option "width"',
  ],
  ["bootstrap", () => regression.bootstrap([1], untyped({ replicate: 30 })), 'did you mean "replicates"?'],
  ["diagnostics", () => regression.diagnostics(untyped({ x: 1 })), 'no option "x"'],
  [
    "partial",
    () => regression.partial([1], untyped({ error: 1 })),
    'no option "error"; did you mean "errors"?',
  ],
  ["Engine.create", () => Engine.create(untyped({ backends: "cpu" })), 'did you mean "backend"?'],
  [
    "learnBandwidth",
    () => learnBandwidth(untyped({ ...input, steps: 3 }), { engine }),
    '"steps"; it belongs to the second argument',
  ],
  [
    "learnBandwidth",
    () => learnBandwidth({ keys, values }, untyped({ engine, step: 3 })),
    'did you mean "steps"?',
  ],
  [
    "attention",
    () => attention(untyped({ keys, values, queries: keys, head: 1 }), { engine }),
    'did you mean "heads"?',
  ],
  [
    "relativeRepresentation",
    () => relativeRepresentation(untyped({ anchors: [[1]], points: [[1]], counts: 1 }), { engine }),
    'did you mean "count"?',
  ],
  [
    "defineKernel",
    () => defineKernel(untyped({ name: "x", alpha: () => 1, wgsl: "V(1.0)", compakt: true })),
    'did you mean "compact"?',
  ],
])("%s refuses options that it does not know (%#)", async (_, call, message) => {
  await expect((async () => call())()).rejects.toThrow(message);
  await expect((async () => call())()).rejects.toMatchObject({ code: "invalid-input" });
});

test("a kernel may not take the name of ours, and is told apart by identity", async () => {
  expect(() =>
    defineKernel({ name: "gaussian", alpha: (u) => Math.exp(-u), wgsl: "exp2(-1.4426950408889634 * x)" }),
  ).toThrow('name is "gaussian", expected one that no kernel of the library has');
  const laplace = defineKernel({
    name: "mine",
    alpha: (u) => Math.exp(-u),
    wgsl: "exp2(-1.4426950408889634 * x)",
  });
  const disguised = { ...laplace, name: "gaussian" };
  const own = await KernelRegression.fit({ ...input, kernel: disguised }, { engine });
  const expected = await KernelRegression.fit({ ...input, kernel: "laplace" }, { engine });
  for (const method of ["dense", "cull", "auto"] as const)
    expect((await own.predict([1.3], { method })).mean[0]).toBeCloseTo(
      (await expected.predict([1.3])).mean[0],
      9,
    );
  await expect(own.predict([1.3], { method: "expand" })).rejects.toMatchObject({ code: "unsupported" });
  await expect(
    KernelRegression.fit({ ...input, kernel: { name: "x", alpha: () => 1 } as never }, { engine }),
  ).rejects.toMatchObject({ code: "invalid-kernel" });
  expect(kernels.get("gaussian")!.alpha(1)).toBeCloseTo(Math.exp(-0.5), 12);
});

test("arrays that change after they were given change nothing", async () => {
  const random = draw(1);
  const draws = (n: number) => Float64Array.from({ length: n }, () => random.uniform(0, 5));
  const given = { keys: draws(60), values: draws(60), sampleWeights: draws(60).map((x) => x + 0.1) };
  const own = {
    keys: given.keys.slice(),
    values: given.values.slice(),
    sampleWeights: given.sampleWeights.slice(),
  };
  const bandwidth = [0.4];
  const fitting = KernelRegression.fit({ ...given, bandwidth }, { engine });
  for (const array of Object.values(given)) array.fill(0.5); // not awaited yet
  bandwidth[0] = 9;
  const model = await fitting;
  const expected = await KernelRegression.fit({ ...own, bandwidth: 0.4 }, { engine });
  const queries = draws(20);
  const asked = model.predict(queries, { standardError: true });
  const same = expected.predict(queries.slice(), { standardError: true });
  queries.fill(77);
  expect((await asked).mean).toEqual((await same).mean);
  expect((await asked).standardError).toEqual((await same).standardError);
  const matrix = { data: draws(40), dims: 2 };
  const flat = await KernelDensity.fit({ keys: matrix, bandwidth: 1 }, { engine });
  const before = (await flat.evaluate([[1, 2]])).density;
  matrix.data.fill(3);
  expect((await flat.evaluate([[1, 2]])).density).toEqual(before);
  const more = draws(5);
  const adding = model.add(more, more);
  more.fill(1e9);
  await adding;
  expect((await model.predict([2])).mean[0]).toBeLessThan(6);
  const labels = ["a", "b", "a"];
  const sorting = KernelClassifier.fit({ keys: [0, 1, 2], labels, bandwidth: 1 }, { engine });
  labels.fill("c");
  expect((await sorting).classes).toEqual(["a", "b"]);
  expect(() => (model.bandwidth as number[]).fill(1)).toThrow(TypeError);
  expect(model.bandwidth).toEqual([0.4]);
});

test("dropped rows do not move the places that errors name", async () => {
  const rows = { keys: [1, null, 3, 4], values: [1, 2, 3, 4], missing: "drop", bandwidth: 1 } as const;
  const fit = (more: object) => KernelRegression.fit({ ...rows, ...more }, { engine });
  await expect(fit({ keys: [1, null, 3, Infinity] })).rejects.toThrow("keys[3] is Infinity");
  await expect(fit({ values: [1, 2, -Infinity, 4] })).rejects.toThrow("values[2] is -Infinity");
  await expect(fit({ sampleWeights: [1, 1, 1, -2] })).rejects.toThrow("sampleWeights[3] is -2");
  await expect(fit({ sampleWeights: [1, 1, 1, 1.5], weightType: "frequency" })).rejects.toThrow(
    "sampleWeights[3] is 1.5, expected a whole number",
  );
  const sphere = {
    keys: [
      [1, 0],
      [NaN, 1],
      [3, 4],
    ],
    values: [1, 2, 3],
    kernel: "von-mises-fisher",
  };
  await expect(fit(sphere)).rejects.toThrow("keys[2] has length 5");
});

test("labels that are missing are no class", async () => {
  for (const [label, shown] of [
    [Number.NaN, "NaN"],
    [null, "null"],
    [undefined, "undefined"],
  ] as const)
    await expect(
      KernelClassifier.fit({ keys: [0, 1, 2], labels: [1, 2, label], bandwidth: 1 }, { engine }),
    ).rejects.toThrow(`labels[2] is ${shown}, expected a label`);
  const dropped = await KernelClassifier.fit(
    { keys: [0, 1, 2], labels: [1, 2, Number.NaN], bandwidth: 1, missing: "drop" },
    { engine },
  );
  expect(dropped.classes).toEqual([1, 2]);
});

test("labels that cannot come back are not saved", async () => {
  for (const lost of [{ name: "x" }, Number.POSITIVE_INFINITY, 3n, Symbol("s"), new Date(0)]) {
    const model = await KernelClassifier.fit<unknown>(
      { keys: [0, 1], labels: ["a", lost], bandwidth: 1 },
      { engine },
    );
    expect(() => model.save()).toThrow(/labels\[1\] is .*, expected a string, a boolean or a finite number/);
  }
  const model = await KernelClassifier.fit<unknown>(
    { keys: [0, 1, 2], labels: ["é\ud800", true, 1.5], bandwidth: 1 },
    { engine },
  );
  const loaded = await KernelClassifier.load<unknown>(model.save(), { engine });
  expect(loaded.classes).toEqual(["é\ud800", true, 1.5]);
});

test("the mean for empty windows is that of the sample weights", async () => {
  const weighted = {
    keys: [0, 1],
    values: [0, 10],
    sampleWeights: [3, 1],
    kernel: "boxcar",
    bandwidth: 0.1,
  } as const;
  const model = await KernelRegression.fit(weighted, { engine });
  expect((await model.predict([5], { empty: "mean" })).mean[0]).toBe(2.5);
});

test("attention: masks of booleans hide, and heads have up to 64 coordinates each", async () => {
  const random = draw(4);
  const matrix = (rows: number, columns: number) =>
    Array.from({ length: rows }, () => Array.from({ length: columns }, () => random.normal()));
  const [q, k, v] = [matrix(4, 128), matrix(6, 128), matrix(6, 4)];
  const hidden = Array.from({ length: 24 }, (_, i) => i % 3 !== 0);
  const asked = { queries: q, keys: k, values: v, heads: 2 };
  const found = await attention({ ...asked, mask: hidden }, { engine });
  const numbers = await attention({ ...asked, mask: hidden.map(Number) }, { engine });
  const all = await attention(asked, { engine });
  expect(found.output).toEqual(numbers.output);
  expect(found.output).not.toEqual(all.output);
  for (let head = 0; head < 2; head++)
    for (let i = 0; i < 4; i++) {
      const part = (row: number[]) => row.slice(64 * head, 64 * (head + 1));
      const dots = k.map((key, j) =>
        hidden[i * 6 + j] ? part(key).reduce((sum, x, d) => sum + x * part(q[i])[d], 0) / 8 : -Infinity,
      );
      const weights = dots.map((dot) => Math.exp(dot - Math.max(...dots)));
      const total = weights.reduce((a, b) => a + b, 0);
      const expected = weights.reduce((sum, w, j) => sum + w * v[j][2 * head], 0) / total;
      expect(found.output[i * 4 + 2 * head]).toBeCloseTo(expected, 10);
    }
  await expect(attention({ ...asked, heads: 1 }, { engine })).rejects.toThrow(
    "keys have 128 coordinates, expected 1 to 64",
  );
  await expect(attention({ ...asked, mask: hidden.map(String) as never }, { engine })).rejects.toThrow(
    'mask[0] is "false", expected true or 1 if the query sees the key',
  );
  const signal = AbortSignal.abort();
  await expect(attention({ ...asked, mask: hidden }, { engine, signal })).rejects.toMatchObject({
    name: "AbortError",
  });
});

test("weights beyond what an array can hold are refused, with their number", async () => {
  const many = await KernelRegression.fit(
    { keys: new Float64Array(200_000), values: new Float64Array(200_000), bandwidth: 1 },
    { engine },
  );
  await expect(many.weights(new Float64Array(200_000))).rejects.toMatchObject({
    code: "out-of-memory",
    message: expect.stringContaining("200000 × 200000"),
  });
});

test("a truth that is no class is never right, also where no key is in reach", async () => {
  const own = { keys: [0, 1], labels: ["a", "b"], kernel: "boxcar", bandwidth: 0.5 } as const;
  const model = await KernelClassifier.fit<unknown>(own, { engine });
  for (const truth of [undefined, null, NaN, "c"])
    expect((await model.score([100, 1], [truth, "b"])).accuracy).toBe(0.5);
});
