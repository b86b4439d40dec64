/**
 * One device with what every stage needs: pipelines cached by their source, buffers, work submitted and waited for, and every
 * failure (compile error, no memory, lost device) turned into a NadarayaError. After a loss everything here throws; `Devices`
 * gets another one.
 */
import { NadarayaError } from "../common/errors.ts";
import { asNadarayaError, attempt } from "./attempt.ts";
import { type AdapterInfo, type FoundDevice, MAP_MODE_READ, Usage } from "./device.ts";
import { boundBytes, GpuMemory, scoped } from "./memory.ts";
import { keepPolling } from "./polling.ts";
import type { GpuTimer, TimedPass } from "./timer.ts";

/** A buffer, or a part of one. */
type Bound = GPUBuffer | GPUBufferBinding;

/** A compute pipeline to run with these buffers, in the order of its bindings, over this many workgroups. */
export interface Pass {
  readonly pipeline: GPUComputePipeline;
  readonly buffers: readonly Bound[];
  readonly workgroups: readonly [number, number];
}

/** A buffer copied to another, so many bytes of it. */
type Copy = readonly [from: GPUBuffer, to: GPUBuffer, bytes: number];

/** Work that was given to the GPU. */
export interface Submission {
  /** Rejects where the GPU refused the work, or what was written for it: what it should have computed is then not valid. */
  readonly accepted: Promise<void>;
  /** How long it took by the GPU's clock; undefined where that has none. */
  readonly milliseconds: Promise<number | undefined>;
}

export class Gpu {
  readonly device: GPUDevice;
  readonly adapter: AdapterInfo;
  readonly memory: GpuMemory;
  private readonly owned: boolean;
  private readonly pipelines = new Map<string, Promise<GPUComputePipeline>>();
  /** Passes are timed by the wall until it is loaded. */
  private gpuTimer: GpuTimer | undefined;
  /** What was refused of the last contents of a buffer. */
  private readonly writes = new WeakMap<GPUBuffer, Promise<GPUError | undefined>>();
  private readonly lost: Promise<never>;
  private lostError: NadarayaError | undefined;
  private disposed = false;

  constructor({ device, adapter, owned }: FoundDevice, memoryBudget: number) {
    this.device = device;
    this.adapter = adapter;
    this.owned = owned;
    this.memory = new GpuMemory(device, memoryBudget);
    if (device.features.has("timestamp-query"))
      import("./timer.ts").then(
        ({ GpuTimer: Timer }) => {
          if (!this.disposed) this.gpuTimer = new Timer(device);
        },
        () => {},
      );
    this.lost = device.lost.then(({ reason, message }) => {
      this.lostError ??= new NadarayaError(
        "device-lost",
        `the GPU device was lost (${reason}): ${message || "no message"}`,
      );
      this.memory.dispose();
      throw this.lostError;
    });
    this.lost.catch(() => {}); // reported to the next call that waits
  }

  get isLost(): boolean {
    return this.lostError !== undefined;
  }

  /** Resolves when the device is lost, at the latest after so many milliseconds. */
  async lostWithin(milliseconds: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, milliseconds);
    });
    await Promise.race([late, this.lost]).catch(() => {});
    clearTimeout(timer);
  }

  /** Waits for GPU work, or throws as soon as the device is lost: a lost device otherwise "succeeds" at everything. */
  readonly wait = async <T>(work: Promise<T>): Promise<T> => {
    const stopPolling = keepPolling(this.device);
    try {
      const result = await Promise.race([work, this.lost]);
      this.assertUsable();
      return result;
    } catch (error) {
      this.assertUsable();
      throw asNadarayaError("some work", error);
    } finally {
      stopPolling();
    }
  };

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
    this.assertUsable();
    const { device } = this;
    const what = `the shader "${label}"`;
    const { result: module, errors } = scoped(device, what, ["validation"], () =>
      device.createShaderModule({ label, code }),
    );
    const pipeline = attempt(what, () =>
      device.createComputePipelineAsync({ label, layout: "auto", compute: { module } }),
    );
    pipeline.catch(() => {});
    const invalid = await this.wait(errors);
    if (invalid) {
      const { compileError } = await import("./compile-error.ts");
      const info = await this.wait(attempt(what, () => module.getCompilationInfo()));
      throw compileError(label, code, info, invalid);
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
    this.assertUsable();
    const buffer =
      this.memory.reuse(label, bytes, usage) ?? (await this.memory.create(label, bytes, usage, this.wait));
    this.writes.delete(buffer);
    return buffer;
  }

  /** A buffer for the caller to keep and destroy: not pooled, and usable wherever results are drawn or computed on. */
  async ownBuffer(label: string, bytes: number): Promise<GPUBuffer> {
    this.assertUsable();
    return this.memory.createOwn(label, bytes, OwnUsage, this.wait);
  }

  release(buffer: GPUBuffer): void {
    this.memory.release(buffer);
  }

  /** Writes from the beginning of a buffer, or from `offset` on. A refusal is reported by the next submission that uses the buffer. */
  write(buffer: GPUBuffer, data: ArrayBufferView<ArrayBuffer>, offset = 0): void {
    this.assertUsable();
    const what = `to write "${buffer.label}"`;
    const { errors } = scoped(this.device, what, ["out-of-memory", "validation"], () =>
      this.device.queue.writeBuffer(buffer, offset, data),
    );
    const before = this.writes.get(buffer);
    this.writes.set(buffer, before ? Promise.all([before, errors]).then(([a, b]) => a ?? b) : errors);
  }

  /** Submits passes, then copies [from, to, bytes], in order. */
  submit(passes: readonly Pass[], copies: readonly Copy[] = []): Submission {
    return this.record(passes, copies, undefined);
  }

  /** As `submit`, and measures how many milliseconds the passes take. */
  submitTimed(passes: readonly Pass[], copies: readonly Copy[] = []): Submission {
    return this.record(passes, copies, this.gpuTimer?.start());
  }

  private record(
    passes: readonly Pass[],
    copies: readonly Copy[],
    timedPass: TimedPass | undefined,
  ): Submission {
    this.assertUsable();
    const { errors } = scoped(this.device, "a submission", ["out-of-memory", "validation"], () =>
      this.encode(passes, copies, timedPass),
    );
    const bound = passes
      .flatMap(({ buffers }) => buffers)
      .map((each) => ("buffer" in each ? each.buffer : each));
    const used = new Set([...bound, ...copies.map(([from]) => from)]);
    const written = [...used].map((buffer) => this.writes.get(buffer));
    const accepted = this.wait(Promise.all([errors, ...written])).then((all) => {
      const refused = all.find((error) => error);
      if (!refused) return;
      const code = isOutOfMemory(refused) ? "out-of-memory" : "gpu-error";
      throw new NadarayaError(code, `the GPU refused a submission: ${refused.message}`, { cause: refused });
    });
    accepted.catch(() => {}); // seen by who waits for it
    const timed = timedPass && this.gpuTimer?.read(timedPass);
    return { accepted, milliseconds: timed ?? Promise.resolve(undefined) };
  }

  private encode(passes: readonly Pass[], copies: readonly Copy[], timedPass: TimedPass | undefined): void {
    const { device } = this;
    const { maxStorageBufferBindingSize } = device.limits;
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
          entries: buffers.map((each, binding) => ({
            binding,
            resource: bindingOf(each, maxStorageBufferBindingSize),
          })),
        }),
      );
      pass.dispatchWorkgroups(...workgroups);
    }
    pass.end();
    if (timedPass) this.gpuTimer!.stop(timedPass, encoder);
    for (const [from, to, bytes] of copies) encoder.copyBufferToBuffer(from, 0, to, 0, bytes);
    device.queue.submit([encoder.finish()]);
  }

  /** Resolves when everything submitted so far has run. */
  async idleQueue(): Promise<void> {
    this.assertUsable();
    await this.wait(attempt("to wait for the queue", () => this.device.queue.onSubmittedWorkDone()));
  }

  /** The first `count` f32 of a buffer with MAP_READ, when the GPU is done with it. */
  async read(buffer: GPUBuffer, count: number): Promise<Float32Array<ArrayBuffer>> {
    this.assertUsable();
    await this.wait(attempt("to read a buffer", () => buffer.mapAsync(MAP_MODE_READ, 0, count * 4)));
    return attempt("to read a buffer", () => {
      const copy = new Float32Array(buffer.getMappedRange(0, count * 4).slice(0));
      buffer.unmap();
      return copy;
    });
  }

  /** What is still running is rejected with "disposed". */
  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.lostError ??= new NadarayaError("disposed", "this engine was disposed of");
    this.memory.dispose();
    this.gpuTimer?.dispose();
    if (this.owned) this.device.destroy();
  }

  private assertUsable(): void {
    if (this.lostError) throw this.lostError;
  }
}

/** Where a binding may begin: a multiple of this by WebGPU's default limits. */
const BINDING_ALIGNMENT = 256;

/** The part of a buffer that holds numbers `first` … `first + count − 1`, and how many numbers come before these in it. */
export function partOf(
  buffer: GPUBuffer,
  first: number,
  count: number,
): { readonly part: GPUBufferBinding; readonly before: number } {
  const offset = Math.floor((first * 4) / BINDING_ALIGNMENT) * BINDING_ALIGNMENT;
  const before = first - offset / 4;
  return { part: { buffer, offset, size: (before + count) * 4 }, before };
}

/** A buffer of the pool may be larger than asked for, and than what can be bound. */
const bindingOf = (bound: Bound, most: number): GPUBufferBinding =>
  "buffer" in bound ? bound : { buffer: bound, size: boundBytes(bound.size, most) };

/** By the name of its class, which Node does not have as a global. */
const isOutOfMemory = (error: GPUError): boolean => error.constructor.name === "GPUOutOfMemoryError";

export const StorageUsage = Usage.STORAGE | Usage.COPY_DST | Usage.COPY_SRC;
const OwnUsage = StorageUsage | Usage.VERTEX;
export const UniformUsage = Usage.UNIFORM | Usage.COPY_DST;
export const ReadbackUsage = Usage.MAP_READ | Usage.COPY_DST;
