/** The keys near some queries: none that matters is left out, wherever they lie, and none that does not is in. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { neverYield } from "../../common/yield.ts";
import type { Matrix } from "../../data/matrix.ts";
import { draw } from "../../testing/random.ts";
import { isWideRing } from "../../testing/ring.ts";
import { eachNear, type NearOptions } from "./near-keys.ts";

/** Compares the keys found for each query with those within the limit of all, and says what share of the pairs they are. */
async function check(
  keys: Matrix,
  queries: Matrix,
  indices: readonly number[],
  options: Omit<NearOptions, "mostPairs" | "yieldToEventLoop">,
): Promise<void> {
  const { bandwidth, reach, withoutSelf } = options;
  const found = new Map<number, Map<number, number>>();
  const all = { ...options, mostPairs: Infinity, yieldToEventLoop: neverYield };
  const isDone = await eachNear(keys, queries, indices, all, (query, { keys: near, squared, count }) => {
    found.set(query, new Map(Array.from({ length: count }, (_, i) => [near[i], squared[i]])));
  });
  expect(isDone).toBe(true);
  expect([...found.keys()].sort((a, b) => a - b)).toEqual([...indices]);
  for (const q of indices) {
    const squared = Array.from({ length: keys.count }, (_, i) =>
      bandwidth.reduce(
        (sum, h, j) => sum + ((queries.data[q * keys.dims + j] - keys.data[i * keys.dims + j]) / h) ** 2,
        0,
      ),
    );
    if (withoutSelf) squared[q] = Infinity;
    const limit = reach(Math.min(...squared));
    const expected = squared.flatMap((each, i) => (each <= limit && each < Infinity ? [i] : []));
    const near = found.get(q)!;
    expect([...near.keys()].sort((a, b) => a - b)).toEqual(expected);
    for (const [i, each] of near) expect(Math.abs(each - squared[i])).toBeLessThanOrEqual(1e-14 * squared[i]);
  }
}

test("the keys within reach of each query, and no others", async () => {
  await fc.assert(
    fc.asyncProperty(
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
      async ({ seed, dims, count, spread, offset, outlier, bandwidth: h, margin, withoutSelf }) => {
        const random = draw(seed);
        const points = (n: number, far: number): Matrix => ({
          data: Float64Array.from({ length: n * dims }, () => offset + spread * far * random.normal()),
          ...{ dims, count: n },
        });
        const keys = points(withoutSelf ? count + 12 : count, 1);
        keys.data[0] += outlier;
        const queries = withoutSelf ? keys : points(12, 3);
        const bandwidth = Array.from({ length: dims }, (_, j) => h * (1 + j));
        const reach = (nearest: number) => nearest + margin;
        await check(keys, queries, [0, 3, 4, 11], { bandwidth, reach, withoutSelf });
      },
    ),
    { seed: 5, numRuns: isWideRing ? 300 : 100 },
  );
});

test("the same for more queries than there are boxes", async () => {
  const random = draw(9);
  for (const dims of [1, 2, 3]) {
    const points = (count: number, spread: number): Matrix => ({
      data: Float64Array.from({ length: count * dims }, () => spread * random.normal()),
      ...{ dims, count },
    });
    const [keys, queries] = [points(200, 1), points(1500, 3)];
    const indices = [...Array(queries.count).keys()].slice(100);
    const bandwidth = new Array<number>(dims).fill(0.05);
    const reach = (nearest: number) => nearest + 40;
    await check(keys, queries, indices, { bandwidth, reach, withoutSelf: false });
  }
});

test("nothing is done where too many pairs would be looked at", async () => {
  const random = draw(3);
  const keys: Matrix = { data: Float64Array.from({ length: 1000 }, random.normal), dims: 1, count: 1000 };
  const options = {
    bandwidth: [1],
    reach: (nearest: number) => nearest + 40,
    withoutSelf: false,
    yieldToEventLoop: neverYield,
  };
  const visited: number[] = [];
  const take = (query: number) => void visited.push(query);
  expect(await eachNear(keys, keys, [0, 1, 2], { ...options, mostPairs: 2999 }, take)).toBe(false);
  expect(visited).toEqual([]);
  expect(await eachNear(keys, keys, [0, 1, 2], { ...options, mostPairs: 3000 }, take)).toBe(true);
  expect(visited).toEqual([0, 1, 2]);
});
