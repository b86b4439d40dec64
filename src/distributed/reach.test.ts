import { expect, test } from "vitest";
import { randomFrom } from "../common/random.ts";
import { resolveKernel } from "../kernels/define.ts";
import { boxOf, logFloors, reachedQueries } from "./reach.ts";

/** Shards side by side along the first coordinate, of different sizes and weights. */
function shardsOf(dims: number, seed: number) {
  const random = randomFrom(seed);
  return Array.from({ length: 8 }, (_, shard) => {
    const count = 20 + Math.floor(100 * random());
    const data = Float64Array.from(
      { length: count * dims },
      (_, i) => random() + (i % dims === 0 ? shard : 0),
    );
    const weights = Float64Array.from({ length: count }, () => 0.1 + random());
    return { keys: { data, dims, count }, weights };
  });
}

test.each([
  ["gaussian", "radial"],
  ["laplace", "radial"],
  ["laplace", "product"],
  ["epanechnikov", "radial"],
  ["cauchy", "radial"],
] as const)("what %s, %s, leaves out is below the tolerance", (kernel, shape) => {
  let answered = 0;
  let all = 0;
  for (const dims of [1, 2])
    for (const bandwidth of [0.05, 0.2, 1]) {
      const shards = shardsOf(dims, dims);
      const random = randomFrom(7);
      const queries = Float64Array.from({ length: 200 * dims }, (_, i) =>
        i % dims === 0 ? 14 * random() - 3 : random(),
      );
      const weighting = { kernel, shape, bandwidth: new Array<number>(dims).fill(bandwidth) };
      const boxes = shards.map(({ keys, weights }) => boxOf(keys, weights));
      const floors = logFloors(queries, boxes, weighting);
      const { logAlpha } = resolveKernel(kernel);
      const sumAt = (q: number, { keys, weights }: (typeof shards)[number]) => {
        let sum = 0;
        for (let i = 0; i < keys.count; i++) {
          const u = Array.from(
            { length: dims },
            (_, j) => Math.abs(queries[q * dims + j] - keys.data[i * dims + j]) / bandwidth,
          );
          const log =
            shape === "product"
              ? u.reduce((total, each) => total + logAlpha(each), 0)
              : logAlpha(Math.hypot(...u));
          sum += weights[i] * Math.exp(log);
        }
        return sum;
      };
      const leftOut = new Float64Array(200);
      const total = new Float64Array(200);
      for (const [s, shard] of shards.entries()) {
        const reached = new Set(
          reachedQueries(queries, floors, boxes[s], weighting, { shards: shards.length, tolerance: 1e-6 }),
        );
        answered += reached.size;
        all += 200;
        for (let q = 0; q < 200; q++) {
          const sum = sumAt(q, shard);
          total[q] += sum;
          if (!reached.has(q)) leftOut[q] += sum;
        }
      }
      for (let q = 0; q < 200; q++) expect(leftOut[q]).toBeLessThanOrEqual(1e-9 * total[q]);
    }
  // Where the kernel falls fast, shards are asked for what is near them.
  if (kernel === "gaussian" || kernel === "epanechnikov") expect(answered).toBeLessThan(0.7 * all);
});

test("where nothing is known, every query is answered", () => {
  const [{ keys, weights }] = shardsOf(1, 1);
  const weighting = { kernel: "gaussian", shape: "radial", bandwidth: [0.1] } as const;
  const floors = new Float64Array(3).fill(-Infinity);
  const reached = reachedQueries(Float64Array.of(0, 50, -1e6), floors, boxOf(keys, weights), weighting, {
    shards: 1,
    tolerance: 1e-6,
  });
  expect([...reached]).toEqual([0, 1, 2]);
});
