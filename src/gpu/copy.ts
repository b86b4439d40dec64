/** Numbers in a caller's buffer, for the CPU to read. */
import { rows } from "../../shaders/rows.ts";
import { NadarayaError, show } from "../common/errors.ts";
import type { GpuPoints } from "../data/matrix.ts";
import type { GpuContext } from "./context.ts";
import { type Gpu, ReadbackUsage, StorageUsage } from "./gpu.ts";
import { scoped } from "./memory.ts";
import { resume } from "./resume.ts";
import { withScratch } from "./scratch.ts";
import { workgroupsOf } from "./workgroups.ts";

/** Most bytes that are read at a time. */
const PIECE = 2 ** 24;
const THREADS = 64;

/** The rows of points on the GPU. @throws NadarayaError "invalid-input" where the buffer does not have as many */
export function rowsOnGpu({ buffer, dims, count }: GpuPoints, name: string): number {
  if (!Number.isInteger(dims) || dims < 1)
    throw new NadarayaError("invalid-input", `${name}.dims is ${show(dims)}, expected a positive integer`);
  const room = buffer.size / (4 * dims);
  const wanted = count ?? room;
  if (count === undefined && !Number.isInteger(room))
    throw new NadarayaError(
      "invalid-input",
      `the buffer of ${name} has ${buffer.size} bytes, expected a multiple of ${4 * dims}, the bytes of a row of ${dims} f32; or give count`,
    );
  if (!Number.isInteger(wanted) || wanted < 0 || wanted > room)
    throw new NadarayaError(
      "invalid-input",
      `${name} have ${show(wanted)} rows of ${dims} f32, expected a whole number of at most ${Math.floor(room)}: the buffer has ${buffer.size} bytes`,
    );
  return wanted;
}

/**
 * A copy of points on the GPU, row-major.
 * @throws NadarayaError "invalid-input" where they cannot be copied, "device-lost" where their device is no more
 */
export async function copyOf(
  context: GpuContext,
  points: GpuPoints,
  name: string,
): Promise<Float32Array<ArrayBuffer>> {
  const { buffer, dims } = points;
  const count = rowsOnGpu(points, name) * dims;
  const { current } = context.devices;
  const copy = new Float32Array(count);
  let done = 0;
  await resume(context, {}, async ({ gpu, memoryBudget, onFinished }) => {
    if (gpu !== current)
      throw new NadarayaError("device-lost", `${name}.buffer is gone with its device, which was lost`);
    const most = Math.min(PIECE, Math.floor(memoryBudget() / 8)) / 4;
    while (done < count) {
      const piece = Math.min(most, count - done);
      copy.set(await copyPiece(gpu, buffer, done, piece, name), done);
      done += piece;
      onFinished();
    }
  });
  return copy;
}

function copyPiece(
  gpu: Gpu,
  from: GPUBuffer,
  first: number,
  count: number,
  name: string,
): Promise<Float32Array<ArrayBuffer>> {
  return withScratch(gpu, async (scratch) => {
    const readback = await scratch.buffer(name, count * 4, ReadbackUsage);
    const { device } = gpu;
    const { errors } = scoped(device, "a copy", ["validation"], () => {
      const encoder = device.createCommandEncoder({ label: name });
      encoder.copyBufferToBuffer(from, first * 4, readback, 0, count * 4);
      device.queue.submit([encoder.finish()]);
    });
    const refused = await gpu.wait(errors);
    if (!refused) return gpu.read(readback, count);
    throw new NadarayaError(
      "invalid-input",
      `${name}.buffer cannot be read: expected a buffer of the engine's device with the usage COPY_SRC. ${refused.message}`,
    );
  });
}

/** Some rows of points on the GPU, in the order of the list. */
export async function rowsOf(
  context: GpuContext,
  { buffer, dims }: GpuPoints,
  list: readonly number[],
): Promise<Float32Array<ArrayBuffer>> {
  const numbers = list.length * dims;
  if (numbers === 0) return new Float32Array();
  return resume(context, {}, ({ gpu }) =>
    withScratch(gpu, async (scratch) => {
      const pipeline = await gpu.pipeline("rows", rows({ dims, threads: THREADS }));
      const copied = await scratch.buffer("rows", numbers * 4, StorageUsage);
      const readback = await scratch.buffer("rows", numbers * 4, ReadbackUsage);
      const indices = await scratch.storage("list", Uint32Array.from(list));
      const buffers = [await scratch.uniform("rows", [list.length]), indices, buffer, copied];
      const workgroups = workgroupsOf(gpu.device.limits, Math.ceil(list.length / THREADS));
      await gpu.submit([{ pipeline, buffers, workgroups }], [[copied, readback, numbers * 4]]).accepted;
      return gpu.read(readback, numbers);
    }),
  );
}
