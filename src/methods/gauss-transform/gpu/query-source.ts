/** Where queries come from: the CPU's memory, or a caller's buffer. */
import { locate } from "../../../../shaders/locate.ts";
import type { GpuPoints, Matrix } from "../../../data/matrix.ts";
import { StorageUsage } from "../../../gpu/gpu.ts";
import type { Scratch } from "../../../gpu/scratch.ts";
import { THREADS } from "../../dense/gpu/slices.ts";
import { WORK } from "./cost.ts";
import type { FixedPositions } from "./fixed-positions.ts";
import type { StageQueue } from "./stage-queue.ts";

export interface QuerySource {
  readonly count: number;
  /** The positions of some queries on the grid, a row an axis. */
  positions(queue: StageQueue, scratch: Scratch, first: number, count: number): Promise<GPUBuffer>;
}

export const queriesOf = (queries: Matrix, fixed: FixedPositions): QuerySource => ({
  count: queries.count,
  positions: (_, scratch, first, count) =>
    scratch.storage("positions", fixed.of(queries, first, first + count)),
});

/** @param axes how `locate` places numbers on each axis */
export const queriesOnGpu = ({ buffer, dims }: GpuPoints, count: number, axes: ArrayBuffer): QuerySource => ({
  count,
  async positions(queue, scratch, first, range) {
    const pipeline = await scratch.gpu.pipeline("locate", locate({ dims, threads: THREADS }));
    const positions = await scratch.buffer("positions", range * dims * 4, StorageUsage);
    const buffers = [
      await scratch.uniform("locate", [first, range]),
      await scratch.storage("axes", new Uint32Array(axes)),
      ...[buffer, positions],
    ];
    await queue.add(pipeline, buffers, { count: range, of: "threads", each: WORK.sort });
    return positions;
  },
});
