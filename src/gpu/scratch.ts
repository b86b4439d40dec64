/** Buffers that live as long as one piece of work; all are given back together, whatever happens to the work. */
import { type Gpu, StorageUsage, UniformUsage } from "./gpu.ts";

export class Scratch {
  readonly gpu: Gpu;
  private readonly buffers: GPUBuffer[] = [];
  private readonly borrowed: (() => void)[] = [];

  constructor(gpu: Gpu) {
    this.gpu = gpu;
  }

  async buffer(label: string, bytes: number, usage: number): Promise<GPUBuffer> {
    const buffer = await this.gpu.buffer(label, bytes, usage);
    this.buffers.push(buffer);
    return buffer;
  }

  async storage(label: string, data: ArrayBufferView<ArrayBuffer>): Promise<GPUBuffer> {
    const buffer = await this.buffer(label, data.byteLength, StorageUsage);
    this.gpu.write(buffer, data);
    return buffer;
  }

  /** A uniform block of u32s, followed by f32s where any are given. */
  async uniform(label: string, integers: readonly number[], ...floats: number[]): Promise<GPUBuffer> {
    const data = new Uint32Array(integers.length + floats.length);
    data.set(integers);
    new Float32Array(data.buffer).set(floats, integers.length);
    const buffer = await this.buffer(label, data.byteLength, UniformUsage);
    this.gpu.write(buffer, data);
    return buffer;
  }

  /** To be called once everything is given back. */
  onRelease(giveBack: () => void): void {
    this.borrowed.push(giveBack);
  }

  release(): void {
    for (const buffer of this.buffers.splice(0)) this.gpu.release(buffer);
    for (const giveBack of this.borrowed.splice(0)) giveBack();
  }
}

export async function withScratch<T>(gpu: Gpu, work: (scratch: Scratch) => Promise<T>): Promise<T> {
  const scratch = new Scratch(gpu);
  try {
    return await work(scratch);
  } finally {
    scratch.release();
  }
}
