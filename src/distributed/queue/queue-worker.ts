/** Does the tasks of a queue: what `nadaraya worker` runs, one on each machine with a GPU. */

import type { Job, Worker } from "bullmq";
import type { Redis } from "ioredis";
import { NadarayaError, show } from "../../common/errors.ts";
import { assertInternal, INTERNAL } from "../../common/internal.ts";
import { isBetween, isRecord, isWhole } from "../../common/options.ts";
import { version } from "../../version.ts";
import { accessTo } from "../access.ts";
import { checkTask } from "../check-task.ts";
import { checkName } from "../store.ts";
import { isLasting, type Task, TaskPerformer } from "../tasks.ts";
import { checkQueueName, checkRedisAddress, connect, isOnThisMachine, loadBullmq, QUEUE } from "./connect.ts";
import { doneKey, writeFailure } from "./failures.ts";
import { isCancelled } from "./jobs.ts";
import { within } from "./patience.ts";
import { KEPT, RedisStore } from "./redis-store.ts";

/** Options of `QueueWorker.start`. */
export interface QueueWorkerOptions {
  /** Of the queue; "nadaraya" by default. */
  readonly queue?: string;
  /** A folder that all workers see, for large results. */
  readonly store?: string;
  /**
   * What tasks may read: paths of files and folders, and addresses with which others begin. It may be left out where Redis is on this
   * machine: tasks then read every regular file that this process may read, and every public address.
   */
  readonly allow?: readonly string[];
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

/** What a job of the queue holds, which anyone may have written. @throws what `refuse` makes of a message */
function checkedData(data: unknown, refuse: (message: string) => Error): { task?: Task; root: string } {
  try {
    const { task, root } = isRecord(data) ? data : {};
    checkName(root);
    if (task !== undefined) checkTask(task);
    return { task: task as Task | undefined, root };
  } catch (error) {
    throw refuse(writeFailure(error));
  }
}

/** Milliseconds in which Redis answers, and between looks whether a job was cancelled. */
const ANSWER = 2000;

/** Work that ends early where its job is cancelled. @throws NadarayaError "unsupported", which is not tried again */
async function unlessCancelled(
  redis: Redis,
  root: string,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const cancelled = new AbortController();
  const look = async () => {
    if (await isCancelled(redis, root).catch(() => false))
      cancelled.abort(new NadarayaError("unsupported", "the job was cancelled"));
  };
  await within(ANSWER, look());
  cancelled.signal.throwIfAborted();
  const timer = setInterval(look, ANSWER);
  try {
    await work(cancelled.signal);
  } finally {
    clearInterval(timer);
  }
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
    const { concurrency = 1, store, allow, lostAfter = 20, onTask = () => {}, onError = () => {} } = options;
    checkRedisAddress(url);
    if (!isWhole(concurrency, 1))
      throw new NadarayaError(
        "invalid-input",
        `concurrency is ${show(concurrency)}, expected a whole number from 1 on`,
      );
    if (!isBetween(lostAfter, 1, 3600))
      throw new NadarayaError("invalid-input", `lostAfter is ${show(lostAfter)}, expected 1 to 3600 seconds`);
    if (allow === undefined && !isOnThisMachine(url))
      throw new NadarayaError(
        "invalid-input",
        "whoever writes to this Redis chooses what the worker reads, so allow is needed, with the files, folders and addresses that tasks may read: nadaraya worker --allow <path or address>",
      );
    const { queue = QUEUE } = options;
    checkQueueName(queue);
    const access = await accessTo(allow);
    const { Worker, UnrecoverableError } = await loadBullmq();
    // The queue's own connection blocks while it waits for work.
    const redis = await connect(url);
    const connection = await connect(url, onError);
    const performer = new TaskPerformer(new RedisStore(redis, store), version, undefined, access);
    const perform = async ({ data }: Job<unknown>) => {
      const { task, root } = checkedData(data, (message) => new UnrecoverableError(message));
      if (!task) return; // the job as a whole: its children were the work
      const start = performance.now();
      try {
        await unlessCancelled(redis, root, (signal) => performer.perform(task, signal));
        await redis.multi().sadd(doneKey(root), task.name).expire(doneKey(root), KEPT).exec();
        onTask(task, performance.now() - start);
      } catch (error) {
        onTask(task, performance.now() - start, error as Error);
        throw isLasting(error) ? new UnrecoverableError(writeFailure(error)) : new Error(writeFailure(error));
      }
    };
    const worker = new Worker(queue, perform, {
      ...{ connection, concurrency },
      ...{ lockDuration: 1000 * lostAfter, stalledInterval: 250 * lostAfter, maxStalledCount: MOST_LOST },
    });
    worker.on("error", onError);
    await worker.waitUntilReady();
    return new QueueWorker(INTERNAL, worker, performer, [redis, connection]);
  }

  /** Ends the worker after the task that it does; at once if Redis no longer answers, as the task's result has nowhere to go. */
  async close(): Promise<void> {
    let isClosed = false;
    const closing = this.worker.close().then(
      () => {
        isClosed = true;
      },
      () => {},
    );
    const gone = async () => {
      const [redis] = this.connections;
      while (!isClosed && (await within(ANSWER, redis.ping())) !== undefined)
        await within(ANSWER / 2, closing);
    };
    await Promise.race([closing, gone()]);
    for (const connection of this.connections) connection.disconnect();
    if (isClosed) await this.performer.dispose();
  }
}
