/** Every figure's numbers against the float64 reference in this process, and what is drawn against the numbers. */
import { rgb } from "d3-color";
import { interpolateReds } from "d3-scale-chromatic";
import { mixture } from "../demo/draw/class-map.ts";
import { millionPoints } from "../demo/million-data.ts";
import { alpha, type DistanceKernelName, nadarayaWatson, weightMatrix } from "../src/reference/index.ts";
import { largestDifference, rangeOf } from "../src/testing/random.ts";
import { change, column, csv, drawnLine, expect, largestOf, pixels, show, test } from "./page.ts";

const input = (keys: Float64Array, queries: Float64Array, kernel: string, sigma: number) => ({
  keys,
  queries,
  dims: 1,
  kernel,
  shape: "radial" as const,
  bandwidth: [sigma],
});

/** Groups of rows of a table by the panel they belong to. */
function panels<T extends { kernel?: string; sigma?: string }>(rows: readonly T[]): T[][] {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const name = `${row.kernel} ${row.sigma}`;
    groups.set(name, [...(groups.get(name) ?? []), row]);
  }
  return [...groups.values()];
}

test("kernels: α(u)/α(0) by the formula, and drawn so", async ({ page, open }) => {
  await open();
  const groups = panels(await csv(page, "kernels"));
  expect(groups.map(([first]) => first.kernel)).toEqual(["gaussian", "boxcar", "constant", "triangular"]);
  for (const [i, rows] of groups.entries()) {
    const own = alpha[rows[0].kernel as DistanceKernelName];
    const wrong = largestOf(rows, (row) => Math.abs(Number(row.alpha) - own(Math.abs(Number(row.u)))));
    expect(wrong).toBeLessThan(5e-6);
    const drawn = await drawnLine(page, "kernels", i, "kernel");
    expect(drawn.length).toBe(rows.length);
    expect(largestOf(drawn, ([x], j) => Math.abs(x - Number(rows[j].u)))).toBeLessThan(0.01);
    expect(largestOf(drawn, ([, y], j) => Math.abs(y - Number(rows[j].alpha)))).toBeLessThan(0.01);
  }
});

test("data: sorted keys on [0, 5], values around the truth, the same for the same seed", async ({
  page,
  open,
}) => {
  await open("seed=11");
  const rows = await csv(page, "data");
  const keys = column(rows, "key");
  expect(keys.length).toBe(40);
  expect([...keys]).toEqual([...keys].sort((a, b) => a - b));
  expect(keys[0]).toBeGreaterThanOrEqual(0);
  expect(keys.at(-1)).toBeLessThanOrEqual(5);
  const truth = column(rows, "truth");
  expect(largestOf(keys, (x, i) => Math.abs(truth[i] - (2 * Math.sin(x) + x)))).toBeLessThan(1e-12);
  expect(largestDifference(column(rows, "value"), truth)).toBeLessThan(5);
  await page.goto("about:blank");
  await open("seed=11");
  expect(await csv(page, "data")).toEqual(rows);
  await open("seed=11&noise=0");
  expect(column(await csv(page, "data"), "value")).toEqual(column(rows, "truth"));
});

test("hero: the weights of one query, and their answer", async ({ page, open }) => {
  await open("query=3.21&sigma=0.3");
  const rows = await csv(page, "hero");
  const [keys, values] = [column(rows, "key"), column(rows, "value")];
  const given = input(keys, new Float64Array([3.21]), "gaussian", 0.3);
  const weights = weightMatrix(given);
  expect(largestDifference(column(rows, "weight"), weights)).toBeLessThan(1e-6);
  const { mean } = nadarayaWatson({ ...given, values, columns: 1 });
  expect(Number(rows[0].estimate)).toBeCloseTo(mean[0], 4);
  // The area of a dot above the smallest grows with its weight.
  const radii = await page
    .locator("#hero g.hero circle")
    .evaluateAll((dots) => dots.map((dot) => Number(dot.getAttribute("r"))));
  const largest = Math.max(...weights);
  // Plot draws the large ones first.
  const expected = [...weights].map((w) => 2.5 + 6 * Math.sqrt(w / largest)).sort((a, b) => b - a);
  expect(
    largestDifference(
      radii.sort((a, b) => b - a),
      expected,
    ),
  ).toBeLessThan(0.01);
});

for (const figure of ["estimates", "bandwidths", "any-estimate"]) {
  test(`${figure}: the reference's means, and drawn so`, async ({ page, open }) => {
    await open("sigma=0.37&seed=3&fourth=epanechnikov&kernel=matern32");
    const data = await csv(page, "data");
    const [keys, values] = [column(data, "key"), column(data, "value")];
    const groups = panels(await csv(page, figure));
    expect(groups.length).toBe(figure === "any-estimate" ? 1 : 4);
    for (const [i, rows] of groups.entries()) {
      const queries = column(rows, "query");
      expect(queries.length).toBe(50);
      const given = input(keys, queries, rows[0].kernel!, Number(rows[0].sigma));
      const { mean } = nadarayaWatson({ ...given, values, columns: 1 });
      const estimate = column(rows, "estimate");
      expect(largestDifference(estimate, mean)).toBeLessThan(1e-5 * rangeOf(values));
      const drawn = await drawnLine(page, figure, i, "estimate");
      const shown = [...estimate].map((y, j) => [queries[j], y]).filter(([, y]) => !Number.isNaN(y));
      expect(drawn.length).toBe(shown.length);
      expect(largestOf(drawn, ([x], j) => Math.abs(x - shown[j][0]))).toBeLessThan(0.02);
      expect(largestOf(drawn, ([, y], j) => Math.abs(y - shown[j][1]))).toBeLessThan(0.01 * rangeOf(values));
    }
  });
}

for (const figure of ["weights", "bandwidth-weights", "any-weights"]) {
  test(`${figure}: the reference's weights, and painted so`, async ({ page, open }) => {
    await open("sigma=0.25&seed=5&n=33");
    const data = await csv(page, "data");
    const keys = column(data, "key");
    const rows = await csv(page, figure);
    const all = column(rows, "weight");
    const largest = all.reduce((most, w) => Math.max(most, w || 0), 0);
    for (const [i, group] of panels(rows).entries()) {
      const weights = column(group, "weight");
      const [n, m] = [33, 50];
      expect(weights.length).toBe(n * m);
      const queries = column(group.slice(0, m), "query");
      const given = input(keys, queries, group[0].kernel!, Number(group[0].sigma));
      expect(largestDifference(weights, weightMatrix(given))).toBeLessThan(1e-5);
      const { width, height, data: painted } = await pixels(page, figure, i);
      expect([width, height]).toEqual([n, m]);
      const wrong = largestOf(weights, (weight, place) => {
        const [k, q] = [Math.floor(place / m), place % m];
        const at = 4 * ((m - 1 - q) * n + k);
        const { r, g, b } = rgb(interpolateReds(weight / largest));
        return largestDifference(painted.slice(at, at + 3), [r, g, b]);
      });
      expect(wrong).toBeLessThanOrEqual(3);
    }
  });
}

test("motorcycle: real data, the reference's means, and drawn so", async ({ page, open }) => {
  await open("rideSigma=2.3&rideKernel=tricube");
  const rows = await csv(page, "motorcycle");
  const data = rows.filter((row) => row.series === "data");
  const fit = rows.filter((row) => row.series === "estimate");
  expect(data.length).toBe(133);
  const values = column(data, "acceleration (g)");
  const queries = column(fit, "time (ms)");
  const given = input(column(data, "time (ms)"), queries, "tricube", 2.3);
  const { mean } = nadarayaWatson({ ...given, values, columns: 1 });
  const estimate = column(fit, "acceleration (g)");
  expect(largestDifference(estimate, mean)).toBeLessThan(1e-5 * rangeOf(values));
  const drawn = await drawnLine(page, "motorcycle", 0, "estimate");
  const shown = [...estimate].map((y, j) => [queries[j], y]).filter(([, y]) => !Number.isNaN(y));
  expect(drawn.length).toBe(shown.length);
  expect(largestOf(drawn, ([, y], j) => Math.abs(y - shown[j][1]))).toBeLessThan(1);
});

test("choose: leave-one-out errors by definition, and the best one can be taken", async ({ page, open }) => {
  await open("rideKernel=gaussian");
  const rows = await csv(page, "choose");
  const data = (await csv(page, "motorcycle")).filter((row) => row.series === "data");
  const [keys, values] = [column(data, "time (ms)"), column(data, "acceleration (g)")];
  expect(rows.length).toBeGreaterThan(24); // a grid of 24, and the way to the bottom
  const mean = values.reduce((a, b) => a + b) / values.length;
  for (const row of rows.filter((_, i) => i % 7 === 0)) {
    const h = Number(row["bandwidth (ms)"]);
    let squares = 0;
    keys.forEach((key, i) => {
      let [total, sum] = [0, 0];
      keys.forEach((other, j) => {
        if (i === j) return;
        const weight = Math.exp(-(((key - other) / h) ** 2) / 2);
        total += weight;
        sum += weight * values[j];
      });
      // Far from all others the nearest decides, which a sum that underflows cannot say.
      if (total > 1e-300) squares += (values[i] - sum / total) ** 2;
      else squares += (values[i] - nearestOther(keys, values, i, mean)) ** 2;
    });
    const error = Math.sqrt(squares / keys.length);
    expect(Math.abs(Number(row["leave-one-out error (g)"]) / error - 1)).toBeLessThan(1e-3);
  }
  const best = rows.reduce((a, b) =>
    Number(b["leave-one-out error (g)"]) < Number(a["leave-one-out error (g)"]) ? b : a,
  );
  await change(page, () => page.locator("#take-best").click());
  const taken = Number((await page.locator("input[name=rideSigma]").inputValue()) || 0);
  expect(Math.abs(10 ** taken / Number(best["bandwidth (ms)"]) - 1)).toBeLessThan(0.06);
});

/** The mean of the nearest other readings' values. */
function nearestOther(keys: Float64Array, values: Float64Array, i: number, fallback: number): number {
  let [least, sum, count] = [Infinity, 0, 0];
  keys.forEach((key, j) => {
    const d = Math.abs(key - keys[i]);
    if (j === i || d > least + 1e-12) return;
    if (d < least - 1e-12) [least, sum, count] = [d, 0, 0];
    sum += values[j];
    count++;
  });
  return count ? sum / count : fallback;
}

test("penguins: the reference's probabilities, and painted so", async ({ page, open }) => {
  await open("birdX=2&birdY=3&birdSigma=0.2");
  const rows = await csv(page, "penguins");
  const [x, y, ...classes] = rows.columns;
  expect([x, y, ...classes]).toEqual([
    "flipper length (mm)",
    "body mass (g)",
    "Adelie",
    "Chinstrap",
    "Gentoo",
  ]);
  const { csvParse } = await import("d3-dsv");
  const { readFileSync } = await import("node:fs");
  const birds = csvParse(readFileSync(new URL("../demo/data/penguins.csv", import.meta.url), "utf8"));
  const deviation = (name: string) => {
    const data = column(birds, name);
    const mean = data.reduce((a, b) => a + b) / data.length;
    return Math.sqrt(data.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (data.length - 1));
  };
  const { mean } = nadarayaWatson({
    keys: Float64Array.from(birds.flatMap((bird) => [Number(bird[x]), Number(bird[y])])),
    values: Float64Array.from(
      birds.flatMap((bird) => classes.map((name) => (bird.species === name ? 1 : 0))),
    ),
    queries: Float64Array.from(rows.flatMap((row) => [Number(row[x]), Number(row[y])])),
    dims: 2,
    columns: 3,
    kernel: "gaussian",
    shape: "radial",
    bandwidth: [0.2 * deviation(x), 0.2 * deviation(y)],
  });
  const probability = Float64Array.from(rows.flatMap((row) => classes.map((name) => Number(row[name]))));
  expect(largestDifference(probability, mean)).toBeLessThan(1e-5);
  const { width, height, data: painted } = await pixels(page, "penguins", 0);
  const wrong = largestOf(rows, (_, i) => {
    const at = 4 * ((height - 1 - Math.floor(i / width)) * width + (i % width));
    return largestDifference(painted.slice(at, at + 3), mixture(mean.slice(3 * i, 3 * i + 3)));
  });
  expect(rows).toHaveLength(width * height);
  expect(wrong).toBeLessThanOrEqual(2);
  await expect(page.locator("#penguins svg g.penguins path")).toHaveCount(342);
});

test("million: the reference's means for 20 000 keys, and drawn so", async ({ page, open }) => {
  await open("million=20000&millionSigma=0.03");
  const rows = await csv(page, "million");
  const { keys, values } = millionPoints(20_000);
  const queries = column(rows, "query");
  expect(queries.length).toBe(800);
  const given = input(keys, queries, "gaussian", 0.03);
  const { mean } = nadarayaWatson({ ...given, values, columns: 1 });
  const estimate = column(rows, "estimate");
  expect(largestDifference(estimate, mean)).toBeLessThan(1e-6 * rangeOf(values));
  const drawn = await drawnLine(page, "million", 0, "estimate");
  expect(drawn.length).toBe(800);
  expect(largestOf(drawn, ([x], i) => Math.abs(x - queries[i]))).toBeLessThan(0.02);
  expect(largestOf(drawn, ([, y], i) => Math.abs(y - estimate[i]))).toBeLessThan(0.05);
  await expect(page.locator("#million svg")).toHaveAttribute(
    "aria-label",
    /20,000 keys, 800 queries: (expand|cull)/,
  );
});

test("million: a million keys follow the slider", async ({ page, open }) => {
  await open("million=1000000");
  const before = column(await csv(page, "million"), "estimate");
  await change(page, () => page.locator("input[name=millionSigma]").fill("-0.3"));
  const after = column(await csv(page, "million"), "estimate");
  expect(largestDifference(before, after)).toBeGreaterThan(0.1); // wider, and smoother
  await expect(page.locator("#million svg")).toHaveAttribute("aria-label", /1,000,000 keys.* expand/);
});

test("skipped: no pair of a skipped pair of tiles weighs a millionth of a millionth", async ({
  page,
  open,
}) => {
  await open("million=2000&millionSigma=0.02");
  const rows = await csv(page, "skipped");
  // All tiles are full but the last: 2000 keys in tiles of 32, 512 queries in tiles of 8.
  const tiles = 63;
  expect(rows.length).toBe(64 * tiles);
  const keys = millionPoints(2000).keys.slice().sort();
  const queries = Float64Array.from({ length: 512 }, (_, i) => ((i + 0.5) / 512) * 5);
  const heaviest = new Float64Array(64 * tiles).fill(-Infinity);
  for (let q = 0; q < 512; q++) {
    for (let k = 0; k < 2000; k++) {
      const pair = Math.floor(q / 8) * tiles + Math.floor(k / 32);
      heaviest[pair] = Math.max(heaviest[pair], -(((queries[q] - keys[k]) / 0.02) ** 2) / 2);
    }
  }
  const bounds = column(rows, "log of the largest weight");
  const pairs = rows.map((row) => Number(row["tile of queries"]) * tiles + Number(row["tile of keys"]));
  expect(pairs).toEqual(rows.map((_, pair) => pair));
  expect(largestOf(heaviest, (log, pair) => log - bounds[pair])).toBeLessThan(1e-9);
  expect(rows.map(({ weighed }) => weighed)).toEqual(
    Array.from(bounds, (log) => (log >= Math.log(1e-12) ? "1" : "0")),
  );
  const skipped = rows.filter(({ weighed }) => weighed === "0").length;
  expect(skipped).toBeGreaterThan(3000);
  const { data } = await pixels(page, "skipped", 0);
  let empty = 0;
  for (let i = 3; i < data.length; i += 4) if (data[i] === 0) empty++;
  expect(empty).toBe(skipped);
});

test("stages: the shaders of each step, their sums and means", async ({ page, open }) => {
  await open("seed=9&n=37&sigma=0.4");
  const data = await csv(page, "data");
  const [keys, values] = [column(data, "key"), column(data, "value")];
  const rows = await csv(page, "stages");
  const queries = column(rows, "query");
  const given = input(keys, queries, "gaussian", 0.4);
  const { mean, logSum } = nadarayaWatson({ ...given, values, columns: 1 });
  expect(largestDifference(column(rows, "mean"), mean)).toBeLessThan(1e-5 * rangeOf(values));
  const sums = column(rows, "sum of weights");
  expect(largestDifference(sums, logSum.map(Math.exp))).toBeLessThan(1e-4);
  const parts = [1, 2, 3, 4].map((part) => column(rows, `part ${part}`));
  expect(
    largestDifference(
      sums,
      sums.map((_, q) => parts.reduce((sum, part) => sum + part[q], 0)),
    ),
  ).toBeLessThan(1e-4);
  for (const [step, stage, code] of [
    ["2", "tiled pairwise evaluation", "fn pairwise"],
    ["4", "column-sum reduction", "fn columnSum"],
    ["5", "normalisation", "fn normalize"],
  ]) {
    await change(page, () => page.locator("input[name=stage]").fill(step));
    await show(page, "stages");
    await expect(page.locator("#stages [aria-current]")).toContainText(new RegExp(`${stage}: [\\d.]+ µs`));
    await expect(page.locator("#stages pre")).toContainText(code);
  }
  const drawn = await drawnLine(page, "stages", 0, "estimate");
  expect(largestOf(drawn, ([x], i) => Math.abs(x - queries[i]))).toBeLessThan(0.05);
  expect(largestOf(drawn, ([, y], i) => Math.abs(y - mean[i]))).toBeLessThan(0.01 * rangeOf(values));
});
