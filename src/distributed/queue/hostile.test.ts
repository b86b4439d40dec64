/** A client that writes to Redis whatever it likes: what it gets out of a worker, and what it makes it do. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Queue } from "bullmq";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RedisServer } from "../../testing/redis.ts";
import { version } from "../../version.ts";
import { connect } from "./connect.ts";
import { QueueWorker } from "./queue-worker.ts";
import { RedisStore } from "./redis-store.ts";

const root = mkdtempSync(join(tmpdir(), "nadaraya-hostile-"));
const [allowed, outside, store] = ["allowed", "outside", "store"].map((name) => join(root, name));
for (const each of [allowed, outside, store, join(root, "allowed-too")]) mkdirSync(each);
const secrets = "PASSWORD=abc4711\nTOKEN=def\n";
for (const each of [allowed, outside, join(root, "allowed-too")])
  writeFileSync(join(each, "secrets"), secrets);
writeFileSync(join(allowed, "good.csv"), "x\n1\n2\n");
writeFileSync(join(allowed, "cell.csv"), "x\n1\nabc4711\n");
symlinkSync(join(outside, "secrets"), join(allowed, "link"));
execFileSync("mkfifo", [join(allowed, "pipe")]);

let redis: RedisServer;
let client: Awaited<ReturnType<typeof connect>>;
let server: Server;
let address: string;
const requests: string[] = [];
const workers: QueueWorker[] = [];
const queues = new Map<string, Queue>();
beforeAll(async () => {
  redis = await RedisServer.start();
  client = await connect(redis.url);
  server = createServer((request, response) => {
    requests.push(request.url!);
    const target = new URL(request.url!, address).searchParams.get("to");
    if (target) response.writeHead(302, { location: target }).end();
    else response.writeHead(200, { "content-length": secrets.length }).end(secrets);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const common = { store, lostAfter: 60 };
  workers.push(
    await QueueWorker.start(redis.url, {
      ...common,
      queue: "listed",
      allow: [allowed, `${address}/open/`, "https://"],
    }),
    await QueueWorker.start(redis.url, { ...common, queue: "unlisted" }),
  );
  for (const name of ["listed", "unlisted"]) queues.set(name, new Queue(name, { connection: client }));
});
afterAll(async () => {
  for (const worker of workers) await worker.close();
  for (const queue of queues.values()) await queue.close();
  client.disconnect();
  server.close();
  await redis.stop();
});

let count = 0;
/** Why a job failed, or "done". */
async function outcome(data: unknown, queue: "listed" | "unlisted"): Promise<string> {
  const job = await queues.get(queue)!.add("task", data);
  for (;;) {
    const state = await job.getState();
    if (state === "completed") return "done";
    if (state === "failed") return (await queues.get(queue)!.getJob(job.id!))!.failedReason;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const shard = (path: string) => ({ id: "0", name: "shard", path });
const taskOf = (work: object, read: object = {}, name = `run-${++count}/summary/0`) => ({
  task: { version, name, work, settings: { x: ["x"], y: [], read: { format: "csv", ...read } } },
  root: "run/all@1",
});
const reading = (path: string, queue: "listed" | "unlisted" = "listed", read: object = {}) =>
  outcome(taskOf({ kind: "summary", sample: 10, shard: shard(path) }, read), queue);

test("a file of the list is read", async () => {
  for (const queue of ["listed", "unlisted"] as const)
    expect(await reading(join(allowed, "good.csv"), queue)).toBe("done");
});

test("no other file is read, and nothing is said of it", async () => {
  for (const path of [
    "/proc/self/environ",
    "/etc/shadow",
    "/dev/zero",
    "/dev/stdin",
    join(outside, "secrets"),
    join(outside, "nothing"),
    join(root, "allowed-too/secrets"),
    `${allowed}/../outside/secrets`,
    join(allowed, "link"),
    "-",
    "",
    `${allowed}\0`,
  ])
    expect(await reading(path), path).toMatch(/^\[invalid-input\] this worker may not read "/);
  expect(await reading(join(allowed, "nothing"))).toContain("it is not there");
  for (const path of ["pipe", "."])
    expect(await reading(join(allowed, path))).toContain("is no regular file");
});

test("without a list, devices, processes and addresses of this machine are not read", async () => {
  for (const path of ["/proc/self/environ", "/dev/zero", "/sys/kernel/notes", "/proc/self/root/etc/passwd"])
    expect(await reading(path, "unlisted"), path).toMatch(
      /may not read|is no regular file|its rows cannot be used/,
    );
  expect(await reading("/proc/self/environ", "unlisted")).toContain("may not read");
  const { port } = server.address() as AddressInfo;
  for (const host of ["127.0.0.1", "localhost", "0.0.0.0", "2130706433", "[::1]", "[::ffff:127.0.0.1]"])
    expect(await reading(`http://${host}:${port}/secrets`, "unlisted"), host).toContain(
      "is an address of this machine or its network",
    );
  for (const url of ["http://169.254.169.254/latest/meta-data", "https://10.0.0.1/", "http://[fe80::1]/"])
    expect(await reading(url, "unlisted"), url).toContain("is an address of this machine or its network");
  expect(requests).toEqual([]);
});

test("of addresses those of the list are read, and no redirect leads elsewhere", async () => {
  expect(await reading(`${address}/open/rows`)).toContain("its rows cannot be used");
  expect(requests.splice(0).length).toBeGreaterThan(0);
  for (const path of ["/other", "/open/../other", "/open/%2e%2e/other", "/open/..%2f", "/opening"])
    expect(await reading(`${address}${path}`), path).toContain("this worker may not read");
  expect(requests).toEqual([]);
  const targets = [
    `${address}/other`,
    "/other",
    "file:///etc/passwd",
    "https://127.0.0.1/",
    "http://169.254.169.254/",
  ];
  for (const target of targets) {
    expect(await reading(`${address}/open/?to=${encodeURIComponent(target)}`), target).toMatch(
      /may not read|is an address of this machine/,
    );
    expect(requests.splice(0).every((path) => path.startsWith("/open/?to="))).toBe(true);
  }
  const loop = `${address}/open/?to=${encodeURIComponent("/open/rows")}`;
  expect(await reading(loop)).toContain("its rows cannot be used");
});

test("failures carry no cell of a file", async () => {
  const failures = await Promise.all([
    reading(join(allowed, "secrets")),
    reading(join(allowed, "secrets"), "listed", { format: "json" }),
    reading(join(allowed, "secrets"), "listed", { delimiter: "=", header: false }),
    reading(join(allowed, "cell.csv")),
    outcome(
      taskOf({
        kind: "sums",
        shard: shard(join(allowed, "cell.csv")),
        shards: 1,
        queries: "q/q",
        bandwidth: [1],
      }),
      "listed",
    ),
  ]);
  for (const failure of failures) {
    expect(failure).not.toMatch(/abc|4711|def|PASSWORD|TOKEN/);
    expect(failure).toMatch(/shard: its rows cannot be used/);
  }
});

test("results have names that lead nowhere else", async () => {
  const work = { kind: "summary", sample: 10, shard: shard(join(allowed, "good.csv")) };
  for (const name of [
    "../victim/authorized_keys",
    "/tmp/x",
    "run/../../x",
    "run/.hidden",
    "..",
    "run//x",
    "run\0/x",
    5,
  ])
    expect(await outcome(taskOf(work, {}, name as string), "listed")).toContain("is no name of a result");
  for (const names of [["../outside/secrets"], ["run/x", "../../outside/secrets"]])
    expect(await outcome(taskOf({ kind: "merge", of: names }), "listed")).toContain("is no name of a result");
  expect(existsSync(join(root, "victim"))).toBe(false);
  expect(readdirSync(store)).toEqual([]);
});

test("what is no task, and no result, fails alone, and the worker goes on", async () => {
  const { task } = taskOf({ kind: "summary", sample: 10, shard: shard("x") });
  const wrong = [
    null,
    5,
    { task },
    { task, root: "../x" },
    ...[{}, [], { ...task, work: { kind: "constructor" } }, { ...task, settings: null }].map((each) => ({
      ...{ task: each, root: "run/all@1" },
    })),
    taskOf({ kind: "summary", sample: 1e15, shard: shard("x") }),
    taskOf({ kind: "merge", of: [] }),
  ];
  for (const data of wrong) expect(await outcome(data, "listed"), JSON.stringify(data)).not.toBe("done");
  for (const [i, head] of ["{", "5", '{"token":"t","length":1e15}', '{"token":"t","length":9}'].entries()) {
    await client.set(`nadaraya:store:bad/${i}`, head);
    expect(await outcome(taskOf({ kind: "merge", of: [`bad/${i}`] }), "listed")).toMatch(
      /damaged|not in the store/,
    );
  }
  await client.set("nadaraya:store:bad/9", '{"token":"t","length":4}');
  await client.set("nadaraya:store:bad/9:t:0", Buffer.from([0x1f, 0x8b, 1, 2]));
  expect(await outcome(taskOf({ kind: "merge", of: ["bad/9"] }), "listed")).toContain(
    "expected partial sums",
  );
  await expect(new RedisStore(client).get("../x")).rejects.toThrow("is no name of a result");
  expect(await reading(join(allowed, "good.csv"))).toBe("done");
});

test("a list is needed where Redis is on another machine, and is checked", async () => {
  await expect(QueueWorker.start("redis://queue.example:6379")).rejects.toThrow("so allow is needed");
  const refused = (...allow: string[]) => expect(QueueWorker.start(redis.url, { allow })).rejects;
  await refused(join(root, "nowhere")).toThrow("cannot be allowed: it is not there");
  await refused("ftp://host/").toThrow("expected the beginning of an address");
  await refused("https://host/?key=secret").toThrow(/^"https:\/\/host\/" cannot be allowed/);
});
