/** Does the tasks of a queue: what `nadaraya worker` runs, one on each machine with a GPU. */

import type { Job, Worker } from "bullmq";
import type { Redis } from "ioredis";
import { NadarayaError, show } from "../../common/errors.ts";
import { assertInternal, INTERNAL } from "../../common/internal.ts";
import { isBetween, isWhole } from "../../common/options.ts";
import { version } from "../../version.ts";
import { isLasting, type Task, TaskPerformer } from "../tasks.ts";
import { connect, loadBullmq, QUEUE } from "./connect.ts";
import { doneKey, writeFailure } from "./failures.ts";
import { KEPT, RedisStore } from "./redis-store.ts";

/** Options of `QueueWorker.start`. */
export interface QueueWorkerOptions {
  /** Of the queue; "nadaraya" by default. */
  readonly queue?: string;
  /** A folder that all workers see, for large results. */
  readonly store?: string;
  /** Tasks at a time; 1 by default: the GPU, or the processors, are busy with one. */
  readonly concurrency?: number;
  /**
   * Seconds after which a worker that says nothing is taken for lost, and its task given to another; 20 by default. It says so every half
   * of that, between two steps of a task.
   */
  readonly lostAfter?: number;
  /** Called with each task that has ended, and why where it failed. */
  readonly onTask?: (task: Task, milliseconds: number, failure?: Error) => void;
  /** Called with what is wrong with the connection; it goes on by itself. */
  readonly onError?: (error: Error) => void;
}

/** How often a task may lose its worker. */
const MOST_LOST = 3;

/** A worker of a queue; `close` ends it after the task that it does. */
export class QueueWorker {
  private readonly worker: Worker;
  private readonly performer: TaskPerformer;
  private readonly connections: readonly Redis[];

  private constructor(
    token: symbol,
    worker: Worker,
    performer: TaskPerformer,
    connections: readonly Redis[],
  ) {
    assertInternal(token, "QueueWorker", "await QueueWorker.start(url)");
    this.worker = worker;
    this.performer = performer;
    this.connections = connections;
  }

  /** @throws NadarayaError "unavailable" where the server cannot be reached, "unsupported" where bullmq or ioredis is not installed */
  static async start(url: string, options: QueueWorkerOptions = {}): Promise<QueueWorker> {
    const { concurrency = 1, store, lostAfter = 20, onTask = () => {}, onError = () => {} } = options;
    if (!isWhole(concurrency, 1))
      throw new NadarayaError(
        "invalid-input",
        `concurrency is ${show(concurrency)}, expected a whole number from 1 on`,
      );
    if (!isBetween(lostAfter, 1, 3600))
      throw new NadarayaError("invalid-input", `lostAfter is ${show(lostAfter)}, expected 1 to 3600 seconds`);
    const { Worker, UnrecoverableError } = await loadBullmq();
    // The queue's own connection blocks while it waits for work.
    const redis = await connect(url);
    const connection = await connect(url, onError);
    const performer = new TaskPerformer(new RedisStore(redis, store), version);
    const perform = async ({ data }: Job<{ task?: Task; root: string }>) => {
      const { task, root } = data;
      if (!task) return; // the job as a whole: its children were the work
      const start = performance.now();
      try {
        await performer.perform(task);
        await redis.multi().sadd(doneKey(root), task.name).expire(doneKey(root), KEPT).exec();
        onTask(task, performance.now() - start);
      } catch (error) {
        onTask(task, performance.now() - start, error as Error);
        throw isLasting(error) ? new UnrecoverableError(writeFailure(error)) : new Error(writeFailure(error));
      }
    };
    const worker = new Worker(options.queue ?? QUEUE, perform, {
      ...{ connection, concurrency },
      ...{ lockDuration: 1000 * lostAfter, stalledInterval: 250 * lostAfter, maxStalledCount: MOST_LOST },
    });
    worker.on("error", onError);
    await worker.waitUntilReady();
    return new QueueWorker(INTERNAL, worker, performer, [redis, connection]);
  }

  /** Ends the worker after the task that it does. */
  async close(): Promise<void> {
    await this.worker.close();
    await this.performer.dispose();
    for (const connection of this.connections) connection.disconnect();
  }
}
