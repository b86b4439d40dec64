/** The keys near some queries: none that matters is left out, wherever they lie. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Matrix } from "../../data/matrix.ts";
import { draw } from "../../testing/random.ts";
import { nearKeys } from "./near-keys.ts";

test("the same for more queries than there are boxes", () => {
  const random = draw(9);
  for (const dims of [1, 2, 3]) {
    const points = (count: number, spread: number): Matrix => ({
      data: Float64Array.from({ length: count * dims }, () => spread * random.normal()),
      ...{ dims, count },
    });
    const [keys, queries] = [points(300, 1), points(1500, 3)];
    const indices = [...Array(queries.count).keys()].slice(100);
    const widths = new Array<number>(dims).fill(0.05);
    const near = new Set(nearKeys(keys, widths, queries, indices, (nearest) => nearest + 40));
    for (const q of indices) {
      const squared = Array.from({ length: keys.count }, (_, i) =>
        widths.reduce(
          (sum, h, j) => sum + ((keys.data[i * dims + j] - queries.data[q * dims + j]) / h) ** 2,
          0,
        ),
      );
      const limit = Math.min(...squared) + 40;
      const missing = squared.findIndex((each, i) => each <= limit && !near.has(i));
      expect(missing).toBe(-1);
    }
  }
});

test("every key within reach of a query is among them, and far from the rim few others", () => {
  let [kept, all] = [0, 0];
  fc.assert(
    fc.property(
      fc.record({
        seed: fc.nat(),
        dims: fc.integer({ min: 1, max: 3 }),
        count: fc.integer({ min: 1, max: 400 }),
        spread: fc.constantFrom(0, 1e-9, 1, 1e3),
        offset: fc.constantFrom(0, 1e6, -1e12),
        outlier: fc.constantFrom(0, 1e9),
        bandwidth: fc.constantFrom(1e-3, 0.1, 1, 100),
        margin: fc.constantFrom(1, 40),
        withoutSelf: fc.boolean(),
      }),
      ({ seed, dims, count, spread, offset, outlier, bandwidth, margin, withoutSelf }) => {
        const random = draw(seed);
        const points = (n: number, far: number): Matrix => ({
          data: Float64Array.from({ length: n * dims }, () => offset + spread * far * random.normal()),
          ...{ dims, count: n },
        });
        const keys = points(withoutSelf ? count + 12 : count, 1);
        keys.data[0] += outlier;
        const queries = withoutSelf ? keys : points(12, 3);
        const widths = Array.from({ length: dims }, (_, j) => bandwidth * (1 + j));
        const indices = [0, 3, 4, 11];
        const reach = (nearest: number) => nearest + margin;
        const near = nearKeys(keys, widths, queries, indices, reach, withoutSelf);
        const found = new Set(near);
        expect([...near]).toEqual([...near].sort((a, b) => a - b));
        for (const q of indices) {
          const squared = Array.from({ length: keys.count }, (_, i) =>
            widths.reduce(
              (sum, h, j) => sum + ((keys.data[i * dims + j] - queries.data[q * dims + j]) / h) ** 2,
              0,
            ),
          );
          const others = squared.filter((_, i) => !(withoutSelf && i === q));
          const limit = reach(Math.min(...others));
          for (const [i, each] of squared.entries())
            if (each <= limit && !(withoutSelf && i === q)) expect(found.has(i)).toBe(true);
        }
        if (bandwidth === 1e-3 && spread === 1 && outlier === 0) {
          kept += near.length;
          all += keys.count;
        }
      },
    ),
    { seed: 5, numRuns: 300 },
  );
  expect(kept / all).toBeLessThan(0.5);
});
