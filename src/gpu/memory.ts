/**
 * The memory of one device: buffers pooled by size, and never more of them than the budget. What is kept only to be quick the next time
 * gives way to what is needed now.
 */
import { NadarayaError } from "../common/errors.ts";
import { attempt } from "./attempt.ts";

/** Free buffers are kept up to this share of the budget. */
const IDLE_SHARE = 0.5;

/** Free buffers below this size are kept where memory is short: there is nothing to gain by them, and a run needs dozens. */
const SMALL = 2 ** 12;

/** What a run may count on, however many there are; they wait for each other where that is too much. */
const LEAST_SHARE = 2 ** 20;

/** Waits for the device, and throws once it is lost. */
type Wait = <T>(work: Promise<T>) => Promise<T>;

/** Something kept on the device that can be made again, such as the keys of a model. */
export interface Cache {
  /** Gives its buffers back unless they are being read. */
  evict(): void;
}

export class GpuMemory {
  readonly budget: number;
  /** Bytes of buffers alive, in use or free; those that callers own are not among them. */
  liveBytes = 0;
  private idleBytes = 0;
  private readonly device: GPUDevice;
  private readonly idle = new Map<string, GPUBuffer[]>();
  private readonly buffers = new Set<GPUBuffer>();
  /** The least recently used first. */
  private readonly caches = new Set<Cache>();
  private waiting: (() => void)[] = [];
  private lastTurn: Promise<void> = Promise.resolve();
  private runs = 0;

  constructor(device: GPUDevice, budget: number) {
    this.device = device;
    this.budget = budget;
  }

  /** A free buffer of at least this size from the pool, if there is one. */
  reuse(label: string, bytes: number, usage: number): GPUBuffer | undefined {
    const size = this.sizeOf(bytes);
    const buffer = this.idle.get(`${usage}:${size}`)?.pop();
    if (!buffer) return undefined;
    this.idleBytes -= size;
    buffer.label = label;
    return buffer;
  }

  /**
   * A new buffer. What it takes is counted from the call on.
   * @param wait waits for the device
   * @throws NadarayaError "out-of-memory" where the budget or the device has no room for it
   */
  async create(label: string, bytes: number, usage: number, wait: Wait): Promise<GPUBuffer> {
    const size = this.sizeOf(bytes);
    this.makeRoom(size);
    if (this.liveBytes + size > this.budget)
      throw outOfMemory(label, size, `${this.liveBytes} of the memory budget of ${this.budget} are in use`);
    this.liveBytes += size;
    try {
      const buffer = await this.createOwn(label, size, usage, wait);
      this.buffers.add(buffer);
      return buffer;
    } catch (error) {
      this.liveBytes -= size;
      this.wake();
      throw error;
    }
  }

  /** A buffer of exactly this size that the caller keeps and destroys; it is not part of the budget. */
  async createOwn(label: string, size: number, usage: number, wait: Wait): Promise<GPUBuffer> {
    const { device } = this;
    if (size > device.limits.maxBufferSize)
      throw outOfMemory(label, size, `the device's largest buffer has ${device.limits.maxBufferSize}`);
    const { result, errors } = scoped(device, `the buffer "${label}"`, ["out-of-memory", "validation"], () =>
      device.createBuffer({ label, size, usage }),
    );
    try {
      const refused = await wait(errors);
      if (refused) throw outOfMemory(label, size, refused.message);
      return result;
    } catch (error) {
      result.destroy();
      throw error;
    }
  }

  /** Gives a buffer back to the pool; large leftovers are freed, and so is one that an aborted run was still mapping. */
  release(buffer: GPUBuffer): void {
    if (!this.buffers.has(buffer)) return;
    const { size, usage } = buffer;
    if (this.idleBytes + size > this.budget * IDLE_SHARE || buffer.mapState !== "unmapped")
      this.destroy(buffer);
    else {
      const key = `${usage}:${size}`;
      const free = this.idle.get(key) ?? [];
      this.idle.set(key, free);
      free.push(buffer);
      this.idleBytes += size;
    }
    this.wake();
  }

  /** Frees every pooled buffer, or those of so many bytes and more. */
  trim(least = 0): void {
    for (const [key, buffers] of this.idle) {
      if (buffers.length > 0 && buffers[0].size < least) continue;
      for (const buffer of buffers) {
        this.destroy(buffer);
        this.idleBytes -= buffer.size;
      }
      this.idle.delete(key);
    }
  }

  /** Marks a cache as the one used last. */
  used(cache: Cache): void {
    this.caches.delete(cache);
    this.caches.add(cache);
  }

  forget(cache: Cache): void {
    this.caches.delete(cache);
  }

  /** Frees what is free or can be made again, and returns the bytes that are still in use. */
  freeCaches(): number {
    for (const cache of this.caches) cache.evict();
    this.trim(SMALL);
    return this.liveBytes - this.idleBytes;
  }

  /** Counts a run among those that share the budget, as long as it takes. */
  async countRun<T>(run: () => Promise<T>): Promise<T> {
    this.runs++;
    try {
      return await run();
    } finally {
      this.runs--;
    }
  }

  /** The bytes that one of the current runs may take. */
  get share(): number {
    return Math.max(this.budget / Math.max(this.runs, 1), LEAST_SHARE);
  }

  /** Resolves when a buffer is given back, or everything is freed. */
  released(): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
    });
  }

  /** Waits until all that asked before have called the function that this returns. */
  async turn(): Promise<() => void> {
    const before = this.lastTurn;
    let end = () => {};
    this.lastTurn = new Promise((resolve) => {
      end = resolve;
    });
    await before;
    return end;
  }

  dispose(): void {
    for (const buffer of this.buffers) buffer.destroy();
    this.buffers.clear();
    this.idle.clear();
    this.caches.clear();
    [this.liveBytes, this.idleBytes] = [0, 0];
    this.wake();
  }

  private sizeOf(bytes: number): number {
    return Math.max(boundBytes(pooledSize(bytes), this.device.limits.maxBufferSize), bytes);
  }

  private makeRoom(size: number): void {
    const isShort = () => this.liveBytes + size > this.budget;
    if (isShort()) this.trim();
    for (const cache of this.caches) {
      if (!isShort()) return;
      cache.evict();
      this.trim();
    }
  }

  private destroy(buffer: GPUBuffer): void {
    buffer.destroy();
    this.buffers.delete(buffer);
    this.liveBytes -= buffer.size;
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

/**
 * Runs synchronous work in error scopes, which are popped whatever happens; `errors` is the first one that they caught.
 * @param what for the message where a call throws, as of `attempt`
 */
export function scoped<T>(
  device: GPUDevice,
  what: string,
  filters: readonly GPUErrorFilter[],
  work: () => T,
): { result: T; errors: Promise<GPUError | undefined> } {
  let open = 0;
  const pops: Promise<GPUError | null>[] = [];
  const close = () => {
    for (; open > 0; pops.push(device.popErrorScope())) open--;
  };
  try {
    return attempt(what, () => {
      for (const filter of filters) {
        device.pushErrorScope(filter);
        open++;
      }
      const result = work();
      close();
      const errors = Promise.all(pops).then((caught) => caught.find((error) => error) ?? undefined);
      errors.catch(() => {}); // seen by who waits for it
      return { result, errors };
    });
  } finally {
    close(); // what a call that threw left open
    for (const popped of pops) popped.catch(() => {});
  }
}

/** The size of a pooled buffer: rounded up to an eighth of its power of two, so that similar requests share buffers. */
export function pooledSize(bytes: number): number {
  const grain = Math.max(256, 2 ** Math.floor(Math.log2(Math.max(bytes, 1))) / 8);
  return Math.ceil(Math.max(bytes, 1) / grain) * grain;
}

/** The bytes of a buffer that can be bound, or made: whole numbers of f32. */
export const boundBytes = (size: number, most: number): number => Math.min(size, most - (most % 4));

function outOfMemory(label: string, bytes: number, why: string): NadarayaError {
  return new NadarayaError(
    "out-of-memory",
    `the GPU has no room for the buffer "${label}" of ${bytes} bytes: ${why}`,
  );
}
