/** Points counted by the cells of a picture on the GPU. */
import { pointCounts } from "../../shaders/point-counts.ts";
import { yieldToEventLoop } from "../../src/common/yield.ts";
import { findDevice } from "../../src/gpu/device.ts";

export interface DensityView {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  readonly columns: number;
  readonly rows: number;
}

const THREADS = 64;
/** Invocations of a dispatch: each takes every so many-th point. */
const MOST_THREADS = 2 ** 16;
/** Points between two yields. */
const BLOCK = 2 ** 16;

export class GpuCounts {
  private readonly device: GPUDevice;
  private readonly pipeline: GPUComputePipeline;
  private readonly points: GPUBuffer;
  private readonly uniform: GPUBuffer;
  private readonly count_: number;
  private readonly xRange: readonly [number, number];
  private readonly yRange: readonly [number, number];
  private cells: { readonly counts: GPUBuffer; readonly read: GPUBuffer } | undefined;

  private constructor(
    device: GPUDevice,
    pipeline: GPUComputePipeline,
    points: GPUBuffer,
    count: number,
    xRange: readonly [number, number],
    yRange: readonly [number, number],
  ) {
    [this.device, this.pipeline, this.points, this.count_] = [device, pipeline, points, count];
    [this.xRange, this.yRange] = [xRange, yRange];
    this.uniform = device.createBuffer({ size: 32, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
  }

  /** @throws where there is no WebGPU, or no room for the points */
  static async of(
    x: Float64Array,
    y: Float64Array,
    xRange: readonly [number, number],
    yRange: readonly [number, number],
  ): Promise<GpuCounts> {
    const { device } = await findDevice();
    const size = 8 * x.length;
    if (size > device.limits.maxStorageBufferBindingSize) {
      device.destroy();
      throw new RangeError(`${x.length} points are more than one binding holds`);
    }
    device.pushErrorScope("out-of-memory");
    const points = device.createBuffer({ size, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST });
    const error = await device.popErrorScope();
    if (error) {
      device.destroy();
      throw new RangeError(error.message);
    }
    const scale = [1 / (xRange[1] - xRange[0]), 1 / (yRange[1] - yRange[0] || 1)];
    for (let from = 0; from < x.length; from += BLOCK) {
      const block = new Float32Array(2 * Math.min(BLOCK, x.length - from));
      for (let i = 0; i < block.length / 2; i++) {
        block[2 * i] = (x[from + i] - xRange[0]) * scale[0];
        block[2 * i + 1] = (y[from + i] - yRange[0]) * scale[1];
      }
      device.queue.writeBuffer(points, 8 * from, block);
      await yieldToEventLoop();
    }
    const module = device.createShaderModule({ code: pointCounts({ threads: THREADS }) });
    const pipeline = await device.createComputePipelineAsync({ layout: "auto", compute: { module } });
    return new GpuCounts(device, pipeline, points, x.length, xRange, yRange);
  }

  /** Rows from the top. @throws where the device is lost */
  async count({ x, y, columns, rows }: DensityView): Promise<Uint32Array> {
    const { device, pipeline, uniform, points } = this;
    const size = 4 * columns * rows;
    if (this.cells?.counts.size !== size) {
      this.cells?.counts.destroy();
      this.cells?.read.destroy();
      const { STORAGE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
      this.cells = {
        counts: device.createBuffer({ size, usage: STORAGE | COPY_SRC | COPY_DST }),
        read: device.createBuffer({ size, usage: MAP_READ | COPY_DST }),
      };
    }
    const { counts, read } = this.cells;
    const [width, height] = [this.xRange, this.yRange].map(([least, most]) => most - least || 1);
    const threads = Math.min(Math.ceil(this.count_ / THREADS) * THREADS, MOST_THREADS);
    const view = new DataView(new ArrayBuffer(32));
    const floats = [
      (x[0] - this.xRange[0]) / width,
      (y[0] - this.yRange[0]) / height,
      (columns * width) / (x[1] - x[0]),
      (rows * height) / (y[1] - y[0]),
    ];
    for (const [i, each] of floats.entries()) view.setFloat32(4 * i, each, true);
    for (const [i, each] of [columns, rows, this.count_, threads].entries())
      view.setUint32(16 + 4 * i, each, true);
    device.queue.writeBuffer(uniform, 0, view);
    const encoder = device.createCommandEncoder();
    encoder.clearBuffer(counts);
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    const buffers = [uniform, points, counts];
    const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
    pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
    pass.dispatchWorkgroups(threads / THREADS);
    pass.end();
    encoder.copyBufferToBuffer(counts, 0, read, 0, size);
    device.queue.submit([encoder.finish()]);
    await read.mapAsync(GPUMapMode.READ);
    const found = new Uint32Array(read.getMappedRange().slice(0));
    read.unmap();
    return found;
  }

  dispose(): void {
    this.device.destroy();
  }
}
