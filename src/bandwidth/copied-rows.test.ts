/** Searches on rows that are exact copies of others. */
import { expect, test } from "vitest";
import { Engine, KernelClassifier, KernelRegression } from "../index.ts";
import { draw } from "../testing/random.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });
const quiet = { engine, onWarning: () => {} };
const random = draw(4);
const keys = Array.from({ length: 30 }, () => random.uniform(0, 3));
const values = keys.map((x) => Math.sin(x) + 0.3 * random.normal());
const labels = values.map((v) => v > 0.5);
const twice = <T>(list: readonly T[]) => [...list, ...list];
const message = /60 of 60 rows are exact copies of others/;

const warningOf = async (model: Promise<KernelRegression | KernelClassifier<boolean>>) =>
  (await model).selection!.warning ?? "";

test("rows that are given twice are reported", async () => {
  const rows = { keys: twice(keys), bandwidth: "loo" } as const;
  expect(await warningOf(KernelRegression.fit({ ...rows, values: twice(values) }, quiet))).toMatch(message);
  expect(await warningOf(KernelClassifier.fit({ ...rows, labels: twice(labels) }, quiet))).toMatch(message);
});

test("frequencies are reported as the rows that they stand for", async () => {
  const often = {
    keys,
    sampleWeights: keys.map(() => 2),
    weightType: "frequency",
    bandwidth: "loo",
  } as const;
  expect(await warningOf(KernelRegression.fit({ ...often, values }, quiet))).toMatch(message);
});

test("rows without copies, and ties with other values, are not reported", async () => {
  const rows = { keys: twice(keys), values: [...values, ...values.map((v) => v + 0.1)] };
  expect(await warningOf(KernelRegression.fit({ ...rows, bandwidth: "loo" }, quiet))).not.toMatch(/copies/);
  expect(await warningOf(KernelRegression.fit({ keys, values, bandwidth: "loo" }, quiet))).not.toMatch(
    /copies/,
  );
});
