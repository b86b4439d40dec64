/** The radix sort on a real adapter against a counting sort on the CPU: the same order to the last point, as both are stable. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { countingSort } from "../src/common/counting-sort.ts";
import { SLOW } from "../src/gpu/calibration.ts";
import { findDevice } from "../src/gpu/device.ts";
import { Gpu, ReadbackUsage } from "../src/gpu/gpu.ts";
import { Scheduler } from "../src/gpu/scheduler.ts";
import { withScratch } from "../src/gpu/scratch.ts";
import { sortPoints } from "../src/methods/gauss-transform/gpu/sort-points.ts";
import { StageQueue } from "../src/methods/gauss-transform/gpu/stage-queue.ts";
import { draw } from "../src/testing/random.ts";
import { BIN_EDGE, binsAlong } from "./bins.ts";
import { POINTS_PER_BLOCK } from "./sort.ts";
import { gridIntegers } from "./window.ts";

let gpu: Gpu;
beforeAll(async () => {
  gpu = new Gpu(await findDevice(), 2 ** 28);
});
afterAll(() => gpu.dispose());

const BITS = 18;

test.each([
  ["one point", [9], 1, "uniform"],
  ["one bin", [3], 5000, "uniform"],
  ["one digit", [30, 31], 3000, "uniform"],
  ["two digits", [130, 150], 3 * POINTS_PER_BLOCK, "uniform"],
  ["two digits, all in the last bins", [130, 150], 3 * POINTS_PER_BLOCK + 1, "last"],
  ["three digits, in many blocks", [200, 210, 190], 70 * POINTS_PER_BLOCK + 77, "clusters"],
] as const)("%s", async (_, lengths, count, layout) => {
  const random = draw(count);
  const positions = new Uint32Array(lengths.length * count);
  const binOf = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const cluster = random.integer(0, 5) / 5;
    for (const [a, length] of lengths.entries()) {
      const spread = {
        uniform: random.uniform(0, 1),
        last: 0.999,
        clusters: cluster + random.uniform(0, 0.01),
      };
      const position = Math.floor(spread[layout] * length * 2 ** BITS);
      positions[a * count + i] = position;
      binOf[i] = binOf[i] * binsAlong(length) + Math.floor(position / 2 ** BITS / BIN_EDGE);
    }
  }
  const bins = lengths.reduce((product, length) => product * binsAlong(length), 1);
  const { order } = countingSort(binOf, bins);
  const found = await withScratch(gpu, async (scratch) => {
    const work = { family: "sort", total: count, done: 0, firstRate: SLOW.pairsPerMillisecond };
    const queue = new StageQueue(gpu, new Scheduler().start(gpu, work, {}));
    const numbers = { lengths, integers: gridIntegers(0, BITS, lengths), step: 1 };
    const sorted = await sortPoints(
      queue,
      scratch,
      await scratch.storage("positions", positions),
      count,
      numbers,
    );
    const back = [
      await scratch.buffer("order", count * 4, ReadbackUsage),
      await scratch.buffer("bins", count * 4, ReadbackUsage),
    ];
    await queue.submit([
      [sorted.order, back[0], count * 4],
      [sorted.bins, back[1], count * 4],
    ]);
    return [await gpu.read(back[0], count), await gpu.read(back[1], count)].map(
      ({ buffer }) => new Uint32Array(buffer),
    );
  });
  expect(found[0]).toEqual(order);
  expect(found[1]).toEqual(order.map((i) => binOf[i]));
});
