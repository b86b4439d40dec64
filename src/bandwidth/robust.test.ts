/** Rules that outliers, ties, units and offsets leave alone; and what they say where they find no minimum. */
import { readFileSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import {
  type BandwidthRule,
  type DensityRule,
  Engine,
  KernelDensity,
  KernelRegression,
  type RegressionRule,
} from "../index.ts";
import { draw } from "../testing/random.ts";
import { isWideRing } from "../testing/ring.ts";
import { sheatherJones } from "./sheather-jones.ts";

const engine = await Engine.create({ backend: "cpu" });
const quiet = { engine, onWarning: () => {} };
const faithful = JSON.parse(
  readFileSync(new URL("../testing/golden/r-bandwidths-faithful.json", import.meta.url), "utf8"),
);

const random = draw(12);
const n = 60;
const keys = Array.from({ length: n }, () => random.uniform(0, 5));
const values = keys.map((x) => [Math.sin(2 * x) + 0.3 * random.normal(), 40 * x + 20 * random.normal()]);

const regressionRules = [
  "scott",
  "silverman",
  "plug-in",
  "loo",
  "kfold",
  "aicc",
] as const satisfies RegressionRule[];
const densityRules = [
  "scott",
  "silverman",
  "sheather-jones",
  "likelihood",
  "lscv",
] as const satisfies DensityRule[];
const isDensity = (rule: BandwidthRule): rule is DensityRule =>
  rule === "sheather-jones" || rule === "likelihood" || rule === "lscv";

async function chosen(
  rule: BandwidthRule,
  k: readonly number[],
  v?: readonly (readonly number[])[],
): Promise<number> {
  const model =
    v && !isDensity(rule)
      ? await KernelRegression.fit({ keys: k, values: v, bandwidth: rule, degree: 1 }, quiet)
      : await KernelDensity.fit({ keys: k, bandwidth: rule }, quiet);
  model.dispose();
  return model.bandwidth[0];
}

describe("units and offsets do not matter", () => {
  test.each([...new Set([...regressionRules, ...densityRules])])("%s", async (rule) => {
    const plain = await chosen(rule, keys, values);
    const ofKeys = [
      [1e9, -3e12],
      [2 ** -40, 0],
      [-1, 5],
    ];
    for (const [scale, offset] of isWideRing ? ofKeys : ofKeys.slice(0, 1))
      expect(
        (await chosen(
          rule,
          keys.map((x) => scale * x + offset),
          values,
        )) /
          Math.abs(scale) /
          plain,
      ).toBeCloseTo(1, 2);
    const ofValues = [
      [-3, 7],
      [1, 1e9],
      [1e-30, 0],
    ];
    for (const [scale, offset] of isWideRing ? ofValues : ofValues.slice(0, 1)) {
      const moved = values.map((row) => row.map((y) => scale * y + offset));
      expect((await chosen(rule, keys, moved)) / plain).toBeCloseTo(1, 1);
    }
  });

  const ofColumns = ["plug-in", "loo", "kfold", "aicc"] as const;
  test.each(
    isWideRing ? ofColumns : ofColumns.slice(0, 2),
  )("%s uses all value columns, whatever their units", async (rule) => {
    const swapped = values.map(([a, b]) => [b, a]);
    const rescaled = values.map(([a, b]) => [1e6 * a, b / 1e6]);
    const plain = await chosen(rule, keys, values);
    expect((await chosen(rule, keys, swapped)) / plain).toBeCloseTo(1, 2);
    expect((await chosen(rule, keys, rescaled)) / plain).toBeCloseTo(1, 2);
    const first = await chosen(
      rule,
      keys,
      values.map(([a]) => [a]),
    );
    const second = await chosen(
      rule,
      keys,
      values.map(([, b]) => [b]),
    );
    expect(plain).toBeGreaterThanOrEqual(Math.min(first, second) * 0.99);
    expect(plain).toBeLessThanOrEqual(Math.max(first, second) * 1.01);
  });
});

describe("ties", () => {
  test("lscv and likelihood find the least interior minimum on Old Faithful", async () => {
    for (const rule of ["lscv", "likelihood"] as const) {
      const warned = vi.fn();
      const model = await KernelDensity.fit(
        { keys: faithful.keys, bandwidth: rule },
        { engine, onWarning: warned },
      );
      expect(Math.abs(model.bandwidth[0] / faithful.expected.ucv - 1)).toBeLessThan(0.02);
      expect(warned).not.toHaveBeenCalled();
    }
  });

  test("values that are all the same take the widest, and say so", async () => {
    for (const rule of ["loo", "kfold", "aicc"] as const) {
      const warned = vi.fn();
      const model = await KernelRegression.fit(
        { keys, values: keys.map(() => 0.1), bandwidth: rule },
        { engine, onWarning: warned },
      );
      expect(model.bandwidth[0]).toBeGreaterThan(20);
      expect(model.selection).toMatchObject({
        limits: ["widest"],
        warning: expect.stringContaining("all the same"),
      });
      expect(warned).toHaveBeenCalledWith(model.selection!.warning);
    }
  });

  test("a coordinate that tells nothing is widened to the end, and said to be", async () => {
    const noise = draw(2);
    const two = keys.map((x) => [x, noise.normal()]);
    const model = await KernelRegression.fit(
      { keys: two, values: keys.map((x) => Math.sin(2 * x)), bandwidth: "loo" },
      quiet,
    );
    expect(model.selection!.limits?.[1]).toBe("widest");
    expect(model.selection!.warning).toContain("coordinate 1");
  });

  test("values without noise, and doubled rows, take the narrowest only where there is no minimum", async () => {
    const steps = Array.from({ length: 60 }, (_, i) => i % 2);
    const x = steps.map((_, i) => Math.floor(i / 2)); // each key twice, with two values
    const doubled = await KernelRegression.fit(
      { keys: [...keys, ...keys], values: [...values, ...values], bandwidth: "loo" },
      quiet,
    );
    const once = await KernelRegression.fit({ keys, values, bandwidth: "loo" }, quiet);
    if (doubled.bandwidth[0] < once.bandwidth[0] / 2)
      expect(doubled.selection!.warning).toContain("narrower");
    const useless = await KernelRegression.fit({ keys: x, values: steps, bandwidth: "loo" }, quiet);
    expect(useless.bandwidth[0]).toBeGreaterThan(1);
  });

  test("a constant column of keys is named by the rule that was asked for", async () => {
    const flat = keys.map((x) => [x, 3]);
    await expect(KernelRegression.fit({ keys: flat, values, bandwidth: "loo" }, quiet)).rejects.toThrow(
      `bandwidth "loo" needs keys that differ; coordinate 1 of the ${n} keys has no spread`,
    );
  });
});

describe("outliers", () => {
  /** The rule by exact sums over pairs, as a bisection over a wide bracket. */
  function exact(x: readonly number[], spread: number): number {
    const m = x.length;
    const functional = (order: 4 | 6, h: number) => {
      let sum = 0;
      for (const a of x)
        for (const b of x) {
          const u = ((a - b) / h) ** 2;
          sum += (order === 4 ? u * u - 6 * u + 3 : u ** 3 - 15 * u * u + 45 * u - 15) * Math.exp(-u / 2);
        }
      return sum / (m * (m - 1) * h ** (order + 1) * Math.sqrt(2 * Math.PI));
    };
    const ratio =
      functional(4, 1.24 * spread * m ** (-1 / 7)) / -functional(6, 1.23 * spread * m ** (-1 / 9));
    const excess = (h: number) =>
      h - (1 / (2 * Math.sqrt(Math.PI) * m * functional(4, 1.357 * ratio ** (1 / 7) * h ** (5 / 7)))) ** 0.2;
    let [low, high] = [spread / 1e3, spread * 2];
    for (let i = 0; i < 60; i++) {
      const midpoint = Math.sqrt(low * high);
      if (excess(midpoint) < 0) low = midpoint;
      else high = midpoint;
    }
    return low;
  }
  const spreadOf = (x: readonly number[]) => {
    const sorted = Float64Array.from(x).sort();
    const at = (p: number) => {
      const place = (sorted.length - 1) * p;
      const low = Math.floor(place);
      return sorted[low] + (place - low) * ((sorted[low + 1] ?? sorted[low]) - sorted[low]);
    };
    const mean = x.reduce((a, b) => a + b, 0) / x.length;
    const sd = Math.sqrt(x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (x.length - 1));
    return Math.min(sd, (at(0.75) - at(0.25)) / 1.349);
  };

  test("sheather-jones equals the exact rule with one distant key, on heavy tails, and by bins", () => {
    const draws = draw(5);
    const normal = Array.from({ length: 200 }, () => draws.normal());
    const heavy = Array.from({ length: 300 }, () => Math.exp(3 * draws.normal()));
    const many = Array.from({ length: 1500 }, () => draws.normal());
    const slow = isWideRing ? [[...many, 1e4], many.map((v) => v ** 3)] : [];
    for (const x of [[...normal, 1000], [...normal, 1e12], heavy, ...slow]) {
      const found = sheatherJones({ data: Float64Array.from(x), count: x.length, dims: 1 });
      expect(found / exact(x, spreadOf(x))).toBeCloseTo(1, 6);
    }
  });

  test.runIf(isWideRing)("loo in two coordinates is not led astray by one row far out", async () => {
    const draws = draw(6);
    const points = Array.from({ length: 60 }, () => [draws.uniform(0, 3), draws.uniform(0, 3)]);
    const height = ([x, y]: number[]) => Math.sin(2 * x) + y;
    const rows = { keys: points, values: points.map((p) => height(p) + 0.1 * draws.normal()) };
    const plain = await KernelRegression.fit({ ...rows, bandwidth: "loo" }, quiet);
    const outlier = await KernelRegression.fit(
      { keys: [...points, [1e6, 1e6]], values: [...rows.values, 1], bandwidth: "loo" },
      quiet,
    );
    for (const [j, h] of plain.bandwidth.entries()) expect(outlier.bandwidth[j] / h).toBeCloseTo(1, 1);
  });
});

test("what is scored is what will be used: neighbours are refused, adaptive bandwidths are scored", async () => {
  for (const bandwidth of ["loo", "kfold", "aicc", "plug-in"] as const)
    await expect(KernelRegression.fit({ keys, values, bandwidth, neighbours: 9 }, quiet)).rejects.toThrow(
      `bandwidth "${bandwidth}" is not available with neighbours`,
    );
  for (const bandwidth of ["likelihood", "lscv", "sheather-jones"] as const)
    await expect(KernelDensity.fit({ keys, bandwidth, neighbours: 9 }, quiet)).rejects.toThrow(
      "not available with neighbours",
    );
  const model = await KernelRegression.fit(
    { keys, values: values.map(([a]) => a), bandwidth: "loo", adaptive: true },
    quiet,
  );
  const { candidates, bandwidth } = model.selection!;
  const best = candidates.find(({ bandwidth: [h] }) => h === bandwidth[0])!;
  // Each key left out of a fit that has the candidate's bandwidths of single keys.
  const { leaveOneOutRSquared } = await model.diagnostics();
  const mean = values.reduce((sum, [a]) => sum + a / n, 0);
  const variance = values.reduce((sum, [a]) => sum + (a - mean) ** 2 / n, 0);
  expect(best.score / variance).toBeCloseTo(1 - leaveOneOutRSquared[0], 4);
});
