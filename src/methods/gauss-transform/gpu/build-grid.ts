/** Makes a grid on the GPU: keys are sorted by bins and spread, the grid is convolved, and so is what the bounds are made of. */
import { arrange } from "../../../../shaders/arrange.ts";
import { columnSum } from "../../../../shaders/column-sum.ts";
import { convolve } from "../../../../shaders/convolve.ts";
import { spread, tilesOf } from "../../../../shaders/spread.ts";
import type { Calibration } from "../../../gpu/calibration.ts";
import { StorageUsage } from "../../../gpu/gpu.ts";
import type { Scratch } from "../../../gpu/scratch.ts";
import { THREADS } from "../../dense/gpu/slices.ts";
import type { Grid } from "../../transform/transform.ts";
import { exactErrors } from "../../transform/window.ts";
import { keysPerTile, WORK } from "./cost.ts";
import type { GridContext } from "./problem.ts";
import { type GridNumbers, sortPoints } from "./sort-points.ts";
import { StageQueue } from "./stage-queue.ts";

/** Keys on the CPU, as shaders take them. */
export interface KeyNumbers {
  readonly count: number;
  /** A row an axis. */
  readonly positions: Uint32Array<ArrayBuffer>;
  /** Weights, then weighted values, a row each. */
  readonly charges: Float32Array<ArrayBuffer>;
}

/** Workgroups that keep an adapter full; keys of a part, at least; bytes of the parts' grids together, at most. */
const MOST_WORKGROUPS = 4096;
const LEAST_PER_PART = 512;
const MOST_PART_BYTES = 2 ** 26;

/**
 * Parts that share each tile's keys, so that few tiles keep the adapter busy too. It depends on the problem and the calibration alone, as
 * sums do on it.
 */
export function partsOf(grid: Grid, keys: number, { pairsPerMillisecond }: Calibration): number {
  const lengths = grid.axes.map(({ length }) => length);
  const wanted = Math.min(Math.max(pairsPerMillisecond / 2 ** 15, 64), MOST_WORKGROUPS) / tilesOf(lengths);
  const byMemory = MOST_PART_BYTES / (4 * grid.points * (grid.charges + 1));
  return Math.max(1, Math.floor(Math.min(wanted, byMemory, keysPerTile(grid, keys) / LEAST_PER_PART)));
}

/** @returns one grid a charge, one that is used up, and the bound of each cell, in a buffer of `kept` */
export async function buildGrid(
  numbers: GridNumbers & { readonly grid: Grid },
  keys: KeyNumbers,
  kept: Scratch,
  scratch: Scratch,
  { scheduler, calibration, options }: GridContext,
): Promise<GPUBuffer> {
  const { gpu } = scratch;
  const { grid, lengths, integers, step } = numbers;
  const { points, charges, window, axes } = grid;
  const { width, beta, taps } = window;
  const dims = axes.length;
  const n = keys.count;
  const convolution = (add: boolean) => gpu.pipeline("convolve", convolve({ add, threads: THREADS }));
  const [arrangeStage, spreadStage, sumStage, convolveStage, addStage] = await Promise.all([
    gpu.pipeline("arrange", arrange({ dims, charges, threads: THREADS })),
    gpu.pipeline("spread", spread({ dims, charges, width, beta })),
    gpu.pipeline("column-sum", columnSum({ columns: charges, tracked: false, threads: THREADS })),
    convolution(false),
    convolution(true),
  ]);
  const parts = partsOf(grid, n, calibration);
  const tiles = tilesOf(lengths);
  const spreadWork = (WORK.add * THREADS * keysPerTile(grid, n)) / parts;
  const tapWork = WORK.tap * 2 * taps.length;
  const work = {
    family: `grid ${dims}, ${charges}`,
    total: n * WORK.sort + tiles * parts * spreadWork + points * (charges + 2) * dims * tapWork,
    ...{ done: 0, firstRate: calibration.pairsPerMillisecond / 4 },
  };
  const run = scheduler.start(gpu, work, { signal: options.signal });
  const queue = new StageQueue(gpu, run);

  const planes = (label: string, count: number, of: Scratch) =>
    of.buffer(label, points * count * 4, StorageUsage);
  // The grids, what the keys of each cell weigh, and the bounds, in one of two buffers by turns: the last one is kept.
  const first = dims % 2;
  const turns = [
    await planes("grids", charges + 2, first === 0 ? kept : scratch),
    await planes("grids", charges + 2, first === 1 ? kept : scratch),
  ];

  const positions = await scratch.storage("positions", keys.positions);
  const sorted = await sortPoints(queue, scratch, positions, n, numbers);
  const sortedPositions = await scratch.buffer("positions", dims * n * 4, StorageUsage);
  const sortedCharges = await scratch.buffer("charges", charges * n * 4, StorageUsage);
  const unsorted = [positions, await scratch.storage("charges", keys.charges)];
  await queue.add(
    arrangeStage,
    [await scratch.uniform("arrange", [n]), sorted.order, ...unsorted, sortedPositions, sortedCharges],
    { count: n, of: "threads", each: WORK.sort },
  );

  const spreadTo = parts > 1 ? await planes("parts", parts * (charges + 1), scratch) : turns[0];
  const spreadSize = { count: tiles * parts, of: "workgroups", each: spreadWork } as const;
  await queue.addInRanges(spreadStage, spreadSize, async (from, count) => [
    await scratch.uniform("spread", [from, count, parts, n, ...integers], step),
    ...[sorted.bins, sortedPositions, sortedCharges, spreadTo],
  ]);
  if (parts > 1) {
    const slice = await scratch.uniform("column-sum", [points, parts, 0]);
    await queue.addRows(sumStage, [slice, spreadTo, turns[0]], points, charges + 1, parts);
  }

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
  let stride = 1;
  for (const [turn, { length }] of [...axes].reverse().entries()) {
    const [from, to] = [turns[turn % 2], turns[1 - (turn % 2)]];
    /** From some planes to as many, `ahead` planes further on. */
    const along = (
      stage: GPUComputePipeline,
      by: typeof kernel,
      plane: number,
      count: number,
      ahead = 0,
    ): Promise<void> =>
      queue.addInRanges(
        stage,
        { count: points * count, of: "threads", each: WORK.tap * 2 * by.reach },
        async (at, threads) => [
          await scratch.uniform("convolve", [
            ...[plane * points + at, threads, stride, length, by.reach],
            ahead * points,
          ]),
          ...[by.buffer, from, to],
        ],
      );
    await along(convolveStage, kernel, 0, charges);
    await along(convolveStage, error, charges, 1, 1);
    if (turn > 0) await along(addStage, most, charges + 1, 1);
    if (turn < dims - 1) await along(convolveStage, most, charges, 1);
    stride *= length;
  }
  await queue.submit();
  await run.finish();
  await queue.allAccepted();
  return turns[first];
}
