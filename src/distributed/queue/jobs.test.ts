/** Jobs of a queue: listed, cancelled, resumed and removed. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Queue } from "bullmq";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RedisServer } from "../../testing/redis.ts";
import { waitUntil } from "../../testing/wait-until.ts";
import { type Job, runJob } from "../run-job.ts";
import { connect } from "./connect.ts";
import { cancelRun, listJobs, removeRun, runsOf } from "./jobs.ts";
import { QueueRunner } from "./queue-runner.ts";
import { QueueWorker } from "./queue-worker.ts";

const folder = mkdtempSync(join(tmpdir(), "nadaraya-jobs-"));
const files = [1, 2, 3].map((i) => {
  const path = join(folder, `${i}.csv`);
  writeFileSync(path, `x,y\n${i},${i}\n${i + 1},${i}\n`);
  return path;
});
const job: Job = {
  ...{ files, x: ["x"], y: ["y"], bandwidth: 1, queries: Float64Array.of(1, 2), backend: "cpu" },
};

let redis: RedisServer;
let client: Awaited<ReturnType<typeof connect>>;
let queue: Queue;
beforeAll(async () => {
  redis = await RedisServer.start();
  client = await connect(redis.url);
  queue = new Queue("jobs", { connection: client });
});
afterAll(async () => {
  await queue.close();
  client.disconnect();
  await redis.stop();
});

const runner = (options: object = {}) => QueueRunner.connect(redis.url, { queue: "jobs", ...options });
const states = async () =>
  Object.fromEntries((await listJobs(client, queue)).map(({ run, state }) => [run.split(".")[0], state]));

test("jobs are listed, cancelled, resumed under their names, and removed", async () => {
  const first = await runner();
  const running = runJob({ ...job, id: "night" }, first).catch((error: Error) => error.message);
  await waitUntil(async () => (await states()).night === "running");
  expect((await listJobs(client, queue))[0]).toMatchObject({ state: "running", done: 0, total: 4 });
  const [run] = await runsOf(client, "jobs", "night");
  expect(await runsOf(client, "jobs", run)).toEqual([run]);
  expect(await runsOf(client, "jobs", "nigh")).toEqual([]);
  await cancelRun(client, queue, run);
  expect(await running).toBe(`job ${run} was cancelled`);
  expect(await states()).toEqual({ night: "cancelled" });
  // No task is left for a worker.
  const done: string[] = [];
  const worker = await QueueWorker.start(redis.url, {
    queue: "jobs",
    lostAfter: 60,
    onTask: ({ name }) => done.push(name),
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(done).toEqual([]);
  const { sums } = await runJob({ ...job, id: "night" }, first);
  expect(sums.rows).toBe(6);
  expect(await states()).toEqual({ night: "done" });
  await removeRun(client, queue, run);
  expect(await states()).toEqual({});
  expect(await client.keys("nadaraya:store:*")).toEqual([]);
  await worker.close();
  await first.dispose();
});

test("a job without a name that is interrupted leaves nothing for workers to do", async () => {
  const first = await runner();
  const interrupt = new AbortController();
  const running = runJob(job, first, { signal: interrupt.signal });
  await waitUntil(async () => (await listJobs(client, queue)).length > 0);
  interrupt.abort(new Error("interrupted"));
  await expect(running).rejects.toThrow("interrupted");
  expect(await listJobs(client, queue)).toEqual([]);
  expect(await queue.getJobCounts("waiting", "waiting-children", "active", "delayed")).toEqual(
    expect.objectContaining({ waiting: 0, "waiting-children": 0, active: 0 }),
  );
  expect(await client.keys("nadaraya:store:*")).toEqual([]);
  await first.dispose();
});

test("a Redis that is emptied is named as the reason", async () => {
  const first = await runner();
  const running = runJob(job, first);
  await waitUntil(async () => (await listJobs(client, queue)).length > 0);
  await client.call("FLUSHALL"); // cspell:ignore FLUSHALL
  await expect(running).rejects.toThrow("Redis was emptied");
  await first.dispose();
});

test("names of queues that keys cannot be made of are refused", async () => {
  for (const name of ["a:b", "", " ", "a/b"]) {
    const refused = { code: "invalid-input", message: expect.stringContaining("the queue is called") };
    await expect(runner({ queue: name })).rejects.toMatchObject(refused);
    await expect(QueueWorker.start(redis.url, { queue: name })).rejects.toMatchObject(refused);
  }
  await expect(runner({ timeout: 0 })).rejects.toThrow("timeout is 0, expected 1 to 604800 seconds");
});
