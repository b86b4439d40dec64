/** The keys of a problem on the GPU: kept there if they fit half the memory budget, else sent again when needed. */
import { keyRows } from "../../../../shaders/record.ts";
import { type Gpu, StorageUsage } from "../../../gpu/gpu.ts";
import type { Scratch } from "../../../gpu/scratch.ts";
import type { Problem } from "../../../problem/problem.ts";
import { carriedBy, type Encoder } from "./encode.ts";

/** Most bytes of keys that lie in one buffer. */
const MOST_BYTES = 2 ** 28;

/** Whether the keys of a problem can lie in one buffer: it does not depend on a budget, for what is computed must not. */
export function fitOneBuffer(problem: Problem, { device: { limits } }: Gpu): boolean {
  const bytes = 4 * keyRows(carriedBy(problem)).count * problem.keys.count;
  return bytes <= Math.min(MOST_BYTES, limits.maxStorageBufferBindingSize, limits.maxBufferSize);
}

/** A buffer that is kept for later runs, and how many slices of runs are using it now. */
interface Resident {
  readonly from: number;
  readonly to: number;
  readonly buffer: Promise<GPUBuffer>;
  /** The buffer, once it is there. */
  made?: GPUBuffer;
  users: number;
  kept: boolean;
}

export class KeyBuffers {
  private readonly gpu: Gpu;
  private readonly problem: Problem;
  private readonly encoder: Encoder;
  private resident: Resident[] = [];
  private closed = false;

  constructor(gpu: Gpu, problem: Problem, encoder: Encoder) {
    this.gpu = gpu;
    this.problem = problem;
    this.encoder = encoder;
  }

  /** A buffer with keys from … to − 1, until the scratch is released. Runs that ask for it at the same time share it. */
  async chunk(from: number, to: number, memoryBudget: number, scratch: Scratch): Promise<GPUBuffer> {
    const { keys } = this.problem;
    const bytes = 4 * keyRows(carriedBy(this.problem)).count;
    if (this.closed || keys.count * bytes > memoryBudget / 2)
      return scratch.storage("keys", this.encoder.keys(from, to));
    let resident = this.resident.find((each) => each.from === from && each.to === to);
    if (!resident) {
      // Another way to cut the keys into chunks may have left some here.
      this.giveUp(({ from: otherFrom, to: otherTo }) => otherFrom < to && from < otherTo);
      resident = { from, to, buffer: this.upload(from, to, (to - from) * bytes), users: 0, kept: true };
      this.resident.push(resident);
    }
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

  private async upload(from: number, to: number, bytes: number): Promise<GPUBuffer> {
    const buffer = await this.gpu.buffer("keys", bytes, StorageUsage);
    this.gpu.write(buffer, this.encoder.keys(from, to));
    return buffer;
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
    }
  }

  private release(resident: Resident): void {
    // Before it is made it has a user.
    if (resident.kept || resident.users > 0 || !resident.made) return;
    this.gpu.release(resident.made);
    resident.made = undefined;
  }
}
