/** Jobs on a real Redis server, by workers that are lost, paused, filled and given the same work twice. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Queue } from "bullmq";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Engine, KernelRegression } from "../../index.ts";
import { meansOfSums } from "../../partials/finish.ts";
import { buildCommand } from "../../testing/command.ts";
import { packed } from "../../testing/packed.ts";
import { RedisServer } from "../../testing/redis.ts";
import { isWideRing } from "../../testing/ring.ts";
import { risingRows, writeShards } from "../../testing/shard-files.ts";
import { waitUntil } from "../../testing/wait-until.ts";
import { version } from "../../version.ts";
import { type Job, type JobOptions, runJob } from "../run-job.ts";
import type { TaskNode } from "../runner.ts";
import { connect, QUEUE } from "./connect.ts";
import { QueueRunner } from "./queue-runner.ts";
import { QueueWorker } from "./queue-worker.ts";

/** As it is built: a process cannot be started from the sources. */
const LIBRARY = pathToFileURL(join(packed(".").folder, "dist/src/index.js"));

const rows = risingRows(24_000);
const folder = writeShards(rows, 3, 1000);
const queries = Float64Array.from({ length: 801 }, (_, i) => i / 80);
/** Every pair, on the CPU: tasks that take a while. */
const job: Job = {
  files: [join(folder, "*.parquet")],
  ...{ x: ["x"], y: ["y"], bandwidth: 1, queries, backend: "cpu", method: "dense", shards: 24 },
};

let redis: RedisServer;
let command: ReturnType<typeof buildCommand>;
let expected: Float64Array;
beforeAll(async () => {
  redis = await RedisServer.start();
  command = buildCommand();
  const engine = await Engine.create({ backend: "cpu" });
  const model = await KernelRegression.fit({ keys: rows.x, values: rows.y, bandwidth: 1 }, { engine });
  expected = (await model.predict(queries)).mean;
  engine.dispose();
});
afterAll(() => redis.stop());

const processes: ChildProcess[] = [];
const workers: QueueWorker[] = [];
afterEach(async () => {
  for (const process of processes.splice(0)) process.kill("SIGKILL");
  await Promise.all(workers.splice(0).map((worker) => worker.close()));
});

/** A worker as people start it: a process of its own. Where none is meant to be lost, a busy machine may keep it waiting. */
async function startProcess(lostAfter = 60): Promise<ChildProcess> {
  const args = [command.main, "worker", "--redis", redis.url, "--lost-after", String(lostAfter)];
  const child = spawn("node", args, { stdio: ["ignore", "ignore", "pipe"] });
  processes.push(child);
  await new Promise<void>((ready, failed) => {
    let said = "";
    child.stderr!.on("data", (text) => {
      said += text;
      if (said.includes("waiting for tasks")) ready();
    });
    child.once("exit", () => failed(new Error(said)));
  });
  return child;
}

/** A worker in this process; returns the names of the tasks that it has done. */
async function startWorker(url = redis.url): Promise<string[]> {
  const done: string[] = [];
  const onTask = ({ name }: { name: string }, _: number, failure?: Error) => {
    if (!failure) done.push(name);
  };
  workers.push(await QueueWorker.start(url, { lostAfter: 60, onTask }));
  return done;
}

async function run(more: Partial<Job> = {}, options: JobOptions = {}, url = redis.url) {
  const runner = await QueueRunner.connect(url);
  try {
    return await runJob({ ...job, ...more }, runner, options);
  } finally {
    await runner.dispose();
  }
}

function expectRight({ sums }: Awaited<ReturnType<typeof run>>): void {
  expect(sums.rows).toBe(24_000);
  const { mean } = meansOfSums(sums);
  for (const [q, value] of mean.entries()) expect(Math.abs(value - expected[q])).toBeLessThan(4e-6);
}

test("two workers, and nothing is left in Redis after a while", async () => {
  await Promise.all([startProcess(), startProcess()]);
  const progress: number[] = [];
  expectRight(await run({}, { onProgress: ({ done }) => progress.push(done) }));
  expect(progress.at(-1)).toBe(24 + 3 + 1); // shards, merges of 8, and of these
  expect(progress).toEqual([...progress].sort((a, b) => a - b));
  const client = await connect(redis.url);
  for (const key of await client.keys("nadaraya:store:*"))
    expect(await client.ttl(key)).toBeLessThanOrEqual(300);
  client.disconnect();
});

// These wait until a worker counts as lost.
test.runIf(isWideRing)("a worker that is killed within a shard: another one does it", async () => {
  const lost = await startProcess(5);
  const running = run();
  const client = await connect(redis.url);
  const queue = new Queue(QUEUE, { connection: client });
  // Stopped where it stands, so that it cannot end the task before it is killed.
  for (;;) {
    while ((await queue.getActiveCount()) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    lost.kill("SIGSTOP");
    const [active] = await queue.getActive();
    if (active?.data.task) break;
    lost.kill("SIGCONT");
  }
  lost.kill("SIGKILL");
  await startProcess(5);
  expectRight(await running);
  await queue.close();
  client.disconnect();
});

test.runIf(isWideRing)("Redis hangs for a while in the middle", async () => {
  await Promise.all([startProcess(5), startProcess(5)]);
  let isPaused = false;
  const onProgress = ({ done }: { done: number }) => {
    if (done < 4 || isPaused) return;
    isPaused = true;
    redis.pause();
    setTimeout(() => redis.resume(), 8000); // longer than workers take to be lost
  };
  expectRight(await run({}, { onProgress }));
  expect(isPaused).toBe(true);
});

test("a job that is asked for twice, at once and afterwards, counts once", async () => {
  await startWorker();
  await startWorker();
  const ids = ["twice", "twice", "twice", "another"];
  for (const result of await Promise.all(ids.map((id) => run({ id })))) expectRight(result);
  expectRight(await run({ id: "twice" }));
});

test.runIf(isWideRing)("tasks that are in the queue twice are done again, and count once", async () => {
  const runner = await QueueRunner.connect(redis.url);
  const twice = {
    store: runner.store,
    dispose: () => runner.dispose(),
    run: async (forest: readonly TaskNode[], options: object) => {
      const { client, queue } = await duplicates();
      for (const node of leavesOf(forest))
        for (let copy = 0; copy < 2; copy++) await queue.add("copy", { task: node.task, root: "copies" });
      await queue.close();
      client.disconnect();
      await runner.run(forest, options);
    },
  };
  const done = await startWorker();
  expectRight(await runJob(job, twice));
  await twice.dispose();
  expect(done.length).toBe(2 * 24 + 24 + 3 + 1);
});

async function duplicates() {
  const client = await connect(redis.url);
  return { client, queue: new Queue(QUEUE, { connection: client }) };
}

const leavesOf = (forest: readonly TaskNode[]): TaskNode[] =>
  forest.flatMap((node) => (node.children.length === 0 ? [node] : leavesOf(node.children)));

test.runIf(isWideRing)("hundreds of tasks", async () => {
  const small = writeShards(rows, 1, 50);
  await Promise.all([startProcess(), startProcess()]);
  expectRight(await run({ files: [join(small, "part-0.parquet")], shards: 480, method: "auto" }));
});

test("a job that is interrupted goes on under its name, and does no task again", async () => {
  const done = await startWorker();
  const abort = new AbortController();
  const id = "goes-on";
  const onProgress = (progress: { done: number }) => {
    if (progress.done >= 5) abort.abort(new Error("interrupted"));
  };
  await expect(run({ id }, { onProgress, signal: abort.signal })).rejects.toThrow("interrupted");
  expectRight(await run({ id }));
  expect(new Set(done).size).toBe(done.length);
  expect(done.length).toBe(24 + 3 + 1);
  // Under the same name with another bandwidth it is another job.
  const { bandwidth, sums } = await run({ id, bandwidth: 0.5 });
  expect([bandwidth, sums.settings.bandwidth]).toEqual([[0.5], [0.5]]);
  expect(done.length).toBe(2 * (24 + 3 + 1));
});

test("a damaged row group fails the job, by its name", async () => {
  const broken = writeShards(rows, 1, 8000);
  const path = join(broken, "part-0.parquet");
  const bytes = readFileSync(path);
  bytes.fill(255, 250_000, 260_000);
  writeFileSync(path, bytes);
  await startWorker();
  await expect(run({ files: [path], shards: 3, id: "poisoned" })).rejects.toMatchObject({
    code: "invalid-input",
    message: expect.stringContaining(`${path}, row group 1`),
  });
  // The same again: it is tried, and fails, under the same name.
  await expect(run({ files: [path], shards: 3, id: "poisoned" })).rejects.toThrow("row group 1");
});

test("a worker of another version refuses the job", async () => {
  await startWorker();
  const runner = await QueueRunner.connect(redis.url);
  const task = {
    version: "0.0.1",
    name: "old/merge",
    work: { kind: "merge", of: [] },
    settings: { x: ["x"], y: [] },
  } as const;
  await expect(runner.run([{ task, children: [] }], {})).rejects.toThrow(
    "this job was made by nadaraya 0.0.1",
  );
  await runner.dispose();
});

test("Redis without memory fails the job, with what it says", async () => {
  const full = await RedisServer.start("--maxmemory", "3mb");
  try {
    await startWorker(full.url);
    const many = Float64Array.from({ length: 100_000 }, (_, i) => i / 10_000);
    await expect(run({ queries: many, method: "auto" }, {}, full.url)).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(/OOM|maxmemory/),
    });
  } finally {
    await Promise.all(workers.splice(0).map((worker) => worker.close()));
    await full.stop();
  }
});

test.runIf(isWideRing)("a job without a worker says so, and waits for one", async () => {
  const notes: string[] = [];
  const runner = await QueueRunner.connect(redis.url, { onNote: (note) => notes.push(note) });
  const running = runJob(job, runner);
  await waitUntil(() => notes.length > 0);
  expect(notes).toEqual(["the job waits for a worker: nadaraya worker --redis <address> starts one"]);
  await startWorker();
  expectRight(await running);
  await runner.dispose();
});

test.runIf(isWideRing)(
  "a process of this machine that is killed is started again, and its task with it",
  async () => {
    // As it is built: a process cannot be started from the sources.
    const built = (name: string) => import(new URL(`distributed/${name}.js`, LIBRARY).href);
    const { ProcessExecutor }: typeof import("../processes.ts") = await built("processes");
    const { LocalRunner }: typeof import("../runner.ts") = await built("runner");
    const { FolderStore }: typeof import("../store.ts") = await built("store");
    const { runJob: runBuilt }: typeof import("../run-job.ts") = await built("run-job");
    const store = mkdtempSync(join(tmpdir(), "nadaraya-killed-"));
    const executor = new ProcessExecutor({ folder: store, version, workers: 0 });
    const runner = new LocalRunner(new FolderStore(store), [executor]);
    const killed = new Set<number>();
    const onProgress = ({ done }: { done: number }) => {
      if (done !== 3 && done !== 9) return;
      killed.add(executor.pid!);
      process.kill(executor.pid!, "SIGKILL"); // while it has the next task, or before it is given one
    };
    const { sums } = await runBuilt(job, runner, { onProgress });
    await runner.dispose();
    expect(killed.size).toBe(2);
    const { meansOfSums: meansOfBuilt }: typeof import("../../partials/finish.ts") = await import(
      new URL("partials/finish.js", LIBRARY).href
    );
    expect(sums.rows).toBe(24_000);
    for (const [q, mean] of meansOfBuilt(sums).mean.entries())
      expect(Math.abs(mean - expected[q])).toBeLessThan(4e-6);
  },
);

test("what is no Redis, and one that is away, are said", async () => {
  await expect(QueueRunner.connect("http://localhost")).rejects.toThrow("is no address of Redis");
  await expect(QueueRunner.connect("redis://user:secret@127.0.0.1:1")).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringMatching(/^redis:\/\/127.0.0.1:1 cannot be reached: .*ECONNREFUSED/),
  });
  await expect(QueueWorker.start("redis://127.0.0.1:1")).rejects.toThrow("cannot be reached");
});
