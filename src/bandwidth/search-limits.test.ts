/** Searches beside enormous scores, and of keys that lie in groups far apart. */
import { describe, expect, test } from "vitest";
import { Engine, KernelDensity, KernelRegression } from "../index.ts";
import { draw } from "../testing/random.ts";
import { isWideRing } from "../testing/ring.ts";

const engine = await Engine.create({ backend: "cpu", workers: 0 });
const quiet = { engine, onWarning: () => {} };

const gaussian = (u: number) => Math.exp((-u * u) / 2);

/** The mean squared error of predicting each value by all others: degree 0, Gaussian, one coordinate. */
function leaveOneOutError(keys: readonly number[], values: readonly number[], h: number): number {
  let total = 0;
  for (const [i, key] of keys.entries()) {
    const exponents = keys.map((other, k) => (k === i ? -Infinity : -(((key - other) / h) ** 2) / 2));
    const most = Math.max(...exponents);
    const weights = exponents.map((exponent) => Math.exp(exponent - most));
    const sum = weights.reduce((all, weight) => all + weight, 0);
    const mean = weights.reduce((all, weight, k) => all + weight * values[k], 0) / sum;
    total += (values[i] - mean) ** 2;
  }
  return total / keys.length;
}

/** −Σ log f̂₋ᵢ(kᵢ) / n of a Gaussian density of one coordinate. */
function leaveOneOutLogLoss(keys: readonly number[], h: number): number {
  let total = 0;
  for (const [i, key] of keys.entries()) {
    let sum = 0;
    for (const [k, other] of keys.entries()) if (k !== i) sum += gaussian((key - other) / h);
    total -= Math.log(sum / ((keys.length - 1) * h * Math.sqrt(2 * Math.PI)));
  }
  return total / keys.length;
}

describe("one enormous score among those of a search", () => {
  // An 8 × 8 lattice and three rows almost on its corner: some narrow candidates of degree 1 extrapolate to 1e8.
  const noise = (i: number) => {
    const x = Math.sin(i * 12.9898 + 1) * 43758.5453;
    return x - Math.floor(x) - 0.5;
  };
  const lattice = Array.from({ length: 64 }, (_, i) => [Math.floor(i / 8) / 7, (i % 8) / 7]);
  const keys = [...lattice, [1 + 1e-6, 1], [1.2, 1.2], [1, 1 + 1e-6]];
  const values = keys.map(([x, y], i) =>
    i < 64 ? Math.sin(5 * x) + 2 * Math.cos(5 * y) + 0.4 * noise(i) : noise(i - 64 + 500),
  );

  test("leaves the best of the other candidates the best", async () => {
    const { bandwidth, selection } = await KernelRegression.fit(
      { keys, values, degree: 1, bandwidth: "loo" },
      quiet,
    );
    const scores = selection!.candidates.map(({ score }) => score);
    const chosen = selection!.candidates.find((each) => each.bandwidth.every((h, j) => h === bandwidth[j]))!;
    expect(Math.max(...scores)).toBeGreaterThan(1e6);
    expect(chosen.score).toBeLessThanOrEqual(1.05 * Math.min(...scores));
  });

  test("does not make a coordinate say nothing of the values", async () => {
    const { selection } = await KernelRegression.fit({ keys, values, degree: 1, bandwidth: "loo" }, quiet);
    expect(selection!.limits).toEqual([undefined, undefined]);
    expect(selection!.warning).toBeUndefined();
  });
});

describe("keys in two groups far apart", () => {
  const random = draw(11);
  const inGroup = Array.from({ length: 200 }, () => random.normal());
  const noise = inGroup.map(() => 0.2 * random.normal());
  const groups = (distance: number) => inGroup.map((x, i) => x + (i % 2) * distance);
  const best = (score: (h: number) => number) =>
    Math.min(...Array.from({ length: 40 }, (_, i) => score(0.02 * 1.15 ** i)));

  for (const rule of ["loo", "aicc", "kfold"] as const)
    test(`"${rule}" finds a minimum that is narrow beside their distance`, async () => {
      const keys = groups(1000);
      const values = keys.map((x, i) => Math.sin(2 * x) + noise[i]);
      const { bandwidth } = await KernelRegression.fit({ keys, values, bandwidth: rule }, quiet);
      const least = best((h) => leaveOneOutError(keys, values, h));
      expect(leaveOneOutError(keys, values, bandwidth[0])).toBeLessThan(1.2 * least);
    });

  for (const rule of ["likelihood", "lscv"] as const)
    test(`"${rule}" finds a minimum that is narrow beside their distance`, async () => {
      const keys = groups(1e4);
      const { bandwidth } = await KernelDensity.fit({ keys, bandwidth: rule }, quiet);
      const least = best((h) => leaveOneOutLogLoss(keys, h));
      expect(leaveOneOutLogLoss(keys, bandwidth[0])).toBeLessThan(least + 0.1);
    });

  test("a search that ends at its limit gives no other reason than that", async () => {
    const { selection } = await KernelDensity.fit({ keys: groups(1e4), bandwidth: "likelihood" }, quiet);
    expect(selection!.warning ?? "").not.toMatch(/coincide|no noise/);
  });

  test(`"plug-in" answers, or does not blame the values' noise`, async () => {
    const keys = groups(1000);
    const values = keys.map((x, i) => Math.sin(2 * x) + noise[i]);
    const message = await KernelRegression.fit({ keys, values, bandwidth: "plug-in" }, quiet).then(
      () => "",
      (error: Error) => error.message,
    );
    expect(message).not.toMatch(/no noise/);
  });
});

describe("keys in groups far apart in two coordinates", () => {
  const logLoss = (keys: readonly (readonly number[])[], h: readonly number[]) => {
    const norm =
      Math.log(keys.length - 1) + h.reduce((sum, x) => sum + Math.log(x * Math.sqrt(2 * Math.PI)), 0);
    const each = keys.map((key, i) =>
      Math.log(
        keys.reduce(
          (sum, other, k) =>
            k === i ? sum : sum + gaussian(Math.hypot(...key.map((x, j) => (x - other[j]) / h[j]))),
          0,
        ),
      ),
    );
    return norm - each.reduce((sum, log) => sum + log, 0) / keys.length;
  };
  const random = draw(19);
  const near = Array.from({ length: 150 }, () => [random.normal(), random.normal()]);
  const cases: [string, (i: number) => readonly [number, number]][] = [
    ["two, of which one has few keys", (i) => (i % 5 ? [0, 0] : [2000, 0])],
    [
      "three",
      (i) =>
        [
          [0, 0],
          [1e4, 0],
          [0, 1e5],
        ][i % 3] as [number, number],
    ],
    ["ten, far along one coordinate", (i) => [(i % 10) * 1e6, 0]],
    ["a single far one", (i) => (i % 15 ? [0, 0] : [0, 300])],
  ];
  test.each(isWideRing ? cases : cases.slice(3))("%s", async (_, offsetOf) => {
    const keys = near.map(([x, y], i) => [x + offsetOf(i)[0], y + offsetOf(i)[1]]);
    const { bandwidth } = await KernelDensity.fit({ keys, bandwidth: "likelihood" }, quiet);
    const least = Math.min(
      ...Array.from({ length: 24 }, (_, i) => logLoss(keys, [0.05 * 1.2 ** i, 0.05 * 1.2 ** i])),
    );
    expect(logLoss(keys, bandwidth)).toBeLessThan(least + 0.01);
  });
});

test.each([
  "loo",
  "aicc",
  "kfold",
] as const)("%s of microseconds since 1970, all within their rounding", async (bandwidth) => {
  const random = draw(12);
  const steps = Array.from({ length: 40 }, (_, i) => i);
  const values = steps.map((i) => Math.sin(i / 4) + 0.1 * random.normal());
  const of = async (start: number) => {
    const keys = steps.map((i) => start + i);
    return (await KernelRegression.fit({ keys, values, bandwidth }, quiet)).bandwidth[0];
  };
  const [plain, late] = [await of(0), await of(3e15)];
  expect(late / plain).toBeGreaterThan(0.97);
  expect(late / plain).toBeLessThan(1.03);
});

/** Groups of keys, 1e9 apart, whose steps within a group are a few units. */
const bursts = (start: number, groups: number, size: number) => {
  const random = draw(14);
  let last = 0;
  const keys = Array.from({ length: groups * size }, (_, i) => {
    last = (i % size === 0 ? 1e9 * (i / size) : last) + random.integer(1, 4);
    return start + last;
  });
  const values = keys.map((_, i) => Math.sin((i % size) / 2) + 0.1 * random.normal());
  return { keys, values };
};

test.each([
  ["loo", "microseconds", 1.764e15, 1, 8, 12],
  ["likelihood", "microseconds", 3e15, 1, 30, 3],
  ["loo", "nanoseconds in steps of 256, which float64 keeps,", 1.764e18, 256, 8, 12],
] as const)("%s of bursts of %s since %f is as of those since 0", async (bandwidth, _, start, unit, groups, size) => {
  const plain = bursts(0, groups, size);
  const late = { ...plain, keys: plain.keys.map((x) => start + unit * x) };
  const of = (input: typeof plain) =>
    bandwidth === "loo"
      ? KernelRegression.fit({ ...input, bandwidth }, quiet)
      : KernelDensity.fit({ keys: input.keys, bandwidth }, quiet);
  const [early, found] = [await of(plain), await of(late)];
  expect(found.bandwidth[0] / unit / early.bandwidth[0]).toBeCloseTo(1, 1);
});

test("keys that differ by rounding only are one: a density has no bandwidth of their distance", async () => {
  const keys = Array.from({ length: 60 }, (_, i) => (i % 2 ? 0.1 * (i >> 1) : (i >> 1) / 10));
  expect(new Set(keys).size).toBeGreaterThan(30);
  const { bandwidth } = await KernelDensity.fit({ keys, bandwidth: "likelihood" }, quiet);
  expect(bandwidth[0]).toBeGreaterThan(0.01);
});

test("keys that all lie within rounding have a bandwidth of their distance", async () => {
  const keys = Array.from({ length: 12 }, (_, i) => 0.7 + (i % 3) * Number.EPSILON);
  const values = keys.map((_, i) => (i % 3) + i / 100);
  const { bandwidth } = await KernelRegression.fit({ keys, values, bandwidth: "loo" }, quiet);
  expect(bandwidth[0]).toBeGreaterThan(1e-17);
  expect(bandwidth[0]).toBeLessThan(1e-14);
});

test.each([
  ["loo", 1, 1e20],
  ["loo", 1e-200, 1e150],
] as const)("%s of keys of %f is as without one of %f that is far from all others", async (bandwidth, unit, far) => {
  const random = draw(15);
  const near = Array.from({ length: 60 }, () => unit * random.uniform(0, 1));
  const values = near.map((x) => Math.sin((9 * x) / unit) + 0.1 * random.normal());
  const plain = await KernelRegression.fit({ keys: near, values, bandwidth }, quiet);
  const beside = await KernelRegression.fit(
    { keys: [...near, far], values: [...values, 0], bandwidth },
    quiet,
  );
  expect(beside.bandwidth[0] / plain.bandwidth[0]).toBeGreaterThan(0.8);
  expect(beside.bandwidth[0] / plain.bandwidth[0]).toBeLessThan(1.25);
});

test("a compact kernel has a likelihood though one key is far from all others", async () => {
  const keys = [...Array.from({ length: 20 }, (_, i) => i), 1e5];
  const fitted = await KernelDensity.fit({ keys, kernel: "tricube", bandwidth: "likelihood" }, quiet);
  expect(fitted.bandwidth[0]).toBeGreaterThan(1e5 - 19);
});
