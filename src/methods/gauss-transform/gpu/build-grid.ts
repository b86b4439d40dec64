/** Makes a grid on the GPU: keys are sorted by bins and spread, the grid is convolved, and so is what the bounds are made of. */
import { arrange } from "../../../../shaders/arrange.ts";
import { convolve } from "../../../../shaders/convolve.ts";
import { scanCounts } from "../../../../shaders/sort.ts";
import { spread, sumParts } from "../../../../shaders/spread.ts";
import { countTiles, keysPerPart, mostParts, TILE_POINTS, tilesOf } from "../../../../shaders/tiles.ts";
import type { GpuContext } from "../../../gpu/context.ts";
import { StorageUsage } from "../../../gpu/gpu.ts";
import type { Scratch } from "../../../gpu/scratch.ts";
import type { RunOptions } from "../../../problem/problem.ts";
import { THREADS } from "../../dense/gpu/slices.ts";
import type { Grid } from "../../transform/transform.ts";
import { exactErrors } from "../../transform/window.ts";
import { GRIDS_BESIDES, keysPerTile, WORK } from "./cost.ts";
import { type GridNumbers, sortPoints } from "./sort-points.ts";
import { StageQueue } from "./stage-queue.ts";

/** What a grid is made with. */
export interface GridContext extends Pick<GpuContext, "scheduler" | "calibration"> {
  readonly options: RunOptions;
}

/** Keys on the CPU, as shaders take them. */
export interface KeyNumbers {
  readonly count: number;
  /** A row an axis. */
  readonly positions: Uint32Array<ArrayBuffer>;
  /** Weights, then weighted values, a row each. */
  readonly charges: Float32Array<ArrayBuffer>;
}

/** @returns a buffer of `kept` with the grids, and where in it each begins, and then the bound of each cell */
export async function buildGrid(
  numbers: GridNumbers & { readonly grid: Grid },
  keys: KeyNumbers,
  kept: Scratch,
  scratch: Scratch,
  { scheduler, calibration, options }: GridContext,
): Promise<{ readonly buffer: GPUBuffer; readonly begins: readonly number[] }> {
  const { gpu } = scratch;
  const { grid, lengths, integers, step } = numbers;
  const { points, charges, window, axes } = grid;
  const { width, beta, taps } = window;
  const dims = axes.length;
  const n = keys.count;
  const convolution = (add: boolean) => gpu.pipeline("convolve", convolve({ add, threads: THREADS }));
  const [arrangeStage, countStage, scanStage, spreadStage, sumStage, convolveStage, addStage] =
    await Promise.all([
      gpu.pipeline("arrange", arrange({ dims, charges, threads: THREADS })),
      gpu.pipeline("count tiles", countTiles(dims, width)),
      gpu.pipeline("scan counts", scanCounts()),
      gpu.pipeline("spread", spread({ dims, charges, width, beta })),
      gpu.pipeline("sum parts", sumParts({ dims, charges })),
      convolution(false),
      convolution(true),
    ]);
  const tiles = tilesOf(lengths);
  const perPart = keysPerPart(n, dims, width);
  const parts = mostParts(n, dims, width);
  const spreadWork = (WORK.add * TILE_POINTS * tiles * keysPerTile(grid, n)) / (tiles + parts);
  const tapWork = WORK.tap * 2 * taps.length;
  const work = {
    family: `grid ${dims}, ${charges}`,
    total: n * WORK.sort + (tiles + parts) * spreadWork + points * (charges + 2) * dims * tapWork,
    ...{ done: 0, firstRate: calibration.pairsPerMillisecond / 4 },
  };
  const run = scheduler.start(gpu, work, { signal: options.signal });
  const queue = new StageQueue(gpu, run);
  const room = (label: string, count: number, of = scratch) => of.buffer(label, count * 4, StorageUsage);
  const grids = await room("grids", points * (charges + GRIDS_BESIDES), kept);

  const positions = await scratch.storage("positions", keys.positions);
  const sorted = await sortPoints(queue, scratch, positions, n, numbers);
  const sortedKeys = [await room("positions", dims * n), await room("charges", charges * n)];
  const unsorted = [positions, await scratch.storage("charges", keys.charges)];
  await queue.add(
    arrangeStage,
    [await scratch.uniform("arrange", [n]), sorted.order, ...unsorted, ...sortedKeys],
    { count: n, of: "threads", each: WORK.sort },
  );

  const cut = [n, perPart, ...integers];
  const [partsBefore, totals] = [await room("parts before", tiles), await room("parts", 1)];
  await queue.add(
    countStage,
    [await scratch.uniform("count tiles", [tiles, ...cut], step), sorted.bins, partsBefore],
    { count: tiles, of: "threads", each: WORK.sort },
  );
  await queue.add(scanStage, [await scratch.uniform("scan", [tiles, tiles, 0]), partsBefore, totals], {
    ...{ count: 1, of: "workgroups", each: tiles },
  });
  const partSums = await room("parts", Math.max(parts, 1) * (charges + 1) * TILE_POINTS);
  const spreadSize = { count: tiles + parts, of: "workgroups", each: spreadWork } as const;
  await queue.addInRanges(spreadStage, spreadSize, async (first, count) => [
    await scratch.uniform("spread", [first, count, tiles, ...cut], step),
    ...[sorted.bins, ...sortedKeys, partsBefore, totals, partSums, grids],
  ]);
  await queue.add(
    sumStage,
    [await scratch.uniform("sum parts", [tiles, ...integers], step), partsBefore, totals, partSums, grids],
    { count: tiles, of: "workgroups", each: WORK.sort },
  );

  const tapsOf = async (label: string, all: Float64Array) => ({
    reach: all.length - 1,
    buffer: await scratch.storage(label, Float32Array.from(all)),
  });
  const { errors, largest } = exactErrors(window);
  const [kernel, error, most] = [
    await tapsOf("taps", taps),
    await tapsOf("errors", errors),
    await tapsOf("largest", largest),
  ];
  // Where the grids are: each convolution writes to a free place, and frees its own.
  const chargeAt = Array.from({ length: charges }, (_, c) => c);
  let [weightsAt, boundsAt, freeAt] = [charges, charges + 1, charges + 2];
  let stride = 1;
  for (const [turn, { length }] of [...axes].reverse().entries()) {
    const along = (stage: GPUComputePipeline, by: typeof kernel, from: number, to: number) =>
      queue.addInRanges(
        stage,
        { count: points, of: "threads", each: WORK.tap * 2 * by.reach },
        async (first, count) => [
          await scratch.uniform("convolve", [
            ...[first, count, from * points, to * points, stride, length, by.reach],
          ]),
          ...[by.buffer, grids],
        ],
      );
    for (let c = 0; c < charges; c++) {
      await along(convolveStage, kernel, chargeAt[c], freeAt);
      [chargeAt[c], freeAt] = [freeAt, chargeAt[c]];
    }
    await along(convolveStage, error, weightsAt, freeAt);
    if (turn > 0) await along(addStage, most, boundsAt, freeAt);
    [boundsAt, freeAt] = [freeAt, boundsAt];
    if (turn < dims - 1) await along(convolveStage, most, weightsAt, freeAt);
    [weightsAt, freeAt] = [freeAt, weightsAt];
    stride *= length;
  }
  await queue.submit();
  await run.finish();
  await queue.allAccepted();
  return { buffer: grids, begins: [...chargeAt, boundsAt].map((at) => at * points) };
}
