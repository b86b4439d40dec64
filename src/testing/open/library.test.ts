/** Open faults that an application's developer meets (issue P), and those of them that are mended. */
// cspell:ignore gausian silvermann
import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import * as nadaraya from "../../index.ts";
import { Engine, KernelClassifier, KernelRegression } from "../../index.ts";
import { openFault } from "../open-faults.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });
/** Arguments as JavaScript gives them: of any type. */
const any = (value: unknown) => value as never;
const values = [0, 1, 0, 1, 0];
/** The message of an error in words; that of any other error, or none, begins with "raw" or "none". */
async function wordsOf(call: () => Promise<unknown>): Promise<string> {
  try {
    await call();
    return "none";
  } catch (error) {
    return error instanceof nadaraya.NadarayaError ? error.message : `raw ${error}`;
  }
}
const fit = (input: object, options: object = { engine }) =>
  KernelRegression.fit(any({ bandwidth: 1, ...input }), any(options));
const textOf = (name: string) => readFileSync(new URL(`../../../${name}`, import.meta.url), "utf8");

test("takes every typed array of numbers as keys", async () => {
  const expected = await (await fit({ keys: [0, 1, 2, 3, 4], values })).predict([1.5]);
  for (const type of [
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
  ]) {
    const words = await wordsOf(async () => {
      const { mean } = await (await fit({ keys: type.of(0, 1, 2, 3, 4), values })).predict([1.5]);
      expect(mean).toEqual(expected.mean);
    });
    expect(words, type.name).toBe("none");
  }
});

test("takes rows that are typed arrays", async () => {
  const keys = [0, 1, 2, 3, 4].map((x) => Float32Array.of(x, 1));
  expect(await wordsOf(() => fit({ keys, values }))).toBe("none");
});

test("takes typed arrays of another realm", async () => {
  const keys = runInNewContext("Float64Array.of(0, 1, 2, 3, 4)");
  expect(await wordsOf(() => fit({ keys, values }))).toBe("none");
});

test("names the method or property that gives the numbers", async () => {
  const vector = { toArray: () => Float64Array.of(0, 1, 2, 3, 4) };
  expect(await wordsOf(() => fit({ keys: vector, values }))).toMatch(/toArray\(\)/);
  expect(await wordsOf(() => fit({ keys: { value: [0, 1] }, values }))).toMatch(/pass its value/);
});

test("tells that a promise has to be awaited", async () => {
  const keys = [0, 1, 2, 3, 4];
  const promise = Engine.create({ backend: "cpu", workers: 0 });
  expect(await wordsOf(() => fit({ keys, values }, { engine: promise }))).toMatch(/await/);
});

test("calls dates and bigints by their names", async () => {
  expect(await wordsOf(() => fit({ keys: [new Date(0), 1, 2, 3, 4], values }))).toMatch(/Date/);
  expect(await wordsOf(() => fit({ keys: [0n, 1, 2, 3, 4], values }))).toMatch(/is 0n, .*Number\(/);
});

test("suggests the value of an option that was meant", async () => {
  const keys = [0, 1, 2, 3, 4];
  for (const [given, meant] of [
    [{ kernel: "gausian" }, "gaussian"],
    [{ kernel: "rbf" }, "gaussian"],
    [{ kernel: "tophat" }, "boxcar"],
    [{ bandwidth: "silvermann" }, "silverman"],
  ] as const)
    expect(await wordsOf(() => fit({ keys, values, ...given }))).toMatch(
      new RegExp(`did you mean "${meant}"`),
    );
  expect(await wordsOf(() => fit({ keys, values, bandwidth: "0.5" }))).toMatch(/Number/);
});

test("names our option for that of another library", async () => {
  expect(await wordsOf(() => fit({ x: [1, 2], y: [1, 2] }))).toMatch(/mean "keys"/);
  expect(await wordsOf(() => fit({ keys: [1, 2], values: [1, 2], weights: [1, 2] }))).toMatch(
    /sampleWeights/,
  );
  const input = any({ keys: [1, 2], values: ["a", "b"], bandwidth: 1 });
  expect(await wordsOf(() => KernelClassifier.fit(input, { engine }))).toMatch(/mean "labels"/);
});

test("recognises an engine given as the second argument", async () => {
  const words = await wordsOf(() => fit({ keys: [1, 2], values: [1, 2] }, engine));
  expect(words).toMatch(/\{ engine \}/);
});

test("asks whether keys and values are columns instead of rows", async () => {
  const keys = [
    [1, 2, 3, 4, 5],
    [5, 4, 3, 2, 1],
  ];
  expect(await wordsOf(() => fit({ keys, values }))).toMatch(/2 rows of 5/);
});

openFault("P", "library E6", "gives models as JSON without their internals", async () => {
  const model = await fit({ keys: [0, 1, 2, 3, 4], values });
  expect(JSON.stringify(model)).not.toMatch(/"current"|"fitted"/);
});

openFault("P", "library D1", "has a first example in README that runs as it is pasted", async () => {
  const [, code] = /```ts\n([\s\S]*?)```/.exec(textOf("README.md"))!;
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;
  const all: Readonly<Record<string, unknown>> = { ...nadaraya };
  const names = [...code.matchAll(/^import {([^}]*)}/gm)].flatMap(([, list]) =>
    list.split(",").map((name) => name.trim()),
  );
  const run = new AsyncFunction(...names, code.replace(/^import .*$/gm, ""));
  const given = names.map((name) => all[name]);
  expect(await run(...given).catch((error: Error) => error.message)).toBeUndefined();
});

openFault("P", "newcomer A1", "ships the files that README's commands read", () => {
  const [block] = [...textOf("README.md").matchAll(/```sh\n([\s\S]*?)```/g)]
    .map(([, code]) => code)
    .filter((code) => code.includes("nadaraya regress"));
  const files = [...block.matchAll(/\b[\w/-]+\.(?:csv|parquet)\b/g)].map(([name]) => name);
  const written = [...block.matchAll(/--output (\S+)/g)].map(([, name]) => name);
  for (const name of files.filter((name) => !written.includes(name)))
    expect(() => textOf(name.includes("/") ? name : `examples/${name}`), name).not.toThrow();
});
