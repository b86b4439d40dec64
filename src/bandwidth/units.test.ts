/** Bandwidths in units of powers of two, which change no digit of keys and values: none of a bandwidth that a regression chooses either. */
import { expect, test } from "vitest";
import { Engine, KernelDensity, KernelRegression } from "../index.ts";
import { draw } from "../testing/random.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });
const quiet = { engine, onWarning: () => {} };
const random = draw(3);
const plane = Array.from({ length: 40 }, () => [random.uniform(0, 3), random.uniform(0, 3)]);
const line = plane.map(([x]) => [x]);
const values = line.map(([x]) => Math.sin(2 * x) + 0.2 * random.normal());

const SMALL = 2 ** -490;
const LARGE = 2 ** 490;
const times = (rows: readonly (readonly number[])[], unit: number) =>
  rows.map((row) => row.map((x) => unit * x));

test.each([
  ["loo", 0, plane],
  ["loo", 2, line],
  ["aicc", 1, plane],
  ["kfold", 1, line],
  ["plug-in", 1, line],
] as const)('"%s" of degree %i', async (rule, degree, keys) => {
  const bandwidthIn = async (keyUnit: number, valueUnit: number) => {
    const input = { keys: times(keys, keyUnit), values: values.map((v) => valueUnit * v) };
    const { bandwidth } = await KernelRegression.fit({ ...input, degree, bandwidth: rule }, quiet);
    return bandwidth.map((h) => h / keyUnit);
  };
  const plain = await bandwidthIn(1, 1);
  expect(await bandwidthIn(SMALL, 1)).toEqual(plain);
  expect(await bandwidthIn(LARGE, 1)).toEqual(plain);
  expect(await bandwidthIn(1, SMALL)).toEqual(plain);
  expect(await bandwidthIn(1, LARGE)).toEqual(plain);
});

// Densities are logarithms, which a factor changes in the last digits.
test.each([
  ["likelihood", plane],
  ["lscv", plane],
  ["sheather-jones", line],
] as const)('"%s"', async (rule, keys) => {
  const bandwidthIn = async (unit: number) => {
    const { bandwidth } = await KernelDensity.fit({ keys: times(keys, unit), bandwidth: rule }, quiet);
    return bandwidth[0] / unit;
  };
  const plain = await bandwidthIn(1);
  expect((await bandwidthIn(SMALL)) / plain).toBeCloseTo(1, 8);
  expect((await bandwidthIn(LARGE)) / plain).toBeCloseTo(1, 8);
});
