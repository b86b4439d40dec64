/**
 * A pool of workers for CPU work. Inputs on which a worker fails are computed on the calling thread, so no result is lost.
 */
import { createYielder } from "../common/yield.ts";
import { bytesOf } from "./buffers.ts";
import type { WorkerPort } from "./message-port.ts";
import type { Task, TaskInputs, TaskRunner } from "./task.ts";
import { WorkerHandle } from "./worker-handle.ts";

/** Most bytes that copies of one state may take in all workers together. */
const MOST_BYTES = 2 ** 30;
/** Milliseconds after which a worker that has not started is given up. */
const PATIENCE = 5000;
/** Workers end after so many milliseconds without work, and their memory with them. */
const IDLE = 10_000;

export class WorkerPool implements TaskRunner {
  readonly size: number;
  private readonly start: () => WorkerPort;
  private all: WorkerHandle[] = [];
  private free: WorkerHandle[] = [];
  private waiting: ((workerHandle: WorkerHandle | undefined) => void)[] = [];
  private starting: Promise<string | undefined> | undefined;
  private disposed = false;
  private idle: ReturnType<typeof setTimeout> | undefined;

  constructor(size: number, start: () => WorkerPort) {
    this.size = size;
    this.start = start;
  }

  /** Why there are no workers; undefined where there are some. They are started when they are first needed. */
  async problem(): Promise<string | undefined> {
    if (this.disposed) return "the engine was disposed of";
    this.starting ??= this.startAll();
    return this.starting;
  }

  private async startAll(): Promise<string | undefined> {
    const workerHandles: WorkerHandle[] = [];
    try {
      for (let i = 0; i < this.size; i++) workerHandles.push(new WorkerHandle(this.start()));
    } catch (error) {
      for (const workerHandle of workerHandles) workerHandle.end();
      return `a worker could not be made (${String(error)})`;
    }
    const late = new Promise<false>((resolve) => unreferenced(setTimeout(resolve, PATIENCE, false)));
    const hasStarted = await Promise.all(
      workerHandles.map((workerHandle) => Promise.race([workerHandle.hasStarted, late])),
    );
    for (const [i, workerHandle] of workerHandles.entries())
      if (!hasStarted[i] || this.disposed) workerHandle.end();
    this.all = workerHandles.filter(({ lost }) => !lost);
    this.free = [...this.all];
    if (this.all.length === 0)
      return "no worker started; did the bundler bring the file src/engine/worker.js along?";
    this.rest();
    return undefined;
  }

  async each<State extends object, Input, Output>(
    task: Task<State, Input, Output>,
    state: State,
    taskInputs: TaskInputs<Input, Output>,
    signal?: AbortSignal,
  ): Promise<void> {
    signal?.throwIfAborted();
    await this.problem();
    const lanes = Math.min(this.all.length, taskInputs.count, Math.floor(MOST_BYTES / (bytesOf(state) || 1)));
    let next = 0;
    const left: number[] = [];
    const lane = async () => {
      while (next < taskInputs.count) {
        const workerHandle = await this.acquireWorker();
        if (!workerHandle) return;
        try {
          signal?.throwIfAborted();
          if (next >= taskInputs.count) return;
          const taskIndex = next++;
          const answer = await workerHandle.ask(task.name, state, taskInputs.input(taskIndex));
          signal?.throwIfAborted();
          if (typeof answer === "object" && "output" in answer)
            taskInputs.take(answer.output as Output, taskIndex);
          else left.push(taskIndex);
        } catch (error) {
          next = taskInputs.count;
          throw error;
        } finally {
          this.release(workerHandle);
        }
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    while (next < taskInputs.count) left.push(next++);
    if (left.length === 0) return;
    const work = task.prepare(state);
    const yieldToEventLoop = createYielder({ signal });
    for (const taskIndex of left) {
      taskInputs.take(await work(taskInputs.input(taskIndex)), taskIndex);
      await yieldToEventLoop();
    }
  }

  /** Ends all workers; what they were doing is done by the caller's thread. */
  dispose(): void {
    this.disposed = true;
    this.stop();
  }

  private acquireWorker(): Promise<WorkerHandle | undefined> | WorkerHandle | undefined {
    clearTimeout(this.idle);
    const workerHandle = this.free.pop();
    if (workerHandle || this.all.length === 0) return workerHandle;
    return new Promise((resolve) => {
      this.waiting.push(resolve);
    });
  }

  private release(workerHandle: WorkerHandle): void {
    const waiting = workerHandle.lost ? undefined : this.waiting.shift();
    if (workerHandle.lost) {
      workerHandle.end(); // what failed over a task may still run
      this.all = this.all.filter((other) => other !== workerHandle);
    } else if (waiting) waiting(workerHandle);
    else this.free.push(workerHandle);
    if (this.all.length === 0) this.stop();
    else if (this.free.length === this.all.length) this.rest();
  }

  /** Lets all workers end, unless one is needed soon. */
  private rest(): void {
    clearTimeout(this.idle);
    this.idle = unreferenced(
      setTimeout(() => {
        this.starting = undefined;
        this.stop();
      }, IDLE),
    );
  }

  private stop(): void {
    clearTimeout(this.idle);
    const [all, waiting] = [this.all, this.waiting];
    [this.all, this.free, this.waiting] = [[], [], []];
    for (const workerHandle of all) workerHandle.end();
    for (const none of waiting) none(undefined);
  }
}

/** In Node, a timer that does not keep the process alive. */
function unreferenced<T>(timer: T): T {
  (timer as { unref?(): void }).unref?.();
  return timer;
}
