/** Gives tasks to the workers of a queue, as a BullMQ flow: a parent begins when its children have ended. */

import type { FlowJob, FlowProducer, Job, Queue } from "bullmq";
import type { Redis } from "ioredis";
import { NadarayaError } from "../../common/errors.ts";
import { assertInternal, INTERNAL } from "../../common/internal.ts";
import { MOST_ATTEMPTS, type Runner, type RunnerOptions, type TaskNode } from "../runner.ts";
import { runOf } from "../tasks.ts";
import { checkQueueName, connect, loadBullmq, QUEUE, withoutPassword } from "./connect.ts";
import { doneKey, readFailure } from "./failures.ts";
import { isCancelled, registerPart, removeRun } from "./jobs.ts";
import { Patience, TIMEOUT, within } from "./patience.ts";
import { KEPT, RedisStore } from "./redis-store.ts";

/** Options of `QueueRunner.connect`. */
export interface QueueOptions {
  /** Of the queue; "nadaraya" by default. */
  readonly queue?: string;
  /** A folder that all workers see, for large results. */
  readonly store?: string;
  /** Seconds without an answer of Redis after which a job is given up; 300 by default. */
  readonly timeout?: number;
  /** Takes what should be known while a job waits. */
  readonly onNote?: (note: string) => void;
}

/** Milliseconds between looks at a job: from the first of them, doubled, to the second. */
const LOOKS = [20, 500] as const;
/** How long a job waits for a worker before that is said. */
const LONELY = 5000;
/** Milliseconds for the last words to a server that may be away. */
const CLOSING = 2000;

export class QueueRunner implements Runner {
  readonly store: RedisStore;
  private readonly redis: Redis;
  private readonly queue: Queue;
  private readonly flows: FlowProducer;
  private readonly onNote: (note: string) => void;
  private readonly patience: Patience;
  private readonly folder: string | undefined;

  private constructor(
    token: symbol,
    redis: Redis,
    queue: Queue,
    flows: FlowProducer,
    patience: Patience,
    options: QueueOptions,
  ) {
    assertInternal(token, "QueueRunner", "await QueueRunner.connect(url)");
    this.redis = redis;
    this.queue = queue;
    this.flows = flows;
    this.patience = patience;
    this.store = new RedisStore(redis, options.store, (command) => patience.answered(command));
    this.folder = options.store;
    this.onNote = options.onNote ?? (() => {});
  }

  /** @throws NadarayaError "unavailable", "invalid-input", or "unsupported" where bullmq or ioredis is not installed */
  static async connect(url: string, options: QueueOptions = {}): Promise<QueueRunner> {
    const { queue: name = QUEUE, timeout = TIMEOUT, onNote = () => {} } = options;
    checkQueueName(name);
    const patience = new Patience(withoutPassword(url), timeout, onNote);
    const { Queue, FlowProducer } = await loadBullmq();
    const connection = await connect(url);
    const queue = new Queue(name, { connection });
    const flows = new FlowProducer({ connection });
    // Of a server that is away: the connection waits for it.
    queue.on("error", () => {});
    flows.on("error", () => {});
    return new QueueRunner(INTERNAL, connection, queue, flows, patience, options);
  }

  async run(forest: readonly TaskNode[], options: RunnerOptions): Promise<void> {
    const { signal, onProgress } = options;
    signal?.throwIfAborted();
    const total = forest.reduce((sum, root) => sum + countOf(root), 0);
    if (await this.areDone(forest)) return onProgress?.(total, total);
    const [{ task: first }] = forest;
    const root = `${first.name}.all`;
    const answered = <T>(command: Promise<T>) => this.patience.answered(command, signal);
    const job = (await answered(this.running(root))) ?? (await answered(this.begin(root, forest, total)));
    let wait: number = LOOKS[0];
    let before = -1;
    let since = performance.now();
    let isNoted = false;
    for (;;) {
      signal?.throwIfAborted();
      const state = await answered(job.getState());
      const done = await answered(this.redis.scard(doneKey(job.id!)));
      if (done !== before) {
        onProgress?.(Math.min(done, total), total);
        [before, since, wait] = [done, performance.now(), LOOKS[0]];
        signal?.throwIfAborted();
      }
      if (state === "completed") return;
      if ((state === "failed" || state === "unknown") && (await answered(isCancelled(this.redis, job.id!))))
        throw new NadarayaError("unavailable", `job ${runOf(root)} was cancelled`);
      if (state === "failed") throw await answered(this.failure(job.id!, forest));
      if (state === "unknown")
        throw new NadarayaError(
          "unavailable",
          `job ${job.id} is no longer in the queue: it was removed, or Redis was emptied or started again without its data; start the job again`,
        );
      if (
        !isNoted &&
        performance.now() - since > LONELY &&
        (await answered(this.queue.getWorkersCount())) === 0
      ) {
        isNoted = true;
        this.onNote("the job waits for a worker: nadaraya worker --redis <address> starts one");
      }
      await new Promise((resolve) => setTimeout(resolve, wait));
      wait = Math.min(2 * wait, LOOKS[1]);
    }
  }

  /** Ends a run and removes its results, as far as Redis answers. */
  async abandon(run: string): Promise<void> {
    await within(CLOSING, removeRun(this.redis, this.queue, run, this.folder));
  }

  /** Closes the connections; jobs that were begun go on. */
  async dispose(): Promise<void> {
    await within(CLOSING, Promise.all([this.queue.close(), this.flows.close()]));
    this.redis.disconnect();
  }

  private async areDone(forest: readonly TaskNode[]): Promise<boolean> {
    for (const { task } of forest) if (!(await this.store.has(task.name))) return false;
    return true;
  }

  /** The job of the same tasks that was begun before, if it goes on. */
  private async running(root: string): Promise<Job | undefined> {
    const attempt = await this.redis.get(attemptKey(root));
    const job = attempt === null ? undefined : await this.queue.getJob(`${root}@${attempt}`);
    const state = await job?.getState();
    if (!job || state === undefined || ["completed", "failed", "unknown"].includes(state)) return undefined;
    return (await isCancelled(this.redis, job.id!)) ? undefined : job;
  }

  /** A job under a new id: one that failed, or whose results are gone, keeps its own. */
  private async begin(root: string, forest: readonly TaskNode[], total: number): Promise<Job> {
    const attempt = await this.redis.incr(attemptKey(root));
    await this.redis.expire(attemptKey(root), KEPT);
    const id = `${root}@${attempt}`;
    await registerPart(this.redis, this.queue.name, runOf(root), id, total);
    const common = {
      attempts: MOST_ATTEMPTS,
      backoff: { type: "exponential", delay: 200 },
      removeOnComplete: { age: KEPT, count: 10_000 },
      removeOnFail: { age: KEPT },
    };
    const flowOf = ({ task, children }: TaskNode): FlowJob => ({
      name: task.work.kind,
      queueName: this.queue.name,
      data: { task, root: id },
      opts: { ...common, jobId: `${task.name}@${attempt}`, failParentOnFailure: true },
      children: children.map(flowOf),
    });
    const all = {
      name: "all",
      queueName: this.queue.name,
      data: { root: id },
      opts: { ...common, jobId: id },
    };
    try {
      return (await this.flows.add({ ...all, children: forest.map(flowOf) })).job;
    } catch (cause) {
      throw new NadarayaError("unavailable", `Redis does not take the job: ${(cause as Error).message}`, {
        cause,
      });
    }
  }

  /** Why a job failed: what its first task that failed says. */
  private async failure(id: string, forest: readonly TaskNode[]): Promise<NadarayaError> {
    const attempt = id.slice(id.lastIndexOf("@"));
    for (const node of everyNode(forest)) {
      const job = await this.queue.getJob(`${node.task.name}${attempt}`);
      if (job && (await job.isFailed())) return readFailure(job.failedReason, node.task);
    }
    return new NadarayaError("unavailable", `job ${id} failed`);
  }
}

const attemptKey = (root: string) => `nadaraya:attempt:${root}`;

const countOf = ({ children }: TaskNode): number =>
  1 + children.reduce((sum, child) => sum + countOf(child), 0);

/** Children before their parents: a parent fails with its child. */
function everyNode(forest: readonly TaskNode[]): TaskNode[] {
  return forest.flatMap((node) => [...everyNode(node.children), node]);
}
