/** Makes a grid on the GPU: keys are sorted by bins and spread, the grid is convolved, and so is what the bounds are made of. */
import { arrange } from "../../../../shaders/arrange.ts";
import { binStarts, binsOfGrid } from "../../../../shaders/bins.ts";
import { convolutionThreads, convolve, OUTPUTS } from "../../../../shaders/convolve.ts";
import { scanCounts } from "../../../../shaders/sort.ts";
import { spread, sumParts } from "../../../../shaders/spread.ts";
import {
  countTiles,
  keysPerPart,
  mostParts,
  TILE_POINTS,
  TILES_PER_ROW,
  tilesOf,
} from "../../../../shaders/tiles.ts";
import type { Calibration } from "../../../gpu/calibration.ts";
import type { GpuContext } from "../../../gpu/context.ts";
import { type Gpu, StorageUsage } from "../../../gpu/gpu.ts";
import type { Scratch } from "../../../gpu/scratch.ts";
import type { RunOptions } from "../../../problem/problem.ts";
import { THREADS } from "../../dense/gpu/slices.ts";
import type { Grid } from "../../transform/transform.ts";
import { exactErrors, type Window } from "../../transform/window.ts";
import { gridNumbers, keysPerTile, WORK } from "./cost.ts";
import { type GridNumbers, sortPoints } from "./sort-points.ts";
import { StageQueue } from "./stage-queue.ts";

/** What a grid is made with. */
export interface GridContext extends Pick<GpuContext, "scheduler"> {
  readonly calibration: Calibration;
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

/**
 * Compiles what a grid is made by.
 * @param reach taps of the bounds beyond the one in the middle
 */
export const gridStages = (
  gpu: Gpu,
  dims: number,
  charges: number,
  { width, beta, taps }: Window,
  reach: number,
) =>
  Promise.all([
    gpu.pipeline("arrange", arrange({ dims, charges, threads: THREADS })),
    gpu.pipeline("bin starts", binStarts(THREADS)),
    gpu.pipeline("count tiles", countTiles(dims, width)),
    gpu.pipeline("scan counts", scanCounts()),
    gpu.pipeline("spread", spread({ dims, charges, width, beta })),
    gpu.pipeline("sum parts", sumParts({ dims, charges })),
    gpu.pipeline("convolve", convolve({ reach: taps.length - 1, add: false, threads: THREADS })),
    gpu.pipeline("convolve", convolve({ reach, add: false, threads: THREADS })),
    gpu.pipeline("convolve", convolve({ reach, add: true, threads: THREADS })),
  ]);

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
  const { width, taps } = window;
  const dims = axes.length;
  const n = keys.count;
  const { errors, largest } = exactErrors(window);
  const [arrangeStage, startStage, countStage, scanStage, spreadStage, sumStage, ...convolutions] =
    await gridStages(gpu, dims, charges, window, largest.length - 1);
  const tapsOf = async (stage: GPUComputePipeline, numbers: Float64Array) => ({
    stage,
    taps: await scratch.storage("taps", Float32Array.from(numbers)),
    each: WORK.tap * (2 * numbers.length - 1) * OUTPUTS,
  });
  const kernel = await tapsOf(convolutions[0], taps);
  const error = await tapsOf(convolutions[1], errors);
  const most = await tapsOf(convolutions[1], largest);
  const addMost = await tapsOf(convolutions[2], largest);
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
  const sizes = gridNumbers(grid, n);
  const grids = await room("grids", sizes.grids, kept);

  const positions = await scratch.storage("positions", keys.positions);
  const sorted = await sortPoints(queue, scratch, positions, n, numbers);
  const sortedKeys = [
    await room("positions", sizes.sortedPositions),
    await room("charges", sizes.sortedCharges),
  ];
  const unsorted = [positions, await scratch.storage("charges", keys.charges)];
  await queue.add(
    arrangeStage,
    [await scratch.uniform("arrange", [n]), sorted.order, ...unsorted, ...sortedKeys],
    { count: n, of: "threads", each: WORK.sort },
  );

  const cut = [n, perPart, ...integers];
  const bins = binsOfGrid(lengths);
  const starts = await room("starts", bins + 1);
  await queue.add(startStage, [await scratch.uniform("bin starts", [n, bins]), sorted.bins, starts], {
    ...{ count: bins + 1, of: "threads", each: WORK.sort },
  });
  const rows = Math.ceil(tiles / TILES_PER_ROW);
  const partsInRow = await room("parts in row", rows * TILES_PER_ROW);
  const partsBeforeRow = await scratch.storage("parts before row", new Uint32Array(rows + 1));
  await queue.add(
    countStage,
    [await scratch.uniform("count tiles", [tiles, ...cut], step), starts, partsInRow],
    { count: rows * TILES_PER_ROW, of: "threads", each: WORK.sort },
  );
  const scans = [
    [[TILES_PER_ROW, partsInRow, partsBeforeRow], rows],
    [[rows + 1, partsBeforeRow, await room("parts", 1)], 1],
  ] as const;
  for (const [[length, counts, totals], count] of scans)
    await queue.add(scanStage, [await scratch.uniform("scan", [0, length, 0]), counts, totals], {
      ...{ count, of: "workgroups", each: length },
    });
  const partSums = await room("parts", Math.max(parts, 1) * (charges + 1) * TILE_POINTS);
  const spreadSize = { count: tiles + parts, of: "workgroups", each: spreadWork } as const;
  await queue.addInRanges(spreadStage, spreadSize, async (first, count) => [
    await scratch.uniform("spread", [first, count, tiles, ...cut], step),
    ...[starts, ...sortedKeys, partsInRow, partsBeforeRow, partSums, grids],
  ]);
  const added = await scratch.uniform("sum parts", [tiles, ...integers], step);
  await queue.add(sumStage, [added, partsInRow, partsBeforeRow, partSums, grids], {
    ...{ count: tiles, of: "workgroups", each: WORK.sort },
  });

  // Where the grids are: each convolution writes to a free place, and frees its own.
  const chargeAt = Array.from({ length: charges }, (_, c) => c);
  let [weightsAt, boundsAt, freeAt] = [charges, charges + 1, charges + 2];
  let stride = 1;
  for (const [turn, { length }] of [...axes].reverse().entries()) {
    const along = ({ stage, taps, each }: typeof kernel, from: number, to: number) =>
      queue.addInRanges(
        stage,
        { count: convolutionThreads(points, length), of: "threads", each },
        async (first, count) => [
          await scratch.uniform("convolve", [first, count, from * points, to * points, stride, length]),
          ...[taps, grids],
        ],
      );
    for (let c = 0; c < charges; c++) {
      await along(kernel, chargeAt[c], freeAt);
      [chargeAt[c], freeAt] = [freeAt, chargeAt[c]];
    }
    await along(error, weightsAt, freeAt);
    if (turn > 0) await along(addMost, boundsAt, freeAt);
    [boundsAt, freeAt] = [freeAt, boundsAt];
    if (turn < dims - 1) await along(most, weightsAt, freeAt);
    [weightsAt, freeAt] = [freeAt, weightsAt];
    stride *= length;
  }
  await queue.submit();
  await run.finish();
  await queue.allAccepted();
  return { buffer: grids, begins: [...chargeAt, boundsAt].map((at) => at * points) };
}
