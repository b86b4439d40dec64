/** Relative representations: by their definition, and ASIF on two halves of handwritten digits. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Engine, relativeRepresentation, relativeSimilarity } from "../../index.ts";
import { draw } from "../../testing/random.ts";

const engine = await Engine.create({ backend: "cpu" });

test("a point is its most similar anchors, by powers of cosines", async () => {
  const random = draw(81);
  const matrix = (rows: number) =>
    Array.from({ length: rows }, () => Array.from({ length: 4 }, () => random.normal()));
  const [anchors, points] = [matrix(30), matrix(6)];
  const found = await relativeRepresentation({ anchors, points, count: 8, power: 3 }, { engine });
  for (const [i, p] of points.entries()) {
    const cosines = anchors.map(
      (a) => a.reduce((sum, x, j) => sum + x * p[j], 0) / Math.hypot(...a) / Math.hypot(...p),
    );
    const best = [...cosines.keys()].sort((a, b) => cosines[b] - cosines[a]).slice(0, 8);
    const weights = best.map((a) => Math.max(0, cosines[a]) ** 3);
    const norm = Math.hypot(...weights);
    for (const [place, a] of best.entries()) {
      expect(found.weights[i * 8 + place]).toBeCloseTo(weights[place] / norm, 8);
      if (weights[place] > 0) expect(found.anchors[i * 8 + place]).toBe(a);
    }
  }
  const own = relativeSimilarity(found, found);
  for (let i = 0; i < 6; i++) expect(own[i * 6 + i]).toBeCloseTo(1, 12);
  const failing = relativeRepresentation({ anchors, points: [[0, 0, 0, 0]], count: 3 }, { engine });
  await expect(failing).rejects.toThrow("points[0] has length 0");
  await expect(relativeRepresentation({ anchors, points, count: 3, power: 0 }, { engine })).rejects.toThrow(
    "power is 0, expected a number from 1 on",
  );
});

/**
 * 1797 handwritten digits of 8 × 8 pixels, each a number of ink from 0 to 16 written as one character (0 – 9, a – g), row by row.
 * E. Alpaydin and C. Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, doi:10.24432/C50P49, its
 * test set, by way of scikit-learn's `digits.csv.gz`. Licence: CC BY 4.0. Their upper and lower halves serve as two modalities that share nothing but which digits belong together. */
function halves() {
  const file = readFileSync(new URL("../../testing/digits.csv", import.meta.url), "utf8");
  const rows = file.trim().split("\n").slice(1);
  return rows.map((row) => {
    const pixels = [...row.slice(2)].map((c) => Number.parseInt(c, 17));
    return { label: Number(row[0]), upper: pixels.slice(0, 32), lower: pixels.slice(32) };
  });
}

test("ASIF: lower halves find their upper halves' digit through anchors, with nothing trained", async () => {
  const digits = halves();
  expect(digits).toHaveLength(1797);
  const coupled = digits.slice(0, 1000);
  const asked = digits.slice(1000, 1400);
  // In the modality of lower halves, ten prototypes: one example of each digit that is no anchor.
  const prototypes = Array.from(
    { length: 10 },
    (_, d) => digits.slice(1400).find(({ label }) => label === d)!,
  );
  const options = { count: 100, power: 8 };
  const upper = await relativeRepresentation(
    { anchors: coupled.map((d) => d.upper), points: asked.map((d) => d.upper), ...options },
    { engine },
  );
  const lower = await relativeRepresentation(
    { anchors: coupled.map((d) => d.lower), points: prototypes.map((d) => d.lower), ...options },
    { engine },
  );
  const similarity = relativeSimilarity(upper, lower);
  let right = 0;
  for (const [i, { label }] of asked.entries()) {
    const row = similarity.subarray(i * 10, (i + 1) * 10);
    if (row.indexOf(Math.max(...row)) === label) right++;
  }
  expect(right / asked.length).toBeGreaterThan(0.5); // 0.55; chance is 0.1
});
