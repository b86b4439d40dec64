/** Relative representations: by their definition, and ASIF on two halves of handwritten digits. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
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

describe("vectors of few coordinates", () => {
  const represent = (anchors: readonly number[][], points: readonly number[][], power?: number) =>
    relativeRepresentation({ anchors, points, count: anchors.length, power }, { engine });
  const anchors = [
    [1, 1, 0, 0],
    [2, 3, 0, 0],
  ];

  test("a point without a coordinate in common with an anchor has no weight, and no similarity", async () => {
    const stranger = await represent(anchors, [[0, 0, 1, 1]]);
    expect([...stranger.weights]).toEqual([0, 0]);
    expect([...stranger.anchors]).toEqual([-1, -1]);
    expect(relativeSimilarity(stranger, await represent(anchors, [[1, 1, 0, 0]]))[0]).toBe(0);
  });

  test.each([
    ["integers", [3, 4], [-4, 3]],
    ["decimals", [0.1, 0.2], [-0.6, 0.3]],
    ["thirds", [1 / 3, 0.7, 0], [-2.1, 1, 5]],
    ["unequal lengths", [1e-200, 2e-200], [-2e200, 1e200]],
  ])("orthogonal vectors of %s have no weight", async (_, a, p) => {
    expect([...(await represent([a], [p])).weights]).toEqual([0]);
  });

  test("random vectors of integers have the cosines' ranks, and 0 without a coordinate in common", async () => {
    const random = draw(82);
    const sparse = () => {
      for (;;) {
        const row = Array.from({ length: 6 }, () =>
          random.uniform(0, 1) < 0.35 ? Math.floor(random.uniform(1, 50)) : 0,
        );
        if (row.some((x) => x > 0)) return row;
      }
    };
    const [rows, points] = [200, 50].map((count) => Array.from({ length: count }, sparse));
    const found = await represent(rows, points, 2);
    for (const [i, p] of points.entries()) {
      const squares = rows.map(
        (a) => a.reduce((sum, x, j) => sum + x * p[j], 0) ** 2 / a.reduce((s, x) => s + x * x, 0),
      );
      const norm = Math.hypot(...squares);
      const similar = found.anchors.subarray(i * 200, (i + 1) * 200).filter((a) => a >= 0);
      expect(new Set(similar)).toEqual(new Set([...squares.keys()].filter((a) => squares[a] > 0)));
      for (const [place, a] of similar.entries())
        expect(found.weights[i * 200 + place]).toBeCloseTo(norm > 0 ? squares[a] / norm : 0, 12);
    }
  });

  test.each([1e-200, 1e200, 5e-324, 1e308])("a length of %s does not matter", async (length) => {
    const [small, large] = await Promise.all(
      [1, length].map((unit) =>
        represent(
          anchors.map(([x, y]) => [unit * Math.min(x, 1), unit * Math.min(y, 1), 0]),
          [[1, 0, 0]],
        ),
      ),
    );
    expect([...large.weights]).toEqual([...small.weights]);
    expect(small.weights[0]).toBeCloseTo(Math.SQRT1_2, 12);
  });

  test("of anchors in one direction the first is first, whatever their lengths", async () => {
    const random = draw(83);
    for (let i = 0; i < 60; i++) {
      const row = () => Array.from({ length: 1 + (i % 20) }, () => random.normal());
      const directions = [row(), row(), row()];
      const which = Array.from({ length: 9 }, () => Math.floor(random.uniform(0, 3)));
      const rows = which.map((d) => {
        const length = 10 ** random.uniform(-3, 3);
        return directions[d].map((x) => length * x);
      });
      const { anchors: order, weights } = await represent(rows, [row()], 3);
      for (let place = 1; place < 9 && order[place] >= 0; place++) {
        if (which[order[place]] !== which[order[place - 1]]) continue;
        expect(order[place]).toBeGreaterThan(order[place - 1]);
        expect(weights[place]).toBe(weights[place - 1]);
      }
    }
  });

  test("anchors that differ by more than rounding keep their ranks", async () => {
    const rows = [1e-9, 2e-9, 0, 3e-9].map((angle) => [Math.cos(0.5 + angle), Math.sin(0.5 + angle)]);
    expect([...(await represent(rows, [[1, 0]])).anchors]).toEqual([2, 0, 1, 3]);
  });

  test("products that underflow keep their ranks", async () => {
    const { anchors: order, weights } = await represent(
      [
        [1e-200, 1e150, 0],
        [3e-200, 1e150, 0],
      ],
      [[1e-200, 0, 1e150]],
    );
    expect([...order]).toEqual([1, 0]);
    expect(weights[1] / weights[0]).toBeCloseTo(1 / 3, 10);
  });

  test.each([500, 1e6])("the power %s keeps the most similar anchor", async (power) => {
    const rows = [
      [1, Math.sqrt(99)], // a cosine of 0.1
      [1, Math.sqrt(24)], // 0.2
    ];
    const { anchors: order, weights } = await represent(rows, [[1, 0]], power);
    expect([...order]).toEqual([1, 0]);
    expect(weights[0]).toBe(1);
    expect(weights[1]).toBeLessThan(1e-150);
  });

  test("embeddings have any number of coordinates, and there may be no points", async () => {
    const row = (i: number) => Array.from({ length: 1536 }, (_, j) => Math.sin(i * j + i));
    const { anchors: order } = await represent([row(1), row(2), row(3)], [row(3)]);
    expect(order[0]).toBe(2);
    expect(await represent(anchors, [])).toMatchObject({ anchors: new Int32Array(0), count: 2 });
    await expect(represent(anchors, [[1, 2]])).rejects.toThrow("points have 2 coordinates, expected 4");
    await expect(relativeRepresentation({ anchors, points: anchors, count: 0 }, { engine })).rejects.toThrow(
      "count is 0, expected a whole number from 1 on",
    );
  });
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
