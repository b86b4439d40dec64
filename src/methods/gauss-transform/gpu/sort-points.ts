/** Sorts points by the bins of their positions, on the GPU. */
import { bins, binsOfGrid } from "../../../../shaders/bins.ts";
import {
  countDigits,
  DIGIT_BITS,
  POINTS_PER_BLOCK,
  passesFor,
  scanCounts,
  scatter,
} from "../../../../shaders/sort.ts";
import { type Gpu, StorageUsage } from "../../../gpu/gpu.ts";
import type { Scratch } from "../../../gpu/scratch.ts";
import { THREADS } from "../../dense/gpu/slices.ts";
import { WORK } from "./cost.ts";
import type { StageQueue } from "./stage-queue.ts";

/** What shaders are told of a grid. */
export interface GridNumbers {
  readonly lengths: readonly number[];
  readonly integers: readonly number[];
  /** The size of a count of a position, in half widths of the window. */
  readonly step: number;
}

/** Bins in order, and the index of the point that each belongs to. */
export interface SortedPoints {
  readonly bins: GPUBuffer;
  readonly order: GPUBuffer;
}

/** Compiles what points are sorted by. */
export const sortStages = (gpu: Gpu, dims: number) =>
  Promise.all([
    gpu.pipeline("bins", bins({ dims, threads: THREADS })),
    gpu.pipeline("count digits", countDigits()),
    gpu.pipeline("scan counts", scanCounts()),
    gpu.pipeline("scatter", scatter()),
  ]);

/**
 * @param positions a row an axis
 */
export async function sortPoints(
  queue: StageQueue,
  scratch: Scratch,
  positions: GPUBuffer,
  count: number,
  { lengths, integers, step }: GridNumbers,
): Promise<SortedPoints> {
  const { gpu } = scratch;
  const [binStage, countStage, scanStage, scatterStage] = await sortStages(gpu, lengths.length);
  const perPoint = (label: string) => scratch.buffer(label, Math.max(count, 1) * 4, StorageUsage);
  const blocks = Math.ceil(count / POINTS_PER_BLOCK);
  const digits = 2 ** DIGIT_BITS;
  const counts = await scratch.buffer("counts", digits * blocks * 4, StorageUsage);
  const totals = await scratch.buffer("totals", digits * 4, StorageUsage);
  let unsorted: SortedPoints = { bins: await perPoint("bins"), order: await perPoint("order") };
  let sorted: SortedPoints = { bins: await perPoint("bins"), order: await perPoint("order") };
  const whole = { count, of: "threads", each: WORK.sort } as const;
  const inBlocks = { count: blocks, of: "workgroups", each: POINTS_PER_BLOCK * WORK.sort } as const;
  const binSlice = await scratch.uniform("bins", [count, ...integers], step);
  await queue.add(binStage, [binSlice, positions, unsorted.bins, unsorted.order], whole);
  const passes = passesFor(binsOfGrid(lengths));
  for (let pass = 0; pass < passes; pass++) {
    const slice = await scratch.uniform("sort", [count, blocks, pass * DIGIT_BITS]);
    await queue.add(countStage, [slice, unsorted.bins, counts], inBlocks);
    await queue.add(scanStage, [slice, counts, totals], { count: digits, of: "workgroups", each: blocks });
    const buffers = [slice, counts, totals, unsorted.bins, unsorted.order, sorted.bins, sorted.order];
    await queue.add(scatterStage, buffers, inBlocks);
    [unsorted, sorted] = [sorted, unsorted];
  }
  return unsorted;
}
