/** The keys of a problem on the GPU: kept there if they fit half the memory budget, else sent again when needed. */
import { keyRows } from "../../../../shaders/record.ts";
import type { GpuContext } from "../../../gpu/context.ts";
import { type Gpu, StorageUsage } from "../../../gpu/gpu.ts";
import type { Cache } from "../../../gpu/memory.ts";
import type { Scratch } from "../../../gpu/scratch.ts";
import type { Problem } from "../../../problem/problem.ts";
import { carriedBy, type Encoder } from "./encode.ts";

/** Most bytes of keys that lie in one buffer. */
const MOST_BYTES = 2 ** 28;

/** Whether the keys of a problem can lie in one buffer. */
export function fitOneBuffer(problem: Problem, { devices, memoryBudget }: GpuContext): boolean {
  const bytes = 4 * keyRows(carriedBy(problem)).count * problem.keys.count;
  return bytesFitOneBuffer(bytes, devices.current.device.limits, memoryBudget);
}

export function bytesFitOneBuffer(
  bytes: number,
  limits: Pick<GPUSupportedLimits, "maxStorageBufferBindingSize" | "maxBufferSize">,
  memoryBudget: number,
): boolean {
  const most = Math.min(MOST_BYTES, memoryBudget / 2);
  return bytes <= Math.min(most, limits.maxStorageBufferBindingSize, limits.maxBufferSize);
}

/** A buffer that is kept for later runs, and how many slices of runs are using it now. */
interface Resident {
  readonly gpu: Gpu;
  readonly from: number;
  readonly to: number;
  readonly buffer: Promise<GPUBuffer>;
  /** The buffer, once it is there. */
  made?: GPUBuffer;
  users: number;
  kept: boolean;
}

export class KeyBuffers implements Cache {
  private readonly problem: Problem;
  private readonly encoder: Encoder;
  private resident: Resident[] = [];
  private closed = false;

  constructor(problem: Problem, encoder: Encoder) {
    this.problem = problem;
    this.encoder = encoder;
  }

  /** A buffer with keys from … to − 1, until the scratch is released. Runs that ask for it at the same time share it. */
  async chunk(from: number, to: number, memoryBudget: number, scratch: Scratch): Promise<GPUBuffer> {
    const { keys } = this.problem;
    const bytes = 4 * keyRows(carriedBy(this.problem)).count;
    if (this.closed || keys.count * bytes > memoryBudget / 2)
      return scratch.storage("keys", this.encoder.keys(from, to));
    const { gpu } = scratch;
    this.giveUp((each) => each.gpu !== gpu); // lost with their device
    let resident = this.resident.find((each) => each.from === from && each.to === to);
    if (!resident) {
      // Another way to cut the keys into chunks may have left some here.
      this.giveUp(({ from: otherFrom, to: otherTo }) => otherFrom < to && from < otherTo);
      const buffer = this.upload(gpu, from, to, (to - from) * bytes);
      resident = { gpu, from, to, buffer, users: 0, kept: true };
      this.resident.push(resident);
    }
    gpu.memory.used(this);
    const used = resident;
    used.users++;
    scratch.onRelease(() => {
      used.users--;
      this.release(used);
    });
    try {
      used.made = await used.buffer;
      return used.made;
    } catch (error) {
      this.giveUp((each) => each === used); // there is no memory for it: the next run tries again
      throw error;
    }
  }

  private async upload(gpu: Gpu, from: number, to: number, bytes: number): Promise<GPUBuffer> {
    const buffer = await gpu.buffer("keys", bytes, StorageUsage);
    try {
      gpu.write(buffer, this.encoder.keys(from, to));
      return buffer;
    } catch (error) {
      gpu.release(buffer);
      throw error;
    }
  }

  evict(): void {
    this.giveUp(({ users }) => users === 0);
  }

  /** Keeps nothing for later: buffers are freed when the last slice that reads them is done. */
  forget(): void {
    this.giveUp(() => true);
  }

  /** As `forget`, and keeps nothing from now on. */
  close(): void {
    this.closed = true;
    this.forget();
  }

  private giveUp(which: (resident: Resident) => boolean): void {
    const all = this.resident;
    this.resident = all.filter((each) => !which(each));
    for (const each of all.filter(which)) {
      each.kept = false;
      this.release(each);
      if (this.resident.length === 0) each.gpu.memory.forget(this);
    }
  }

  private release(resident: Resident): void {
    // Before it is made it has a user.
    if (resident.kept || resident.users > 0 || !resident.made) return;
    resident.gpu.release(resident.made);
    resident.made = undefined;
  }
}
