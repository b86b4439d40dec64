/** Where the sums of queries go: to the CPU's arrays, or, as means, into a caller's buffer. */
import { place } from "../../../../shaders/place.ts";
import { type Gpu, partOf, ReadbackUsage } from "../../../gpu/gpu.ts";
import type { Scratch } from "../../../gpu/scratch.ts";
import { THREADS } from "../../dense/gpu/slices.ts";
import type { Results } from "../../results.ts";
import { WORK } from "./cost.ts";
import type { ExpandedProblem } from "./problem.ts";
import type { StageQueue } from "./stage-queue.ts";

/** What a sink does with a slice once it is submitted. */
interface Taken {
  readonly copies: Parameters<Gpu["submitTimed"]>[1] & object;
  /** @param failed the queries of the slice whose sums are of no use */
  finish(failed: Uint32Array): Promise<void>;
}

export interface SumsSink {
  /** @param sums Σ α, then a row of means for each column, of `count` queries from `first` on */
  take(queue: StageQueue, scratch: Scratch, sums: GPUBuffer, first: number, count: number): Promise<Taken>;
}

export const intoResults = ({ grid, scale, unit }: ExpandedProblem, results: Results): SumsSink => ({
  async take(_, scratch, sums, first, count) {
    const { charges, columnCentre } = grid;
    const columns = charges - 1;
    const { gpu } = scratch;
    const readback = await scratch.buffer("readback", charges * count * 4, ReadbackUsage);
    return {
      copies: [[sums, readback, charges * count * 4]],
      async finish(failed) {
        const read = await gpu.read(readback, charges * count);
        const isFailed = new Uint8Array(count);
        for (const q of failed) isFailed[q] = 1;
        if (results.totals)
          for (let i = 0; i < count; i++) if (isFailed[i] === 0) results.setTotal(first + i, read[i] * unit);
        for (let c = 0; c < columns; c++) {
          const [centre, ofColumn, row] = [columnCentre[c], scale[c], (1 + c) * count];
          for (let i = 0; i < count; i++)
            if (isFailed[i] === 0)
              results.mean[(first + i) * columns + c] = centre + ofColumn * read[row + i];
        }
      },
    };
  },
});

/** @param mean f32, m × columns, row-major; rows of failed queries hold anything */
export function intoBuffer({ grid, scale }: ExpandedProblem, mean: GPUBuffer): SumsSink {
  const columns = grid.charges - 1;
  const units = new Float32Array(2 * columns);
  for (let c = 0; c < columns; c++) units.set([grid.columnCentre[c], scale[c]], 2 * c);
  return {
    async take(queue, scratch, sums, first, count) {
      const pipeline = await scratch.gpu.pipeline(
        "place",
        place({ columns, tracked: false, threads: THREADS }),
      );
      const { part, before } = partOf(mean, first * columns, count * columns);
      const buffers = [
        await scratch.uniform("place", [count, before]),
        ...[sums, await scratch.storage("units", units), part],
      ];
      await queue.add(pipeline, buffers, { count, of: "threads", each: WORK.sort });
      return { copies: [], finish: async () => {} };
    },
  };
}
