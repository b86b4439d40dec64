/** `partial` of fitted models: which models have sums, and which sums merge. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { defineKernel, Engine, KernelDensity, KernelRegression } from "../index.ts";
import { decodePartial, encodePartial, meansOfSums, mergePartialSums, type PartialSums } from "./index.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });
const quiet = { engine, onWarning: () => {} };
const keys = [0, 1, 2.5, 3, 4.5, 5];
const values = [1, 3, 2, 5, 4, 6];
const queries = [0.5, 2, 70];
const digitsOf = ({ sums }: PartialSums) => [[...sums.tops], [...sums.bins]];

test("a model that grew, shrank, or was loaded has the sums of a fit to its rows", async () => {
  const whole = await KernelRegression.fit({ keys, values, bandwidth: 1 }, quiet);
  const expected = await whole.partial(queries, { errors: true });
  const model = await KernelRegression.fit(
    { keys: [9, ...keys.slice(0, 4)], values: [8, ...values.slice(0, 4)], bandwidth: 1 },
    quiet,
  );
  await model.add(keys.slice(4), values.slice(4));
  await model.remove([0]);
  const loaded = await KernelRegression.load(model.save(), quiet);
  for (const each of [model, loaded]) {
    const sums = await each.partial(queries, { errors: true });
    expect(digitsOf(sums)).toEqual(digitsOf(expected));
    expect(sums.shards).toEqual(expected.shards);
  }
});

test("sums of models merge to the same digits in any order", async () => {
  const parts = await Promise.all(
    keys.map(async (key, i) => {
      const model = await KernelRegression.fit({ keys: [key], values: [values[i]], bandwidth: 1 }, quiet);
      return model.partial(queries);
    }),
  );
  const merged = mergePartialSums(parts);
  const [first, ...others] = parts.toReversed();
  expect(digitsOf(mergePartialSums([first, mergePartialSums(others)]))).toEqual(digitsOf(merged));
  const whole = await KernelRegression.fit({ keys, values, bandwidth: 1 }, quiet);
  const { mean } = await whole.predict(queries);
  for (const [q, own] of meansOfSums(merged).mean.entries()) expect(own).toBeCloseTo(mean[q], 6);
});

test("models with one bandwidth merge, whoever chose it; others name the difference", async () => {
  const one = { keys: keys.slice(0, 4), values: values.slice(0, 4) };
  const other = { keys: keys.slice(4), values: values.slice(4) };
  const chosen = await KernelRegression.fit({ ...one, bandwidth: "scott" }, quiet);
  const same = await KernelRegression.fit({ ...other, bandwidth: chosen.bandwidth }, quiet);
  const sums = await chosen.partial(queries);
  expect(mergePartialSums([sums, await same.partial(queries)]).rows).toBe(6);
  const own = await KernelRegression.fit({ ...other, bandwidth: "scott" }, quiet);
  const different = await own.partial(queries);
  expect(() => mergePartialSums([sums, different])).toThrow(
    `partials[1] has bandwidth [${own.bandwidth}], expected [${chosen.bandwidth}] as in partials[0]`,
  );
});

test("sums with a kernel of a caller's own merge if it is the same object, and are not encoded", async () => {
  const definition = { name: "mine", wgsl: "1.0 / (1.0 + x * x)" };
  const [mine, another] = [defineKernel(definition), defineKernel(definition)];
  const partialOf = async (kernel: typeof mine, part: number) => {
    const of = (list: number[]) => list.filter((_, i) => i % 2 === part);
    const input = { keys: of(keys), values: of(values), bandwidth: 1, kernel };
    return (await KernelRegression.fit(input, quiet)).partial([2]);
  };
  const [first, second] = [await partialOf(mine, 0), await partialOf(mine, 1)];
  const weights = keys.map((key) => 1 / (1 + (2 - key) ** 2));
  const mean = weights.reduce((sum, w, i) => sum + w * values[i], 0) / weights.reduce((a, b) => a + b);
  expect(meansOfSums(mergePartialSums([first, second])).mean[0]).toBeCloseTo(mean, 6);
  const stranger = await partialOf(another, 1);
  expect(() => mergePartialSums([first, stranger])).toThrow(
    'partials[1] has another kernel "mine" than partials[0], expected the same object',
  );
  await expect(encodePartial(first)).rejects.toMatchObject({
    code: "unsupported",
    message: 'kernel "mine" is your own and cannot be saved',
  });
});

test("far from all keys the mean is the nearest key's value, up to 28 million bandwidths", async () => {
  const partialOf = async (key: number, value: number) =>
    (await KernelRegression.fit({ keys: [key], values: [value], bandwidth: 1 }, quiet)).partial([
      1e6, 2.7e7, 3e7,
    ]);
  const merged = mergePartialSums([await partialOf(0, 5), await partialOf(1, 6)]);
  const [near, far, beyond] = meansOfSums(merged).mean;
  expect(near).toBeCloseTo(6, 12);
  expect(far).toBeCloseTo(6, 12);
  expect(beyond).toBeNaN();
});

test("models whose weights depend on other rows have no sums", async () => {
  const refused = async (input: object, message: string, options = {}) =>
    expect(
      (await KernelRegression.fit({ keys, values, bandwidth: 1, ...input }, quiet)).partial([1], options),
    ).rejects.toMatchObject({ message: expect.stringContaining(message) });
  await refused({ degree: 1 }, "not available with degree 1");
  await refused({ neighbours: 2 }, "not available with neighbours");
  await refused({ adaptive: true }, "not available with adaptive bandwidths");
  await refused({}, "y has 2 names, expected 1", { y: ["a", "b"] });
  const density = await KernelDensity.fit({ keys, bandwidth: 1 }, quiet);
  await expect(density.partial([1], { errors: true } as object)).rejects.toThrow("not for densities");
});

test("sums with version 1 of the settings are read, and merge with new ones", async () => {
  const path = new URL("../testing/golden/partial-sums-version-1.json", import.meta.url);
  const earlier = JSON.parse(readFileSync(path, "utf8"));
  const sums = await decodePartial(new Uint8Array(Buffer.from(earlier.bytes, "base64")));
  const { mean, standardError } = meansOfSums(sums);
  expect([...mean]).toEqual(earlier.mean);
  expect([...standardError!].map((x) => (Number.isNaN(x) ? null : x))).toEqual(earlier.standardError);
  const input = { keys: [3], values: [4], sampleWeights: [1], bandwidth: 0.5, kernel: "laplace" as const };
  const model = await KernelRegression.fit(input, quiet);
  const more = await model.partial([0.5, 3, 60], { errors: true, x: ["time"] });
  expect(mergePartialSums([sums, more]).rows).toBe(5);
});
