/** The keys of a problem on the GPU: kept there if they fit half the memory budget, else sent again when needed. */
import { keyRows } from "../../shaders/record.ts";
import { carriedBy, type Encoder } from "./encode.ts";
import { type Gpu, StorageUsage } from "./gpu.ts";
import type { Scratch } from "./scratch.ts";
import type { Problem } from "./types.ts";

/** Whether the keys of a problem can be kept in one buffer. */
export function fitOneBuffer(problem: Problem, { device: { limits } }: Gpu, memoryBudget: number): boolean {
  const bytes = 4 * keyRows(carriedBy(problem)).count * problem.keys.count;
  return bytes <= Math.min(memoryBudget / 2, limits.maxStorageBufferBindingSize, limits.maxBufferSize);
}

export class KeyBuffers {
  private readonly gpu: Gpu;
  private readonly problem: Problem;
  private readonly encoder: Encoder;
  private readonly resident = new Map<string, GPUBuffer>();

  constructor(gpu: Gpu, problem: Problem, encoder: Encoder) {
    this.gpu = gpu;
    this.problem = problem;
    this.encoder = encoder;
  }

  /** A buffer with keys from … to − 1; where it is not kept, it belongs to the scratch. */
  async chunk(from: number, to: number, memoryBudget: number, scratch: Scratch): Promise<GPUBuffer> {
    const name = `${from}-${to}`;
    const kept = this.resident.get(name);
    if (kept) return kept;
    const { keys } = this.problem;
    const bytes = 4 * keyRows(carriedBy(this.problem)).count;
    if (keys.count * bytes > memoryBudget / 2) return scratch.storage("keys", this.encoder.keys(from, to));
    if ([...this.resident.keys()].some((other) => overlap(other, from, to))) this.forget();
    const buffer = await this.gpu.buffer("keys", (to - from) * bytes, StorageUsage);
    this.gpu.write(buffer, this.encoder.keys(from, to));
    this.resident.set(name, buffer);
    return buffer;
  }

  /** Gives up what is kept. */
  forget(): void {
    for (const buffer of this.resident.values()) this.gpu.release(buffer);
    this.resident.clear();
  }
}

/** True where another way to cut the keys into chunks left a chunk here. */
function overlap(name: string, from: number, to: number): boolean {
  const [otherFrom, otherTo] = name.split("-").map(Number);
  return otherFrom < to && from < otherTo;
}
