/**
 * One device with what every stage needs: pipelines cached by their source, buffers pooled by size, work submitted and
 * waited for, and every failure (compile error, no memory, lost device) turned into a NadarayaError.
 */
import { NadarayaError } from "../common/errors.ts";
import { type FoundDevice, MAP_MODE_READ, Usage } from "./device.ts";
import { GpuTimer, type TimedPass } from "./timer.ts";

/** Free buffers are kept up to this share of the memory budget. */
const IDLE_SHARE = 0.5;

/** A compute pipeline to run with these buffers, in the order of its bindings, over this many workgroups. */
export interface Pass {
  readonly pipeline: GPUComputePipeline;
  readonly buffers: readonly GPUBuffer[];
  readonly workgroups: readonly [number, number];
}

/** A buffer copied to another, so many bytes of it. */
type Copy = readonly [from: GPUBuffer, to: GPUBuffer, bytes: number];

export class Gpu {
  readonly device: GPUDevice;
  readonly memoryBudget: number;
  /** Bytes of buffers alive, in use or free. */
  liveBytes = 0;
  private idleBytes = 0;
  private readonly owned: boolean;
  private readonly maxIdleBytes: number;
  private readonly pipelines = new Map<string, Promise<GPUComputePipeline>>();
  private readonly idle = new Map<string, GPUBuffer[]>();
  /** All that are alive. */
  private readonly buffers = new Set<GPUBuffer>();
  private readonly gpuTimer: GpuTimer | undefined;
  private readonly lost: Promise<never>;
  private lostError: NadarayaError | undefined;
  private disposed = false;

  constructor({ device, owned }: FoundDevice, memoryBudget: number) {
    this.device = device;
    this.memoryBudget = memoryBudget;
    this.owned = owned;
    this.gpuTimer = GpuTimer.of(device);
    this.maxIdleBytes = memoryBudget * IDLE_SHARE;
    this.lost = device.lost.then(({ reason, message }) => {
      this.lostError = this.disposed
        ? disposedError()
        : new NadarayaError(
            "device-lost",
            `the GPU device was lost (${reason}): ${message || "no message"}; make a new Engine`,
          );
      throw this.lostError;
    });
    this.lost.catch(() => {}); // reported to the next call that waits
  }

  get isLost(): boolean {
    return this.lostError !== undefined;
  }

  /** Waits for GPU work, or throws as soon as the device is lost: a lost device otherwise "succeeds" at everything. */
  async wait<T>(work: Promise<T>): Promise<T> {
    try {
      const result = await Promise.race([work, this.lost]);
      if (this.lostError) throw this.lostError;
      return result;
    } catch (error) {
      if (this.lostError) throw this.lostError;
      if (error instanceof NadarayaError) throw error;
      throw new NadarayaError("gpu-error", `the GPU refused some work: ${String(error)}`, { cause: error });
    }
  }

  /** @throws NadarayaError "gpu-error" with the compiler's messages, and the source as the error's cause. */
  pipeline(label: string, code: string): Promise<GPUComputePipeline> {
    let pipeline = this.pipelines.get(code);
    if (!pipeline) {
      pipeline = this.compile(label, code);
      this.pipelines.set(code, pipeline);
      pipeline.catch(() => this.pipelines.delete(code));
    }
    return pipeline;
  }

  private async compile(label: string, code: string): Promise<GPUComputePipeline> {
    const { device } = this;
    device.pushErrorScope("validation");
    const module = device.createShaderModule({ label, code });
    const scope = device.popErrorScope();
    const pipeline = device.createComputePipelineAsync({ label, layout: "auto", compute: { module } });
    pipeline.catch(() => {});
    const invalid = await this.wait(scope);
    if (invalid) {
      const { messages } = await this.wait(module.getCompilationInfo());
      const lines = messages.map((m) => `${label}:${m.lineNum}:${m.linePos} ${m.type}: ${m.message}`);
      throw new NadarayaError(
        "gpu-error",
        `the shader "${label}" does not compile\n${lines.join("\n") || invalid.message}`,
        { cause: code },
      );
    }
    try {
      return await this.wait(pipeline);
    } catch (error) {
      if (error instanceof NadarayaError && error.code !== "gpu-error") throw error;
      throw new NadarayaError("gpu-error", `the pipeline "${label}" was refused: ${String(error)}`, {
        cause: code,
      });
    }
  }

  /**
   * A buffer of at least this size, from the pool where one is free.
   * @throws NadarayaError "out-of-memory"
   */
  async buffer(label: string, bytes: number, usage: number): Promise<GPUBuffer> {
    const size = roundUp(bytes);
    const free = this.idle.get(`${usage}:${size}`)?.pop();
    if (this.lostError) throw this.lostError;
    if (free) {
      this.idleBytes -= size;
      free.label = label;
      return free;
    }
    const { device } = this;
    if (size > device.limits.maxBufferSize)
      throw outOfMemory(label, size, "the device's largest buffer is smaller");
    device.pushErrorScope("out-of-memory");
    device.pushErrorScope("validation");
    const buffer = device.createBuffer({ label, size, usage });
    const scopes = [device.popErrorScope(), device.popErrorScope()];
    const [invalid, noMemory] = await this.wait(Promise.all(scopes));
    if (invalid || noMemory) {
      buffer.destroy();
      throw outOfMemory(label, size, (noMemory ?? invalid)!.message);
    }
    if (this.lostError) {
      buffer.destroy();
      throw this.lostError;
    }
    this.liveBytes += size;
    this.buffers.add(buffer);
    return buffer;
  }

  /** A buffer for the caller to keep and destroy: not pooled, and usable wherever results are drawn or computed on. */
  async ownBuffer(label: string, bytes: number): Promise<GPUBuffer> {
    const buffer = await this.buffer(label, bytes, OwnUsage);
    this.liveBytes -= buffer.size;
    this.buffers.delete(buffer);
    return buffer;
  }

  /** Gives a buffer back to the pool; large leftovers are freed, and so is one that an aborted run was still mapping. */
  release(buffer: GPUBuffer): void {
    if (this.lostError) return; // destroyed with the device, or with this
    const { size, usage } = buffer;
    if (this.idleBytes + size > this.maxIdleBytes || buffer.mapState !== "unmapped") {
      this.destroy(buffer);
      return;
    }
    const key = `${usage}:${size}`;
    const free = this.idle.get(key) ?? [];
    this.idle.set(key, free);
    free.push(buffer);
    this.idleBytes += size;
  }

  private destroy(buffer: GPUBuffer): void {
    buffer.destroy();
    this.buffers.delete(buffer);
    this.liveBytes -= buffer.size;
  }

  /** Frees every pooled buffer. */
  trim(): void {
    for (const buffers of this.idle.values()) for (const buffer of buffers) this.destroy(buffer);
    this.idle.clear();
    this.idleBytes = 0;
  }

  write(buffer: GPUBuffer, data: ArrayBufferView<ArrayBuffer>): void {
    this.device.queue.writeBuffer(buffer, 0, data);
  }

  /** Submits passes, then copies [from, to, bytes], in order. */
  submit(passes: readonly Pass[], copies: readonly Copy[] = []): void {
    this.record(passes, copies, undefined);
  }

  /** As `submit`, and says how many milliseconds the passes took, by the GPU's clock; undefined where it has none. */
  async submitTimed(passes: readonly Pass[], copies: readonly Copy[] = []): Promise<number | undefined> {
    const { gpuTimer } = this;
    const timedPass = gpuTimer?.start();
    this.record(passes, copies, timedPass);
    return timedPass && gpuTimer?.read(timedPass);
  }

  private record(passes: readonly Pass[], copies: readonly Copy[], timedPass: TimedPass | undefined): void {
    if (this.lostError) throw this.lostError;
    const { device } = this;
    const encoder = device.createCommandEncoder({ label: "nadaraya" });
    const timestampWrites = timedPass && {
      querySet: timedPass.marks,
      beginningOfPassWriteIndex: 0,
      endOfPassWriteIndex: 1,
    };
    const pass = encoder.beginComputePass({ label: "nadaraya", timestampWrites });
    for (const { pipeline, buffers, workgroups } of passes) {
      pass.setPipeline(pipeline);
      pass.setBindGroup(
        0,
        device.createBindGroup({
          layout: pipeline.getBindGroupLayout(0),
          entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
        }),
      );
      pass.dispatchWorkgroups(...workgroups);
    }
    pass.end();
    if (timedPass) this.gpuTimer?.stop(timedPass, encoder);
    for (const [from, to, bytes] of copies) encoder.copyBufferToBuffer(from, 0, to, 0, bytes);
    device.queue.submit([encoder.finish()]);
  }

  /** Resolves when everything submitted so far has run. */
  idleQueue(): Promise<undefined> {
    return this.wait(this.device.queue.onSubmittedWorkDone());
  }

  /** The first `count` f32 of a buffer with MAP_READ, when the GPU is done with it. */
  async read(buffer: GPUBuffer, count: number): Promise<Float32Array<ArrayBuffer>> {
    await this.wait(buffer.mapAsync(MAP_MODE_READ, 0, count * 4));
    const copy = new Float32Array(buffer.getMappedRange(0, count * 4).slice(0));
    buffer.unmap();
    return copy;
  }

  /** A copy of the first `count` f32 of a caller's buffer. @throws NadarayaError "invalid-input" where it cannot be copied. */
  async copyOf(from: GPUBuffer, count: number, name: string): Promise<Float32Array<ArrayBuffer>> {
    const readback = await this.buffer(name, Math.max(count, 1) * 4, ReadbackUsage);
    try {
      this.device.pushErrorScope("validation");
      this.submit([], [[from, readback, count * 4]]);
      const refused = await this.wait(this.device.popErrorScope());
      if (!refused) return await this.read(readback, count);
      throw new NadarayaError(
        "invalid-input",
        `${name}.buffer cannot be read: expected a buffer of the engine's device with the usage COPY_SRC. ${refused.message}`,
      );
    } finally {
      this.release(readback);
    }
  }

  /** What is still running is rejected with "disposed". */
  dispose(): void {
    this.disposed = true;
    this.lostError ??= disposedError();
    this.idle.clear();
    for (const buffer of this.buffers) this.destroy(buffer);
    this.gpuTimer?.dispose();
    if (this.owned) this.device.destroy();
  }
}

export const StorageUsage = Usage.STORAGE | Usage.COPY_DST | Usage.COPY_SRC;
const OwnUsage = StorageUsage | Usage.VERTEX;
export const UniformUsage = Usage.UNIFORM | Usage.COPY_DST;
export const ReadbackUsage = Usage.MAP_READ | Usage.COPY_DST;

/** Sizes are rounded up to an eighth of their power of two, so that similar requests share buffers. */
function roundUp(bytes: number): number {
  const grain = Math.max(256, 2 ** Math.floor(Math.log2(Math.max(bytes, 1))) / 8);
  return Math.ceil(Math.max(bytes, 1) / grain) * grain;
}

const disposedError = () => new NadarayaError("disposed", "this engine was disposed of");

function outOfMemory(label: string, bytes: number, why: string): NadarayaError {
  return new NadarayaError(
    "out-of-memory",
    `the GPU has no room for the buffer "${label}" of ${bytes} bytes: ${why}`,
  );
}
