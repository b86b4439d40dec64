/** Times compute passes by the GPU's own clock, where the device has one ("timestamp-query"). */
import { MAP_MODE_READ, Usage } from "./device.ts";

/** The marks of one pass: when it began and when it ended. */
export interface Lap {
  readonly marks: GPUQuerySet;
  readonly resolved: GPUBuffer;
  readonly readback: GPUBuffer;
}

const BYTES = 16;

export class Stopwatch {
  private readonly device: GPUDevice;
  private readonly idle: Lap[] = [];

  private constructor(device: GPUDevice) {
    this.device = device;
  }

  static of(device: GPUDevice): Stopwatch | undefined {
    return device.features.has("timestamp-query") ? new Stopwatch(device) : undefined;
  }

  start(): Lap {
    const idle = this.idle.pop();
    if (idle) return idle;
    const { device } = this;
    const label = "stopwatch";
    return {
      marks: device.createQuerySet({ label, type: "timestamp", count: 2 }),
      resolved: device.createBuffer({ label, size: BYTES, usage: Usage.QUERY_RESOLVE | Usage.COPY_SRC }),
      readback: device.createBuffer({ label, size: BYTES, usage: Usage.MAP_READ | Usage.COPY_DST }),
    };
  }

  /** To be recorded after the pass. */
  stop({ marks, resolved, readback }: Lap, encoder: GPUCommandEncoder): void {
    encoder.resolveQuerySet(marks, 0, 2, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, readback, 0, BYTES);
  }

  /** Milliseconds of a submitted lap; undefined where the clock made no sense: clocks may run backwards, or be lost. */
  async read(lap: Lap): Promise<number | undefined> {
    try {
      await lap.readback.mapAsync(MAP_MODE_READ);
      const [began, ended] = new BigUint64Array(lap.readback.getMappedRange());
      lap.readback.unmap();
      this.idle.push(lap);
      return ended > began ? Number(ended - began) / 1e6 : undefined;
    } catch {
      return undefined;
    }
  }

  dispose(): void {
    for (const { marks, resolved, readback } of this.idle.splice(0)) {
      marks.destroy();
      resolved.destroy();
      readback.destroy();
    }
  }
}
