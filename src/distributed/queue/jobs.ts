/** The jobs of a queue: which there are, how far they are, and how they are ended. */
import type { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { isRunOf } from "../store.ts";
import { doneKey } from "./failures.ts";
import { KEPT, RedisStore } from "./redis-store.ts";

/** A job, which may have several parts, one after the other. */
export interface QueuedJob {
  /** Its name, a dot, and what tells it from others of the name. */
  readonly run: string;
  readonly state: "running" | "done" | "failed" | "cancelled";
  /** Tasks of its last part. */
  readonly done: number;
  readonly total: number;
  /** When its last part began, in milliseconds since 1970. */
  readonly begun: number;
}

const PREFIX = "nadaraya:parts:";
const partsKey = (queue: string, run: string) => `${PREFIX}${queue}:${run}`;
const cancelledKey = (part: string) => `nadaraya:cancelled:${part}`;

/** What is kept of a part besides its tasks. */
interface Part {
  readonly total: number;
  readonly begun: number;
}

/** Keeps that a part of a run has begun. */
export async function registerPart(
  redis: Redis,
  queue: string,
  run: string,
  id: string,
  total: number,
): Promise<void> {
  const part: Part = { total, begun: Date.now() };
  await redis
    .multi()
    .hset(partsKey(queue, run), id, JSON.stringify(part))
    .expire(partsKey(queue, run), KEPT)
    .exec();
}

/** Whether somebody cancelled a part of a job. */
export const isCancelled = async (redis: Redis, part: string): Promise<boolean> =>
  (await redis.exists(cancelledKey(part))) > 0;

/** All jobs of the last day, the newest last. */
export async function listJobs(redis: Redis, queue: Queue): Promise<QueuedJob[]> {
  const jobs: QueuedJob[] = [];
  for (const key of await keysOf(redis, partsKey(queue.name, "*"))) {
    const parts = Object.entries(await redis.hgetall(key))
      .map(([id, text]) => ({ id, ...(JSON.parse(text) as Part) }))
      .sort((a, b) => a.begun - b.begun);
    const last = parts.at(-1);
    if (!last) continue;
    const state = await (await queue.getJob(last.id))?.getState();
    jobs.push({
      run: key.slice(partsKey(queue.name, "").length),
      state: (await isCancelled(redis, last.id))
        ? "cancelled"
        : state === "completed"
          ? "done"
          : state === "failed" || state === undefined || state === "unknown"
            ? "failed"
            : "running",
      done: Math.min(await redis.scard(doneKey(last.id)), last.total),
      ...{ total: last.total, begun: last.begun },
    });
  }
  return jobs.sort((a, b) => a.begun - b.begun);
}

/** The runs of a name, or one run by its own. */
export async function runsOf(redis: Redis, queue: string, name: string): Promise<string[]> {
  const prefix = partsKey(queue, "");
  const all = (await keysOf(redis, `${prefix}*`)).map((key) => key.slice(prefix.length));
  return all.filter((run) => isRunOf(run, name));
}

/** Ends a job: tasks that wait are removed, and workers leave those that they do. */
export async function cancelRun(redis: Redis, queue: Queue, run: string): Promise<void> {
  for (const id of await redis.hkeys(partsKey(queue.name, run))) {
    const job = await queue.getJob(id);
    const state = await job?.getState();
    if (!job || state === "completed" || state === "failed") continue;
    await redis.set(cancelledKey(id), "1", "EX", KEPT);
    await job.removeUnprocessedChildren().catch(() => {}); // those that a worker has begun end by the key above
    await job.remove().catch(() => {});
  }
}

/** Ends a job and deletes its results. */
export async function removeRun(redis: Redis, queue: Queue, run: string, folder?: string): Promise<void> {
  await cancelRun(redis, queue, run);
  await new RedisStore(redis, folder).clear(run, 0);
  for (const id of await redis.hkeys(partsKey(queue.name, run))) await redis.del(doneKey(id));
  await redis.del(partsKey(queue.name, run));
}

async function keysOf(redis: Redis, pattern: string): Promise<string[]> {
  const found = new Set<string>();
  for (let cursor = "0", first = true; first || cursor !== "0"; first = false) {
    const [next, keys] = await redis.scan(cursor, "MATCH", pattern, "COUNT", 1000);
    for (const key of keys) found.add(key);
    cursor = next;
  }
  return [...found];
}
