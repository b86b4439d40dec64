/** The search for the least score: of one number, and first on a sample of the rows. */
import { expect, test } from "vitest";
import { draw } from "../testing/random.ts";
import { minimumBetween } from "./minimum.ts";
import { search } from "./search.ts";

test.each<[string, (x: number) => number, number]>([
  ["a parabola", (x) => (x - 0.3) ** 2, 0.3],
  ["a corner", (x) => Math.abs(x - 0.7), 0.7],
  ["a flat bottom", (x) => (x - 0.4) ** 8, 0.4],
  ["infinite beside it", (x) => (x < 0.5 ? Infinity : (x - 0.6) ** 2), 0.6],
  ["at an end", (x) => -x, 1],
])("the bottom between two points: %s", async (_, f, bottom) => {
  let calls = 0;
  const found = await minimumBetween([0, 1], { x: 0.8, score: f(0.8) }, 1e-3, async (x) => {
    calls++;
    expect(x).toBeGreaterThanOrEqual(0);
    expect(x).toBeLessThanOrEqual(1);
    return f(x);
  });
  expect(found.score).toBe(f(found.x));
  if (bottom === 0.4) expect(f(found.x)).toBeLessThan(1e-8);
  else expect(Math.abs(found.x - bottom)).toBeLessThan(4e-3);
  expect(calls).toBeLessThan(30);
});

const limits = [[1e-4, 1e4]] as const;
/** A valley at h, next to which scores rise like those of cross-validation. */
const valley = (h: number, x: number) => 1 + h / x + (x / h) ** 2 / 2;

/** What was asked of all rows, and what was found. */
async function withSample(sampleAt: number, score: (h: number) => number) {
  const wider = Math.log(2);
  const sample = { score: async ([h]: readonly number[]) => valley(sampleAt, Math.min(h, 1e3)), wider };
  const found = await search({ limits, grid: 24, sample }, async ([h]) => score(h));
  return { evaluations: found.candidates.length, h: found.best.bandwidth[0] };
}

test("a sample shows where the valley is, and all rows say how deep", async () => {
  const { evaluations, h } = await withSample(0.1, (x) => valley(0.05, Math.min(x, 1e3)));
  expect(Math.abs(h / 0.05 - 1)).toBeLessThan(0.003);
  expect(evaluations).toBeLessThan(12);
});

test("a sample that is off by a factor of two is followed", async () => {
  const { evaluations, h } = await withSample(0.1, (x) => valley(0.025, Math.min(x, 1e3)));
  expect(Math.abs(h / 0.025 - 1)).toBeLessThan(0.003);
  expect(evaluations).toBeLessThan(16);
});

test("where all rows have a deeper valley that is narrower, or the sample's is none of theirs, the whole range is searched", async () => {
  const two = await withSample(0.1, (x) =>
    Math.min(valley(0.015, Math.min(x, 1e3)), valley(0.05, Math.min(x, 1e3)) + 0.3),
  );
  expect(Math.abs(two.h / 0.015 - 1)).toBeLessThan(0.003);
  expect(two.evaluations).toBeGreaterThan(24);
  const far = await withSample(0.1, (x) => valley(30, Math.min(x, 1e3)));
  expect(Math.abs(far.h / 30 - 1)).toBeLessThan(0.003);
  expect(far.evaluations).toBeGreaterThan(24);
});

test("a search finds the bottom of a noisy valley in two coordinates as well as its noise allows", async () => {
  const random = draw(3);
  const { best } = await search(
    {
      limits: [
        [1e-3, 1e3],
        [1e-3, 1e3],
      ],
      grid: 24,
    },
    async ([a, b]) => valley(0.3, a) + valley(2, b) + 1e-9 * random.normal(),
  );
  expect(Math.abs(best.bandwidth[0] / 0.3 - 1)).toBeLessThan(0.01);
  expect(Math.abs(best.bandwidth[1] / 2 - 1)).toBeLessThan(0.01);
});

test("a valley that is narrow in both of two coordinates is found", async () => {
  const limits = [
    [1e-3, 1e3],
    [1e-3, 1e3],
  ] as const;
  const far = (h: number, bottom: number) => Math.log(h / bottom) ** 2;
  const { best } = await search(
    { limits, grid: 24 },
    async ([a, b]) => 1 + far(a, 30) / 1e3 - Math.exp(-far(a, 0.02) - far(b, 5)),
  );
  expect(Math.abs(best.bandwidth[0] / 0.02 - 1)).toBeLessThan(0.01);
  expect(Math.abs(best.bandwidth[1] / 5 - 1)).toBeLessThan(0.01);
});
