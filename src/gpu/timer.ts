/** Times compute passes by the GPU's own clock, where the device has one ("timestamp-query"). */
import { MAP_MODE_READ, Usage } from "./device.ts";
import { scoped } from "./memory.ts";

/** The marks of one pass: when it began and when it ended. */
export interface TimedPass {
  readonly marks: GPUQuerySet;
  readonly resolved: GPUBuffer;
  readonly readback: GPUBuffer;
}

const BYTES = 16;

/** Passes that are timed at the same time, at most. */
const MOST = 4;

export class GpuTimer {
  private readonly device: GPUDevice;
  private readonly all: TimedPass[] = [];
  private idle: TimedPass[] = [];
  private made = 0;

  /** @param device one with the feature "timestamp-query" */
  constructor(device: GPUDevice) {
    this.device = device;
  }

  /** Marks that are free; where there are none, undefined, and some for later passes are made where the device has room for them. */
  start(): TimedPass | undefined {
    const idle = this.idle.pop();
    if (!idle && this.made < MOST) {
      this.made++;
      this.make().catch(() => {}); // passes are timed by the wall
    }
    return idle;
  }

  private async make(): Promise<void> {
    const { device } = this;
    const label = "gpu timer";
    const { result, errors } = scoped(device, "a timer", ["out-of-memory", "validation"], () => ({
      marks: device.createQuerySet({ label, type: "timestamp", count: 2 }),
      resolved: device.createBuffer({ label, size: BYTES, usage: Usage.QUERY_RESOLVE | Usage.COPY_SRC }),
      readback: device.createBuffer({ label, size: BYTES, usage: Usage.MAP_READ | Usage.COPY_DST }),
    }));
    this.all.push(result);
    if (!(await errors)) this.idle.push(result);
  }

  /** To be recorded after the pass. */
  stop({ marks, resolved, readback }: TimedPass, encoder: GPUCommandEncoder): void {
    encoder.resolveQuerySet(marks, 0, 2, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, readback, 0, BYTES);
  }

  /** Milliseconds of a submitted pass; undefined if the clock ran backwards or the device was lost. */
  async read(timedPass: TimedPass): Promise<number | undefined> {
    try {
      await timedPass.readback.mapAsync(MAP_MODE_READ);
      const [began, ended] = new BigUint64Array(timedPass.readback.getMappedRange());
      timedPass.readback.unmap();
      this.idle.push(timedPass);
      return ended > began ? Number(ended - began) / 1e6 : undefined;
    } catch {
      return undefined;
    }
  }

  dispose(): void {
    this.idle = [];
    this.made = MOST;
    for (const { marks, resolved, readback } of this.all.splice(0)) {
      marks.destroy();
      resolved.destroy();
      readback.destroy();
    }
  }
}
