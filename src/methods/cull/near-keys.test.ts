/** The keys near some queries: none that matters is left out, wherever they lie. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Matrix } from "../../data/matrix.ts";
import { draw } from "../../testing/random.ts";
import { nearKeys } from "./near-keys.ts";

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
      }),
      ({ seed, dims, count, spread, offset, outlier, bandwidth, margin }) => {
        const random = draw(seed);
        const points = (n: number, far: number): Matrix => ({
          data: Float64Array.from({ length: n * dims }, () => offset + spread * far * random.normal()),
          ...{ dims, count: n },
        });
        const [keys, queries] = [points(count, 1), points(12, 3)];
        keys.data[0] += outlier;
        const widths = Array.from({ length: dims }, (_, j) => bandwidth * (1 + j));
        const indices = [0, 3, 4, 11];
        const reach = (nearest: number) => nearest + margin;
        const near = nearKeys(keys, widths, queries, indices, reach);
        const found = new Set(near);
        expect([...near]).toEqual([...near].sort((a, b) => a - b));
        for (const q of indices) {
          const squared = Array.from({ length: count }, (_, i) =>
            widths.reduce(
              (sum, h, j) => sum + ((keys.data[i * dims + j] - queries.data[q * dims + j]) / h) ** 2,
              0,
            ),
          );
          const limit = reach(Math.min(...squared));
          for (const [i, each] of squared.entries()) if (each <= limit) expect(found.has(i)).toBe(true);
        }
        if (bandwidth === 1e-3 && spread === 1 && outlier === 0) {
          kept += near.length;
          all += count;
        }
      },
    ),
    { seed: 5, numRuns: 300 },
  );
  expect(kept / all).toBeLessThan(0.5);
});
