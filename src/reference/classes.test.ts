import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { attention } from "./attention.ts";
import { classes } from "./classes.ts";
import { nadarayaWatson } from "./nadaraya-watson.ts";
import { brierScore } from "./score.ts";

test("probabilities of iris are NumPy's", () => {
  const url = new URL("../testing/golden/iris-classification.json", import.meta.url);
  const { keys, labels, bandwidth, expected } = JSON.parse(readFileSync(url, "utf8"));
  const found = classes({ keys, kernel: "gaussian", bandwidth }, labels, keys);
  expect(found.classes).toEqual([...new Set(labels)]);
  for (const [q, row] of expected.probability.entries())
    for (const [c, p] of row.entries()) expect(found.probability[q][c]).toBeCloseTo(p, 10);
  const right = found.labels.filter((label, i) => label === labels[i]).length;
  expect(right / labels.length).toBeCloseTo(expected.accuracy, 12);
});

// At 0 the triangular kernel weighs 1, ½, 0, ½: "a" has 1 of two rows, "b" 1 of two; shares of the query ¾ and ¼ after masses.
const keys = [[0], [0.5], [3], [-0.5]];
const labels = ["a", "a", "b", "b"];
const problem = { keys, kernel: "triangular", bandwidth: [1] } as const;

test("priors are Bayes'", () => {
  const at = (priors?: "shares" | "equal" | number[]) =>
    classes(problem, labels, [[0]], priors).probability[0];
  expect(at()[0]).toBeCloseTo(0.75, 14);
  expect(at([1, 3])[0]).toBeCloseTo(0.5, 14);
  const weighted = { ...problem, sampleWeights: [1, 1, 3, 1] };
  // Masses 2 and 4: densities 1.5 / 2 and 0.5 / 4.
  expect(classes(weighted, labels, [[0]], "equal").probability[0][0]).toBeCloseTo(0.75 / 0.875, 14);
  expect(classes(problem, labels, [[9]]).labels).toEqual([undefined]);
});

test("the Brier score leaves the row out, and knows the priors", () => {
  // Without itself: row 0 sees ½ a, ½ b; row 1 sees a alone; row 2 nothing, so all others alike, ⅔ a; row 3 a alone (its other is 1 away).
  const shares = (0.5 + 0 + 8 / 9 + 2) / 4;
  expect(brierScore(problem, labels)).toBeCloseTo(shares, 14);
  // Priors 1 : 3. Row 0: a ½ / 1 · 1, b ½ / 2 · 3, so ⅗ b. Row 2, which no other reaches: its priors.
  expect(brierScore(problem, labels, [1, 3])).toBeCloseTo((2 * 0.6 ** 2 + 0 + 2 * 0.25 ** 2 + 2) / 4, 14);
});

test("attention is a softmax of products", () => {
  const input = { queries: [[1, 0]], keys: [[1, 0], [0, 1]], values: [[1], [0]], temperature: 0.5 }; // biome-ignore format: a line
  expect(attention(input)[0][0]).toBeCloseTo(1 / (1 + Math.exp(-2)), 14);
  expect(attention({ ...input, temperature: undefined })[0][0]).toBeCloseTo(
    1 / (1 + Math.exp(-Math.SQRT1_2)),
    14,
  );
  expect(attention({ ...input, mask: [[false, true]] })).toEqual([[0]]);
  expect(attention({ ...input, mask: [[false, false]] })).toEqual([[NaN]]);
});

test("heads attend by themselves, and a causal mask hides later keys", () => {
  const rows = [[1, 0], [0, 2]]; // biome-ignore format: a line
  const found = attention({ queries: rows, keys: rows, values: rows, heads: 2, mask: "causal" });
  expect(found[0]).toEqual([1, 0]);
  // Of the second query: head 0 has products 0, 0; head 1 has 0, 4.
  expect(found[1][0]).toBeCloseTo(0.5, 14);
  expect(found[1][1]).toBeCloseTo(2 / (1 + Math.exp(-4)), 14);
});

test("attention is regression with keys that weigh exp(|k|² / 2τ)", () => {
  const rows = Array.from({ length: 9 }, (_, i) => [Math.sin(3 * i), Math.cos(5 * i), 1.3 * Math.sin(i)]);
  const values = rows.map((row) => [row[0] * row[1]]);
  const regression = nadarayaWatson({
    keys: Float64Array.from(rows.flat()),
    queries: Float64Array.from(rows.flat()),
    values: Float64Array.from(values.flat()),
    dims: 3,
    columns: 1,
    kernel: "gaussian",
    shape: "radial",
    bandwidth: [0.9, 0.9, 0.9],
    keyWeights: Float64Array.from(rows, (k) => Math.exp(k.reduce((sum, x) => sum + x * x, 0) / 2 / 0.81)),
  });
  const found = attention({ queries: rows, keys: rows, values, temperature: 0.81 });
  for (const [q, row] of found.entries()) expect(row[0]).toBeCloseTo(regression.mean[q], 13);
});
