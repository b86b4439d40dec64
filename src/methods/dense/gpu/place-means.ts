/** Means that stay on the GPU: each slice's, in their own units, go to their place in one buffer. */
import { place } from "../../../../shaders/place.ts";
import type { Matrix } from "../../../data/matrix.ts";
import type { GpuContext } from "../../../gpu/context.ts";
import { type Gpu, partOf } from "../../../gpu/gpu.ts";
import { withScratch } from "../../../gpu/scratch.ts";
import { threadForEach } from "../../../gpu/workgroups.ts";
import type { RunOptions, SumsOnGpu } from "../../../problem/problem.ts";
import { type Checked, checkedSums, type DeviceProblem } from "./checked-sums.ts";
import type { Encoder } from "./encode.ts";
import { type Slice, THREADS } from "./slices.ts";
import { sumSlices } from "./sums.ts";

/** As the sums of "dense", into a buffer of f32, m × columns; `write` gets the means of empty windows. */
export async function means(
  context: GpuContext,
  onGpu: DeviceProblem,
  queries: Matrix,
  options: RunOptions,
  mean: GPUBuffer,
  write: SumsOnGpu["write"],
): Promise<Checked> {
  const { problem, encoder } = onGpu;
  const tracked = onGpu.track !== undefined;
  const { current } = context.devices;
  const place = await placing(current, encoder, problem.values.dims, tracked, mean, write);
  const want = { want: "means on gpu", totals: false } as const;
  return checkedSums(context, onGpu, queries, options, want, sumSlices, place);
}

/** What to do with each slice of normalised sums; `write` gets NaN for the queries with empty windows. */
async function placing(
  gpu: Gpu,
  { valueOffset, valueScale }: Encoder,
  columns: number,
  tracked: boolean,
  mean: GPUBuffer,
  write: SumsOnGpu["write"],
): Promise<(slice: Slice, isEmpty: Uint8Array) => Promise<void>> {
  const none = new Float32Array(columns).fill(NaN);
  const pipeline = await gpu.pipeline("place", place({ columns, tracked, threads: THREADS }));
  const units = new Float32Array(2 * columns);
  for (let c = 0; c < columns; c++) units.set([valueOffset[c], valueScale[c]], 2 * c);
  return async ({ first, count, sums }, isEmpty) => {
    await withScratch(gpu, async (scratch) => {
      const { part, before } = partOf(mean, first * columns, count * columns);
      const uniform = await scratch.uniform("place", [count, before]);
      const unitBuffer = await scratch.storage("units", units);
      const workgroups = threadForEach(count, THREADS);
      await gpu.submit([{ pipeline, buffers: [uniform, sums, unitBuffer, part], workgroups }]).accepted;
    });
    for (let q = 0; q < count; q++) if (isEmpty[q]) write(first + q, none);
  };
}
