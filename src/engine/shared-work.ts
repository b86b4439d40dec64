/** The workers of an engine: whether some work is worth sharing with them, and what it then takes. */
import { bytesOf } from "../workers/buffers.ts";
import type { TaskRunner, WorkSharing } from "../workers/task.ts";
import type { WorkerPool } from "../workers/worker-pool.ts";

/** Work of fewer milliseconds of one core is done by the calling thread. */
const WORTH = 100;
/** What sending, waiting and putting together costs, in milliseconds. */
const OVERHEAD = 15;
/** What it takes to copy a byte of a state to a worker, in nanoseconds. */
const NS_PER_BYTE = 2;
/** What another worker adds: many processors are the second thread of a core. */
const GAIN = 0.6;
/** More workers than this take more memory than they save time. */
const MOST = 16;

export class Workers implements WorkSharing {
  readonly count: number;
  private workerPool: Promise<WorkerPool> | undefined;
  private disposed = false;
  /** Why there are none. */
  private reason: string | undefined;

  /** As many as there are processors, by default. */
  constructor(count = Math.min(processors(), MOST)) {
    this.count = count;
  }

  async share(milliseconds: number, state?: object): Promise<TaskRunner | undefined> {
    if (!this.worth(milliseconds)) return undefined;
    const sending = (bytesOf(state) * this.count * NS_PER_BYTE) / 1e6;
    const shared = OVERHEAD + milliseconds / (1 + GAIN * (this.count - 1));
    if (shared + sending >= milliseconds) return undefined;
    this.workerPool ??= this.startPool();
    const workerPool = await this.workerPool;
    this.reason = await workerPool.problem();
    return this.reason === undefined ? workerPool : undefined;
  }

  /** For `EngineInfo`. */
  get info(): { readonly workers: number; readonly workersReason?: string } {
    return this.reason === undefined
      ? { workers: this.count }
      : { workers: 0, workersReason: `one thread computes: ${this.reason}` };
  }

  private async startPool(): Promise<WorkerPool> {
    const [{ WorkerPool }, { startWorker }] = await Promise.all([
      import("../workers/worker-pool.ts"),
      import("./start-worker.ts"),
    ]);
    return new WorkerPool(this.count, startWorker);
  }

  dispose(): void {
    this.disposed = true;
    this.workerPool?.then((workerPool) => workerPool.dispose());
  }

  private worth(milliseconds: number): boolean {
    return this.count > 1 && !this.disposed && this.reason === undefined && milliseconds >= WORTH;
  }
}

function processors(): number {
  const os = globalThis.process?.getBuiltinModule?.("node:os");
  return os?.availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
}
