/** Axes of the grid: gaps that no weight crosses are shortened, wherever in the list the keys are that make or fill them. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { draw } from "../../testing/random.ts";
import { axisOf } from "./axis.ts";

const spacing = { step: 0.1, pad: 12, half: 4, apart: 30 };
const axis = (data: readonly number[]) =>
  axisOf({ data: Float64Array.from(data), dims: 1, count: data.length }, 0, spacing);

test("clusters far apart are runs of their own, in any order of the keys", () => {
  fc.assert(
    fc.property(
      fc.record({
        seed: fc.nat(),
        clusters: fc.integer({ min: 1, max: 4 }),
        each: fc.constantFrom(1, 30, 1500),
        apart: fc.constantFrom(50, 1e3, 1e7),
        shuffled: fc.boolean(),
      }),
      ({ seed, clusters, each, apart, shuffled }) => {
        const random = draw(seed);
        const groups = Array.from({ length: clusters }, (_, g) =>
          Array.from({ length: each }, () => g * apart + random.uniform(0, 2)),
        );
        const keys = shuffled
          ? Array.from({ length: clusters * each }, (_, i) => groups[i % clusters][Math.floor(i / clusters)])
          : groups.flat();
        const { runs, length } = axis(keys);
        expect(runs.map(({ from, to }) => [from, to])).toEqual(
          groups.map((group) => [Math.min(...group), Math.max(...group)]),
        );
        // 20 grid points a cluster at most, and what is around it.
        expect(length).toBeLessThan(clusters * (21 + 100));
      },
    ),
    { seed: 3, numRuns: 60 },
  );
});

test("a gap that only the last key fills is none", () => {
  const keys = [...Array.from({ length: 5000 }, (_, i) => (i % 2) * 20 + (i % 7) / 10), ...[4, 8, 12, 16]];
  expect(axis(keys).runs).toHaveLength(1);
  expect(axis(keys.slice(0, -4)).runs).toHaveLength(2);
});
