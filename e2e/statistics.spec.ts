/** The figures of learning, densities, classes and attention: their numbers against formulas written out here. */
import { randomLcg, randomNormal, randomUniform } from "d3-random";
import { Engine, KernelDensity } from "../src/index.ts";
import { nadarayaWatson } from "../src/reference/index.ts";
import { largestDifference, rangeOf } from "../src/testing/random.ts";
import { change, column, csv, drawnLine, expect, largestOf, test } from "./page.ts";

/** The mean squared error of predicting each key by the others, or by all. */
function error(keys: Float64Array, values: Float64Array, sigma: number, leaveOneOut: boolean): number {
  let sum = 0;
  for (let i = 0; i < keys.length; i++) {
    let [total, mean] = [0, 0];
    for (let k = 0; k < keys.length; k++) {
      if (leaveOneOut && k === i) continue;
      const weight = Math.exp(-(((keys[k] - keys[i]) / sigma) ** 2) / 2);
      total += weight;
      mean += weight * values[k];
    }
    sum += (values[i] - mean / total) ** 2;
  }
  return sum / keys.length;
}

test("learn: errors are those of the widths, one run finds the least, the other collapses", async ({
  page,
  open,
}) => {
  await open("n=60&learnStep=3");
  const data = await csv(page, "data");
  const [keys, values] = [column(data, "key"), column(data, "value")];
  const rows = await csv(page, "learn");
  const runs = ["others", "all"].map((by) => rows.filter((row) => row["predicted from"] === by));
  for (const [i, run] of runs.entries()) {
    expect(run).toHaveLength(80);
    const wrong = largestOf(run, ({ width, "mean squared error": found }) => {
      const expected = error(keys, values, Number(width), i === 0);
      return Math.abs(Number(found) - expected) / Math.max(1, expected);
    });
    expect(wrong).toBeLessThan(1e-4);
  }
  const last = Number(runs[0].at(-1)!.width);
  const own = error(keys, values, last, true);
  for (const factor of [0.9, 1.1])
    expect(error(keys, values, last * factor, true)).toBeGreaterThan(own * 0.9999);
  expect(Number(runs[1].at(-1)!.width)).toBeLessThan(last);
  const drawnAt = async () => drawnLine(page, "learn", 0, "estimate");
  const before = await drawnAt();
  await change(page, () => page.locator("input[name=learnStep]").fill("80"));
  const after = await drawnAt();
  expect(after).not.toEqual(before);
  const input = {
    keys,
    values,
    dims: 1,
    columns: 1,
    kernel: "gaussian",
    shape: "radial",
  } as const;
  const { mean } = nadarayaWatson({ ...input, queries: Float64Array.of(2), bandwidth: [last] });
  const nearest = after.reduce((a, b) => (Math.abs(a[0] - 2) < Math.abs(b[0] - 2) ? a : b));
  expect(Math.abs(nearest[1] - mean[0])).toBeLessThan(0.05);
  await change(page, () => page.getByRole("button", { name: "Play" }).click());
  await expect(page.locator("input[name=learnStep]")).toHaveValue("80", { timeout: 30_000 });
});

test("coordinates: the width of what does not matter grows, and the truth is nearer", async ({
  page,
  open,
}) => {
  await open();
  const rows = await csv(page, "coordinates");
  const [one, each] = [rows[0], rows.at(-1)!];
  expect(one["σ₁"]).toBe(one["σ₂"]);
  expect(Number(each["σ₂"])).toBeGreaterThan(4 * Number(each["σ₁"]));
  expect(Number(each["off by"])).toBeLessThan(0.8 * Number(one["off by"]));
  expect(Number(each["leave-one-out error"])).toBeLessThanOrEqual(Number(one["leave-one-out error"]));
  const some = rows.filter((_, i) => i % 97 === 0 && i > rows.length / 2);
  const wrong = largestOf(some, (row) => Math.abs(Number(row.estimate) - Math.sin(8 * Number(row["x₁"]))));
  expect(wrong).toBeLessThan(0.5);
});

test("parzen: probabilities are quotients of the densities", async ({ page, open }) => {
  await open("birdX=2&birdSigma=0.2");
  const rows = await csv(page, "parzen");
  const parts = column(rows, "share × density");
  const wrong = largestOf(rows, ({ probability }, i) => {
    const first = i - (i % 3);
    return Math.abs(Number(probability) - parts[i] / (parts[first] + parts[first + 1] + parts[first + 2]));
  });
  expect(wrong).toBeLessThan(5e-5);
  const drawn = await drawnLine(page, "parzen", 0, "class");
  expect(drawn.length).toBe(161);
});

test("adaptive: both densities are the library's on the CPU, and the tail is smoother", async ({
  page,
  open,
}) => {
  await open();
  const rows = await csv(page, "adaptive");
  const source = randomLcg(0.11);
  const [normal, uniform] = [randomNormal.source(source)(0, 1), randomUniform.source(source)(0, 1)];
  const keys = Float64Array.from({ length: 1000 }, () => normal() * (uniform() < 2 / 3 ? 1 : 0.1));
  const engine = await Engine.create({ backend: "cpu" });
  for (const [name, adaptive] of [
    ["one", false],
    ["each", true],
  ] as const) {
    const own = rows.filter(({ bandwidths }) => bandwidths === name);
    const model = await KernelDensity.fit({ keys, adaptive }, { engine });
    const { density } = await model.evaluate(Float64Array.from(own, ({ x }) => Number(x)));
    expect(
      largestDifference(
        Float64Array.from(own, (row) => Number(row.density)),
        density,
      ),
    ).toBeLessThan(1e-5);
  }
});

test("sphere: softmax of dot products is the Gaussian's regression", async ({ page, open }) => {
  await open("angle=200&temperature=0.3");
  const rows = await csv(page, "sphere");
  const [softmax, gaussian] = [column(rows, "softmax of q·k/τ"), column(rows, "Gaussian of |q − k|")];
  expect(largestDifference(softmax, gaussian)).toBeLessThan(1e-5 * rangeOf(softmax));
  const angles = Array.from(
    { length: 24 },
    (_, i) => (Math.PI * i) / 12 + 0.35 * Math.sin((Math.PI * i) / 12),
  );
  const wrong = largestOf(rows, (row, i) => {
    const angle = (Number(row["angle (°)"]) * Math.PI) / 180;
    const weights = angles.map((a) => Math.exp(Math.cos(a - angle) / 0.3));
    const total = weights.reduce((p, q) => p + q);
    const mean = angles.reduce(
      (sum, a, k) => sum + (weights[k] / total) * (Math.sin(2 * a) + 0.4 * Math.cos(5 * a)),
      0,
    );
    return Math.abs(softmax[i] - mean);
  });
  expect(wrong).toBeLessThan(1e-5);
});

test("rates: errors fall as the theory says", async ({ page, open }) => {
  await open();
  const rows = await csv(page, "rates");
  expect(rows).toHaveLength(15);
  for (const dims of ["1", "2", "3"]) {
    const own = rows.filter(({ coordinates }) => coordinates === dims);
    const [first, last] = [own[0], own.at(-1)!];
    const slope =
      Math.log(Number(last.error) / Number(first.error)) / Math.log(Number(last.n) / Number(first.n));
    expect(Math.abs(slope + 2 / (Number(dims) + 4))).toBeLessThan(0.03);
    expect(largestOf(own, (row) => Number(row["standard error"]) / Number(row.error))).toBeLessThan(0.1);
  }
});

test("bridge: between the Gaussian and softmax of dot products", async ({ page, open }) => {
  const [angles, lengths] = [
    Array.from({ length: 24 }, (_, i) => (Math.PI * i) / 12),
    Array.from({ length: 24 }, (_, i) => [0.7, 1, 1.5][i % 3]),
  ];
  for (const lambda of [0, 0.4, 1]) {
    await open(`lambda=${lambda}&temperature=0.3`);
    const wrong = largestOf(await csv(page, "bridge"), (row) => {
      const query = (Number(row["angle (°)"]) * Math.PI) / 180;
      const scores = angles.map(
        (a, k) => lengths[k] * Math.cos(a - query) - ((1 - lambda) * lengths[k] ** 2) / 2,
      );
      const weights = scores.map((score) => Math.exp(score / 0.3));
      const total = weights.reduce((sum, each) => sum + each);
      const mean = angles.reduce(
        (sum, a, k) => sum + (weights[k] / total) * (Math.sin(2 * a) + 0.6 * (lengths[k] - 1)),
        0,
      );
      return Math.abs(Number(row.output) - mean);
    });
    expect(wrong).toBeLessThan(1e-5);
  }
});
